/* Catches a limiter by which two processes with one key ask OKX more often than one may, that
 * makes keys share what is each one's own, or that a spoilt file or a clock set back stops. */
#include "limiter.h"
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW_US INT64_C(1788266096000000)

static char place[] = "/tmp/tradepipe-limiter-XXXXXX";
static int directory;
static const unsigned char key_a[32] = {0xaa}, key_b[32] = {0xbb};

static void
forget(void)
{
	unlinkat(directory, "limits-aa00000000000000", 0);
	unlinkat(directory, "limits-bb00000000000000", 0);
	unlinkat(directory, "limits-address", 0);
}

static struct limiter
with_key(const unsigned char key[32])
{
	struct limiter l;

	limiter_init(&l, directory);
	limiter_use_key(&l, key);
	return l;
}

/* bills: 5 a second; evenly, and a twentieth more. */
static void
test_spacing(void)
{
	struct limiter l;

	limiter_init(&l, -1);
	for (int i = 0; i < 12; i++)
		EXPECT(limiter_take(&l, OKX_BILLS, NOW_US) == NOW_US + i * 210000);
	/* later than the next slot: at once */
	EXPECT(limiter_take(&l, OKX_BILLS, NOW_US + 9000000) == NOW_US + 9000000);
	/* each endpoint has its own */
	EXPECT(limiter_take(&l, OKX_FILLS, NOW_US) == NOW_US);
}

static void
test_remaining(void)
{
	struct limiter l;

	limiter_init(&l, -1);
	EXPECT(l.remaining == UINT32_MAX);
	limiter_take(&l, OKX_BILLS, NOW_US);
	limiter_take(&l, OKX_BILLS, NOW_US);
	EXPECT(l.remaining == 3 && l.reset_us == NOW_US + 1000000);
	/* the tightest counts */
	limiter_take(&l, OKX_FILLS, NOW_US);
	EXPECT(l.remaining == 3);
	for (int i = 0; i < 3; i++)
		limiter_take(&l, OKX_BILLS, NOW_US);
	EXPECT(l.remaining == 0);
}

static void
test_punish(void)
{
	struct limiter a, b;

	forget();
	a = with_key(key_a);
	b = with_key(key_a);
	limiter_punish(&a, OKX_BILLS, NOW_US + 5000000);
	EXPECT(limiter_take(&b, OKX_BILLS, NOW_US) == NOW_US + 5000000);
	/* never sooner than was said before */
	limiter_punish(&a, OKX_BILLS, NOW_US + 1);
	EXPECT(limiter_take(&b, OKX_BILLS, NOW_US) == NOW_US + 5210000);
}

/* By user: one key, one budget; by address: all keys together. */
static void
test_keys(void)
{
	struct limiter a, again, b;

	forget();
	a = with_key(key_a);
	again = with_key(key_a);
	b = with_key(key_b);
	EXPECT(limiter_take(&a, OKX_BILLS, NOW_US) == NOW_US);
	EXPECT(limiter_take(&again, OKX_BILLS, NOW_US) == NOW_US + 210000);
	EXPECT(limiter_take(&b, OKX_BILLS, NOW_US) == NOW_US);
	EXPECT(limiter_take(&a, OKX_TIME, NOW_US) == NOW_US);
	EXPECT(limiter_take(&b, OKX_TIME, NOW_US) == NOW_US + 210000);
	limiter_use_key(&a, key_b);
	EXPECT(limiter_take(&a, OKX_BILLS, NOW_US) == NOW_US + 210000);
}

#define PROCESSES 4
#define TAKES 50

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Processes that take at the same time: no slot twice, none left out. */
static void
test_processes(void)
{
	int64_t at[PROCESSES * TAKES];
	int fds[2], status;

	forget();
	EXPECT(pipe(fds) == 0);
	for (int p = 0; p < PROCESSES; p++) {
		if (fork() == 0) {
			struct limiter l = with_key(key_a);

			for (int i = 0; i < TAKES; i++) {
				int64_t t = limiter_take(&l, OKX_BILLS, NOW_US);

				if (write(fds[1], &t, sizeof t) != sizeof t)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int p = 0; p < PROCESSES; p++)
		EXPECT(wait(&status) > 0 && status == 0);
	EXPECT(read(fds[0], at, sizeof at) == sizeof at);
	qsort(at, PROCESSES * TAKES, sizeof at[0], compare);
	for (int i = 0; i < PROCESSES * TAKES; i++)
		EXPECT(at[i] == NOW_US + i * 210000);
	close(fds[0]);
	close(fds[1]);
}

/* What somebody else wrote counts as nothing; so does a slot of a clock that was ahead. */
static void
test_spoilt_files(void)
{
	static const char *const spoilt[] = {
	    "", "nonsense", "99999999999999999999 99999999999999999999 9999999999",
	    "-9223372036854775808 -9223372036854775808 -999999999", "1 2"};
	char line[97];

	for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
		struct limiter l;
		int fd;

		forget();
		fd = openat(directory, "limits-aa00000000000000", O_WRONLY | O_CREAT, 0600);
		snprintf(line, sizeof line, "%-95s\n", spoilt[i]);
		EXPECT(fd >= 0 && pwrite(fd, line, 96, 96 * OKX_BILLS) == 96);
		close(fd);
		l = with_key(key_a);
		EXPECT(limiter_take(&l, OKX_BILLS, NOW_US) == NOW_US);
		EXPECT(l.remaining == 4);
		EXPECT(limiter_take(&l, OKX_BILLS, NOW_US) == NOW_US + 210000);
	}
}

int
main(void)
{
	EXPECT(mkdtemp(place) != NULL);
	directory = open(place, O_RDONLY | O_DIRECTORY);
	RUN(test_spacing);
	RUN(test_remaining);
	RUN(test_punish);
	RUN(test_keys);
	RUN(test_processes);
	RUN(test_spoilt_files);
	forget();
	EXPECT(rmdir(place) == 0);
	return test_done();
}
