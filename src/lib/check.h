/*
 * check: assertions that stay on in release builds.
 *
 * CHECK(x) states what must hold here, whatever the input was; when it does not, the program says
 * where, and ends with status 101 (a bug of ours: report it). It is never a way to refuse input.
 */
#ifndef TP_CHECK_H
#define TP_CHECK_H

_Noreturn void check_failed(const char *file, int line, const char *what);

#define CHECK(x) ((x) ? (void)0 : check_failed(__FILE__, __LINE__, #x))

#endif
