#include "sdn.h"

#define MARK "Digital Currency Address - "

struct sdn {
	void (*found)(void *context, struct span address);
	void *context;
	struct span text;
};

const char *
sdn_form_name(enum sdn_form form)
{
	static const char *const names[] = {"sdn.xml", "sdn_advanced.xml", "remarks", "plain"};

	return names[form];
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Skip to behind the next `needle`; false when there is none. */
static bool
skip(struct span *text, struct span needle)
{
	size_t at = span_find(*text, needle);

	if (at == text->len)
		return false;
	at += needle.len;
	text->ptr += at;
	text->len -= at;
	return true;
}

/* Letters and digits from here. */
static struct span
take_word(struct span *text)
{
	struct span word = {text->ptr, 0};

	while (word.len < text->len && is_word(text->ptr[word.len]))
		word.len++;
	text->ptr += word.len;
	text->len -= word.len;
	return word;
}

/* What stands before the next '<', without white space around it. */
static struct span
take_text(struct span *text)
{
	struct span inner = {text->ptr, span_find(*text, SPAN_LIT("<"))};

	text->ptr += inner.len;
	text->len -= inner.len;
	while (inner.len && (unsigned char)inner.ptr[0] <= ' ') {
		inner.ptr++;
		inner.len--;
	}
	while (inner.len && (unsigned char)inner.ptr[inner.len - 1] <= ' ')
		inner.len--;
	return inner;
}

static bool
is_address(struct span a)
{
	struct span rest = a;

	/* cash addresses have their prefix before a colon */
	take_word(&rest);
	if (rest.len && rest.ptr[0] == ':') {
		rest.ptr++;
		rest.len--;
		take_word(&rest);
	}
	return a.len > 0 && a.len <= SDN_ADDRESS_MAX && rest.len == 0;
}

static const char *
give(struct sdn *s, struct span address)
{
	if (!is_address(address))
		return "a digital currency address that is none";
	s->found(s->context, address);
	return NULL;
}

/* ---- forms
 * -------------------------------------------------------------------------------------- */

static const char *
read_xml(struct sdn *s)
{
	const char *why = NULL;

	while (!why && skip(&s->text, SPAN_LIT("<idType>" MARK))) {
		take_word(&s->text);
		if (!skip(&s->text, SPAN_LIT("</idType>")))
			return "an idType that does not end";
		take_text(&s->text);
		if (!span_starts(s->text, SPAN_LIT("<idNumber>")))
			return "an idType without its idNumber";
		skip(&s->text, SPAN_LIT("<idNumber>"));
		why = give(s, take_text(&s->text));
	}
	return why;
}

/* The value of an attribute within a tag. */
static struct span
attribute(struct span tag, struct span name)
{
	struct span value;

	if (!skip(&tag, name))
		return (struct span){"", 0};
	value = (struct span){tag.ptr, span_find(tag, SPAN_LIT("\""))};
	return value;
}

static const char *
read_kinds(const struct sdn *s, struct span kinds[SDN_KINDS_MAX], size_t *n)
{
	struct span left = s->text, tag;

	while (skip(&left, SPAN_LIT("<FeatureType "))) {
		tag = (struct span){left.ptr, span_find(left, SPAN_LIT(">"))};
		if (!skip(&left, SPAN_LIT(">")) || !span_starts(left, SPAN_LIT(MARK)))
			continue;
		if (*n == SDN_KINDS_MAX)
			return "more kinds of digital currency than 64";
		kinds[(*n)++] = attribute(tag, SPAN_LIT("ID=\""));
	}
	return *n ? NULL : "no kind of digital currency";
}

static bool
is_kind(struct span id, const struct span kinds[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (span_equal(kinds[i], id))
			return true;
	}
	return false;
}

static const char *
read_feature(struct sdn *s)
{
	struct span body = {s->text.ptr, span_find(s->text, SPAN_LIT("</Feature>"))};
	const char *why = NULL;

	if (body.len == s->text.len)
		return "a Feature that does not end";
	while (!why && skip(&body, SPAN_LIT("<VersionDetail"))) {
		if (!skip(&body, SPAN_LIT(">")))
			return "a VersionDetail that does not end";
		why = give(s, take_text(&body));
	}
	return why;
}

static const char *
read_advanced(struct sdn *s)
{
	struct span kinds[SDN_KINDS_MAX], tag;
	size_t n = 0;
	const char *why = read_kinds(s, kinds, &n);

	while (!why && skip(&s->text, SPAN_LIT("<Feature "))) {
		tag = (struct span){s->text.ptr, span_find(s->text, SPAN_LIT(">"))};
		if (is_kind(attribute(tag, SPAN_LIT("FeatureTypeID=\"")), kinds, n))
			why = read_feature(s);
	}
	return why;
}

static const char *
read_remarks(struct sdn *s)
{
	const char *why = NULL;

	while (!why && skip(&s->text, SPAN_LIT(MARK))) {
		struct span code = take_word(&s->text), address;

		if (code.len == 0 || s->text.len == 0)
			return "a digital currency without a name";
		/* lines of sdnlist.txt are folded anywhere between words */
		while (s->text.len && (unsigned char)s->text.ptr[0] <= ' ') {
			s->text.ptr++;
			s->text.len--;
		}
		address = take_word(&s->text);
		why = give(s, address);
	}
	return why;
}

static const char *
read_plain(struct sdn *s)
{
	const char *why = NULL;

	while (!why && s->text.len) {
		size_t len = span_find(s->text, SPAN_LIT("\n"));
		struct span line = {s->text.ptr, len};

		len += len < s->text.len;
		s->text.ptr += len;
		s->text.len -= len;
		line.len = span_find(line, SPAN_LIT("#"));
		while (line.len && (unsigned char)line.ptr[line.len - 1] <= ' ')
			line.len--;
		if (line.len)
			why = is_address(line) ? give(s, line) : "a line that is no address";
	}
	return why;
}

/* A root element's end stands at the end. */
static bool
is_whole(struct span text, struct span end)
{
	while (text.len && (unsigned char)text.ptr[text.len - 1] <= ' ')
		text.len--;
	return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

const char *
sdn_read(struct span text, void (*found)(void *context, struct span address), void *context,
	 enum sdn_form *form)
{
	struct sdn s = {found, context, text};
	struct span first = text;
	struct span head = {text.ptr, text.len < 4096 ? text.len : 4096};

	if (span_starts(first, SPAN_LIT("\xef\xbb\xbf"))) {
		first.ptr += 3;
		first.len -= 3;
	}
	while (first.len && (unsigned char)first.ptr[0] <= ' ') {
		first.ptr++;
		first.len--;
	}
	*form = SDN_PLAIN;
	if (first.len && first.ptr[0] == '<') {
		bool advanced = span_find(head, SPAN_LIT("<Sanctions")) < head.len;

		*form = advanced ? SDN_ADVANCED : SDN_XML;
		if (!is_whole(text, advanced ? SPAN_LIT("</Sanctions>") : SPAN_LIT("</sdnList>")))
			return "cut short: its root element does not end";
		return advanced ? read_advanced(&s) : read_xml(&s);
	}
	if (span_find(text, SPAN_LIT(MARK)) < text.len) {
		*form = SDN_REMARKS;
		return read_remarks(&s);
	}
	return read_plain(&s);
}
