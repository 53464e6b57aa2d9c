#include "sol_message.h"

#include "check.h"

/* account keys of the longest message: payer, authority, source, account, wallet, mint, five
 * programs */
#define KEYS_MAX 11
#define VERSION_0 0x80
#define LAMPORTS_PER_SIGNATURE 5000u

enum { BUDGET_LIMIT = 2, BUDGET_PRICE = 3, TOKEN_TRANSFER_CHECKED = 12, CREATE_IDEMPOTENT = 1 };

/* The account table of a transfer: signers, then what is written, then what is read. */
struct table {
	const struct sol_key *key[KEYS_MAX];
	size_t n;
	unsigned char signers, read_signers, read_others;
	unsigned char authority, source, account, wallet, mint, native, token, associated, budget,
	    memo;
};

size_t
sol_message_signers(const struct sol_transfer *t)
{
	return sol_key_equal(&t->payer, &t->authority) ? 1 : 2;
}

static unsigned char
add(struct table *a, const struct sol_key *key)
{
	CHECK(a->n < KEYS_MAX);
	a->key[a->n] = key;
	return (unsigned char)a->n++;
}

/* The wallet that receives may be the payer's own or the authority's: an account stands once. */
static unsigned char
add_once(struct table *a, const struct sol_key *key)
{
	for (size_t i = 0; i < a->n; i++) {
		if (sol_key_equal(a->key[i], key))
			return (unsigned char)i;
	}
	return add(a, key);
}

static void
make_table(const struct sol_transfer *t, struct table *a)
{
	*a = (struct table){0};
	add(a, &t->payer);
	if (sol_message_signers(t) == 2)
		a->authority = add(a, &t->authority);
	a->signers = (unsigned char)a->n;
	a->read_signers = (unsigned char)(a->n - 1);
	a->source = add(a, &t->source);
	a->account = add(a, &t->account);
	a->mint = add(a, &t->mint);
	if (t->create) {
		a->wallet = add_once(a, &t->wallet);
		a->native = add(a, &sol_system_program);
		a->associated = add(a, &sol_associated_program);
	}
	a->token = add(a, &sol_token_program);
	a->budget = add(a, &sol_budget_program);
	a->memo = add(a, &sol_memo_program);
	a->read_others = (unsigned char)(a->n - a->signers - 2);
}

/* ---- writing ---- */

struct out {
	unsigned char *p;
};

static void
put(struct out *o, unsigned byte)
{
	*o->p++ = (unsigned char)byte;
}

static void
put_bytes(struct out *o, const void *bytes, size_t n)
{
	if (n)
		memcpy(o->p, bytes, n);
	o->p += n;
}

static void
put_le(struct out *o, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(o, (unsigned)(v >> 8 * i) & 0xff);
}

/* Lengths here stay below 128, where a compact-u16 is the byte itself. */
static void
put_instruction(struct out *o, unsigned program, const unsigned char accounts[], size_t n,
		size_t data_len)
{
	put(o, program);
	put(o, (unsigned)n);
	put_bytes(o, accounts, n);
	put(o, (unsigned)data_len);
}

static void
put_budget(struct out *o, const struct table *a, const struct sol_transfer *t)
{
	put_instruction(o, a->budget, NULL, 0, 5);
	put(o, BUDGET_LIMIT);
	put_le(o, t->unit_limit, 4);
	put_instruction(o, a->budget, NULL, 0, 9);
	put(o, BUDGET_PRICE);
	put_le(o, t->unit_price, 8);
}

static void
put_transfer(struct out *o, const struct table *a, const struct sol_transfer *t)
{
	const unsigned char create[] = {0, a->account, a->wallet, a->mint, a->native, a->token};
	const unsigned char move[] = {a->source, a->mint, a->account, a->authority};

	if (t->create) {
		put_instruction(o, a->associated, create, sizeof create, 1);
		put(o, CREATE_IDEMPOTENT);
	}
	put_instruction(o, a->token, move, sizeof move, 10);
	put(o, TOKEN_TRANSFER_CHECKED);
	put_le(o, t->amount, 8);
	put(o, t->decimals);
}

size_t
sol_message_write(const struct sol_transfer *t, unsigned char out[SOL_MESSAGE_MAX])
{
	struct out o = {out};
	struct table a;

	CHECK(t->memo_len > 0 && t->memo_len <= SOL_MEMO_MAX);
	make_table(t, &a);
	if (t->version_0)
		put(&o, VERSION_0);
	put(&o, a.signers);
	put(&o, a.read_signers);
	put(&o, a.read_others);
	put(&o, (unsigned)a.n);
	for (size_t i = 0; i < a.n; i++)
		put_bytes(&o, a.key[i]->bytes, SOL_KEY_BYTES);
	put_bytes(&o, t->blockhash.bytes, SOL_KEY_BYTES);
	put(&o, t->create ? 5 : 4);
	put_budget(&o, &a, t);
	put_transfer(&o, &a, t);
	put_instruction(&o, a.memo, NULL, 0, t->memo_len);
	put_bytes(&o, t->memo, t->memo_len);
	if (t->version_0)
		put(&o, 0);
	CHECK((size_t)(o.p - out) <= SOL_MESSAGE_MAX);
	return (size_t)(o.p - out);
}

/* ---- reading ---- */

const char *
sol_message_error_text(enum sol_message_error e)
{
	switch (e) {
	case SOL_MESSAGE_OK: return "a transfer";
	case SOL_MESSAGE_E_TRUNCATED: return "the bytes end inside the message";
	case SOL_MESSAGE_E_VERSION: return "neither a legacy message nor one of version 0";
	case SOL_MESSAGE_E_ACCOUNTS: return "not the accounts of a transfer";
	case SOL_MESSAGE_E_INSTRUCTIONS: return "not the instructions of a transfer";
	case SOL_MESSAGE_E_CANONICAL: return "not written as this program writes a transfer";
	}
	return NULL;
}

/* What is left to read; short once more was asked for than there is. */
struct in {
	const unsigned char *p, *end;
	bool failed;
};

static unsigned
get(struct in *in)
{
	if (in->p == in->end)
		in->failed = true;
	return in->failed ? 0 : *in->p++;
}

static const unsigned char *
get_bytes(struct in *in, size_t n)
{
	const unsigned char *p = in->p;

	if ((size_t)(in->end - in->p) < n)
		in->failed = true;
	if (in->failed)
		return NULL;
	in->p += n;
	return p;
}

static void
get_key(struct in *in, struct sol_key *out)
{
	const unsigned char *p = get_bytes(in, SOL_KEY_BYTES);

	if (p)
		memcpy(out->bytes, p, SOL_KEY_BYTES);
}

static uint64_t
get_le(struct in *in, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)get(in) << 8 * i;
	return v;
}

/* Program, accounts and length of an instruction, as numbers only: which they are shows when the
 * message is written again. Returns how many accounts it has, the first few of them in accounts. */
static unsigned
get_instruction(struct in *in, unsigned char accounts[6], unsigned *data_len)
{
	unsigned n;

	get(in);
	n = get(in);
	for (unsigned i = 0; i < n; i++) {
		unsigned account = get(in);

		if (i < 6)
			accounts[i] = (unsigned char)account;
	}
	*data_len = get(in);
	return n;
}

static bool
read_budget(struct in *in, struct sol_transfer *t)
{
	unsigned char accounts[6];
	unsigned len;

	if (get_instruction(in, accounts, &len) != 0 || len != 5 || get(in) != BUDGET_LIMIT)
		return false;
	t->unit_limit = (uint32_t)get_le(in, 4);
	if (get_instruction(in, accounts, &len) != 0 || len != 9 || get(in) != BUDGET_PRICE)
		return false;
	t->unit_price = get_le(in, 8);
	return true;
}

static bool
read_create(struct in *in, const struct sol_key keys[], size_t n, struct sol_transfer *t)
{
	unsigned char accounts[6];
	unsigned len;

	if (get_instruction(in, accounts, &len) != 6 || len != 1 || get(in) != CREATE_IDEMPOTENT ||
	    accounts[2] >= n)
		return false;
	t->wallet = keys[accounts[2]];
	return true;
}

static bool
read_transfer(struct in *in, struct sol_transfer *t)
{
	unsigned char accounts[6];
	const unsigned char *memo;
	unsigned len;

	if (get_instruction(in, accounts, &len) != 4 || len != 10 ||
	    get(in) != TOKEN_TRANSFER_CHECKED)
		return false;
	t->amount = get_le(in, 8);
	t->decimals = (unsigned char)get(in);
	if (get_instruction(in, accounts, &len) != 0 || len == 0 || len > SOL_MEMO_MAX ||
	    !(memo = get_bytes(in, len)))
		return false;
	t->memo_len = len;
	memcpy(t->memo, memo, len);
	return true;
}

/* The keys and which of them are which, by the order of make_table(). */
static enum sol_message_error
read_accounts(struct in *in, struct sol_key keys[KEYS_MAX], size_t *n, struct sol_transfer *t)
{
	unsigned signers = get(in);
	size_t at = 0;

	get(in);
	get(in);
	*n = get(in);
	if (signers < 1 || signers > SOL_SIGNERS_MAX || *n > KEYS_MAX || *n < signers + 3)
		return in->failed ? SOL_MESSAGE_E_TRUNCATED : SOL_MESSAGE_E_ACCOUNTS;
	for (size_t i = 0; i < *n; i++)
		get_key(in, &keys[i]);
	get_key(in, &t->blockhash);
	t->payer = keys[at++];
	t->authority = signers == 2 ? keys[at++] : t->payer;
	t->source = keys[at++];
	t->account = keys[at++];
	t->mint = keys[at];
	return in->failed ? SOL_MESSAGE_E_TRUNCATED : SOL_MESSAGE_OK;
}

static bool
same_again(const struct sol_transfer *t, struct span message)
{
	unsigned char again[SOL_MESSAGE_MAX];
	size_t len = sol_message_write(t, again);

	return len == message.len && memcmp(again, message.ptr, len) == 0;
}

enum sol_message_error
sol_message_read(struct span message, struct sol_transfer *out)
{
	const unsigned char *begin = (const unsigned char *)message.ptr;
	struct in in = {begin, begin + message.len, false};
	struct sol_key keys[KEYS_MAX];
	enum sol_message_error e;
	unsigned instructions;
	size_t n;

	*out = (struct sol_transfer){0};
	if (message.len == 0)
		return SOL_MESSAGE_E_TRUNCATED;
	if (begin[0] & 0x80) {
		if (get(&in) != VERSION_0)
			return SOL_MESSAGE_E_VERSION;
		out->version_0 = true;
	}
	e = read_accounts(&in, keys, &n, out);
	if (e != SOL_MESSAGE_OK)
		return e;
	instructions = get(&in);
	out->create = instructions == 5;
	if ((instructions != 4 && instructions != 5) || !read_budget(&in, out) ||
	    (out->create && !read_create(&in, keys, n, out)) || !read_transfer(&in, out))
		return in.failed ? SOL_MESSAGE_E_TRUNCATED : SOL_MESSAGE_E_INSTRUCTIONS;
	return same_again(out, message) ? SOL_MESSAGE_OK : SOL_MESSAGE_E_CANONICAL;
}

/* ---- signed ---- */

size_t
sol_transaction_write(struct span message, const unsigned char signatures[], size_t n,
		      unsigned char out[SOL_TRANSACTION_MAX])
{
	struct out o = {out};

	CHECK(n >= 1 && n <= SOL_SIGNERS_MAX &&
	      1 + n * SOL_SIGNATURE_BYTES + message.len <= SOL_TRANSACTION_MAX);
	put(&o, (unsigned)n);
	put_bytes(&o, signatures, n * SOL_SIGNATURE_BYTES);
	put_bytes(&o, message.ptr, message.len);
	return (size_t)(o.p - out);
}

enum sol_message_error
sol_transaction_read(struct span transaction, struct sol_transfer *out, struct span *message,
		     struct span *signatures)
{
	size_t n = transaction.len ? (unsigned char)transaction.ptr[0] : 0, head;
	enum sol_message_error e;

	if (n < 1 || n > SOL_SIGNERS_MAX)
		return transaction.len ? SOL_MESSAGE_E_ACCOUNTS : SOL_MESSAGE_E_TRUNCATED;
	head = 1 + n * SOL_SIGNATURE_BYTES;
	if (transaction.len < head)
		return SOL_MESSAGE_E_TRUNCATED;
	*signatures = (struct span){transaction.ptr + 1, head - 1};
	*message = (struct span){transaction.ptr + head, transaction.len - head};
	e = sol_message_read(*message, out);
	if (e == SOL_MESSAGE_OK && sol_message_signers(out) != n)
		return SOL_MESSAGE_E_ACCOUNTS;
	return e;
}

bool
sol_fee(const struct sol_transfer *t, uint64_t *lamports)
{
	uint64_t micro;

	if (__builtin_mul_overflow(t->unit_price, (uint64_t)t->unit_limit, &micro))
		return false;
	*lamports = micro / 1000000 + (micro % 1000000 != 0) +
		    sol_message_signers(t) * LAMPORTS_PER_SIGNATURE;
	return true;
}
