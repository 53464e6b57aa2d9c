/*
 * The least that a server under inetd can be: it reads once, answers always the same, ends. It
 * checks nothing and parses nothing. bench/http holds http-wrap against it, to tell what is ours
 * of the cost of a process a connection and what is the kernel's.
 */
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				     "Content-Length: 16\r\nConnection: close\r\n\r\n"
				     "{\"status\":\"ok\"}\n";
	char request[4096];

	if (read(STDIN_FILENO, request, sizeof request) <= 0)
		return 1;
	return write(STDOUT_FILENO, answer, sizeof answer - 1) == sizeof answer - 1 ? 0 : 1;
}
