/*
 * book_text: the book as a snapshot (snapshots.h), and back.
 *
 *     {"snapshot":1,"in":SEQ,"receipts":N,"swaps":N,"archived":N}
 *     {"address":LINE}                                            of the log, one each
 *     {"carry":"UNITS","account":"A","asset":"B","chain":"C"}     what is in a purse
 *     {"settled":"SYMBOL","from":N,"to":N}  {"settledId":"ID"}    settled.h
 *     {"swap":N}                                                  number N, and its lines:
 *     {"n":NUMBER,"l":LINE}
 *     {"crc":"9f3c21aa"}
 *
 * What is open is there as the very lines that made it, and is read as the log is; so there is
 * nothing of a swap that a snapshot could forget. The reader is byte exact, as the writer is the
 * only one.
 *
 * Pure: the caller keeps the bytes.
 */
#ifndef TP_BOOK_TEXT_H
#define TP_BOOK_TEXT_H

#include "swap_book.h"

/* The lines of PENDING_MAX swaps, some ten kilobytes each, and of what lately ended. */
#define BOOK_TEXT_MAX (UINT64_C(2) << 30)

/* seq: the last line of the log that the book holds; archived: swaps in the archive. */
void book_text_write(const struct swap_book *b, uint64_t seq, uint64_t archived, struct buf *out);

/* Into a book that has nothing but addresses of the configuration. NULL, or why it cannot be: such
 * a book must not be used. */
const char *book_text_read(struct swap_book *b, struct span text, uint64_t *seq,
			   uint64_t *archived);

#endif
