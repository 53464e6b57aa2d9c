/*
 * test: what unit tests share. A test is a function; RUN() calls it and names it; EXPECT() counts
 * what fails and goes on.
 */
#ifndef TP_TEST_H
#define TP_TEST_H

#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* tool.c wants a page's text; unit tests have none. */
const char tool_name[] = "unit";
const char tool_help[] = "usage: unit\n\n";
const char tool_version[] = "0";

static unsigned long test_checks, test_failures;
static const char *test_current = "";

#define EXPECT(x)                                                                     \
	do {                                                                          \
		test_checks++;                                                        \
		if (!(x)) {                                                           \
			test_failures++;                                              \
			if (test_failures < 20)                                       \
				printf("%s:%d: %s: not so: %s\n", __FILE__, __LINE__, \
				       test_current, #x);                             \
		}                                                                     \
	} while (0)

#define EXPECT_STR(a, b)                                                                   \
	do {                                                                               \
		const char *test_a = (a), *test_b = (b);                                   \
		test_checks++;                                                             \
		if (strcmp(test_a, test_b) != 0) {                                         \
			test_failures++;                                                   \
			printf("%s:%d: %s: got <%s>, expected <%s>\n", __FILE__, __LINE__, \
			       test_current, test_a, test_b);                              \
		}                                                                          \
	} while (0)

#define RUN(test)                     \
	do {                          \
		test_current = #test; \
		test();               \
	} while (0)

static inline int
test_done(void)
{
	printf("%lu checks, %lu failures\n", test_checks, test_failures);
	if (test_checks == 0) {
		printf("a test that checks nothing is a defect\n");
		return 1;
	}
	return test_failures != 0;
}

/* xorshift64*: the same numbers in every run. */
static inline uint64_t
test_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

#endif
