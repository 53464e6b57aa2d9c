/* Catches a log that comes back from a power cut with an acknowledged line lost or a line invented,
 * or that does not come back although nothing durable was lost; also where the payload is made of
 * the log's own bytes. */
#include "wal_image.h"

#define SECTOR 512

static struct writer sim;

/* Another log: what the disk may hold where nothing has been written yet. */
static struct writer other;

/* Lines that try to be taken for batches: copies of this very log, headers, whole batches, and
 * forgeries without the right crc. */
static struct span
hostile_lines(char *out, size_t cap)
{
	const struct image *image = &sim.image;
	size_t i, len;

	if (sim.n == 0)
		return some_lines(&sim.random, out, cap);
	i = test_random(&sim.random) % sim.n;
	len = sim.batches[i].len;
	switch (test_random(&sim.random) % 3) {
	case 0: /* a whole batch */
		if (len > cap)
			return some_lines(&sim.random, out, cap);
		memcpy(out, image->files[sim.batches[i].file].bytes + sim.batches[i].offset, len);
		return (struct span){out, len};
	case 1: /* a mark that says all is durable, under a made-up crc */
		len =
		    (size_t)snprintf(out, cap,
				     "{\"s\":%" PRIu64 ",\"n\":0,\"d\":%" PRIu64
				     ",\"p\":\"%08" PRIx32 "\",\"b\":0,\"c\":\"%08" PRIx32 "\"}\n",
				     sim.chain.last + 100, sim.chain.last + 99, sim.chain.crc,
				     (uint32_t)test_random(&sim.random));
		return (struct span){out, len};
	default: /* a file's first line */
		len = sim.batches[0].offset;
		memcpy(out, image->files[0].bytes, len);
		return (struct span){out, len};
	}
}

static void
append_some(void)
{
	char lines[8192];
	struct span text = test_random(&sim.random) % 3
			       ? some_lines(&sim.random, lines, sizeof lines)
			       : hostile_lines(lines, sizeof lines);

	writer_batch(&sim, text, sim.acknowledged);
}

/* Damage [from, len) of the newest file as a power cut may: each sector that holds unsynced bytes
 * arrives whole or not at all, and the length is anything. */
static void
cut_power(size_t from)
{
	size_t file = sim.image.n - 1, len = sim.image.files[file].len;
	char *bytes = sim.image.files[file].bytes;
	uint64_t mode = test_random(&sim.random) % 4;

	for (size_t sector = from / SECTOR * SECTOR; sector < len; sector += SECTOR) {
		size_t a = sector < from ? from : sector;
		size_t b = sector + SECTOR < len ? sector + SECTOR : len;

		if (test_random(&sim.random) % 2)
			continue;
		for (size_t i = a; i < b; i++)
			if (mode == 0 || mode == 3) /* never written */
				bytes[i] = 0;
			else if (mode == 1) /* what another log left on the disk */
				bytes[i] = other.image.files[0].bytes[i % 4000];
			else
				bytes[i] = (char)test_random(&sim.random);
	}
	if (mode == 3 || test_random(&sim.random) % 3 == 0)
		sim.image.files[file].len = from + test_random(&sim.random) % (len - from + 1);
}

/* Write on, with a sync in flight most of the time, and end at some point. Returns how many bytes
 * of the newest file are certain. */
static size_t
run_until_cut(void)
{
	uint64_t steps = 1 + test_random(&sim.random) % 12;
	uint64_t in_flight = 0;
	size_t in_flight_bytes = 0;

	for (uint64_t i = 0; i < steps; i++) {
		if (writer_is_full(&sim, 400)) {
			writer_end_file(&sim);
			writer_begin_file(&sim);
			in_flight = 0;
			if (i + 1 == steps)
				return 0; /* cut before the header was synced */
			writer_sync(&sim);
		}
		append_some();
		switch (test_random(&sim.random) % 4) {
		case 0: /* a sync begins */
			in_flight = sim.chain.last;
			in_flight_bytes = writer_len(&sim);
			break;
		case 1: /* it ends */
			if (in_flight > sim.acknowledged) {
				sim.acknowledged = in_flight;
				sim.synced = in_flight_bytes;
			}
			break;
		case 2:
			if (sim.chain.durable != sim.acknowledged)
				writer_batch(&sim, SPAN_LIT(""), sim.acknowledged);
			break;
		default: break;
		}
	}
	return sim.synced;
}

static void
make_other(void)
{
	char lines[512];

	writer_init(&other, 43, IMAGE_FILE_BYTES);
	while (writer_len(&other) < 4000) {
		writer_batch(&other, some_lines(&other.random, lines, sizeof lines),
			     other.acknowledged);
		writer_sync(&other);
	}
}

static void
test_power_cuts(void)
{
	unsigned long trials = 200000 / SLOWER, torn = 0, refused = 0, lost = 0, wrong = 0;

	make_other();
	for (unsigned long i = 0; i < trials; i++) {
		struct found f;
		uint64_t acknowledged;

		writer_init(&sim, i * 2654435761u + 1, 3000);
		cut_power(run_until_cut());
		acknowledged = sim.acknowledged;
		f = image_scan(&sim.image, writer_text(&sim));
		torn += f.step == WAL_TORN;
		refused += f.step != WAL_TORN && f.step != WAL_END;
		lost += f.last < acknowledged;
		wrong += !f.prefix;
	}
	EXPECT(refused == 0 && lost == 0 && wrong == 0 && torn > trials / 10);
	printf("power cuts: %lu, %lu torn, refused %lu, acknowledged lost %lu, wrong %lu\n", trials,
	       torn, refused, lost, wrong);
}

/* Does a batch behind offset `at`, on the disk for certain, say that the batch at `at` was durable?
 */
static bool
is_vouched_for(size_t at, size_t certain)
{
	uint64_t before = 0;

	for (size_t i = 0; i < sim.n; i++) {
		size_t offset = sim.batches[i].offset, end = offset + sim.batches[i].len;

		if (end <= at)
			before = sim.batches[i].last;
		else if (offset > at && end <= certain && sim.batches[i].durable > before)
			return true;
	}
	return false;
}

/* The same, and a bit of what was certain has changed as well: seen, and refused if the log says
 * that it was durable. */
static void
test_power_cut_and_damage(void)
{
	unsigned long trials = 100000 / SLOWER, corrupt = 0, torn = 0, wrong = 0;

	for (unsigned long i = 0; i < trials; i++) {
		struct found f;
		size_t certain, at;
		bool vouched;

		writer_init(&sim, i * 2654435761u + 99, IMAGE_FILE_BYTES);
		certain = run_until_cut();
		at = test_random(&sim.random) % certain;
		vouched = is_vouched_for(at, certain);
		cut_power(certain);
		sim.image.files[0].bytes[at] ^= (char)(1 << test_random(&sim.random) % 8);
		f = image_scan(&sim.image, writer_text(&sim));
		corrupt += f.step == WAL_CORRUPT;
		torn += f.step == WAL_TORN;
		wrong += !f.prefix || f.step == WAL_END || (vouched && f.step != WAL_CORRUPT);
	}
	EXPECT(wrong == 0 && corrupt > trials / 10 && torn > trials / 10);
	printf("power cut and a bit flipped: %lu corrupt, %lu torn, %lu wrong\n", corrupt, torn,
	       wrong);
}

int
main(void)
{
	RUN(test_power_cuts);
	RUN(test_power_cut_and_damage);
	return test_done();
}
