/* Catches damage to a log that is not seen, or that is taken for a write cut short although the log
 * says that the lines were durable. */
#include "wal_image.h"

static struct writer base;

/* A log as a busy hour leaves it: several files, a sync a batch, or one for several. */
static void
make_base(bool marked)
{
	char lines[512];

	writer_init(&base, 42, 4000);
	while (base.n < 125 || base.image.n < 4) {
		struct span text = some_lines(&base.random, lines, sizeof lines);

		if (writer_is_full(&base, text.len)) {
			writer_end_file(&base);
			writer_begin_file(&base);
		}
		writer_batch(&base, text, base.acknowledged);
		if (test_random(&base.random) % 4)
			writer_sync(&base);
	}
	if (marked) {
		writer_end_file(&base);
	} else {
		writer_sync(&base);
		writer_batch(&base, some_lines(&base.random, lines, sizeof lines),
			     base.acknowledged);
	}
}

static struct image work;

static void
restore(size_t file)
{
	work.files[file].len = base.image.files[file].len;
	memcpy(work.files[file].bytes, base.image.files[file].bytes, work.files[file].len);
}

static void
restore_all(void)
{
	work.n = base.image.n;
	for (size_t i = 0; i < work.n; i++)
		restore(i);
}

/* seq of the last line whose batch ends at or before this offset of this file. */
static uint64_t
last_within(size_t file, size_t len)
{
	uint64_t last = 0;

	for (size_t i = 0; i < base.n; i++)
		if (base.batches[i].file < file ||
		    (base.batches[i].file == file &&
		     base.batches[i].offset + base.batches[i].len <= len))
			last = base.batches[i].last;
	return last;
}

static bool
is_boundary(size_t file, size_t len)
{
	for (size_t i = 0; i < base.n; i++)
		if (base.batches[i].file == file &&
		    (base.batches[i].offset == len ||
		     base.batches[i].offset + base.batches[i].len == len))
			return true;
	return false;
}

static void
test_whole_log(void)
{
	struct found f;

	make_base(true);
	restore_all();
	f = image_scan(&work, writer_text(&base));
	EXPECT(f.step == WAL_END && f.prefix && f.last == base.chain.last);
	EXPECT(base.n >= 125 && base.image.n >= 4);
	printf("log: %zu files, %zu batches, %" PRIu64 " lines\n", base.image.n, base.n,
	       base.chain.last);
}

/* Cut off at any byte, files behind it gone: exactly the whole batches before the cut. */
static void
test_truncation(void)
{
	unsigned long cases = 0;

	make_base(false);
	restore_all();
	for (size_t file = 0; file < base.image.n; file++) {
		work.n = file + 1;
		for (size_t len = 0; len <= base.image.files[file].len; len++) {
			struct found f;
			bool whole = is_boundary(file, len);

			work.files[file].len = len;
			f = image_scan(&work, writer_text(&base));
			EXPECT(f.step == (whole ? WAL_END : WAL_TORN));
			EXPECT(f.prefix && f.last == last_within(file, len));
			cases++;
		}
		restore(file);
	}
	printf("truncated at every byte: %lu\n", cases);
}

/* A file that was ended may not lose a byte. */
static void
test_truncation_of_an_ended_file(void)
{
	make_base(false);
	restore_all();
	for (size_t file = 0; file + 1 < base.image.n; file++) {
		for (size_t len = 0; len < base.image.files[file].len; len++) {
			struct found f;

			work.files[file].len = len;
			f = image_scan(&work, writer_text(&base));
			EXPECT(f.step == WAL_CORRUPT && f.prefix);
		}
		restore(file);
	}
}

/* Lines that a later batch or file says are durable. */
static uint64_t
known_durable(void)
{
	return base.chain.durable;
}

struct tally {
	unsigned long corrupt, torn, undetected, wrong;
};

/* One byte of the log is other than it was. */
static void
look_at(size_t file, size_t at, char byte, struct tally *t)
{
	struct found f;

	work.files[file].bytes[at] = byte;
	f = image_scan(&work, writer_text(&base));
	work.files[file].bytes[at] = base.image.files[file].bytes[at];
	switch (f.step) {
	case WAL_CORRUPT: t->corrupt++; break;
	case WAL_TORN: t->torn++; break;
	case WAL_END:
	case WAL_BATCH:
	case WAL_FAILED: t->undetected++; break;
	}
	if (!f.prefix || (f.step == WAL_TORN && f.last < known_durable()))
		t->wrong++;
	/* no more than up to the damage is ever believed */
	if (f.last > last_within(file, at))
		t->wrong++;
}

/* Any bit: seen, and torn only where nothing says that it was durable. */
static void
flip_every_bit(bool marked)
{
	struct tally t = {0};
	unsigned long cases = 0;

	make_base(marked);
	restore_all();
	for (size_t file = 0; file < work.n; file++)
		for (size_t at = 0; at < work.files[file].len; at++)
			for (int bit = 0; bit < 8; bit++)
				if (cases++ % SLOWER == 0)
					look_at(file, at,
						(char)(work.files[file].bytes[at] ^ 1 << bit), &t);
	EXPECT(t.undetected == 0 && t.wrong == 0);
	EXPECT(t.torn <= 8 * (base.batches[base.n - 1].len));
	EXPECT(t.torn > 0 && t.corrupt > t.torn);
	printf("bits flipped%s: %lu corrupt, %lu torn, %lu undetected\n", marked ? " (marked)" : "",
	       t.corrupt, t.torn, t.undetected);
}

static void
test_bits(void)
{
	flip_every_bit(false);
	flip_every_bit(true);
}

static void
test_other_bytes(void)
{
	struct tally t = {0};
	uint64_t random = 7;

	make_base(false);
	restore_all();
	for (size_t i = 0; i < 100000 / SLOWER; i++) {
		size_t file = test_random(&random) % work.n;
		size_t at = test_random(&random) % work.files[file].len;
		char byte = (char)test_random(&random);

		if (byte != base.image.files[file].bytes[at])
			look_at(file, at, byte, &t);
	}
	EXPECT(t.undetected == 0 && t.wrong == 0);
	printf("bytes changed: %lu corrupt, %lu torn, %lu undetected\n", t.corrupt, t.torn,
	       t.undetected);
}

/* ---- whole batches and files ---- */

/* Replace [at, at + old) of a file by other bytes. */
static void
splice(size_t file, size_t at, size_t old, struct span with)
{
	char *bytes = work.files[file].bytes;
	size_t len = work.files[file].len;

	memmove(bytes + at + with.len, bytes + at + old, len - at - old);
	if (with.len)
		memcpy(bytes + at, with.ptr, with.len);
	work.files[file].len = len - old + with.len;
}

static struct span
batch_bytes(size_t i)
{
	return (struct span){base.image.files[base.batches[i].file].bytes + base.batches[i].offset,
			     base.batches[i].len};
}

static void
expect_corrupt(size_t file)
{
	struct found f = image_scan(&work, writer_text(&base));

	EXPECT(f.step == WAL_CORRUPT && f.prefix);
	restore(file);
}

static void
test_batches_moved(void)
{
	make_base(false);
	restore_all();
	for (size_t i = 0; i < base.n; i++) {
		size_t file = base.batches[i].file, at = base.batches[i].offset,
		       len = base.batches[i].len;

		splice(file, at, 0, batch_bytes(i)); /* doubled */
		expect_corrupt(file);
		if (i + 1 == base.n)
			break; /* no log sees that its end is gone at a boundary */
		splice(file, at, len, batch_bytes(i + 1)); /* the next one in its place */
		expect_corrupt(file);
		splice(file, at, len, SPAN_LIT("")); /* deleted */
		expect_corrupt(file);
		if (base.batches[i + 1].file != file)
			continue;
		splice(file, at, len, SPAN_LIT("")); /* swapped with the next */
		splice(file, at + base.batches[i + 1].len, 0, batch_bytes(i));
		expect_corrupt(file);
	}
}

static void
test_files_moved(void)
{
	make_base(false);
	for (size_t i = 0; i + 1 < base.image.n; i++) {
		restore_all();
		work.files[i] = base.image.files[i + 1]; /* in place of another */
		EXPECT(image_scan(&work, writer_text(&base)).step == WAL_CORRUPT);
		work.files[i + 1] = base.image.files[i]; /* swapped */
		EXPECT(image_scan(&work, writer_text(&base)).step == WAL_CORRUPT);
		restore_all();
		for (size_t k = i; k + 1 < work.n; k++) /* deleted, the later ones renamed */
			work.files[k] = base.image.files[k + 1];
		work.n--;
		EXPECT(image_scan(&work, writer_text(&base)).step == WAL_CORRUPT);
	}
}

/* Something inserted by an editor, or a tail from another disk. */
static void
test_strangers(void)
{
	static const char *const strangers[] = {"\n", "x\n", "{\"s\":1}\n", "{\"a\":1}\n"};

	make_base(false);
	restore_all();
	for (size_t i = 0; i + 2 < base.n; i++)
		for (size_t k = 0; k < 4; k++) {
			splice(base.batches[i].file, base.batches[i].offset, 0,
			       span_of(strangers[k]));
			/* only the very last lines may be taken for a write cut short */
			if (base.batches[i].last <= known_durable())
				expect_corrupt(base.batches[i].file);
			restore(base.batches[i].file);
		}
}

/* ---- following ---- */

/* A log that grows by single bytes under a reader: it waits, and gets each line once. */
static void
test_growing(void)
{
	static struct wal_scan s;
	struct wal_batch b;
	size_t at = 0, bad = 0;

	make_base(true);
	restore_all();
	work.n = 1;
	work.files[0].len = 0;
	wal_scan_init(&s, (struct wal_source){.context = &work, .read = image_read}, 1);
	for (size_t file = 0; file < base.image.n; file++) {
		work.n = file + 1;
		for (size_t len = 0; len <= base.image.files[file].len; len++) {
			enum wal_step step;

			if (SLOWER > 1 && len % SLOWER && len != base.image.files[file].len)
				continue;
			work.files[file].len = len;
			while ((step = wal_scan_next(&s, &b)) == WAL_BATCH) {
				bad += memcmp(base.text + at, b.payload.ptr, b.payload.len) != 0;
				at += b.payload.len;
			}
			bad += step != WAL_END && step != WAL_TORN;
			bad += s.chain.last != last_within(file, len);
		}
	}
	EXPECT(bad == 0 && at == base.text_len);
	wal_scan_release(&s);
}

/* A file that grows, and a next one that is begun, between the look at its end and the look for the
 * next. */
static struct {
	struct image *image;
	size_t len;
} hidden;

static ssize_t
read_and_reveal(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	if (n == 0 && number == hidden.image->n) {
		hidden.image->files[number - 2].len = hidden.len;
		return 0;
	}
	return image_read(context, number, offset, to, n);
}

static void
test_grown_before_the_next(void)
{
	static struct wal_scan s;
	struct wal_batch b;
	enum wal_step step;

	make_base(true);
	for (size_t cut = 0; cut < 300; cut++) {
		restore_all();
		work.n = 2;
		hidden.image = &work;
		hidden.len = work.files[0].len;
		work.files[0].len -= cut;
		wal_scan_init(&s, (struct wal_source){.context = &work, .read = read_and_reveal},
			      1);
		do
			step = wal_scan_next(&s, &b);
		while (step == WAL_BATCH);
		EXPECT(step == WAL_END && s.chain.last == last_within(1, SIZE_MAX));
		wal_scan_release(&s);
	}
}

/* Headers that are spelled well and summed right, and belong elsewhere. */
static void
test_wrong_links(void)
{
	char text[WAL_HEADER_MAX + 1];

	make_base(false);
	for (int what = 0; what < 6; what++) {
		struct wal_header h;
		size_t file = what < 4 ? 1 : 0, len;
		char *bytes = work.files[file].bytes;

		restore_all();
		EXPECT(wal_header_parse((struct span){bytes, work.files[file].len}, &h, &len) ==
		       WAL_PARSE_WHOLE);
		switch (what) {
		case 0: h.first++; break;
		case 1: h.prev_crc ^= 1; break;
		case 2: h.prev_number = 2; break;
		case 3: h.prev_number = 0; break;
		case 4: h.prev_number = 1; break;
		default: h.first = 2; break;
		}
		splice(file, 0, len, (struct span){text, wal_header_print(&h, text)});
		EXPECT(image_scan(&work, writer_text(&base)).step == WAL_CORRUPT);
	}
	/* in a file without batches, only the link can say so */
	restore_all();
	work.n = 2;
	work.files[1].len = base.batches[0].offset + 21; /* the header of a file that follows */
	for (int what = 0; what < 2; what++) {
		struct wal_header h;
		size_t len;

		EXPECT(wal_header_parse((struct span){work.files[1].bytes, 200}, &h, &len) ==
		       WAL_PARSE_WHOLE);
		work.files[1].len = len;
		h.first += what ? 1 : 0;
		splice(1, 0, len, (struct span){text, wal_header_print(&h, text)});
		EXPECT(image_scan(&work, writer_text(&base)).step ==
		       (what ? WAL_CORRUPT : WAL_END));
	}
	work.n = 1;
	work.files[0].len = wal_header_print(&(struct wal_header){.first = 2}, text);
	memcpy(work.files[0].bytes, text, work.files[0].len);
	EXPECT(image_scan(&work, writer_text(&base)).step == WAL_CORRUPT);
}

/* What the log vouches for ends at a batch's end, holds no line above d, and lags by little. */
static void
test_sure(void)
{
	static struct wal_scan s;
	struct wal_batch b;
	uint64_t ahead = 0;

	make_base(false);
	restore_all();
	wal_scan_init(&s, (struct wal_source){.context = &work, .read = image_read}, 1);
	while (wal_scan_next(&s, &b) == WAL_BATCH) {
		EXPECT(is_boundary(s.number - 1, s.sure));
		EXPECT(last_within(s.number - 1, s.sure) <= s.chain.durable);
		ahead += s.chain.durable - last_within(s.number - 1, s.sure);
	}
	EXPECT(ahead < 3 * base.n);
	wal_scan_release(&s);
}

int
main(void)
{
	RUN(test_whole_log);
	RUN(test_truncation);
	RUN(test_truncation_of_an_ended_file);
	RUN(test_bits);
	RUN(test_other_bytes);
	RUN(test_batches_moved);
	RUN(test_files_moved);
	RUN(test_strangers);
	RUN(test_growing);
	RUN(test_grown_before_the_next);
	RUN(test_wrong_links);
	RUN(test_sure);
	return test_done();
}
