/*
 * Catches a scan of a write-ahead log that crashes on a damaged file, yields a batch that breaks
 * the rules, or calls an end torn that is not whole once it has been cut off there.
 *
 * The first byte chooses: a directory or a pipe; how much a read returns; and whether the sums are
 * set right first, so that what a changed number does is seen, and not only that its sum is wrong.
 */
#include "crc32c.h"
#include "fuzz.h"
#include "wal_scan.h"

#include <errno.h>
#include <inttypes.h>

struct image {
	struct span file;
	size_t read_max;
};

static ssize_t
read_image(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	const struct image *image = context;
	size_t left = offset < image->file.len ? image->file.len - (size_t)offset : 0;

	if (number != 1) {
		errno = ENOENT;
		return -1;
	}
	n = n < left ? n : left;
	n = n < image->read_max ? n : image->read_max;
	if (n)
		memcpy(to, image->file.ptr + offset, n);
	return (ssize_t)n;
}

/* ---- sums set right ---- */

static void
put_sum(char *at, uint32_t sum)
{
	char text[9];

	snprintf(text, sizeof text, "%08" PRIx32, sum);
	memcpy(at, text, 8);
}

/* Where `,"c":"` stands in the line that begins the bytes, if a sum fits behind it. */
static bool
find_sum(struct span bytes, size_t *at, size_t *line)
{
	static const struct span mark = {",\"c\":\"", 6};
	const char *end = bytes.len ? memchr(bytes.ptr, '\n', bytes.len) : NULL;

	if (!end)
		return false;
	*line = (size_t)(end - bytes.ptr) + 1;
	*at = span_find((struct span){bytes.ptr, *line}, mark);
	return *at + mark.len + 8 < *line;
}

/* Give the file's first line and each batch behind it the sum that its bytes have. */
static void
repair(char *bytes, size_t len)
{
	struct wal_header h;
	size_t at, line;

	if (!find_sum((struct span){bytes, len}, &at, &line))
		return;
	put_sum(bytes + at + 6, crc32c(0, (struct span){bytes, at}));
	if (wal_header_parse((struct span){bytes, len}, &h, &line) != WAL_PARSE_WHOLE)
		return;
	for (size_t from = line; find_sum((struct span){bytes + from, len - from}, &at, &line);) {
		struct span size = {bytes + from, at};
		size_t mark = span_find(size, SPAN_LIT("\"b\":")), payload = 0;
		uint32_t sum = crc32c(h.salt, size);

		for (size_t i = mark + 4; i < at && payload < len; i++)
			payload = payload * 10 + (size_t)(bytes[from + i] & 15);
		if (payload > len - from - line)
			return;
		sum = crc32c(sum, (struct span){bytes + from + line, payload});
		put_sum(bytes + from + at + 6, sum);
		from += line + payload;
	}
}

/* ---- the scan ---- */

struct found {
	enum wal_step end;
	uint64_t offset, lines, last, batches;
};

static void
check_batch(const struct wal_batch *b, struct span file, uint64_t last, uint64_t durable)
{
	FUZZ_CHECK(b->header_len >= WAL_BATCH_HEADER_MIN && b->header_len <= WAL_BATCH_HEADER_MAX);
	FUZZ_CHECK(b->seq == last + 1 && b->durable >= durable && b->durable <= last);
	FUZZ_CHECK(b->payload.len <= file.len && wal_count_lines(b->payload) == b->n);
	FUZZ_CHECK(b->payload.len <= LIMIT_WAL_BATCH_BYTES || b->n == 1);
	FUZZ_CHECK((b->n == 0) == (b->payload.len == 0));
	FUZZ_CHECK(b->n == 0 || b->payload.ptr[b->payload.len - 1] == '\n');
}

static struct found
scan(struct span file, size_t read_max, bool alone)
{
	struct image image = {file, read_max};
	struct wal_source source = {.context = &image, .read = read_image, .alone = alone};
	struct wal_scan s;
	struct wal_batch b;
	struct found f = {0};
	uint64_t used = 0, durable = 0;

	wal_scan_init(&s, source, 1);
	while ((f.end = wal_scan_next(&s, &b)) == WAL_BATCH) {
		if (f.batches++ == 0) {
			f.last = b.seq - 1;
			durable = f.last;
			used = s.offset - b.header_len - b.payload.len;
			FUZZ_CHECK(used >= WAL_HEADER_MIN && used <= WAL_HEADER_MAX);
		}
		check_batch(&b, file, f.last, durable);
		used += b.header_len + b.payload.len;
		f.last += b.n;
		f.lines += b.n;
		durable = b.durable;
		FUZZ_CHECK(s.offset == used && s.sure <= used);
	}
	FUZZ_CHECK(f.end == WAL_END || f.end == WAL_TORN || f.end == WAL_CORRUPT);
	FUZZ_CHECK(s.batches == f.batches && s.lines == f.lines);
	FUZZ_CHECK((s.fault.why == NULL) == (f.end == WAL_END));
	f.offset = s.fault.offset;
	FUZZ_CHECK(f.offset <= file.len && f.offset >= used);
	FUZZ_CHECK(f.end != WAL_END || f.offset == file.len);
	FUZZ_CHECK(f.end != WAL_TORN || !alone || f.offset > 0);
	wal_scan_release(&s);
	return f;
}

static bool
same_lines(const struct found *a, const struct found *b)
{
	return a->lines == b->lines && a->batches == b->batches && a->last == b->last;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), file;
	unsigned how = fuzz_byte(&in);
	bool alone = how & 1;
	size_t read_max = how & 2 ? 7 : SIZE_MAX;
	struct found whole, again;
	char *bytes = malloc(in.len + 1);

	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, in.ptr, in.len);
	if (how & 4)
		repair(bytes, in.len);
	file = (struct span){bytes, in.len};
	whole = scan(file, read_max, alone);
	/* how the bytes come in does not matter */
	again = scan(file, SIZE_MAX, alone);
	FUZZ_CHECK(again.end == whole.end && again.offset == whole.offset &&
		   same_lines(&again, &whole));
	if (whole.end == WAL_TORN) {
		file.len = whole.offset;
		again = scan(file, read_max, alone);
		/* an empty first file is made anew, not cut */
		FUZZ_CHECK(again.end == (whole.offset ? WAL_END : WAL_TORN));
		FUZZ_CHECK(again.offset == whole.offset && same_lines(&again, &whole));
	}
	free(bytes);
	return 0;
}
