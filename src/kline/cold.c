#include "cold.h"

#include "durable.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define SUFFIX ".parquet"
#define TEMPORARY SUFFIX ".tmp"

static _Noreturn void
fail(const char *what)
{
	tool_die(EXIT_TEMP, "archive", what, strerror(errno));
}

/* One writer of bars, and one of trades. */
static void
lock(int fd, const char *who)
{
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
		tool_die(EXIT_TEMP, "archive", "archive",
			 errno == EWOULDBLOCK ? who : strerror(errno));
}

void
cold_open(struct cold *c, int state, enum cold_use use)
{
	bool make = use != COLD_READ;

	*c = (struct cold){.archive = -1, .lock = -1};
	buf_init(&c->file, DAY_FILE_MAX);
	if (make && !durable_make_directories(state, "archive", 0755))
		fail("archive");
	c->archive = openat(state, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->archive < 0 && (make || errno != ENOENT))
		fail("archive");
	if (use == COLD_WRITE_BARS)
		lock(c->archive, "another kline-archive is at work");
	if (use == COLD_WRITE_TRADES) {
		c->lock = openat(c->archive, ".trades", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		lock(c->lock, "another trade-archive is at work");
	}
}

void
cold_close(struct cold *c)
{
	if (c->lock >= 0)
		close(c->lock);
	if (c->archive >= 0)
		close(c->archive);
	buf_release(&c->file);
}

/* ---- directories ---- */

/* NULL: not there. */
static DIR *
list(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && errno != ENOENT && errno != ENOTDIR)
		fail(name);
	return d;
}

/* The next name that does not begin with a dot; NULL at the end, and d is closed. */
static const char *
next_name(DIR *d)
{
	for (;;) {
		struct dirent *e;

		errno = 0;
		e = readdir(d);
		if (!e && errno)
			fail("archive");
		if (!e) {
			closedir(d);
			return NULL;
		}
		if (e->d_name[0] != '.')
			return e->d_name;
	}
}

static bool
ends_with(struct span name, struct span suffix)
{
	return name.len >= suffix.len &&
	       memcmp(name.ptr + name.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

static bool
day_of_file(const char *file, int64_t *day)
{
	struct span name = span_of(file), suffix = SPAN_LIT(SUFFIX);

	return ends_with(name, suffix) &&
	       names_parse_day((struct span){name.ptr, name.len - suffix.len}, day);
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct numbers {
	int64_t *list;
	size_t n, cap;
};

static void
add_number(struct numbers *v, int64_t number)
{
	if (v->n == v->cap) {
		size_t cap = v->cap ? 2 * v->cap : 64;
		int64_t *grown = realloc(v->list, cap * sizeof *grown);

		if (!grown)
			tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
		v->list = grown;
		v->cap = cap;
	}
	v->list[v->n++] = number;
}

size_t
cold_days(struct cold *c, const char *symbol, const char *interval, int64_t **days)
{
	char path[NAMES_FILE_MAX];
	struct numbers found = {0};
	const char *name;
	int64_t day;
	DIR *d;

	names_directory(symbol, interval, path);
	d = c->archive < 0 ? NULL : list(c->archive, path);
	while (d && (name = next_name(d)) != NULL)
		if (day_of_file(name, &day))
			add_number(&found, day);
	if (found.n)
		qsort(found.list, found.n, sizeof day, by_number);
	*days = found.list;
	return found.n;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t
cold_symbols(struct cold *c, char (**symbols)[NAMES_SYMBOL_MAX + 1])
{
	DIR *d = c->archive < 0 ? NULL : list(c->archive, ".");
	char(*found)[NAMES_SYMBOL_MAX + 1] = NULL, (*grown)[NAMES_SYMBOL_MAX + 1];
	size_t n = 0, cap = 0;
	const char *name;

	while (d && (name = next_name(d)) != NULL) {
		if (!names_symbol(span_of(name)))
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			grown = realloc(found, cap * sizeof *found);
			if (!grown)
				tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
			found = grown;
		}
		snprintf(found[n++], sizeof *found, "%s", name);
	}
	if (n)
		qsort(found, n, sizeof *found, by_name);
	*symbols = found;
	return n;
}

/* ---- files ---- */

bool
cold_read(struct cold *c, const char *symbol, const char *interval, int64_t day, struct day *out)
{
	char path[NAMES_FILE_MAX];
	const char *why;

	names_file(symbol, interval, day, path);
	buf_clear(&c->file);
	if (c->archive < 0)
		return false;
	if (!durable_read(c->archive, path, &c->file)) {
		if (errno == ENOENT)
			return false;
		if (errno == EFBIG)
			tool_die(EXIT_USAGE, "damaged", path, "longer than a day can be");
		fail(path);
	}
	why = day_decode(buf_span(&c->file), span_of(symbol), span_of(interval), day, out);
	if (why)
		tool_die(EXIT_USAGE, "damaged", path, why);
	return true;
}

static bool
same_bars(const struct day *a, const struct day *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		const struct bar *x = &a->bars[i], *y = &b->bars[i];

		if (x->start_us != y->start_us || x->open != y->open || x->high != y->high ||
		    x->low != y->low || x->close != y->close || x->volume != y->volume ||
		    x->turnover != y->turnover || x->trades != y->trades ||
		    x->buy_volume != y->buy_volume || x->buy_turnover != y->buy_turnover ||
		    x->open_id != y->open_id || x->close_id != y->close_id ||
		    x->version != y->version || x->closed != y->closed || x->partial != y->partial)
			return false;
	}
	return a->n == b->n;
}

/* Write it beside, and put it in its place. */
static bool
replace(struct cold *c, const char *symbol, const char *interval, const char *path)
{
	char directory[NAMES_FILE_MAX];
	bool ok;
	int fd;

	names_directory(symbol, interval, directory);
	if (!durable_make_directories(c->archive, directory, 0755))
		return false;
	fd = openat(c->archive, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = durable_write(fd, strrchr(path, '/') + 1, buf_span(&c->file), 0644);
	close(fd);
	return ok;
}

size_t
cold_write(struct cold *c, const char *symbol, const char *interval, int64_t day,
	   const struct day *bars)
{
	struct day back = {0}, kept = {0};
	char path[NAMES_FILE_MAX];
	size_t length;

	names_file(symbol, interval, day, path);
	buf_clear(&c->file);
	if (!day_encode(bars, span_of(symbol), span_of(interval), &c->file))
		tool_die(EXIT_TEMP, "memory", path, strerror(ENOMEM));
	length = c->file.len;
	/* what cannot be read again must not take a good file's place */
	if (day_decode(buf_span(&c->file), span_of(symbol), span_of(interval), day, &back) ||
	    !same_bars(bars, &back))
		tool_die(EXIT_BUG, "archive", path, "what was made cannot be read");
	if (!replace(c, symbol, interval, path))
		fail(path);
	if (!cold_read(c, symbol, interval, day, &kept) || !same_bars(bars, &kept))
		tool_die(EXIT_TEMP, "archive", path, "what was written is not what is read");
	day_release(&back);
	day_release(&kept);
	return length;
}

/* ---- sweeping ---- */

struct sweep {
	int64_t before;
	void (*dropped)(void *context, const char *symbol, const char *interval, int64_t day);
	void *context;
};

static void
sweep_days(DIR *d, const char *symbol, const char *interval, const struct sweep *s)
{
	int fd = dup(dirfd(d));
	bool changed = false;
	const char *name;

	if (fd < 0)
		fail("archive");
	while ((name = next_name(d)) != NULL) {
		int64_t day = 0;
		bool leftover = ends_with(span_of(name), SPAN_LIT(TEMPORARY));

		if (!leftover && (!day_of_file(name, &day) || day >= s->before))
			continue;
		if (unlinkat(fd, name, 0) != 0)
			fail(name);
		changed = true;
		if (!leftover)
			s->dropped(s->context, symbol, interval, day);
	}
	if (changed && fsync(fd) != 0)
		fail(symbol);
	close(fd);
}

/* Bars and trades have their own writers, which sweep behind themselves alone. */
static bool
is_swept(bool trades, const char *name)
{
	struct interval i;

	return trades ? strcmp(name, COLD_TRADES) == 0 : names_interval(span_of(name), &i);
}

void
cold_sweep(struct cold *c, bool trades, int64_t before,
	   void (*dropped)(void *context, const char *symbol, const char *interval, int64_t day),
	   void *context)
{
	const struct sweep s = {before, dropped, context};
	char(*symbols)[NAMES_SYMBOL_MAX + 1], path[NAMES_FILE_MAX], own[INTERVAL_NAME_MAX];
	size_t n = cold_symbols(c, &symbols);
	const char *name;

	for (size_t i = 0; i < n; i++) {
		DIR *intervals = list(c->archive, symbols[i]), *days;

		while (intervals && (name = next_name(intervals)) != NULL) {
			if (!is_swept(trades, name))
				continue;
			snprintf(own, sizeof own, "%s", name);
			names_directory(symbols[i], own, path);
			days = list(c->archive, path);
			if (days)
				sweep_days(days, symbols[i], own, &s);
		}
	}
	free(symbols);
}
