/*
 * Channels and languages the origin can be made of.
 *
 * All channels are here, and of the languages one of each sort that has tripped a tool: core, partial and
 * proofing-only ones, one whose LCID has five digits, cultures of three parts.
 */
#include "names.h"

#include "disk.h"

#include <string.h>
#include <strings.h>

const struct channel channels[] = {
    {"CurrentPreview", "64256afe-f5d9-4f86-8936-8840a6a4f5be", "InsiderSlow", "Current Channel (Preview)"},
    {"Current", "492350f6-3a01-4f97-b9c0-c7c6ddf67d60", "Current", "Current Channel"},
    {"SemiAnnualPreview", "b8f9b850-328d-4355-9145-c59439a0c4cf", "FirstReleaseDeferred",
     "Semi-Annual Enterprise Channel (Preview)"},
    {"SemiAnnual", "7ffbc6bf-bc32-4f92-8982-f9dd17fd3114", "Deferred", "Semi-Annual Enterprise Channel"},
    {"PerpetualVL2019", "f2e724c1-748f-4b47-8fb8-8e0d210e9208", "Perpetual2019",
     "Office 2019 Perpetual Enterprise"},
    {"PerpetualVL2021", "5030841d-c919-4594-8d2d-84ae4f96e58e", "Perpetual2021",
     "Office 2021 Perpetual Enterprise"},
    {"PerpetualVL2024", "7983bac0-e531-40cf-be00-fd24fe66619c", "Perpetual2024",
     "Office 2024 Perpetual Enterprise"},
    {"MonthlyEnterprise", "55336b82-a18d-4dd6-b5f6-9e5095c314a6", "MonthlyEnterprise",
     "Monthly Enterprise Channel"},
    {"BetaChannel", "5440fd1f-7ecb-4221-8110-145efaa6372f", NULL, "Beta Channel"},
};

const size_t channel_count = sizeof channels / sizeof channels[0];

static const struct language languages[] = {
    {1033, "en-us", LANGUAGE_CORE},         {1036, "fr-fr", LANGUAGE_CORE},
    {1031, "de-de", LANGUAGE_CORE},         {1053, "sv-se", LANGUAGE_CORE},
    {3082, "es-es", LANGUAGE_CORE},         {2058, "es-mx", LANGUAGE_CORE},
    {1040, "it-it", LANGUAGE_CORE},         {1041, "ja-jp", LANGUAGE_CORE},
    {2052, "zh-cn", LANGUAGE_CORE},         {1028, "zh-tw", LANGUAGE_CORE},
    {1046, "pt-br", LANGUAGE_CORE},         {1043, "nl-nl", LANGUAGE_CORE},
    {1045, "pl-pl", LANGUAGE_CORE},         {1049, "ru-ru", LANGUAGE_CORE},
    {2057, "en-gb", LANGUAGE_CORE},         {3084, "fr-ca", LANGUAGE_CORE},
    {1025, "ar-sa", LANGUAGE_CORE},         {1030, "da-dk", LANGUAGE_CORE},
    {1035, "fi-fi", LANGUAGE_CORE},         {1044, "nb-no", LANGUAGE_CORE},
    {1042, "ko-kr", LANGUAGE_CORE},         {1054, "th-th", LANGUAGE_CORE},
    {9242, "sr-latn-rs", LANGUAGE_CORE},    {10266, "sr-cyrl-rs", LANGUAGE_PARTIAL},
    {7194, "sr-cyrl-ba", LANGUAGE_PARTIAL}, {1078, "af-za", LANGUAGE_PARTIAL},
    {1027, "ca-es", LANGUAGE_PARTIAL},      {1128, "ha-latn-ng", LANGUAGE_PROOFING},
    {1077, "zu-za", LANGUAGE_PROOFING},
};

const struct channel *channel_find(const char *name)
{
    for (size_t i = 0; i < channel_count; i++)
        if (strcasecmp(channels[i].id, name) == 0 || strcasecmp(channels[i].guid, name) == 0)
            return &channels[i];
    die("no channel %s", name);
}

const struct language *language_find(const char *culture)
{
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
        if (strcasecmp(languages[i].culture, culture) == 0)
            return &languages[i];
    die("no language %s in the test origin's table", culture);
}
