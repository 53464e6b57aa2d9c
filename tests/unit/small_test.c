/* Catches faults in the library's small parts: diagnostics, durable files, metrics, locked memory,
 * shared files, the verify chain, leaks. */
#include "chain.h"
#include "diag.h"
#include "durable.h"
#include "json.h"
#include "leak.h"
#include "metrics.h"
#include "secret.h"
#include "share.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/small_test.XXXXXX";
static int dir_fd;

/* What went to stderr while fn ran. */
static const char *
stderr_of(void (*fn)(void))
{
	static char text[65536];
	char path[64];
	int saved = dup(2), fd;
	ssize_t n;

	snprintf(path, sizeof path, "%s/err", directory);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	fn();
	dup2(saved, 2);
	close(saved);
	n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = 0;
	close(fd);
	return text;
}

static void
say_something(void)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", 812), diag_u64("off", 44),
	     diag_str("code", "BAD_DECIMAL"), diag_str("why", "more than \"18\" digits\nand a \\"));
	diag(DIAG_INFO, "empty", diag_span("x", ((struct span){"", 0})),
	     diag_span("bytes", ((struct span){"\x01\xff\0", 3})));
}

static void
say_often(void)
{
	for (int i = 0; i < 100; i++)
		diag(DIAG_WARNING, "often", diag_str("code", "A"), diag_u64("i", i));
	diag(DIAG_WARNING, "often", diag_str("code", "B"));
	diag_totals();
}

static void
say_long(void)
{
	static char big[10000];

	memset(big, '\n', sizeof big - 1);
	diag(DIAG_ERROR, "long", diag_str("why", big));
}

static void
say_quietly(void)
{
	diag_quiet(true);
	diag(DIAG_INFO, "nothing", diag_u64("x", 0));
	diag(DIAG_ERROR, "still", diag_u64("x", 1));
	diag_quiet(false);
}

static void
test_diag(void)
{
	const char *text;
	size_t lines = 0;

	diag_name("normalize");
	EXPECT_STR(stderr_of(say_something),
		   "normalize: warning: rejected line=812 off=44 code=BAD_DECIMAL why=\"more than "
		   "\\\"18\\\" digits\\x0aand a "
		   "\\\\\"\nnormalize: info: empty x=\"\" bytes=\"\\x01\\xff\\x00\"\n");
	/* the first 10, then 16, 32, 64; other codes are counted apart; the total is exact */
	text = stderr_of(say_often);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	EXPECT(lines == 10 + 3 + 1 + 1);
	EXPECT(strstr(text, "i=9\n") && !strstr(text, "i=10\n") &&
	       strstr(text, "i=15 count=16\n") && strstr(text, "i=63 count=64\n"));
	EXPECT(strstr(text, "total event=often code=A count=100\n"));
	text = stderr_of(say_long);
	EXPECT(strlen(text) < 2100 && text[strlen(text) - 1] == '\n' &&
	       text[strlen(text) - 2] == '"');
	EXPECT_STR(stderr_of(say_quietly), "normalize: error: still x=1\n");
}

static void
test_durable(void)
{
	struct buf out;
	struct stat st;

	buf_init(&out, 100);
	EXPECT(durable_write(dir_fd, "file", SPAN_LIT("first"), 0640));
	EXPECT(durable_write(dir_fd, "file", SPAN_LIT("second"), 0640));
	EXPECT(durable_read(dir_fd, "file", &out) && span_is(buf_span(&out), "second"));
	EXPECT(fstatat(dir_fd, "file.tmp", &st, 0) < 0 && errno == ENOENT);
	EXPECT(!durable_write(dir_fd, "no/such/place", SPAN_LIT("x"), 0640) && errno == ENOENT);
	EXPECT(durable_make_directories(dir_fd, "a/b/c", 0750) &&
	       durable_make_directories(dir_fd, "a/b/c", 0750));
	EXPECT(fstatat(dir_fd, "a/b/c", &st, 0) == 0 && S_ISDIR(st.st_mode));
	EXPECT(!durable_make_directories(dir_fd, "file/x", 0750) && errno == ENOTDIR);
	buf_clear(&out);
	EXPECT(!durable_read(dir_fd, "missing", &out) && errno == ENOENT);
	buf_release(&out);
	buf_init(&out, 3);
	EXPECT(!durable_read(dir_fd, "file", &out) && errno == EFBIG);
	buf_release(&out);
}

static void
test_metrics(void)
{
	struct metrics m;
	struct buf out;
	char path[64];
	size_t a, b;

	snprintf(path, sizeof path, "%s/m.prom", directory);
	metrics_init(&m, path);
	a = metrics_add(&m, "x_total", "counter", "Things.", "kind=\"a\"");
	metrics_add(&m, "x_total", "counter", "Things.", "kind=\"b\"");
	b = metrics_add(&m, "y", "gauge", "A level.", NULL);
	metrics_count(&m, a, 2);
	metrics_count(&m, a, 3);
	metrics_set(&m, b, -7);
	EXPECT(metrics_write(&m));
	buf_init(&out, 1000);
	EXPECT(durable_read(dir_fd, "m.prom", &out));
	EXPECT(span_is(buf_span(&out), "# HELP x_total Things.\n# TYPE x_total "
				       "counter\nx_total{kind=\"a\"} 5\nx_total{kind=\"b\"} 0\n"
				       "# HELP y A level.\n# TYPE y gauge\ny -7\n"));
	buf_release(&out);
	metrics_init(&m, NULL);
	EXPECT(metrics_write(&m));
}

static void
test_secret(void)
{
	int p[2];
	char *memory = secret_memory(64);
	struct span s;

	EXPECT(pipe(p) == 0);
	EXPECT(write(p[1], "key material\n", 13) == 13);
	close(p[1]);
	EXPECT(secret_read_fd(p[0], memory, 64, &s) && span_is(s, "key material"));
	close(p[0]);
	EXPECT(pipe(p) == 0);
	memset(memory, 'x', 64);
	EXPECT(write(p[1], memory, 64) == 64);
	close(p[1]);
	EXPECT(!secret_read_fd(p[0], memory, 64, &s) && errno == EMSGSIZE);
	EXPECT(memory[0] == 0 && memory[63] == 0);
	EXPECT(secret_equal("abc", "abc", 3) && !secret_equal("abc", "abd", 3) &&
	       secret_equal("", "", 0));
	secret_free(memory, 64);
	close(p[0]);
}

static void
test_share(void)
{
	struct buf out;

	buf_init(&out, 100);
	setenv("TRADEPIPE_SHARE", directory, 1);
	EXPECT(durable_write(dir_fd, "shared.txt", SPAN_LIT("here"), 0640));
	share_read("shared.txt", &out);
	EXPECT(span_is(buf_span(&out), "here"));
	buf_release(&out);
}

static void
expect_chain(const char *line, const char *error, const char *want)
{
	struct chain_record r;
	struct chain_fault fault;
	struct buf out;

	EXPECT(chain_parse(span_of(line), &r, &fault));
	buf_init(&out, 1000);
	chain_open(&r, span_of(error), &out);
	buf_json_member_raw(&out, "x", SPAN_LIT("1"));
	chain_close(&out);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, want);
	buf_release(&out);
}

static void
test_chain(void)
{
	static const struct {
		const char *line, *code;
		size_t offset;
	} bad[] = {{"", "JSON_EMPTY", 0},
		   {"{\"a\":", "JSON_TRUNCATED", 5},
		   {"[]", "NOT_AN_OBJECT", 0},
		   {"{\"meta\":1,\"meta\":2}", "DUPLICATE", 0},
		   {"{\"error\":1,\"\\u0065rror\":2}", "DUPLICATE", 0}};
	struct chain_record r;
	struct chain_fault fault;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		EXPECT(!chain_parse(span_of(bad[i].line), &r, &fault));
		EXPECT_STR(fault.code, bad[i].code);
		EXPECT(fault.offset == bad[i].offset);
	}
	expect_chain("{}", NULL, "{\"x\":1}");
	expect_chain(" { \"a\" : 1 } ", NULL, "{ \"a\" : 1,\"x\":1}");
	expect_chain("{\"error\":null,\"b\":2}", "{\"code\":\"C\"}",
		     "{\"error\":{\"code\":\"C\"},\"b\":2,\"x\":1}");
	expect_chain("{\"b\":2}", "{\"code\":\"C\"}",
		     "{\"b\":2,\"error\":{\"code\":\"C\"},\"x\":1}");
	/* the first error is the cause and stays */
	expect_chain("{\"error\":{\"code\":\"A\"}}", "{\"code\":\"C\"}",
		     "{\"error\":{\"code\":\"A\"},\"x\":1}");
}

static void
expect_strip(const char *in, const char *want, size_t dropped)
{
	struct buf out;

	buf_init(&out, 1000);
	EXPECT(leak_strip(span_of(in), &out) == dropped);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, want);
	buf_release(&out);
}

static void
test_leak(void)
{
	static const char *const secret[] = {"apiKey",	       "APIKEY",    "api_key",
					     "api-key",	       "secretKey", "passphrase",
					     "OK-ACCESS-SIGN", "Password",  "ap\\u0069Key"};
	static const char *const plain[] = {"ordId",	"key",	     "keyMode", "keyAlias",
					    "apiKeys2", "secretary", "label",	""};
	struct span values[2], found[4];
	struct buf store;

	for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
		char quoted[64];

		snprintf(quoted, sizeof quoted, "\"%s\"", secret[i]);
		EXPECT(leak_is_secret_name((struct span){quoted + 1, strlen(secret[i])}));
	}
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		char quoted[64];

		snprintf(quoted, sizeof quoted, "\"%s\"", plain[i]);
		EXPECT(!leak_is_secret_name((struct span){quoted + 1, strlen(plain[i])}));
	}
	expect_strip("{\"a\":1,\"apiKey\":\"k\",\"b\":[{\"pass\":1,\"passphrase\":{\"x\":2}},3]}",
		     "{\"a\":1,\"b\":[{\"pass\":1},3]}", 2);
	expect_strip("{\"secretKey\":1,\"z\":2}", "{\"z\":2}", 1);
	expect_strip("[]", "[]", 0);
	/* by value: raw, as JSON writes it, and short ones only as a whole string */
	values[0] = SPAN_LIT("22582BD0CFF1");
	values[1] = SPAN_LIT("a\"b\\c");
	EXPECT(leak_found(SPAN_LIT("xx22582BD0CFF1yy"), values, 2));
	EXPECT(!leak_found(SPAN_LIT("xx22582BD0CFF yy"), values, 2));
	EXPECT(leak_found(SPAN_LIT("{\"m\":\"a\\\"b\\\\c\"}"), values, 2));
	values[1] = SPAN_LIT("pin");
	EXPECT(!leak_found(SPAN_LIT("{\"m\":\"spinning\"}"), values, 2) &&
	       leak_found(SPAN_LIT("{\"m\":\"pin\"}"), values, 2));
	buf_init(&store, 1000);
	EXPECT(leak_collect(
		   SPAN_LIT(
		       "{\"x\":[{\"apiKey\":\"k\\u0031\"}],\"secretKey\":\"s2\",\"passphrase\":3}"),
		   &store, found, 4) == 2);
	EXPECT(span_is(found[0], "k1") && span_is(found[1], "s2"));
	buf_release(&store);
}

/* A maximum below the first allocation counts too. */
static void
test_small_buffer(void)
{
	struct buf b;

	buf_init(&b, 64);
	for (int i = 0; i < 8; i++)
		buf_str(&b, "12345678");
	EXPECT(buf_ok(&b) && b.len == 64 && b.cap == 64);
	buf_byte(&b, 'x');
	EXPECT(!buf_ok(&b) && b.len == 64);
	buf_release(&b);
}

int
main(void)
{
	EXPECT(mkdtemp(directory) != NULL);
	dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
	RUN(test_small_buffer);
	RUN(test_diag);
	RUN(test_durable);
	RUN(test_metrics);
	RUN(test_secret);
	RUN(test_share);
	RUN(test_chain);
	RUN(test_leak);
	return test_done();
}
