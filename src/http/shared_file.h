/*
 * shared_file: memory of a fixed size that all processes of a service share, in a file.
 */
#ifndef TP_SHARED_FILE_H
#define TP_SHARED_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Map the file, which is made `size` bytes of zeros when it is empty, with its place on the disk:
 * a page without one would be a SIGBUS on a full disk. What was made is synced; the directory is
 * the caller's to sync. NULL with errno; EINVAL: it has another size, so it is another version's.
 */
void *shared_file_map(int fd, size_t size, bool *made);

#endif
