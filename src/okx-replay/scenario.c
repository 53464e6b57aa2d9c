#include "scenario.h"

#include "accounts.h"
#include "json.h"
#include "scenario_rows.h"
#include "tapes.h"

/* ---- instruments ---- */

/* An instrument that another scenario has told of in the same words is fine. */
static bool
read_instruments(struct replay *r, struct rowfill *f, struct span array)
{
	struct table more;
	bool ok;

	table_init(&more, ROW_INSTRUMENT);
	ok = scenario_rows(f, array, &more);
	for (size_t i = 0; ok && i < more.n; i++) {
		const struct row *n = &more.rows[i];
		bool known = false;

		for (size_t k = 0; ok && k < r->instruments.n; k++) {
			const struct row *old = &r->instruments.rows[k];

			if (!span_equal(row_member(old, "instId"), row_member(n, "instId")) ||
			    !span_equal(row_member(old, "instType"), row_member(n, "instType")))
				continue;
			known = true;
			if (!span_equal(row_text(old), row_text(n)))
				ok = complaint_say(f->complaint,
						   "[%zu] was told of differently before", i);
		}
		if (ok && !known)
			ok = table_add(&r->instruments, row_text(n), (struct span){"", 0},
				       f->complaint);
	}
	table_release(&more);
	return ok;
}

/* ---- the whole ---- */

static bool
each(struct replay *r, struct rowfill *f, struct span array,
     bool (*read)(struct replay *, struct rowfill *, struct span))
{
	struct json_walk w;
	struct span value;

	if (json_type(array) != JSON_ARRAY)
		return complaint_say(f->complaint, "must be an array");
	w = json_walk(array);
	for (size_t i = 0; json_next_element(&w, &value); i++) {
		size_t mark = complaint_enter(f->complaint, "[%zu]", i);

		if (!read(r, f, value))
			return false;
		complaint_leave(f->complaint, mark);
	}
	return true;
}

static bool
read_fault(struct replay *r, struct rowfill *f, struct span object)
{
	return mischief_add(&r->mischief, object, f->complaint);
}

static bool
read_part(struct replay *r, struct rowfill *f, struct span key, struct span value)
{
	if (span_is(key, "accounts"))
		return each(r, f, value, accounts_read);
	if (span_is(key, "instruments"))
		return read_instruments(r, f, value);
	if (span_is(key, "trades"))
		return tapes_read(r, f, value);
	if (span_is(key, "faults"))
		return each(r, f, value, read_fault);
	return span_starts(key, SPAN_LIT("_")) ||
	       complaint_say(f->complaint, "no such member of a scenario");
}

bool
scenario_read(struct replay *r, struct span json, struct rowfill *f)
{
	size_t offset;
	enum json_error e = json_check(json, &offset);
	struct json_walk w;
	struct span key, value;

	complaint_init(f->complaint);
	if (e != JSON_OK)
		return complaint_say(f->complaint, "%s at byte %zu", json_error_text(e), offset);
	json = json_trim(json);
	if (json_type(json) != JSON_OBJECT)
		return complaint_say(f->complaint, "must be an object");
	w = json_walk(json);
	while (json_next_member(&w, &key, &value)) {
		size_t mark = complaint_enter(f->complaint, "%.*s",
					      (int)(key.len < 64 ? key.len : 64), key.ptr);

		if (!read_part(r, f, key, value))
			return false;
		complaint_leave(f->complaint, mark);
	}
	return true;
}

/* ---- back to text ---- */

static void
print_table(const struct table *t, struct buf *out)
{
	buf_byte(out, '[');
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_add(out, row_text(&t->rows[i]));
	}
	buf_byte(out, ']');
}

static void
print_account(const struct account *a, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, "name", span_of(a->name));
	buf_json_member_string(out, "apiKey", span_of(a->api_key));
	buf_json_member_string(out, "secretKey", span_of(a->secret));
	buf_json_member_string(out, "passphrase", span_of(a->passphrase));
	buf_json_member_bool(out, "simulated", a->simulated);
	buf_json_member_string(out, "perm", span_of(a->perm));
	buf_json_key(out, "ipWhitelist");
	buf_byte(out, '[');
	for (size_t i = 0; i < a->ips_n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_json_string(out, span_of(a->ips[i]));
	}
	buf_byte(out, ']');
	buf_json_member_raw(out, "config", span_of(a->config));
	for (unsigned i = 0; i < ACCOUNT_TABLES; i++) {
		buf_json_key(out, scenario_table_name((enum row_kind)i));
		print_table(&a->tables[i], out);
	}
	buf_byte(out, '}');
}

void
scenario_print(const struct replay *r, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_i64(out, "_now", r->start_ms);
	buf_json_key(out, "accounts");
	buf_byte(out, '[');
	for (size_t i = 0; i < r->accounts_n; i++) {
		if (i)
			buf_byte(out, ',');
		print_account(&r->accounts[i], out);
	}
	buf_byte(out, ']');
	buf_json_key(out, "instruments");
	print_table(&r->instruments, out);
	buf_json_key(out, "trades");
	buf_byte(out, '{');
	for (size_t i = 0; i < r->tapes_n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_json_string(out, span_of(r->tapes[i].inst_id));
		buf_byte(out, ':');
		print_table(&r->tapes[i].trades, out);
	}
	buf_str(out, "}}");
}
