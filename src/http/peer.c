#include "peer.h"

#include "tool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_loopback_4(const struct in_addr *a)
{
	return ntohl(a->s_addr) >> 24 == 127;
}

static bool
is_loopback_6(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

static bool
is_loopback_text(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1)
		return is_loopback_4(&four);
	return inet_pton(AF_INET6, text, &six) == 1 && is_loopback_6(&six);
}

/* struct sockaddr_storage may hold any of them */
union address {
	struct sockaddr_storage any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

bool
peer_is_loopback(const struct sockaddr_storage *a)
{
	union address u = {.any = *a};

	if (a->ss_family == AF_INET)
		return is_loopback_4(&u.four.sin_addr);
	if (a->ss_family == AF_INET6)
		return is_loopback_6(&u.six.sin6_addr);
	return a->ss_family == AF_UNIX;
}

static void
print_ip(const struct sockaddr_storage *a, char out[PEER_TEXT])
{
	union address u = {.any = *a};

	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &u.four.sin_addr, out, PEER_TEXT);
	else if (IN6_IS_ADDR_V4MAPPED(&u.six.sin6_addr))
		inet_ntop(AF_INET, &u.six.sin6_addr.s6_addr[12], out, PEER_TEXT);
	else
		inet_ntop(AF_INET6, &u.six.sin6_addr, out, PEER_TEXT);
}

static void
find_in_environment(struct peer *p)
{
	static const char *const names[] = {"TCPREMOTEIP", "REMOTE_HOST", "REMOTE_ADDR"};
	const char *text = NULL, *ours = getenv("TCPLOCALIP");

	for (size_t i = 0; !text && i < sizeof names / sizeof names[0]; i++)
		text = getenv(names[i]);
	*p = (struct peer){"local", true, true};
	if (!text)
		return;
	/* a name of a front's making: from afar, for all that we know */
	snprintf(p->ip, sizeof p->ip, "%s", text);
	p->loopback = is_loopback_text(text);
	p->at_loopback = ours ? is_loopback_text(ours) : p->loopback;
}

void
peer_find(struct peer *p, int fd, bool environment)
{
	struct sockaddr_storage theirs = {0}, ours = {0};
	socklen_t n = sizeof theirs, m = sizeof ours;

	*p = (struct peer){"local", true, true};
	if (getpeername(fd, (struct sockaddr *)&theirs, &n) == 0 &&
	    (theirs.ss_family == AF_INET || theirs.ss_family == AF_INET6)) {
		print_ip(&theirs, p->ip);
		p->loopback = peer_is_loopback(&theirs);
		p->at_loopback =
		    getsockname(fd, (struct sockaddr *)&ours, &m) == 0 && peer_is_loopback(&ours);
	} else if (environment) {
		find_in_environment(p);
	}
}

bool
peer_parse_listen(const char *text, struct sockaddr_storage *out, unsigned *len)
{
	const char *colon = strrchr(text, ':');
	union address u = {.any = {0}};
	char host[PEER_TEXT], *end;
	unsigned long port;
	size_t n;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	n = (size_t)(colon - text);
	if (*end || port > 65535 || n == 0 || n >= sizeof host)
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = 0;
		if (inet_pton(AF_INET6, host + 1, &u.six.sin6_addr) != 1)
			return false;
		u.six.sin6_family = AF_INET6;
		u.six.sin6_port = htons((uint16_t)port);
		*len = sizeof u.six;
	} else {
		if (inet_pton(AF_INET, host, &u.four.sin_addr) != 1)
			return false;
		u.four.sin_family = AF_INET;
		u.four.sin_port = htons((uint16_t)port);
		*len = sizeof u.four;
	}
	*out = u.any;
	return true;
}

bool
peer_host_is_local(struct span host, const char *const names[], size_t n)
{
	char text[256];
	char *port;

	if (host.len == 0 || host.len >= sizeof text)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = 0;
	if (text[0] == '[') {
		port = strchr(text, ']');
		if (!port || (port[1] && port[1] != ':'))
			return false;
		*port = 0;
		return is_loopback_text(text + 1);
	}
	port = strchr(text, ':');
	if (port)
		*port = 0;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, names[i]) == 0)
			return true;
	return strcasecmp(text, "localhost") == 0 || is_loopback_text(text);
}

void
peer_keep_off_stderr(void)
{
	struct stat in, err;
	int fd;

	if (fstat(0, &in) != 0 || fstat(2, &err) != 0 || !S_ISSOCK(err.st_mode) ||
	    in.st_dev != err.st_dev || in.st_ino != err.st_ino)
		return;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, 2) != 2)
		_exit(EXIT_TEMP);
	close(fd);
}
