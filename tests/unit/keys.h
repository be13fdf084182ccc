/* Two Ed25519 keys that everybody knows: those of RFC 8032, 7.1, TEST 1 and TEST 2. */
#ifndef RINGMGR_TESTS_UNIT_KEYS_H
#define RINGMGR_TESTS_UNIT_KEYS_H

#define PEM(kind, text) "-----BEGIN " kind " KEY-----\n" text "\n-----END " kind " KEY-----\n"

#define KEY_PRIVATE PEM("PRIVATE", "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
#define KEY_PUBLIC  PEM("PUBLIC", "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
#define KEY_ID      "21fe31dfa154a261"

#define OTHER_PRIVATE PEM("PRIVATE", "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7")
#define OTHER_PUBLIC  PEM("PUBLIC", "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=")
#define OTHER_ID      "39f713d0a644253f"

#endif
