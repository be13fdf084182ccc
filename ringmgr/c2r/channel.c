#include "ringmgr/c2r/channel.h"

#include <strings.h>

enum { ALIASES = 6 };

/* Where an old name meant two channels over time ("Insiders"), formats, section 1, decides. */
static const struct {
    struct channel channel;
    const char *alias[ALIASES]; /* NULL behind the last */
} channels[] = {
    {{"BetaChannel", "5440fd1f-7ecb-4221-8110-145efaa6372f", "Beta Channel", false},
     {"InsiderFast", "Insiders::DevMain", "Beta"}},
    {{"CurrentPreview", "64256afe-f5d9-4f86-8936-8840a6a4f5be", "Current Channel (Preview)", false},
     {"InsiderSlow", "FirstReleaseCurrent", "Insiders", "MonthlyPreview", "Monthly Channel (Targeted)"}},
    {{"Current", "492350f6-3a01-4f97-b9c0-c7c6ddf67d60", "Current Channel", false},
     {"Monthly", "Monthly Channel"}},
    {{"MonthlyEnterprise", "55336b82-a18d-4dd6-b5f6-9e5095c314a6", "Monthly Enterprise Channel", false},
     {"MEC"}},
    {{"SemiAnnualPreview", "b8f9b850-328d-4355-9145-c59439a0c4cf", "Semi-Annual Enterprise Channel (Preview)",
      false},
     {"FirstReleaseDeferred", "Targeted", "SACT", "Semi-Annual Channel (Targeted)"}},
    {{"SemiAnnual", "7ffbc6bf-bc32-4f92-8982-f9dd17fd3114", "Semi-Annual Enterprise Channel", false},
     {"Deferred", "Broad", "Business", "SAC"}},
    {{"PerpetualVL2019", "f2e724c1-748f-4b47-8fb8-8e0d210e9208", "Office 2019 Perpetual Enterprise", true},
     {"Perpetual2019", "LTSB2018", "LTSB"}},
    {{"PerpetualVL2021", "5030841d-c919-4594-8d2d-84ae4f96e58e", "Office 2021 Perpetual Enterprise", true},
     {"Perpetual2021", "LTSB2021"}},
    {{"PerpetualVL2024", "7983bac0-e531-40cf-be00-fd24fe66619c", "Office 2024 Perpetual Enterprise", true},
     {"Perpetual2024", "LTSB2024"}},
};

enum { CHANNELS = sizeof channels / sizeof *channels };

static bool is_called(size_t index, const char *name)
{
    if (strcasecmp(channels[index].channel.id, name) == 0)
        return true;
    for (size_t i = 0; i < ALIASES && channels[index].alias[i]; i++)
        if (strcasecmp(channels[index].alias[i], name) == 0)
            return true;
    return false;
}

const struct channel *channel_find(const char *name)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (is_called(i, name))
            return &channels[i].channel;
    return NULL;
}

const struct channel *channel_find_guid(const char *guid)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (strcasecmp(channels[i].channel.guid, guid) == 0)
            return &channels[i].channel;
    return NULL;
}

const struct channel *channel_at(size_t index)
{
    return index < CHANNELS ? &channels[index].channel : NULL;
}
