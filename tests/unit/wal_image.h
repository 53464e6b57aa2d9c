/*
 * wal_image: a log in memory: what a writer would have put into the files, and what a scan makes of
 * them after something has happened to them.
 *
 * The writer here has nothing to do with wal.c but the format: it keeps apart what it has written,
 * what it has synced and what it has been told is synced, as a power cut would.
 */
#ifndef TP_WAL_IMAGE_H
#define TP_WAL_IMAGE_H

#include "test.h"
#include "wal_scan.h"

#include <errno.h>

/* A sanitizer build does a sample of the same. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 40
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOWER 40
#endif
#endif
#ifndef SLOWER
#define SLOWER 1
#endif

#define IMAGE_FILES 64
#define IMAGE_FILE_BYTES (96u << 10)
#define IMAGE_TEXT_BYTES (256u << 10)

struct image {
	struct {
		char bytes[IMAGE_FILE_BYTES];
		size_t len;
	} files[IMAGE_FILES];
	size_t n;
};

/* A log being written: file i of the image is number i + 1. */
struct writer {
	struct image image;
	struct wal_chain chain;
	size_t file_max;
	uint64_t random;

	/* all payloads, one behind the other: what a reader must get a prefix of */
	char text[IMAGE_TEXT_BYTES];
	size_t text_len;

	uint64_t acknowledged; /* highest seq whose sync has returned */
	size_t synced;	       /* bytes of the newest file that are on the disk */

	/* where each batch begins, in the order of writing */
	struct {
		size_t file, offset, len;
		uint64_t last; /* seq of the last line up to and with this batch */
		uint64_t durable;
	} batches[4096];
	size_t n;
};

static inline ssize_t
image_read(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	const struct image *image = context;
	size_t left;

	if (number > image->n) {
		errno = ENOENT;
		return -1;
	}
	left = image->files[number - 1].len;
	left = offset < left ? left - (size_t)offset : 0;
	n = n < left ? n : left;
	if (n)
		memcpy(to, image->files[number - 1].bytes + offset, n);
	return (ssize_t)n;
}

/* ---- read ---- */

struct found {
	enum wal_step step;
	uint64_t last;
	uint64_t number; /* file and offset where it ended */
	uint64_t offset;
	bool prefix; /* every line was the one that was written */
};

/* Go through the image; the window is kept from one call to the next. */
static inline struct found
image_scan(struct image *image, struct span text)
{
	static struct wal_scan s;
	struct buf window = s.window;
	struct found f = {.prefix = true};
	struct wal_batch b;
	size_t at = 0;

	wal_scan_init(&s, (struct wal_source){.context = image, .read = image_read}, 1);
	if (window.ptr)
		s.window = window;
	buf_clear(&s.window);
	while ((f.step = wal_scan_next(&s, &b)) == WAL_BATCH) {
		if (b.payload.len > text.len - at ||
		    memcmp(text.ptr + at, b.payload.ptr, b.payload.len) != 0)
			f.prefix = false;
		else
			at += b.payload.len;
	}
	f.last = s.chain.last;
	f.number = s.fault.number;
	f.offset = s.fault.offset;
	return f;
}

/* ---- write ---- */

static inline void
writer_put(struct writer *w, struct span bytes)
{
	size_t file = w->image.n - 1, len = w->image.files[file].len;

	if (bytes.len > IMAGE_FILE_BYTES - len)
		abort();
	if (bytes.len)
		memcpy(w->image.files[file].bytes + len, bytes.ptr, bytes.len);
	w->image.files[file].len += bytes.len;
}

static inline size_t
writer_len(const struct writer *w)
{
	return w->image.files[w->image.n - 1].len;
}

/* All that has been written is on the disk, and the writer knows. */
static inline void
writer_sync(struct writer *w)
{
	w->synced = writer_len(w);
	w->acknowledged = w->chain.last;
}

/* durable is what the writer believes: at most `acknowledged`. */
static inline void
writer_batch(struct writer *w, struct span lines, uint64_t durable)
{
	char header[WAL_BATCH_HEADER_MAX + 1];
	struct wal_batch b = {.seq = w->chain.last + 1,
			      .n = (uint32_t)wal_count_lines(lines),
			      .durable = durable,
			      .prev = w->chain.crc,
			      .payload = lines};
	size_t len = wal_batch_print(&b, w->chain.salt, header);

	if (w->n == sizeof w->batches / sizeof w->batches[0] ||
	    lines.len > IMAGE_TEXT_BYTES - w->text_len)
		abort();
	w->batches[w->n].file = w->image.n - 1;
	w->batches[w->n].offset = writer_len(w);
	w->batches[w->n].len = len + lines.len;
	writer_put(w, (struct span){header, len});
	writer_put(w, lines);
	if (lines.len)
		memcpy(w->text + w->text_len, lines.ptr, lines.len);
	w->text_len += lines.len;
	wal_chain_take(&w->chain, &b);
	w->batches[w->n].durable = durable;
	w->batches[w->n++].last = w->chain.last;
}

static inline void
writer_begin_file(struct writer *w)
{
	char text[WAL_HEADER_MAX + 1];
	struct wal_header h = {.salt = (uint32_t)test_random(&w->random),
			       .first = w->chain.last + 1,
			       .prev_number = w->image.n,
			       .prev_crc = w->chain.crc};

	if (w->image.n == IMAGE_FILES)
		abort();
	w->image.files[w->image.n++].len = 0;
	writer_put(w, (struct span){text, wal_header_print(&h, text)});
	w->chain = (struct wal_chain){h.salt, h.salt, h.first - 1, h.first - 1};
	w->synced = 0;
}

/* Sync, mark, sync, and a new file, synced; the caller may cut the power in between. */
static inline void
writer_end_file(struct writer *w)
{
	writer_sync(w);
	if (w->chain.durable != w->acknowledged)
		writer_batch(w, SPAN_LIT(""), w->acknowledged);
	writer_sync(w);
}

static inline bool
writer_is_full(const struct writer *w, size_t more)
{
	return writer_len(w) + WAL_BATCH_HEADER_MAX + more > w->file_max;
}

static inline void
writer_init(struct writer *w, uint64_t seed, size_t file_max)
{
	w->image.n = 0;
	w->chain = (struct wal_chain){0};
	w->file_max = file_max;
	w->random = seed;
	w->text_len = 0;
	w->n = 0;
	w->acknowledged = 0;
	writer_begin_file(w);
	writer_sync(w);
}

/* One to four order-like lines. */
static inline struct span
some_lines(uint64_t *random, char *out, size_t cap)
{
	size_t len = 0, n = 1 + test_random(random) % 4;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
		    out + len, cap - len, "{\"id\":\"%" PRIx64 "\",\"sz\":\"%d\"}\n",
		    test_random(random) % 100000, (int)(test_random(random) % 100));
	return (struct span){out, len};
}

static inline struct span
writer_text(const struct writer *w)
{
	return (struct span){w->text, w->text_len};
}

#endif
