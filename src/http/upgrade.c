#include "upgrade.h"

#include "base64.h"

#include <nettle/sha1.h>

/* A header that may stand once. 0: none, 1: found, 2: several. */
static unsigned
find_header(struct span head, const char *name, struct span *out)
{
	size_t n = strlen(name), found = 0;

	*out = (struct span){NULL, 0};
	/* the head has been checked: lines end in CR LF, and a colon stands behind each name */
	for (size_t at = 0; at < head.len;) {
		struct span line = {head.ptr + at, head.len - at};
		const char *end = memchr(line.ptr, '\n', line.len);

		if (!end)
			break;
		line.len = (size_t)(end - line.ptr);
		at += line.len + 1;
		if (line.len <= n || line.ptr[n] != ':' ||
		    !http_text_is((struct span){line.ptr, n}, name))
			continue;
		line.ptr += n + 1;
		line.len -= n + 1;
		while (line.len && strchr(" \t", line.ptr[0]))
			line.ptr++, line.len--;
		while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
			line.len--;
		*out = line;
		found++;
	}
	return found > 1 ? 2 : (unsigned)found;
}

static bool
list_has(struct span list, const char *word)
{
	while (list.len) {
		const char *comma = memchr(list.ptr, ',', list.len);
		struct span one = {list.ptr, comma ? (size_t)(comma - list.ptr) : list.len};

		list.ptr += comma ? one.len + 1 : one.len;
		list.len -= comma ? one.len + 1 : one.len;
		while (one.len && strchr(" \t", one.ptr[0]))
			one.ptr++, one.len--;
		while (one.len && strchr(" \t", one.ptr[one.len - 1]))
			one.len--;
		if (http_text_is(one, word))
			return true;
	}
	return false;
}

static void
refuse(struct upgrade *u, unsigned status, const char *why)
{
	u->kind = UPGRADE_REFUSED;
	u->status = status;
	u->why = why;
}

/* 24 characters of base64 that are 16 bytes. */
static bool
is_key(struct span key)
{
	struct buf bytes;
	bool good;

	buf_init(&bytes, 18);
	good = key.len == 24 && base64_decode(key, &bytes) && bytes.len == 16;
	buf_release(&bytes);
	return good;
}

static void
print_accept(struct span key, char out[UPGRADE_ACCEPT + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha;
	struct buf text;

	sha1_init(&sha);
	sha1_update(&sha, key.len, (const uint8_t *)key.ptr);
	sha1_update(&sha, sizeof guid - 1, (const uint8_t *)guid);
	sha1_digest(&sha, sizeof digest, digest);
	buf_init(&text, UPGRADE_ACCEPT);
	base64_append((struct span){(const char *)digest, sizeof digest}, &text);
	if (buf_ok(&text) && text.len == UPGRADE_ACCEPT)
		memcpy(out, text.ptr, UPGRADE_ACCEPT);
	out[UPGRADE_ACCEPT] = 0;
	buf_release(&text);
}

static void
read_handshake(const struct http_request *r, struct span head, struct upgrade *u)
{
	struct span upgrade, connection, version, key;

	if (find_header(head, "upgrade", &upgrade) != 1 || !list_has(upgrade, "websocket"))
		refuse(u, 426, "a WebSocket is wanted here: Upgrade: websocket");
	else if (find_header(head, "connection", &connection) != 1 ||
		 !list_has(connection, "upgrade") || r->minor != 1)
		refuse(u, 400, "Connection: Upgrade and HTTP/1.1 are wanted");
	else if (find_header(head, "sec-websocket-version", &version) != 1 ||
		 !span_is(version, "13"))
		refuse(u, 426, "WebSocket version 13 is wanted");
	else if (find_header(head, "sec-websocket-key", &key) != 1 || !is_key(key))
		refuse(u, 400, "Sec-WebSocket-Key is not 16 bytes in base64");
	else
		print_accept(key, u->accept);
}

static bool
origin_allowed(const struct http_request *r, const char *const origins[], size_t n,
	       struct upgrade *u)
{
	static const char *const schemes[] = {"http://", "https://"};
	struct span origin = r->fields[HTTP_ORIGIN], host = r->fields[HTTP_HOST];

	if (!origin.ptr)
		return true; /* no browser */
	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(schemes[i]);

		if (span_starts(origin, span_of(schemes[i])) && host.ptr &&
		    span_equal((struct span){origin.ptr + len, origin.len - len}, host))
			return true;
	}
	u->foreign = true;
	u->origin = origin;
	for (size_t i = 0; i < n; i++)
		if (span_is(origin, origins[i]) || strcmp(origins[i], "*") == 0)
			return true;
	return false;
}

/* One name, without a path. */
static bool
is_file(struct span name)
{
	if (name.len == 0 || name.len > 64 || name.ptr[0] == '.' || name.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return true;
}

void
upgrade_read(const struct http_request *r, struct span head, const char *const origins[],
	     size_t origins_n, struct upgrade *u)
{
	struct span path = r->path;

	*u = (struct upgrade){.kind = UPGRADE_PAGE};
	if (r->method != HTTP_GET) {
		refuse(u, 405, "GET alone is answered here");
		return;
	}
	if (span_is(path, "/ws"))
		u->kind = UPGRADE_WS;
	else if (span_is(path, "/stream"))
		u->kind = UPGRADE_SSE;
	else if (span_is(path, "/topics"))
		u->kind = UPGRADE_TOPICS;
	else if (span_is(path, "/"))
		u->file = SPAN_LIT("index.html");
	else
		u->file = (struct span){path.ptr + 1, path.len - 1};
	if (u->kind == UPGRADE_PAGE && !is_file(u->file))
		refuse(u, 404, "nothing here");
	else if (!origin_allowed(r, origins, origins_n, u))
		refuse(u, 403, "this origin may not");
	else if (u->kind == UPGRADE_WS)
		read_handshake(r, head, u);
	else if (u->kind == UPGRADE_SSE && find_header(head, "last-event-id", &u->after) == 2)
		refuse(u, 400, "Last-Event-ID stands twice");
}
