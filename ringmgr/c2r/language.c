#include "ringmgr/c2r/language.h"

#include <strings.h>

static const struct language languages[] = {
    {1025, "ar-sa", LANGUAGE_CORE, true},
    {1026, "bg-bg", LANGUAGE_CORE, true},
    {2052, "zh-cn", LANGUAGE_CORE, true},
    {1028, "zh-tw", LANGUAGE_CORE, true},
    {1050, "hr-hr", LANGUAGE_CORE, true},
    {1029, "cs-cz", LANGUAGE_CORE, true},
    {1030, "da-dk", LANGUAGE_CORE, true},
    {1043, "nl-nl", LANGUAGE_CORE, true},
    {1033, "en-us", LANGUAGE_CORE, true},
    {2057, "en-gb", LANGUAGE_CORE, true},
    {1061, "et-ee", LANGUAGE_CORE, true},
    {1035, "fi-fi", LANGUAGE_CORE, true},
    {1036, "fr-fr", LANGUAGE_CORE, true},
    {3084, "fr-ca", LANGUAGE_CORE, true},
    {1031, "de-de", LANGUAGE_CORE, true},
    {1032, "el-gr", LANGUAGE_CORE, true},
    {1037, "he-il", LANGUAGE_CORE, true},
    {1081, "hi-in", LANGUAGE_CORE, true},
    {1038, "hu-hu", LANGUAGE_CORE, true},
    {1057, "id-id", LANGUAGE_CORE, true},
    {1040, "it-it", LANGUAGE_CORE, true},
    {1041, "ja-jp", LANGUAGE_CORE, true},
    {1087, "kk-kz", LANGUAGE_CORE, true},
    {1042, "ko-kr", LANGUAGE_CORE, true},
    {1062, "lv-lv", LANGUAGE_CORE, true},
    {1063, "lt-lt", LANGUAGE_CORE, true},
    {1086, "ms-my", LANGUAGE_CORE, true},
    {1044, "nb-no", LANGUAGE_CORE, true},
    {1045, "pl-pl", LANGUAGE_CORE, true},
    {1046, "pt-br", LANGUAGE_CORE, true},
    {2070, "pt-pt", LANGUAGE_CORE, true},
    {1048, "ro-ro", LANGUAGE_CORE, true},
    {1049, "ru-ru", LANGUAGE_CORE, true},
    {9242, "sr-latn-rs", LANGUAGE_CORE, true},
    {1051, "sk-sk", LANGUAGE_CORE, true},
    {1060, "sl-si", LANGUAGE_CORE, true},
    {3082, "es-es", LANGUAGE_CORE, true},
    {2058, "es-mx", LANGUAGE_CORE, true},
    {1053, "sv-se", LANGUAGE_CORE, true},
    {1054, "th-th", LANGUAGE_CORE, true},
    {1055, "tr-tr", LANGUAGE_CORE, true},
    {1058, "uk-ua", LANGUAGE_CORE, true},
    {1066, "vi-vn", LANGUAGE_CORE, true},
    {1078, "af-za", LANGUAGE_PARTIAL, true},
    {1052, "sq-al", LANGUAGE_PARTIAL, true},
    {1118, "am-et", LANGUAGE_PARTIAL, false},
    {1067, "hy-am", LANGUAGE_PARTIAL, true},
    {1101, "as-in", LANGUAGE_PARTIAL, true},
    {1068, "az-latn-az", LANGUAGE_PARTIAL, true},
    {1069, "eu-es", LANGUAGE_PARTIAL, true},
    {1059, "be-by", LANGUAGE_PARTIAL, false},
    {2117, "bn-bd", LANGUAGE_PARTIAL, true},
    {1093, "bn-in", LANGUAGE_PARTIAL, true},
    {5146, "bs-latn-ba", LANGUAGE_PARTIAL, true},
    {1027, "ca-es", LANGUAGE_PARTIAL, true},
    {1164, "prs-af", LANGUAGE_PARTIAL, false},
    {1124, "fil-ph", LANGUAGE_PARTIAL, false},
    {1110, "gl-es", LANGUAGE_PARTIAL, true},
    {1079, "ka-ge", LANGUAGE_PARTIAL, true},
    {1095, "gu-in", LANGUAGE_PARTIAL, true},
    {1039, "is-is", LANGUAGE_PARTIAL, true},
    {2108, "ga-ie", LANGUAGE_PARTIAL, true},
    {1099, "kn-in", LANGUAGE_PARTIAL, true},
    {1107, "km-kh", LANGUAGE_PARTIAL, false},
    {1089, "sw-ke", LANGUAGE_PARTIAL, true},
    {1111, "kok-in", LANGUAGE_PARTIAL, true},
    {1088, "ky-kg", LANGUAGE_PARTIAL, true},
    {1134, "lb-lu", LANGUAGE_PARTIAL, true},
    {1071, "mk-mk", LANGUAGE_PARTIAL, true},
    {1100, "ml-in", LANGUAGE_PARTIAL, true},
    {1082, "mt-mt", LANGUAGE_PARTIAL, true},
    {1153, "mi-nz", LANGUAGE_PARTIAL, true},
    {1102, "mr-in", LANGUAGE_PARTIAL, true},
    {1104, "mn-mn", LANGUAGE_PARTIAL, false},
    {1121, "ne-np", LANGUAGE_PARTIAL, true},
    {2068, "nn-no", LANGUAGE_PARTIAL, true},
    {1096, "or-in", LANGUAGE_PARTIAL, true},
    {1065, "fa-ir", LANGUAGE_PARTIAL, true},
    {1094, "pa-in", LANGUAGE_PARTIAL, true},
    {3179, "quz-pe", LANGUAGE_PARTIAL, false},
    {1169, "gd-gb", LANGUAGE_PARTIAL, true},
    {10266, "sr-cyrl-rs", LANGUAGE_PARTIAL, true},
    {7194, "sr-cyrl-ba", LANGUAGE_PARTIAL, true},
    {2137, "sd-arab-pk", LANGUAGE_PARTIAL, false},
    {1115, "si-lk", LANGUAGE_PARTIAL, true},
    {1097, "ta-in", LANGUAGE_PARTIAL, true},
    {1092, "tt-ru", LANGUAGE_PARTIAL, true},
    {1098, "te-in", LANGUAGE_PARTIAL, true},
    {1090, "tk-tm", LANGUAGE_PARTIAL, false},
    {1056, "ur-pk", LANGUAGE_PARTIAL, true},
    {1152, "ug-cn", LANGUAGE_PARTIAL, false},
    {1091, "uz-latn-uz", LANGUAGE_PARTIAL, true},
    {2051, "ca-es-valencia", LANGUAGE_PARTIAL, true},
    {1106, "cy-gb", LANGUAGE_PARTIAL, true},
    {1128, "ha-latn-ng", LANGUAGE_PROOFING, true},
    {1136, "ig-ng", LANGUAGE_PROOFING, true},
    {1076, "xh-za", LANGUAGE_PROOFING, true},
    {1077, "zu-za", LANGUAGE_PROOFING, true},
    {1159, "rw-rw", LANGUAGE_PROOFING, true},
    {1123, "ps-af", LANGUAGE_PROOFING, true},
    {1047, "rm-ch", LANGUAGE_PROOFING, true},
    {1132, "nso-za", LANGUAGE_PROOFING, true},
    {1074, "tn-za", LANGUAGE_PROOFING, true},
    {1160, "wo-sn", LANGUAGE_PROOFING, true},
    {1130, "yo-ng", LANGUAGE_PROOFING, true},
};

enum { LANGUAGES = sizeof languages / sizeof *languages };

const struct language *language_find(const char *culture)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (strcasecmp(languages[i].culture, culture) == 0)
            return &languages[i];
    return NULL;
}

const struct language *language_find_lcid(uint32_t lcid)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (languages[i].lcid == lcid)
            return &languages[i];
    return NULL;
}

const struct language *language_at(size_t index)
{
    return index < LANGUAGES ? &languages[index] : NULL;
}
