#include "settled.h"

#include "check.h"
#include "heap.h"
#include "lower_bound.h"
#include "number.h"

#include <stdlib.h>

/* Symbols and odd ids: what a keymap can hold in a few GiB. */
#define NAMES_MAX (1u << 24)
/* Larger numbers are kept as they are written. */
#define DIGITS_MAX 18

void
settled_init(struct settled *s, const uint64_t secret[2])
{
	*s = (struct settled){0};
	keymap_init(&s->symbol_names, NAMES_MAX, secret);
	keymap_init(&s->other_names, NAMES_MAX, secret);
}

void
settled_release(struct settled *s)
{
	for (size_t i = 0; i < s->symbols_n; i++) {
		free(s->symbols[i].name);
		free(s->symbols[i].ranges);
	}
	for (size_t i = 0; i < s->others_n; i++)
		free(s->others[i]);
	free(s->symbols);
	free(s->others);
	keymap_release(&s->symbol_names);
	keymap_release(&s->other_names);
}

/* ---- numbers ---- */

/* SYMBOL:NUMBER with one spelling only? */
static bool
split(struct span id, struct span *symbol, uint64_t *number)
{
	size_t colon = span_find(id, SPAN_LIT(":"));
	struct span digits;

	if (colon == id.len)
		return false;
	digits = (struct span){id.ptr + colon + 1, id.len - colon - 1};
	*symbol = (struct span){id.ptr, colon};
	return digits.len > 0 && digits.len <= DIGITS_MAX && number_u64(digits, number);
}

static struct settled_symbol *
symbol_of(const struct settled *s, struct span name)
{
	uint64_t i;

	return keymap_find(&s->symbol_names, name, &i) ? &s->symbols[i] : NULL;
}

static struct settled_symbol *
make_symbol(struct settled *s, struct span name)
{
	struct settled_symbol *known = symbol_of(s, name);

	if (known)
		return known;
	s->symbols = heap_grown(s->symbols, s->symbols_n, &s->symbols_cap, sizeof *s->symbols);
	CHECK(keymap_put(&s->symbol_names, name, s->symbols_n));
	s->symbols[s->symbols_n] = (struct settled_symbol){.name = heap_copy(name)};
	return &s->symbols[s->symbols_n++];
}

/* The first range that ends at or behind number. */
static size_t
range_at(const struct settled_symbol *s, uint64_t number)
{
	return lower_bound_u64(s->ranges, s->n, sizeof s->ranges[0],
			       offsetof(struct settled_range, to), number);
}

static void
insert(struct settled_symbol *s, size_t at, struct settled_range r)
{
	s->ranges = heap_grown(s->ranges, s->n, &s->cap, sizeof r);
	memmove(s->ranges + at + 1, s->ranges + at, (s->n - at) * sizeof r);
	s->ranges[at] = r;
	s->n++;
}

static void
add_number(struct settled_symbol *s, uint64_t number)
{
	size_t i = range_at(s, number);
	bool before = i > 0 && s->ranges[i - 1].to + 1 == number;
	bool behind = i < s->n && s->ranges[i].from == number + 1;

	if (i < s->n && s->ranges[i].from <= number)
		return;
	if (before && behind) {
		s->ranges[i - 1].to = s->ranges[i].to;
		memmove(s->ranges + i, s->ranges + i + 1, (s->n - i - 1) * sizeof *s->ranges);
		s->n--;
	} else if (before) {
		s->ranges[i - 1].to = number;
	} else if (behind) {
		s->ranges[i].from = number;
	} else {
		insert(s, i, (struct settled_range){number, number});
	}
}

/* ---- ids ---- */

bool
settled_has(const struct settled *s, struct span id)
{
	struct span name;
	uint64_t number;
	const struct settled_symbol *symbol;
	size_t i;

	if (!split(id, &name, &number))
		return keymap_find(&s->other_names, id, &number);
	symbol = symbol_of(s, name);
	if (!symbol)
		return false;
	i = range_at(symbol, number);
	return i < symbol->n && symbol->ranges[i].from <= number;
}

void
settled_add(struct settled *s, struct span id)
{
	struct span name;
	uint64_t number;

	if (split(id, &name, &number))
		add_number(make_symbol(s, name), number);
	else if (!settled_has(s, id))
		CHECK(settled_other(s, id));
}

/* ---- as text ---- */

void
settled_write(const struct settled *s, struct buf *out)
{
	for (size_t i = 0; i < s->symbols_n; i++) {
		const struct settled_symbol *symbol = &s->symbols[i];

		for (size_t k = 0; k < symbol->n; k++) {
			buf_byte(out, '{');
			buf_json_member_string(out, "settled", span_of(symbol->name));
			buf_json_member_u64(out, "from", symbol->ranges[k].from);
			buf_json_member_u64(out, "to", symbol->ranges[k].to);
			buf_str(out, "}\n");
		}
	}
	for (size_t i = 0; i < s->others_n; i++) {
		buf_byte(out, '{');
		buf_json_member_string(out, "settledId", span_of(s->others[i]));
		buf_str(out, "}\n");
	}
}

bool
settled_range(struct settled *s, struct span symbol, uint64_t from, uint64_t to)
{
	struct settled_symbol *into = make_symbol(s, symbol);

	if (from > to || (into->n && from <= into->ranges[into->n - 1].to + 1))
		return false;
	insert(into, into->n, (struct settled_range){from, to});
	return true;
}

bool
settled_other(struct settled *s, struct span id)
{
	uint64_t number;
	struct span name;

	if (split(id, &name, &number) || keymap_find(&s->other_names, id, &number) ||
	    !keymap_put(&s->other_names, id, s->others_n))
		return false;
	s->others = heap_grown(s->others, s->others_n, &s->others_cap, sizeof *s->others);
	s->others[s->others_n++] = heap_copy(id);
	return true;
}
