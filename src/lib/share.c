#include "share.h"

#include "durable.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
read_from(const char *directory, const char *between, const char *name, struct buf *out)
{
	char path[4096];

	if (!directory ||
	    (size_t)snprintf(path, sizeof path, "%s%s/%s", directory, between, name) >= sizeof path)
		return false;
	return durable_read(AT_FDCWD, path, out);
}

void
share_read(const char *name, struct buf *out)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (read_from(getenv("TRADEPIPE_SHARE"), "", name, out))
		return;
	if (n > 0) {
		self[n] = 0;
		slash = strrchr(self, '/');
		if (slash)
			*slash = 0;
		if (read_from(self, "/../share", name, out) ||
		    read_from(self, "/../../share/tradepipe", name, out))
			return;
	}
	tool_die(EXIT_CONFIG, "share", name, strerror(errno));
}
