/* Catches a signature that OKX would refuse, and an id whose time is read wrongly. */
#include "okx_id.h"
#include "okx_sign.h"
#include "test.h"

/*
 * Computed alike by openssl dgst and ccxt 4.5.84; the last is a public golden vector of a request
 * that OKX accepted on 2026-07-23. The seventh is what a client that does not percent-encode would
 * send.
 */
static void
test_vectors(void)
{
	static const char *const v[][6] = {
	    {"2020-12-08T09:08:57.715Z", "GET", "/api/v5/account/balance?ccy=BTC", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="},
	    {"2026-01-02T03:04:05.006Z", "GET",
	     "/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=680800019749904384", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "4ETj+REXLnf4emzcdEgD0tFBQZRKT7uQNmv81eWhZis="},
	    {"2026-01-02T03:04:05.007Z", "GET",
	     "/api/v5/account/positions-history?instType=SWAP&instId=BTC-USDT-SWAP&limit=100", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "kVJTSQMwXf0gptEgc0kbUgtkrWE+TBktuwuCxhbPDjc="},
	    {"2026-01-02T03:04:05.999Z", "GET", "/api/v5/account/config", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "SPMrcg4/nS5wbBLGAf/9tq8MejcqHK/G/ME6uTnQ4AA="},
	    {"2026-01-02T03:04:06.000Z", "POST", "/api/v5/account/set-leverage",
	     "{\"instId\":\"BTC-USDT\",\"lever\":\"5\",\"mgnMode\":\"isolated\"}",
	     "22582BD0CFF14C41EDBF1AB98506286D", "8m2ek6AeVIITW28gP+Rqm5AmzKhmlA0+mRyDCQ7xF0k="},
	    {"2026-01-02T03:04:05.006Z", "GET",
	     "/api/v5/trade/orders-history?instType=SWAP&ordType=post_only%2Cfok%2Cioc", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "Y7sibm9klxy50BcLNnkE71LT3ycjm0dg55vyglNMW/M="},
	    {"2026-01-02T03:04:05.006Z", "GET",
	     "/api/v5/trade/orders-history?instType=SWAP&ordType=post_only,fok,ioc", "",
	     "22582BD0CFF14C41EDBF1AB98506286D", "AlTBHaSSH5v3gu3dKjSYqRFVn5rpO8ywc6N9ValJY4U="},
	    {"1704876947", "GET", "/users/self/verify", "", "22582BD0CFF14C41EDBF1AB98506286D",
	     "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="},
	    {"2026-07-23T09:08:12.861Z", "GET", "/api/v5/account/balance", "", "secretsecret",
	     "v7oLsM8fRDQoBY/nTevH4/I/HI+y0MUxh3yoWDIXxjU="},
	};

	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		char sign[OKX_SIGN_MAX];

		okx_sign(span_of(v[i][4]), span_of(v[i][0]), span_of(v[i][1]), span_of(v[i][2]),
			 span_of(v[i][3]), sign);
		EXPECT_STR(sign, v[i][5]);
	}
}

/* Recorded pairs of an id and the cTime or ts that OKX gave with it, 2021 to 2026, both schemes. */
static void
test_ids(void)
{
	static const struct {
		const char *id;
		int64_t ms;
	} v[] = {
	    {"288981657420439575", 1615170596148},  {"452587086133239818", 1654177169995},
	    {"623950854533513219", 1695033476167},  {"680800019749904384", 1708587373361},
	    {"696837060589600769", 1712410901851},  {"1339107111507525632", 1712410901848},
	    {"1752810569801498626", 1724740225685}, {"2497956918703120384", 1746947317401},
	    {"2896576259728695296", 1758827099512}, {"3768547579169980416", 1784813869887},
	};
	static const char *const bad[] = {
	    "",	   "0", "01", "-1", "1.0", "18446744073709551616", "123456789012345678901",
	    "12a", " 1"};
	uint64_t id;

	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		EXPECT(okx_id_parse(span_of(v[i].id), &id) && okx_id_ms(id) == v[i].ms);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(!okx_id_parse(span_of(bad[i]), &id));
	EXPECT(okx_id_parse(SPAN_LIT("18446744073709551615"), &id) && id == UINT64_MAX);
	EXPECT(okx_id_ms(okx_id_make(1784813869887, 12345)) == 1784813869887);
	EXPECT(okx_id_make(OKX_ID_LAST_MS, (1u << 25) - 1) == UINT64_MAX);
}

int
main(void)
{
	RUN(test_vectors);
	RUN(test_ids);
	return test_done();
}
