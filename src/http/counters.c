#include "counters.h"

#include "check.h"
#include "crc32c.h"
#include "shared_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

static const unsigned statuses[] = {200, 400, 401, 403, 404, 405, 408, 409, 411, 413, 414,
				    415, 417, 421, 429, 431, 500, 501, 502, 503, 504, 505};
#define STATUSES (sizeof statuses / sizeof statuses[0])

/* Upper ends in microseconds; the last bucket has none. */
static const uint64_t ends_us[] = {500,	    1000,     2500,	5000,	 10000,	  25000,
				   50000,   100000,   250000,	500000,	 1000000, 2500000,
				   5000000, 10000000, 30000000, 60000000};
#define BUCKETS (sizeof ends_us / sizeof ends_us[0] + 1)

struct per_route {
	uint64_t status[STATUSES];
	uint64_t bucket[BUCKETS];
	uint64_t sum_us;
};

struct counters_memory {
	uint64_t answers[ANSWER_CODES];
	uint64_t signed_by[SIGNATURE_KEYS];
	struct per_route routes[ROUTES_MAX + 1];
};

uint32_t
counters_sum(const struct routes *routes, const char *const key_ids[], size_t keys)
{
	uint32_t sum = (uint32_t)sizeof(struct counters_memory);

	for (size_t i = 0; i < routes->n; i++) {
		sum = crc32c(sum, span_of(http_method_name(routes->list[i].method)));
		sum = crc32c(sum, routes->list[i].path);
	}
	for (size_t i = 0; i < keys; i++)
		sum = crc32c(crc32c(sum, SPAN_LIT("\n")), span_of(key_ids[i]));
	return sum;
}

bool
counters_open(struct counters *c, int fd)
{
	size_t size = sizeof(struct counters_memory);
	bool made;
	void *p;

	if (fd >= 0) {
		c->memory = shared_file_map(fd, size, &made);
	} else {
		/* cppcheck-suppress invalidFunctionArg */
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		c->memory = p == MAP_FAILED ? NULL : p;
	}
	return c->memory != NULL;
}

static void
add(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static uint64_t
get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void
counters_request(const struct counters *c, size_t route, unsigned status, int64_t us)
{
	struct per_route *r = &c->memory->routes[route < c->routes->n ? route : ROUTES_MAX];
	size_t bucket = 0, s = 0;

	while (s < STATUSES && statuses[s] != status)
		s++;
	CHECK(s < STATUSES && us >= 0);
	while (bucket < BUCKETS - 1 && (uint64_t)us > ends_us[bucket])
		bucket++;
	add(&r->status[s], 1);
	add(&r->bucket[bucket], 1);
	add(&r->sum_us, (uint64_t)us);
}

void
counters_answer(const struct counters *c, enum answer_code code)
{
	add(&c->memory->answers[code], 1);
}

void
counters_signed(const struct counters *c, size_t key)
{
	CHECK(key < c->keys);
	add(&c->memory->signed_by[key], 1);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void
print_type(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_str(out, "# HELP ");
	buf_str(out, name);
	buf_byte(out, ' ');
	buf_str(out, help);
	buf_str(out, "\n# TYPE ");
	buf_str(out, name);
	buf_byte(out, ' ');
	buf_str(out, type);
	buf_byte(out, '\n');
}

/* name{route="GET /x" */
static void
print_route(const struct counters *c, size_t i, const char *name, struct buf *out)
{
	buf_str(out, name);
	buf_str(out, "{route=\"");
	if (i == ROUTES_MAX) {
		buf_str(out, "other\"");
		return;
	}
	buf_str(out, http_method_name(c->routes->list[i].method));
	buf_byte(out, ' ');
	buf_add(out, c->routes->list[i].path);
	buf_byte(out, '"');
}

static void
print_labelled(struct buf *out, const char *name, const char *label, const char *text,
	       uint64_t value)
{
	buf_str(out, name);
	buf_byte(out, '{');
	buf_str(out, label);
	buf_str(out, "=\"");
	buf_str(out, text);
	buf_str(out, "\"} ");
	buf_u64(out, value);
	buf_byte(out, '\n');
}

static void
print_seconds(struct buf *out, uint64_t us)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
	buf_add(out, span_of(text));
}

static uint64_t
count_of(const struct per_route *r)
{
	uint64_t n = 0;

	for (size_t b = 0; b < BUCKETS; b++)
		n += get(&r->bucket[b]);
	return n;
}

/* The 95th percentile, on a straight line within its bucket; in the last one its lower end. */
static uint64_t
p95_us(const struct per_route *r)
{
	uint64_t n = count_of(r), rank = n - n / 20, below = 0;

	for (size_t b = 0; b < BUCKETS - 1; b++) {
		uint64_t here = get(&r->bucket[b]), from = b ? ends_us[b - 1] : 0;

		if (here && below + here >= rank)
			return from + (ends_us[b] - from) * (rank - below) / here;
		below += here;
	}
	return ends_us[BUCKETS - 2];
}

static void
print_histogram(const struct counters *c, size_t i, struct buf *out)
{
	const struct per_route *r = &c->memory->routes[i];
	uint64_t sum = 0;

	for (size_t b = 0; b < BUCKETS; b++) {
		sum += get(&r->bucket[b]);
		print_route(c, i, "tradepipe_http_request_seconds_bucket", out);
		buf_str(out, ",le=\"");
		if (b == BUCKETS - 1)
			buf_str(out, "+Inf");
		else
			print_seconds(out, ends_us[b]);
		buf_str(out, "\"} ");
		buf_u64(out, sum);
		buf_byte(out, '\n');
	}
	print_route(c, i, "tradepipe_http_request_seconds_sum", out);
	buf_str(out, "} ");
	print_seconds(out, get(&r->sum_us));
	buf_byte(out, '\n');
	print_route(c, i, "tradepipe_http_request_seconds_count", out);
	buf_str(out, "} ");
	buf_u64(out, sum);
	buf_byte(out, '\n');
}

static void
print_requests(const struct counters *c, size_t i, struct buf *out, uint64_t errors[2])
{
	const struct per_route *r = &c->memory->routes[i];

	for (size_t s = 0; s < STATUSES; s++) {
		uint64_t n = get(&r->status[s]);

		if (n == 0)
			continue;
		print_route(c, i, "tradepipe_http_requests_total", out);
		buf_str(out, ",code=\"");
		buf_u64(out, statuses[s]);
		buf_str(out, "\"} ");
		buf_u64(out, n);
		buf_byte(out, '\n');
		if (statuses[s] >= 400)
			errors[statuses[s] >= 500] += n;
	}
}

static void
print_answers(const struct counters *c, struct buf *out)
{
	const uint64_t *a = c->memory->answers;

	print_type(out, "tradepipe_http_answer_errors_total", "counter",
		   "Answers of commands by their error code.");
	for (enum answer_code code = ANSWER_BAD_REQUEST; code < ANSWER_CODES; code++)
		print_labelled(out, "tradepipe_http_answer_errors_total", "error",
			       answer_code_name(code), get(&a[code]));
	print_type(out, "tradepipe_http_upstream_errors_total", "counter",
		   "Answers that failed upstream.");
	print_labelled(out, "tradepipe_http_upstream_errors_total", "class", "4xx",
		       get(&a[ANSWER_REMOTE_4XX]) + get(&a[ANSWER_RATE_LIMIT]));
	print_labelled(out, "tradepipe_http_upstream_errors_total", "class", "5xx",
		       get(&a[ANSWER_REMOTE_5XX]));
}

static bool
is_used(const struct counters *c, size_t i)
{
	return (i < c->routes->n || i == ROUTES_MAX) && count_of(&c->memory->routes[i]) > 0;
}

static void
print_latencies(const struct counters *c, struct buf *out)
{
	print_type(out, "tradepipe_http_request_seconds", "histogram",
		   "From a request's first byte to its answer's last.");
	for (size_t i = 0; i <= ROUTES_MAX; i++)
		if (is_used(c, i))
			print_histogram(c, i, out);
	print_type(out, "tradepipe_http_request_seconds_p95", "gauge",
		   "95th percentile since the counters began.");
	for (size_t i = 0; i <= ROUTES_MAX; i++) {
		if (!is_used(c, i))
			continue;
		print_route(c, i, "tradepipe_http_request_seconds_p95", out);
		buf_str(out, "} ");
		print_seconds(out, p95_us(&c->memory->routes[i]));
		buf_byte(out, '\n');
	}
}

void
counters_print(const struct counters *c, struct buf *out)
{
	uint64_t errors[2] = {0, 0};

	print_type(out, "tradepipe_http_requests_total", "counter", "Requests answered.");
	for (size_t i = 0; i <= ROUTES_MAX; i++)
		if (is_used(c, i))
			print_requests(c, i, out, errors);
	print_type(out, "tradepipe_http_errors_total", "counter", "Answers of 400 and above.");
	print_labelled(out, "tradepipe_http_errors_total", "class", "4xx", errors[0]);
	print_labelled(out, "tradepipe_http_errors_total", "class", "5xx", errors[1]);
	print_answers(c, out);
	print_type(out, "tradepipe_http_signed_total", "counter", "Requests signed with a key.");
	for (size_t k = 0; k < c->keys; k++)
		print_labelled(out, "tradepipe_http_signed_total", "key", c->key_ids[k],
			       get(&c->memory->signed_by[k]));
	print_latencies(c, out);
}
