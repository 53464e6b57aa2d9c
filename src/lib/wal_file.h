/*
 * wal_file: making and mending one file of a write-ahead log, durably (the steps of wal.c).
 *
 * All return false (or -1) with errno, and then nothing may be believed about the file.
 */
#ifndef TP_WAL_FILE_H
#define TP_WAL_FILE_H

#include "wal_format.h"

#include <sys/types.h>

/* openat() with one of the log's names; never through a symbolic link. */
int wal_file_open(int directory, uint64_t number, int flags, mode_t mode);

/* Make a file with this header, durably, directory entry and all. The salt is drawn here. */
int wal_file_create(int directory, uint64_t number, struct wal_header *h, mode_t mode);

/* Append a and b through short writes and interruptions. */
bool wal_file_write(int fd, struct span a, struct span b);

/* fdatasync(2), again where a signal interrupted it, never where it failed. */
bool wal_file_sync(int fd);

/* Write the bytes [from, to) again, as they are: a sync that failed may have left them in the page
 * cache marked as written, and only bytes that are written anew will be written out. */
bool wal_file_rewrite(int fd, uint64_t from, uint64_t to);

/* Cut the file to size, durably. */
bool wal_file_cut(int fd, uint64_t size);

/* Keep what is cut off there as NAME.torn-OFFSET, durably. */
bool wal_file_save_tail(int directory, uint64_t number, uint64_t offset, struct span tail,
			mode_t mode);

/* 1: such a tail has been saved; 0: no; -1: errno */
int wal_file_has_saved_tail(int directory, uint64_t number, uint64_t offset);

#endif
