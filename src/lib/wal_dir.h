/*
 * wal_dir: a log's directory: which files there are, and reading them (a wal_source).
 *
 * Everything not named like a log file is left alone. The caller owns the descriptor of the
 * directory and keeps it open; wal_dir_release() closes the file that was read last.
 */
#ifndef TP_WAL_DIR_H
#define TP_WAL_DIR_H

#include "wal_scan.h"

struct wal_dir {
	int fd;		 /* of the directory */
	int file;	 /* of the file that was read last, or -1 */
	uint64_t number; /* its number */
	uint64_t files;
	uint64_t oldest; /* 0: the log has no file yet */
	uint64_t newest;
	uint64_t missing; /* the first number between them that has no file; 0: none */
};

/* List the directory; false with errno. */
bool wal_dir_open(struct wal_dir *d, int directory);
void wal_dir_release(struct wal_dir *d);

/* d must stay where it is as long as the source is used. */
struct wal_source wal_dir_source(struct wal_dir *d);

/* The first line's facts of a file. 1: read; 0: it has no whole first line; -1: errno. */
int wal_dir_header(struct wal_dir *d, uint64_t number, struct wal_header *out);

/* The newest file that begins at or before line seq; the oldest where none does. */
uint64_t wal_dir_file_of(struct wal_dir *d, uint64_t seq);

#endif
