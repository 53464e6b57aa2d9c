/*
 * wal_directory: a log in a temporary directory (in memory where there is /dev/shm), and what a
 * replay hands out.
 */
#ifndef TP_WAL_DIRECTORY_H
#define TP_WAL_DIRECTORY_H

#include "test.h"
#include "wal.h"
#include "wal_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory_path[64];
static int directory;

static inline void
each_file(void (*visit)(const char *name))
{
	DIR *list = opendir(directory_path);
	const struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			visit(entry->d_name);
	closedir(list);
}

static inline void
remove_file(const char *name)
{
	unlinkat(directory, name, 0);
}

static inline void
empty_directory(void)
{
	each_file(remove_file);
}

static inline void
make_directory(void)
{
	snprintf(directory_path, sizeof directory_path, "%s/wal_test.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(directory_path))
		exit(111);
	directory = open(directory_path, O_RDONLY | O_DIRECTORY);
}

static inline size_t
read_whole(const char *name, char *to, size_t cap)
{
	int fd = openat(directory, name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, to, cap);

	if (fd >= 0)
		close(fd);
	return n < 0 ? SIZE_MAX : (size_t)n;
}

static inline void
write_whole(const char *name, const char *bytes, size_t n)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static inline size_t
file_count(void)
{
	struct wal_dir d;

	EXPECT(wal_dir_open(&d, directory));
	wal_dir_release(&d);
	return (size_t)d.files;
}

static struct wal wal;
static struct wal_report report;

static inline enum wal_state
open_wal(uint64_t file_max)
{
	struct wal_options options = {.file_max = file_max};

	return wal_open(&wal, directory, &options, &report);
}

/* What a replay hands out, and what it should. */
struct replayed {
	struct buf text;
	uint64_t next;
	uint64_t stop_after;
	bool in_order;
};

static inline bool
take_line(void *context, uint64_t seq, struct span line)
{
	struct replayed *r = context;

	r->in_order = r->in_order && (r->next == 0 || seq == r->next);
	r->next = seq + 1;
	buf_add(&r->text, line);
	buf_byte(&r->text, '\n');
	return seq != r->stop_after;
}

static struct replayed got;

static inline enum wal_state
replay(uint64_t from)
{
	buf_release(&got.text);
	got = (struct replayed){.in_order = true, .stop_after = got.stop_after};
	buf_init(&got.text, 64u << 20);
	return wal_replay(&wal, from, take_line, &got, &report);
}

static inline void
append_line(const char *text)
{
	EXPECT(wal_append(&wal, span_of(text)));
}

/* The log holds exactly these lines, and can be opened and closed. */
static inline void
expect_log(const char *lines, uint64_t last)
{
	EXPECT(open_wal(0) == WAL_STATE_CLEAN);
	EXPECT(wal_last(&wal) == last && wal_durable(&wal) == last);
	EXPECT(replay(1) == WAL_STATE_CLEAN && got.in_order);
	EXPECT(span_is(buf_span(&got.text), lines) || (*lines == 0 && got.text.len == 0));
	EXPECT(wal_close(&wal));
}

static inline int
remove_directory(void)
{
	empty_directory();
	rmdir(directory_path);
	buf_release(&got.text);
	return test_done();
}

#endif
