/* The part of ladder.h that writes the state down, and reads it back. */
#include "json.h"
#include "ladder.h"
#include "number.h"

static void
save_decimal(struct buf *out, const char *name, struct decimal d)
{
	char text[DECIMAL_TEXT_MAX];
	size_t n = decimal_print(d, text);

	buf_json_member_string(out, name, (struct span){text, n});
}

/* The key's three parts. */
static struct span
next_part(struct span *key)
{
	const char *end = memchr(key->ptr, 0, key->len);
	struct span part = {key->ptr, end ? (size_t)(end - key->ptr) : key->len};

	key->ptr += part.len + (end != NULL);
	key->len -= part.len + (end != NULL);
	return part;
}

void
ladder_save_order(const struct ladder *b, size_t index, struct buf *out)
{
	const struct ladder_order *o = &b->orders[index];
	struct span key = {o->key, o->key_len};

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("open"));
	buf_json_member_string(out, "symbol", next_part(&key));
	buf_json_member_string(out, "account", next_part(&key));
	buf_json_member_string(out, "id", next_part(&key));
	buf_json_member_string(out, "side", o->buy ? SPAN_LIT("buy") : SPAN_LIT("sell"));
	if (o->has_px)
		save_decimal(out, "px", o->px);
	save_decimal(out, "left", o->left);
	save_decimal(out, "display", o->display);
	save_decimal(out, "visible", o->visible);
	buf_json_member_bool(out, "waiting", o->waiting);
	buf_byte(out, '}');
}

void
ladder_save_symbol(const struct ladder *b, size_t index, struct buf *out)
{
	const struct ladder_symbol *s = &b->symbols[index];

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("books"));
	buf_json_member_string(out, "symbol", (struct span){s->name, s->name_len});
	if (s->has_ts)
		buf_json_member_i64(out, "ts", s->ts);
	buf_json_member_bool(out, "changed", s->changed);
	buf_byte(out, '}');
}

static bool
load_decimal(struct span value, struct decimal *out)
{
	struct span text;

	return value.ptr && json_plain(value, &text) && decimal_parse(text, out) == DECIMAL_OK;
}

bool
ladder_load_symbol(struct ladder *b, struct span line)
{
	static const char *const names[] = {"symbol", "ts", "changed"};
	struct span m[3], name;
	struct ladder_symbol *s;

	if (!json_pick(line, names, 3, m, NULL) || !m[0].ptr || !m[2].ptr ||
	    !json_plain(m[0], &name))
		return false;
	s = ladder_make_symbol(b, name);
	if (!s)
		return false;
	s->has_ts = m[1].ptr && number_i64(m[1], &s->ts);
	s->changed = json_is_true(m[2]);
	return true;
}

bool
ladder_load_order(struct ladder *b, struct span line)
{
	static const char *const names[] = {"symbol", "account", "id",	    "side",   "px",
					    "left",   "display", "visible", "waiting"};
	struct span m[9], symbol, account, id, side;
	struct ladder_order o = {0};

	if (!json_pick(line, names, 9, m, NULL) || !m[0].ptr || !m[1].ptr || !m[2].ptr ||
	    !m[3].ptr || !m[8].ptr || !json_plain(m[0], &symbol) || !json_plain(m[1], &account) ||
	    !json_plain(m[2], &id) || !json_plain(m[3], &side))
		return false;
	o.has_px = m[4].ptr != NULL;
	if ((o.has_px && !load_decimal(m[4], &o.px)) || !load_decimal(m[5], &o.left) ||
	    !load_decimal(m[6], &o.display) || !load_decimal(m[7], &o.visible))
		return false;
	o.buy = span_is(side, "buy");
	o.waiting = json_is_true(m[8]);
	return ladder_restore_order(b, symbol, account, id, &o);
}
