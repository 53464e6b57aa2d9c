/* swap_book_address: who is paid where, and what was too little to pay. */
#include "check.h"
#include "json.h"
#include "swap_book_parts.h"

#include <stdlib.h>

/* ---- names ---- */

static void
key_of(char out[], size_t size, struct span account, struct span asset, struct span chain)
{
	struct buf b = {.ptr = out, .cap = size, .max = size};

	buf_add(&b, account);
	buf_byte(&b, '\n');
	buf_add(&b, asset);
	buf_byte(&b, '\n');
	buf_add(&b, chain);
	CHECK(buf_ok(&b) && b.len < size);
	out[b.len] = 0;
}

/* Names are at most 64 bytes each where they come from; more is cut off with the line. */
#define KEY_MAX 400

bool
book_fits(struct span account, struct span asset, struct span chain)
{
	return account.len + asset.len + chain.len + 3 < KEY_MAX;
}

/* The longest address of a chain has 90 characters (bech32). They stand in every request. */
#define ADDRESS_MAX 200

/* ---- addresses ---- */

void
book_free_address(struct address *a)
{
	free(a->account);
	free(a->asset);
	free(a->chain);
	free(a->address);
	free(a->payer);
	free(a->line);
}

const struct address *
swap_book_address(const struct swap_book *b, struct span account, struct span asset,
		  struct span chain)
{
	char key[KEY_MAX];
	uint64_t i;

	if (!book_fits(account, asset, chain))
		return NULL;
	key_of(key, sizeof key, account, asset, chain);
	return keymap_find(&b->address_names, span_of(key), &i) ? &b->addresses[i] : NULL;
}

static void
name_address(struct swap_book *b, const struct address *a, uint64_t i)
{
	char key[KEY_MAX];
	uint64_t old;

	key_of(key, sizeof key, span_of(a->account), span_of(a->asset), span_of(a->chain));
	CHECK(keymap_put(&b->address_names, span_of(key), i));
	/* the one that is taken where no chain is asked for: of the chain that was named first */
	key_of(key, sizeof key, span_of(a->account), span_of(a->asset), (struct span){"", 0});
	if (!keymap_find(&b->address_names, span_of(key), &old) ||
	    strcmp(b->addresses[old].chain, a->chain) == 0)
		CHECK(keymap_put(&b->address_names, span_of(key), i));
}

static const char *
read_address(struct span line, struct address *a)
{
	struct span house;

	if (!book_get_copy(line, "account", &a->account) ||
	    !book_get_copy(line, "asset", &a->asset) || !book_get_copy(line, "chain", &a->chain) ||
	    !book_get_copy(line, "address", &a->address) ||
	    !book_get_copy(line, "payer", &a->payer) || !a->account)
		return "an address's members are strings";
	a->house = json_find(line, "house", &house) && json_is_true(house);
	if (!a->house && (!a->asset || !a->chain || !a->address))
		return "an address wants account, asset, chain and address";
	if (!a->asset)
		a->asset = heap_copy(SPAN_LIT(""));
	if (!a->chain)
		a->chain = heap_copy(SPAN_LIT(""));
	if (!book_fits(span_of(a->account), span_of(a->asset), span_of(a->chain)) ||
	    (a->address && strlen(a->address) > ADDRESS_MAX) ||
	    (a->payer && strlen(a->payer) > ADDRESS_MAX))
		return "an address's names are too long";
	return NULL;
}

/* In the place of the one that it follows. */
static void
put_address(struct swap_book *b, struct address *a)
{
	const struct address *old =
	    swap_book_address(b, span_of(a->account), span_of(a->asset), span_of(a->chain));

	/* without a chain it may have found another chain's */
	if (old && strcmp(old->chain, a->chain) == 0 && strcmp(old->asset, a->asset) == 0) {
		size_t i = (size_t)(old - b->addresses);

		if (!b->from_outside)
			a->logged =
			    b->addresses[i].logged ? b->addresses[i].logged : ++b->addressed;
		book_free_address(&b->addresses[i]);
		b->addresses[i] = *a;
		return;
	}
	if (!b->from_outside)
		a->logged = ++b->addressed;
	b->addresses = heap_grown(b->addresses, b->addresses_n, &b->addresses_cap, sizeof *a);
	b->addresses[b->addresses_n] = *a;
	name_address(b, a, b->addresses_n++);
}

const char *
book_apply_address(struct swap_book *b, struct span line)
{
	struct address a = {0};
	const char *why = read_address(line, &a);

	if (why) {
		book_free_address(&a);
		return why;
	}
	if (!b->from_outside)
		a.line = heap_copy(line);
	put_address(b, &a);
	return NULL;
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
swap_book_has_address(const struct swap_book *b, const struct address *a)
{
	const struct address *old =
	    swap_book_address(b, span_of(a->account), span_of(a->asset), span_of(a->chain));

	return old && old->line && same(old->chain, a->chain) && same(old->address, a->address) &&
	       same(old->payer, a->payer) && old->house == a->house;
}

/* ---- carried amounts ---- */

decimal_int
swap_book_carried(const struct swap_book *b, struct span account, struct span asset,
		  struct span chain)
{
	char key[KEY_MAX];
	uint64_t i;

	if (!book_fits(account, asset, chain))
		return 0;
	key_of(key, sizeof key, account, asset, chain);
	return keymap_find(&b->carry_names, span_of(key), &i) ? b->carries[i].units : 0;
}

decimal_int *
book_purse_of(struct swap_book *b, struct span account, struct span asset, struct span chain)
{
	char key[KEY_MAX];
	uint64_t i;

	key_of(key, sizeof key, account, asset, chain);
	if (!keymap_find(&b->carry_names, span_of(key), &i)) {
		b->carries = heap_grown(b->carries, b->carry_n, &b->carry_cap, sizeof *b->carries);
		i = b->carry_n++;
		CHECK(keymap_put(&b->carry_names, span_of(key), i));
		b->carries[i] = (struct carry){.key = heap_copy(span_of(key))};
	}
	return &b->carries[i].units;
}

void
swap_book_carry(struct swap_book *b, struct span account, struct span asset, struct span chain,
		decimal_int units)
{
	*book_purse_of(b, account, asset, chain) = units;
}
