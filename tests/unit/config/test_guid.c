#include "test.h"

#include "config/guid.h"

/* As Python says: uuid.uuid5(uuid.UUID("779fa8fb-1254-4618-a6c8-da45f0f81fb2"), "pilot gpo-backup id") … */
static const struct {
    const char *ring, *purpose, *guid;
} known[] = {
    {"pilot", "gpo-backup id", "{5A88135A-0381-515E-9B16-E774394EE17B}"},
    {"pilot", "gpo-backup gpo", "{3C8C0CC4-F537-57AF-A5DF-7FFB750112B1}"},
    {"broad", "gpo-backup id", "{3DA6A45E-31E6-5B75-88DA-7BED7F1B9E81}"},
    {"", "", "{FE7FD8FB-7660-53B7-90E9-598C751E1420}"},
    {"b\u00fcro", "gpp registry updatepath Z\u00fcrich", "{C810A7C5-4772-5272-8AA2-7B908196BAE2}"},
};

static void guids_are_those_of_rfc_9562(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[GUID_TEXT_SIZE];
        guid_derive(known[i].ring, known[i].purpose, text);
        assert_string_equal(text, known[i].guid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(guids_are_those_of_rfc_9562)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
