/*
 * The least that a preforked accept loop can be: accept, read once, answer always the same, close.
 * It checks nothing, parses nothing, logs nothing. bench/http holds http-wrap --listen against it,
 * as inetd_floor.c under tcpserver.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 16

static void
serve(int listener)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				     "Content-Length: 16\r\nConnection: close\r\n\r\n"
				     "{\"status\":\"ok\"}\n";
	char request[4096];

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		if (read(fd, request, sizeof request) > 0 &&
		    write(fd, answer, sizeof answer - 1) < 0)
			abort();
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0))};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 511) != 0)
		return 1;
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			/* who started us ends us all */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(fd);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}
