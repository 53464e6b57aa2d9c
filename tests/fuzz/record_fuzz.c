/* Catches a record reader whose answer depends on what it has learnt: the input is lines, each of
 * which a reader with a memory and one without must read alike. */
#include "fuzz.h"
#include "record.h"

static const struct record_field fields[] = {{"type", RECORD_STRING},
					     {"ts", RECORD_INTEGER},
					     {"px", RECORD_STRING},
					     {"flag", RECORD_BOOL},
					     {"any", RECORD_ANY}};
#define N (sizeof fields / sizeof fields[0])

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct record_reader memory;

	record_init(&memory, fields, N);
	while (in.len) {
		struct span line = fuzz_until(&in, '\n'), one[N], other[N];
		struct record_reader fresh;
		struct record_fault a = {0}, b = {0};
		enum record_error e;

		record_init(&fresh, fields, N);
		e = record_read(&fresh, line, one, &a);
		FUZZ_CHECK(record_read(&memory, line, other, &b) == e);
		if (e == RECORD_OK)
			for (size_t i = 0; i < N; i++)
				FUZZ_CHECK(!one[i].ptr == !other[i].ptr &&
					   (!one[i].ptr || span_equal(one[i], other[i])));
		record_release(&fresh);
	}
	record_release(&memory);
	return 0;
}
