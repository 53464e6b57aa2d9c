#include "replay.h"

#include <stdlib.h>

void
replay_init(struct replay *r, int64_t start_ms)
{
	*r = (struct replay){.start_ms = start_ms};
	table_init(&r->instruments, ROW_INSTRUMENT);
}

static void
release_account(struct account *a)
{
	char *const texts[] = {a->name, a->api_key, a->secret, a->passphrase,
			       a->uid,	a->perm,    a->config};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	for (size_t i = 0; i < a->ips_n; i++)
		free(a->ips[i]);
	for (size_t i = 0; i < ACCOUNT_TABLES; i++)
		table_release(&a->tables[i]);
}

void
replay_release(struct replay *r)
{
	for (size_t i = 0; i < r->accounts_n; i++)
		release_account(&r->accounts[i]);
	for (size_t i = 0; i < r->tapes_n; i++) {
		free(r->tapes[i].inst_id);
		table_release(&r->tapes[i].trades);
	}
	table_release(&r->instruments);
	r->accounts_n = r->tapes_n = 0;
}

struct account *
replay_account(struct replay *r, struct span name)
{
	for (size_t i = 0; i < r->accounts_n; i++)
		if (span_is(name, r->accounts[i].name))
			return &r->accounts[i];
	return NULL;
}

const struct account *
replay_account_by_key(const struct replay *r, struct span api_key)
{
	for (size_t i = 0; i < r->accounts_n; i++)
		if (span_is(api_key, r->accounts[i].api_key))
			return &r->accounts[i];
	return NULL;
}

const struct tape *
replay_tape(const struct replay *r, struct span inst_id)
{
	for (size_t i = 0; i < r->tapes_n; i++)
		if (span_is(inst_id, r->tapes[i].inst_id))
			return &r->tapes[i];
	return NULL;
}

const struct row *
replay_instrument(const struct replay *r, struct span inst_id)
{
	for (size_t i = 0; i < r->instruments.n; i++)
		if (span_equal(row_member(&r->instruments.rows[i], "instId"), inst_id))
			return &r->instruments.rows[i];
	return NULL;
}

bool
replay_is_live(const struct row *instrument, int64_t now_ms)
{
	int64_t expires_ms = (int64_t)row_number(instrument, "expTime");

	return !span_is(row_member(instrument, "state"), "expired") &&
	       (expires_ms == 0 || expires_ms > now_ms);
}
