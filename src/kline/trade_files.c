#include "trade_files.h"

#include "check.h"
#include "crc32c.h"
#include "durable.h"
#include "line.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void
fail(const char *path, int error)
{
	tool_die(EXIT_TEMP, "archive", path, strerror(error));
}

static void
path_of(const char *symbol, int64_t day, char out[NAMES_FILE_MAX])
{
	names_file(symbol, COLD_TRADES, day, out);
}

/* ---- reading ---- */

/* The whole file, or NULL when there is none. Only its writer changes it, and never in place. */
static void *
map_file(int directory, const char *name, const char *path, size_t *len)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st) != 0)
		fail(path, errno);
	*len = (size_t)st.st_size;
	if (*len > 0)
		map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	else
		tool_die(EXIT_USAGE, "damaged", path, "an empty file");
	if (map == MAP_FAILED)
		fail(path, errno);
	close(fd);
	return map;
}

static void
check(const char *path, const char *why)
{
	if (why)
		tool_die(strcmp(why, "no memory") == 0 ? EXIT_TEMP : EXIT_USAGE, "damaged", path,
			 why);
}

bool
trade_files_read(struct cold *c, const char *symbol, int64_t day,
		 bool (*record)(void *context, struct span line), void *context)
{
	char path[NAMES_FILE_MAX];
	struct trade_reader r;
	struct trade_row row;
	bool got = true;
	size_t len = 0;
	void *map;

	path_of(symbol, day, path);
	map = c->archive < 0 ? NULL : map_file(c->archive, path, path, &len);
	if (!map)
		return false;
	check(path, trade_reader_open(&r, (struct span){map, len}, span_of(symbol), day));
	while (got) {
		check(path, trade_reader_next(&r, &row, &got));
		if (got && !record(context, buf_span(&r.line)))
			break;
	}
	trade_reader_release(&r);
	munmap(map, len);
	return !got;
}

/* ---- writing ---- */

static void
next_old(struct trade_file *f, const char *path)
{
	f->has_row = false;
	if (f->map)
		check(path, trade_reader_next(&f->old, &f->row, &f->has_row));
}

static void
write_out(struct trade_files *t, struct trade_file *f, const char *path)
{
	if (!write_all(f->fd, buf_span(&t->out)))
		fail(path, errno);
	f->bytes += t->out.len;
	buf_clear(&t->out);
}

static struct trade_file *
begin(struct trade_files *t, struct span symbol, int64_t day)
{
	struct trade_file *f = calloc(1, sizeof *f);
	char path[NAMES_FILE_MAX], directory[NAMES_FILE_MAX];

	if (!f)
		fail("memory", ENOMEM);
	CHECK(symbol.len < sizeof f->symbol);
	memcpy(f->symbol, symbol.ptr, symbol.len);
	f->day = day;
	path_of(f->symbol, day, path);
	names_directory(f->symbol, COLD_TRADES, directory);
	if (!durable_make_directories(t->cold->archive, directory, 0755))
		fail(path, errno);
	f->directory = openat(t->cold->archive, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->directory < 0)
		fail(path, errno);
	f->map = map_file(f->directory, strrchr(path, '/') + 1, path, &f->map_len);
	if (f->map)
		check(path, trade_reader_open(&f->old, (struct span){f->map, f->map_len},
					      span_of(f->symbol), day));
	next_old(f, path);
	f->fd = durable_begin(f->directory, strrchr(path, '/') + 1, 0644);
	if (f->fd < 0)
		fail(path, errno);
	if (!trade_writer_init(&f->writer, &t->out))
		fail(path, ENOMEM);
	write_out(t, f, path);
	return f;
}

static void
append(struct trade_files *t, struct trade_file *f, const struct trade_row *row)
{
	char path[NAMES_FILE_MAX];

	path_of(f->symbol, f->day, path);
	if (!trade_writer_put(&f->writer, row, &t->out))
		fail(path, ENOMEM);
	f->last_id = row->v[TRADE_ID].number;
	if (t->out.len)
		write_out(t, f, path);
}

/* Old rows below id into the new file. */
static void
carry_over(struct trade_files *t, struct trade_file *f, int64_t id)
{
	char path[NAMES_FILE_MAX];

	path_of(f->symbol, f->day, path);
	while (f->has_row && f->row.v[TRADE_ID].number < id) {
		append(t, f, &f->row);
		next_old(f, path);
	}
}

/* What cannot be read again must not take a good file's place. */
static void
read_back(const struct trade_file *f, const char *path)
{
	char name[NAMES_FILE_MAX];
	struct trade_reader r;
	struct trade_row row;
	uint32_t crc = 0;
	size_t len = 0;
	bool got = true;
	void *map;

	snprintf(name, sizeof name, "%s.tmp", strrchr(path, '/') + 1);
	map = map_file(f->directory, name, path, &len);
	if (!map || len != f->bytes)
		tool_die(EXIT_TEMP, "archive", path, "what was written is not what is read");
	if (trade_reader_open(&r, (struct span){map, len}, span_of(f->symbol), f->day))
		tool_die(EXIT_BUG, "archive", path, "what was made cannot be read");
	for (;;) {
		if (trade_reader_next(&r, &row, &got))
			tool_die(EXIT_BUG, "archive", path, "what was made cannot be read");
		if (!got)
			break;
		crc = crc32c(crc32c(crc, buf_span(&r.line)), SPAN_LIT("\n"));
	}
	if (crc != f->writer.crc)
		tool_die(EXIT_BUG, "archive", path, "what was made is another record");
	trade_reader_release(&r);
	munmap(map, len);
}

/* Put the file in its place, if there is anything new in it. */
static void
finish(struct trade_files *t, struct trade_file *f)
{
	char path[NAMES_FILE_MAX];
	const char *name;

	path_of(f->symbol, f->day, path);
	name = strrchr(path, '/') + 1;
	if (f->added == 0) {
		durable_cancel(f->directory, name, f->fd);
		return;
	}
	carry_over(t, f, INT64_MAX);
	/* the highest id there is */
	if (f->has_row)
		append(t, f, &f->row);
	if (!trade_writer_finish(&f->writer, &t->out))
		fail(path, ENOMEM);
	write_out(t, f, path);
	read_back(f, path);
	if (!durable_commit(f->directory, name, f->fd))
		fail(path, errno);
	t->archived(t->context, f);
}

static void
close_file(struct trade_files *t, size_t i)
{
	struct trade_file *f = t->files[i];

	finish(t, f);
	trade_writer_release(&f->writer);
	trade_reader_release(&f->old);
	if (f->map)
		munmap(f->map, f->map_len);
	close(f->directory);
	free(f);
	t->files[i] = t->files[--t->n];
	t->last = 0;
}

void
trade_files_close(struct trade_files *t)
{
	/* by name: the same input gives the same output */
	while (t->n) {
		size_t first = 0;

		for (size_t i = 1; i < t->n; i++) {
			int order = strcmp(t->files[i]->symbol, t->files[first]->symbol);

			if (order < 0 || (order == 0 && t->files[i]->day < t->files[first]->day))
				first = i;
		}
		close_file(t, first);
	}
}

static bool
is_of(const struct trade_file *f, struct span symbol, int64_t day)
{
	return f->day == day && strlen(f->symbol) == symbol.len &&
	       memcmp(f->symbol, symbol.ptr, symbol.len) == 0;
}

/* The day of the symbol; one of an earlier day is closed, for time goes on. */
static struct trade_file *
find(struct trade_files *t, struct span symbol, int64_t day)
{
	size_t oldest = 0;

	if (t->n && is_of(t->files[t->last], symbol, day))
		return t->files[t->last];
	for (size_t i = 0; i < t->n; i++) {
		if (is_of(t->files[i], symbol, day)) {
			t->last = i;
			return t->files[i];
		}
		if (is_of(t->files[i], symbol, t->files[i]->day)) {
			close_file(t, i);
			break; /* a symbol has one */
		}
	}
	for (size_t i = 1; i < t->n; i++)
		if (t->files[i]->used < t->files[oldest]->used)
			oldest = i;
	if (t->n == TRADE_FILES_MAX)
		close_file(t, oldest);
	t->files[t->n] = begin(t, symbol, day);
	t->last = t->n++;
	return t->files[t->last];
}

enum trade_files_verdict
trade_files_put(struct trade_files *t, const struct trade_row *row)
{
	int64_t id = row->v[TRADE_ID].number;
	struct trade_file *f =
	    find(t, row->v[TRADE_SYMBOL].text, names_day(row->v[TRADE_TS].number));

	f->used = ++t->clock;
	carry_over(t, f, id);
	if (f->has_row && f->row.v[TRADE_ID].number == id)
		return trade_row_equal(&f->row, row) ? TRADE_FILES_KNOWN : TRADE_FILES_E_CONFLICT;
	if (id <= f->last_id)
		return TRADE_FILES_E_DISORDER;
	append(t, f, row);
	f->added++;
	return TRADE_FILES_OK;
}
