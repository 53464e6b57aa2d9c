/*
 * Catches a log that gives back a line that was never written, or loses one that was acknowledged,
 * or calls damage to it a torn end, after a power cut or a changed byte: whatever the lines hold,
 * copies of the log's own batches among them.
 *
 * The input is a program: each operation one byte and what it takes. The oracle remembers what was
 * written, what was synced, and what each batch says was durable.
 */
#include "fuzz.h"
#include "wal_scan.h"

#include <errno.h>

#define FILES_MAX 3
#define FILE_BYTES (64u << 10)
#define BATCHES_MAX 256

struct file {
	char bytes[FILE_BYTES];
	size_t len;
	size_t synced;
};

struct log {
	struct file files[FILES_MAX];
	size_t n;
	char text[FILES_MAX * FILE_BYTES]; /* all lines ever written */
	size_t text_len;
	struct wal_chain chain;
	uint64_t acknowledged;
	struct {
		size_t file, offset, len;
		uint64_t first, durable; /* seq of its first line; what it says was durable */
	} batches[BATCHES_MAX];
	size_t batches_n;
};

static struct log fuzz_log;

static ssize_t
read_log(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	const struct log *log = context;
	size_t left;

	if (number > log->n) {
		errno = ENOENT;
		return -1;
	}
	left = log->files[number - 1].len;
	left = offset < left ? left - (size_t)offset : 0;
	n = n < left ? n : left;
	if (n)
		memcpy(to, log->files[number - 1].bytes + offset, n);
	return (ssize_t)n;
}

/* ---- the writer ---- */

static struct file *
newest(struct log *log)
{
	return &log->files[log->n - 1];
}

static void
put(struct log *log, struct span bytes)
{
	struct file *f = newest(log);

	FUZZ_CHECK(bytes.len <= FILE_BYTES - f->len);
	if (bytes.len)
		memcpy(f->bytes + f->len, bytes.ptr, bytes.len);
	f->len += bytes.len;
}

static void
sync_log(struct log *log)
{
	newest(log)->synced = newest(log)->len;
	log->acknowledged = log->chain.last;
}

static void
begin_file(struct log *log)
{
	char text[WAL_HEADER_MAX + 1];
	struct wal_header h = {.salt = (uint32_t)(0x9e3779b9u * (log->n + 1)),
			       .first = log->chain.last + 1,
			       .prev_number = log->n,
			       .prev_crc = log->chain.crc};

	log->files[log->n++].len = 0;
	put(log, (struct span){text, wal_header_print(&h, text)});
	log->chain = (struct wal_chain){h.salt, h.salt, h.first - 1, h.first - 1};
	sync_log(log);
}

static void
append(struct log *log, struct span lines, uint64_t durable)
{
	char header[WAL_BATCH_HEADER_MAX + 1];
	struct wal_batch b = {.seq = log->chain.last + 1,
			      .n = (uint32_t)wal_count_lines(lines),
			      .durable = durable,
			      .prev = log->chain.crc,
			      .payload = lines};
	size_t len, i = log->batches_n;

	if (i == BATCHES_MAX || lines.len + WAL_BATCH_HEADER_MAX > FILE_BYTES - newest(log)->len)
		return;
	len = wal_batch_print(&b, log->chain.salt, header);
	log->batches[i].file = log->n - 1;
	log->batches[i].offset = newest(log)->len;
	log->batches[i].len = len + lines.len;
	log->batches[i].first = b.seq;
	log->batches[i].durable = durable;
	log->batches_n++;
	put(log, (struct span){header, len});
	put(log, lines);
	if (lines.len)
		memcpy(log->text + log->text_len, lines.ptr, lines.len);
	log->text_len += lines.len;
	wal_chain_take(&log->chain, &b);
}

/* Lines that are a copy of what stands in the log already, headers and all. */
static void
append_copy(struct log *log, unsigned which, uint64_t durable)
{
	const struct file *f;
	char copy[FILE_BYTES];
	size_t i;

	if (log->batches_n == 0)
		return;
	i = which % log->batches_n;
	f = &log->files[log->batches[i].file];
	memcpy(copy, f->bytes + log->batches[i].offset, log->batches[i].len);
	append(log, (struct span){copy, log->batches[i].len}, durable);
}

static void
append_lines(struct log *log, struct span *in, uint64_t durable)
{
	char line[300];
	struct span bytes = fuzz_take(in, fuzz_byte(in));

	if (bytes.len)
		memcpy(line, bytes.ptr, bytes.len);
	line[bytes.len] = '\n';
	append(log, (struct span){line, bytes.len + 1}, durable);
}

static void
end_file(struct log *log)
{
	if (log->n == FILES_MAX)
		return;
	sync_log(log);
	append(log, SPAN_LIT(""), log->acknowledged);
	sync_log(log);
	begin_file(log);
}

static void
write_log(struct log *log, struct span *in)
{
	log->n = log->text_len = log->batches_n = 0;
	log->chain = (struct wal_chain){0};
	begin_file(log);
	for (unsigned op; in->len && (op = fuzz_byte(in)) != 'q';) {
		/* a writer may know less than is so, never more, and never less than before */
		uint64_t known = op & 32 ? log->acknowledged : log->chain.durable;

		switch (op % 8) {
		case 0: sync_log(log); break;
		case 1: append(log, SPAN_LIT(""), known); break;
		case 2: append_copy(log, fuzz_byte(in), known); break;
		case 3: end_file(log); break;
		default: append_lines(log, in, known); break;
		}
	}
}

/* ---- what a reader finds ---- */

struct found {
	enum wal_step end;
	uint64_t last;
};

/* Every line is the one that was written, in its place. */
static struct found
scan(struct log *log)
{
	struct wal_scan s;
	struct wal_batch b;
	struct found f;
	size_t at = 0;

	wal_scan_init(&s, (struct wal_source){.context = log, .read = read_log}, 1);
	while ((f.end = wal_scan_next(&s, &b)) == WAL_BATCH) {
		FUZZ_CHECK(b.payload.len <= log->text_len - at);
		FUZZ_CHECK(b.payload.len == 0 ||
			   memcmp(log->text + at, b.payload.ptr, b.payload.len) == 0);
		at += b.payload.len;
	}
	f.last = s.chain.last;
	wal_scan_release(&s);
	return f;
}

/* The power goes: of what was not synced, any beginning is left. */
static void
check_power_cut(struct log *log, unsigned where)
{
	struct file *f = newest(log);
	size_t whole = f->len;
	struct found found;

	f->len = f->synced + where % (f->len - f->synced + 1);
	found = scan(log);
	FUZZ_CHECK(found.end == WAL_END || found.end == WAL_TORN);
	FUZZ_CHECK(found.last >= log->acknowledged);
	f->len = whole;
}

/* Does a batch behind number i say that the first line of i was durable? */
static bool
is_told_of(const struct log *log, size_t i)
{
	for (size_t k = i + 1; k < log->batches_n; k++)
		if (log->batches[k].durable >= log->batches[i].first)
			return true;
	return false;
}

/* One byte of a batch is another. */
static void
check_changed_byte(struct log *log, unsigned which, unsigned where, unsigned change)
{
	struct found found;
	size_t i;
	char *byte;

	if (log->batches_n == 0 || change == 0)
		return;
	i = which % log->batches_n;
	byte = log->files[log->batches[i].file].bytes + log->batches[i].offset +
	       where % log->batches[i].len;
	*byte = (char)(*byte ^ (int)change);
	found = scan(log);
	FUZZ_CHECK(found.end == WAL_TORN || found.end == WAL_CORRUPT);
	FUZZ_CHECK(found.last == log->batches[i].first - 1);
	if (is_told_of(log, i) || log->batches[i].file + 1 < log->n)
		FUZZ_CHECK(found.end == WAL_CORRUPT);
	*byte = (char)(*byte ^ (int)change);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	unsigned cut = fuzz_byte(&in), which = fuzz_byte(&in), change = fuzz_byte(&in);
	unsigned where = fuzz_byte(&in) << 8 | fuzz_byte(&in);
	struct found found;

	write_log(&fuzz_log, &in);
	found = scan(&fuzz_log);
	FUZZ_CHECK(found.end == WAL_END && found.last == fuzz_log.chain.last);
	check_power_cut(&fuzz_log, cut << 8 | which);
	check_changed_byte(&fuzz_log, which, where, change);
	return 0;
}
