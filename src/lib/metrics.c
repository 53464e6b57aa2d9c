#include "metrics.h"

#include "check.h"
#include "fixed.h"
#include "line.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void
metrics_init(struct metrics *m, const char *file)
{
	char directory[4096] = ".";
	const char *slash;

	*m = (struct metrics){.file = file, .directory = -1};
	if (!file)
		return;
	slash = strrchr(file, '/');
	m->base = slash ? slash + 1 : file;
	if (slash && (size_t)snprintf(directory, sizeof directory, "%.*s", (int)(slash - file + 1),
				      file) >= sizeof directory)
		tool_die(EXIT_CONFIG, "metrics", file, strerror(ENAMETOOLONG));
	m->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->directory < 0)
		tool_die(EXIT_CONFIG, "metrics", file, strerror(errno));
}

size_t
metrics_add(struct metrics *m, const char *name, const char *type, const char *help,
	    const char *labels)
{
	CHECK(m->n < METRICS_MAX);
	m->list[m->n].name = name;
	m->list[m->n].type = type;
	m->list[m->n].help = help;
	m->list[m->n].labels = labels;
	return m->n++;
}

void
metrics_decimals(struct metrics *m, size_t index, unsigned decimals)
{
	CHECK(index < m->n && decimals <= 9);
	m->list[index].decimals = decimals;
}

void
metrics_count(struct metrics *m, size_t index, int64_t by)
{
	CHECK(index < m->n);
	m->list[index].value += by;
}

void
metrics_set(struct metrics *m, size_t index, int64_t value)
{
	CHECK(index < m->n);
	m->list[index].value = value;
}

static bool
replace(struct metrics *m, struct span text)
{
	char temporary[300];
	int fd;
	bool ok;

	if ((size_t)snprintf(temporary, sizeof temporary, "%s.tmp", m->base) >= sizeof temporary) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = openat(m->directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	ok = write_all(fd, text);
	ok = close(fd) == 0 && ok;
	return ok && renameat(m->directory, temporary, m->directory, m->base) == 0;
}

bool
metrics_write(struct metrics *m)
{
	char text[65536];
	size_t len = 0;

	if (!m->file)
		return true;
	for (size_t i = 0; i < m->n; i++) {
		const char *labels = m->list[i].labels;
		bool first = i == 0 || strcmp(m->list[i - 1].name, m->list[i].name) != 0;
		int n = 0;

		if (first)
			n = snprintf(text + len, sizeof text - len, "# HELP %s %s\n# TYPE %s %s\n",
				     m->list[i].name, m->list[i].help, m->list[i].name,
				     m->list[i].type);
		len += (size_t)n;
		if (len < sizeof text) {
			char value[FIXED_TEXT_MAX];
			size_t digits = fixed_print(m->list[i].value, m->list[i].decimals, value);

			n = snprintf(text + len, sizeof text - len, "%s%s%s%s %.*s\n",
				     m->list[i].name, labels ? "{" : "", labels ? labels : "",
				     labels ? "}" : "", (int)digits, value);
			len += (size_t)n;
		}
		CHECK(len < sizeof text);
	}
	m->written_us = utc_monotonic_us();
	return replace(m, (struct span){text, len});
}

void
metrics_write_sometimes(struct metrics *m)
{
	if (m->file && utc_monotonic_us() - m->written_us >= 1000000)
		metrics_write(m);
}
