#include "program.h"

#include "tool.h"

#include <jq.h>
#include <stdlib.h>

/* jq's own words about a program go nowhere else than into our one voice. */
static void
on_error(void *name, jv message)
{
	const char *text =
	    jv_get_kind(message) == JV_KIND_STRING ? jv_string_value(message) : "error";

	tool_die(EXIT_CONFIG, "program", name, text);
}

/* tool_die() wants a string that may change hands: the name lives as long as the process. */
void
program_init(struct program *p, const char *name, struct span text)
{
	static char copy[128];
	char *source = malloc(text.len + 1);
	jq_state *jq = jq_init();

	if (!jq || !source)
		tool_die(EXIT_TEMP, "start", "libjq", "out of memory");
	/* cppcheck-suppress nullPointerRedundantCheck */
	memcpy(source, text.ptr, text.len);
	/* cppcheck-suppress nullPointerRedundantCheck */
	source[text.len] = 0;
	memcpy(copy, name, strlen(name) < sizeof copy ? strlen(name) + 1 : sizeof copy - 1);
	jq_set_error_cb(jq, on_error, copy);
	if (!jq_compile(jq, source))
		tool_die(EXIT_CONFIG, "program", name, "does not compile");
	free(source);
	p->jq = jq;
}

void
program_release(struct program *p)
{
	jq_state *jq = p->jq;

	jq_teardown(&jq);
	p->jq = NULL;
}

bool
program_run(struct program *p, struct span json, struct buf *out)
{
	jv input = jv_parse_sized(json.ptr, (int)json.len), result, more, text;
	bool ok;

	if (!jv_is_valid(input)) {
		jv_free(input);
		return false;
	}
	jq_start(p->jq, input, 0);
	result = jq_next(p->jq);
	if (!jv_is_valid(result)) {
		jv_free(result);
		return false;
	}
	more = jq_next(p->jq);
	ok = !jv_is_valid(more) && !jv_invalid_has_msg(jv_copy(more));
	jv_free(more);
	text = jv_dump_string(result, 0);
	if (ok)
		buf_add(out, (struct span){jv_string_value(text),
					   (size_t)jv_string_length_bytes(jv_copy(text))});
	jv_free(text);
	return ok && buf_ok(out);
}
