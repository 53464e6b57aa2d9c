#include "check.h"

#include <stdio.h>
#include <unistd.h>

/* One write and _exit: nothing that a broken program could trip over again, and no buffered output
 * that was not meant. */
_Noreturn void
check_failed(const char *file, int line, const char *what)
{
	char text[512];
	int n = snprintf(text, sizeof text, "tradepipe: error: bug at=%s:%d why=\"%s\"\n", file,
			 line, what);

	if (n > 0 && write(2, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) < 0)
		_exit(101);
	_exit(101);
}
