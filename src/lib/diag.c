#include "diag.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 2048
#define KINDS 64
#define FIRST_PRINTED 10

static struct {
	const char *tool;
	bool quiet;
	struct kind {
		enum diag_level level;
		char event[40];
		char code[40];
		uint64_t count;
		uint64_t printed;
	} kinds[KINDS];
	size_t n;
} voice = {.tool = "tradepipe"};

struct text {
	char bytes[LINE_BYTES];
	size_t len;
};

static void
put(struct text *t, const char *s, size_t n)
{
	size_t room = sizeof t->bytes - 1 - t->len;

	if (n > room)
		n = room;
	memcpy(t->bytes + t->len, s, n);
	t->len += n;
}

static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c && strchr("_./:@+-#%", c))))
			return false;
	}
	return s.len > 0;
}

static void
put_quoted(struct text *t, struct span s)
{
	put(t, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char escape[8];
		int n;

		if (c == '"' || c == '\\')
			n = snprintf(escape, sizeof escape, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			n = snprintf(escape, sizeof escape, "\\x%02x", c);
		else
			n = snprintf(escape, sizeof escape, "%c", c);
		/* leave room for the closing quote and newline */
		if (t->len + (size_t)n + 2 >= sizeof t->bytes)
			break;
		put(t, escape, (size_t)n);
	}
	put(t, "\"", 1);
}

static void
put_field(struct text *t, const struct diag_field *f)
{
	char digits[24];

	put(t, " ", 1);
	put(t, f->key, strlen(f->key));
	put(t, "=", 1);
	if (f->kind == DIAG_NUMBER)
		put(t, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, f->number));
	else if (is_plain(f->text))
		put(t, f->text.ptr, f->text.len);
	else
		put_quoted(t, f->text);
}

static void
begin(struct text *t, enum diag_level level, const char *event)
{
	static const char *const names[] = {"error", "warning", "info"};

	t->len = 0;
	put(t, voice.tool, strlen(voice.tool));
	put(t, ": ", 2);
	put(t, names[level], strlen(names[level]));
	put(t, ": ", 2);
	put(t, event, strlen(event));
}

static void
end(struct text *t)
{
	t->bytes[t->len++] = '\n';
	/* nowhere to report a failing stderr */
	if (write(2, t->bytes, t->len) < 0)
		return;
}

void
diag_name(const char *tool)
{
	voice.tool = tool;
}

void
diag_quiet(bool quiet)
{
	voice.quiet = quiet;
}

static struct kind *
kind_of(enum diag_level level, const char *event, struct span code)
{
	struct kind *k;
	size_t n = code.len < sizeof k->code - 1 ? code.len : sizeof k->code - 1;

	for (size_t i = 0; i < voice.n; i++) {
		k = &voice.kinds[i];
		if (k->level == level && strcmp(k->event, event) == 0 && strlen(k->code) == n &&
		    (n == 0 || memcmp(k->code, code.ptr, n) == 0))
			return k;
	}
	if (voice.n == KINDS)
		return &voice.kinds[KINDS - 1];
	k = &voice.kinds[voice.n++];
	k->level = level;
	snprintf(k->event, sizeof k->event, "%s", event);
	if (n)
		memcpy(k->code, code.ptr, n);
	return k;
}

static bool
is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

void
diag_write(enum diag_level level, const char *event, const struct diag_field fields[], size_t n)
{
	struct span code = {0};
	struct text t;
	struct kind *k;

	if (level == DIAG_INFO && voice.quiet)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].key, "code") == 0)
			code = fields[i].text;
	k = kind_of(level, event, code);
	k->count++;
	if (k->count > FIRST_PRINTED && !is_power_of_two(k->count))
		return;
	k->printed++;
	begin(&t, level, event);
	for (size_t i = 0; i < n; i++)
		put_field(&t, &fields[i]);
	if (k->count > FIRST_PRINTED)
		put_field(&t, &diag_u64("count", k->count));
	end(&t);
}

void
diag_totals(void)
{
	for (size_t i = 0; i < voice.n; i++) {
		const struct kind *k = &voice.kinds[i];
		struct text t;

		if (k->count == k->printed)
			continue;
		begin(&t, k->level, "total");
		put_field(&t, &diag_str("event", k->event));
		if (k->code[0])
			put_field(&t, &diag_str("code", k->code));
		put_field(&t, &diag_u64("count", k->count));
		end(&t);
	}
}
