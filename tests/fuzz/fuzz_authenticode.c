/*
 * Any bytes as a signed cabinet and as a catalogue. The corpus is signed below this root, whose key nobody
 * has any more: whatever is accepted was signed then, at that time.
 */
#include "fuzz.h"

#include "ringmgr/c2r/authenticode.h"

enum { SIGNED_UNIX = 1700000000 };

static const char ROOT[] = ""
                           "-----BEGIN CERTIFICATE-----\n"
                           "MIICyzCCAbOgAwIBAgICA+kwDQYJKoZIhvcNAQELBQAwHjENMAsGA1UECgwEVGVz\n"
                           "dDENMAsGA1UEAwwEUm9vdDAeFw0yMDAxMDEwMDAwMDBaFw0zMDAxMDEwMDAwMDBa\n"
                           "MB4xDTALBgNVBAoMBFRlc3QxDTALBgNVBAMMBFJvb3QwggEiMA0GCSqGSIb3DQEB\n"
                           "AQUAA4IBDwAwggEKAoIBAQCZcnJ0MSx+KlPLuc/7kFueeiB2LXB4uxoNsHvXjA4j\n"
                           "jIvMV0sdsLZM7O8omVm4F8VWjkUduBVsHe0VPwU4eLIRgCToyku72KLhTk26nAkX\n"
                           "Z+1phU06kSG3l1cRNWM0oovhVKSk/eJQsyLf/jeSBndggOxoHHopdrWxHh2obYA3\n"
                           "6Xw4OL5Nb1n3wwTNnNWyxhUmbaHYLpKlOEjczXx9tWTVWOpKfYGXeNGeSj3Cu76T\n"
                           "ItuexHjgbVqgf6mT77QflUgRWjnYGoRwjbAsPqz3lFA0Ap8b4Q7s3s/ZHO7TbnuG\n"
                           "xYWnWMKKJ9WyQ8ty2TzqjDLV+TDzNPWiNVZT5BjOUf5tAgMBAAGjEzARMA8GA1Ud\n"
                           "EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAHuAur6DJTQNDwTjqagrE9O3\n"
                           "V2/FWOcHS4Tzh8KxOQUKNk9wHeqvIRwGlOUBGsXbMj/TLiFlGj51Zzud3NBeH71R\n"
                           "XQt3S9FE/sC5tQtsrXwqBrKuBAEJyOfG8GaW44hYy1J1ike7K3LLyHnQu4gpqlh3\n"
                           "XEw1Ojx6qw4kFRSmXeOXXom7KYKSzcPGmrINFe3l3ZlNOaV14hz+TAWAIZ8KacJW\n"
                           "t9a5JhcN7R+hT1yra0hd9Yzi5F8Tr3Kji5AX4gf/Q7nzbe8fmes24ZZqbWc7/PC2\n"
                           "wQQDcugW93Q+3xy4dIK2M4xz25FNXVZWwIIg8ZGPLnwC2j1VtBrknYfhTnPrr0U=\n"
                           "-----END CERTIFICATE-----\n";

static const struct trust *trusted(void)
{
    static struct trust *trust;
    struct err err = {0};
    if (!trust && !trust_new(ROOT, strlen(ROOT), "Publisher", &trust, &err))
        abort();
    return trust;
}

static void check(bool good, const struct signer *signer, const struct err *err)
{
    static const struct signer nobody;
    if (good ? signer->signed_unix != SIGNED_UNIX
             : err->code != ERR_NOT_GENUINE || memcmp(signer, &nobody, sizeof nobody) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signer signer;
    struct err err = {0};
    check(authenticode_verify_cab(trusted(), data, size, "fuzz.cab", &signer, &err), &signer, &err);
    check(authenticode_verify_cat(trusted(), data, size, "fuzz.cat", &signer, &err), &signer, &err);
    return 0;
}
