#include "signlog.h"

#include "hex.h"
#include "json.h"
#include "number.h"

static void
print_amount(struct buf *out, const char *name, units_int value)
{
	char text[UNITS_TEXT_MAX];

	buf_json_member_string(out, name, (struct span){text, units_print(value, text)});
}

static void
print_spends(struct buf *out, const struct ledger_entry *e)
{
	char text[UNITS_TEXT_MAX];

	buf_json_key(out, "spends");
	buf_byte(out, '[');
	for (size_t i = 0; i < e->spends_n; i++) {
		size_t n = units_print(e->spends[i].amount, text);

		buf_str(out, i ? ",[" : "[");
		buf_json_hex(out, e->spends[i].id, sizeof e->spends[i].id);
		buf_str(out, ",\"");
		buf_add(out, (struct span){text, n});
		buf_str(out, "\"]");
	}
	buf_byte(out, ']');
}

void
signlog_print(const struct ledger_entry *e, const struct policy *p, struct span to, struct buf *out)
{
	bool pays = e->asset != POLICY_ASSETS_MAX;

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("signed"));
	buf_json_member_i64(out, "at", e->at_ms);
	buf_json_member_string(out, "job", e->job);
	buf_json_member_string(out, "kind", e->kind);
	buf_json_member_string(out, "chain", p->chains[e->chain].name);
	if (pays) {
		const struct policy_asset *a = &p->assets[e->asset];

		buf_json_member_string(out, "asset", a->name);
		buf_json_member_hex(out, "contract", a->contract.bytes, a->contract.len);
		buf_json_member_string(out, "to", to);
		print_amount(out, "amount", e->amount);
		buf_json_member_hex(out, "payment", e->payment, sizeof e->payment);
	}
	print_amount(out, "fee", e->fee);
	buf_json_member_hex(out, "payload", e->payload, sizeof e->payload);
	buf_json_member_bool(out, "outpoints", e->outpoints);
	buf_json_member_i64(out, "dead", e->dead_ms);
	print_spends(out, e);
	buf_str(out, "}\n");
}

static bool
read_spends(struct span array, struct tx_spend *spends, size_t *n)
{
	struct json_walk w = json_walk(array), pair;
	struct span element, id, amount, text;

	for (*n = 0; json_next_element(&w, &element); (*n)++) {
		if (*n == TX_SIGNATURES_MAX || json_type(element) != JSON_ARRAY)
			return false;
		pair = json_walk(element);
		if (!json_next_element(&pair, &id) || !json_next_element(&pair, &amount) ||
		    !json_plain(id, &text) ||
		    !hex_parse(text, false, spends[*n].id, sizeof spends[*n].id) ||
		    !json_plain(amount, &text) || !units_parse(text, &spends[*n].amount))
			return false;
	}
	return true;
}

static bool
read_asset(const struct policy *p, struct span contract, struct ledger_entry *out)
{
	struct tx_name name = {0};

	if (contract.len % 2 || contract.len / 2 > TX_NAME_MAX)
		return false;
	name.len = (unsigned char)(contract.len / 2);
	if (!hex_parse(contract, false, name.bytes, name.len))
		return false;
	out->asset = policy_asset(p, out->chain, &name);
	return true;
}

bool
signlog_read(struct span line, const struct policy *p, struct tx_spend *spends,
	     struct ledger_entry *out)
{
	enum { JOB, KIND, CHAIN, FEE, PAYLOAD, TEXTS, CONTRACT = TEXTS, AMOUNT, PAYMENT };
	enum { AT = PAYMENT + 1, OUTPOINTS, DEAD, SPENDS, N };
	static const char *const names[N] = {"job",	"kind",	     "chain",  "fee",
					     "payload", "contract",  "amount", "payment",
					     "at",	"outpoints", "dead",   "spends"};
	struct span v[N], t[N];

	*out = (struct ledger_entry){.asset = POLICY_ASSETS_MAX, .spends = spends};
	if (!json_pick(line, names, N, v, NULL))
		return false;
	for (int i = 0; i < AT; i++) {
		if (v[i].ptr ? !json_plain(v[i], &t[i]) : i < TEXTS)
			return false;
	}
	if (!v[AT].ptr || !v[DEAD].ptr || !v[SPENDS].ptr || !v[OUTPOINTS].ptr ||
	    json_type(v[SPENDS]) != JSON_ARRAY || !number_i64(v[AT], &out->at_ms) ||
	    !number_i64(v[DEAD], &out->dead_ms) || !units_parse(t[FEE], &out->fee) ||
	    !hex_parse(t[PAYLOAD], false, out->payload, sizeof out->payload) ||
	    !read_spends(v[SPENDS], spends, &out->spends_n))
		return false;
	out->job = t[JOB];
	out->kind = t[KIND];
	out->outpoints = json_is_true(v[OUTPOINTS]);
	out->chain = policy_chain(p, t[CHAIN]);
	if (!v[CONTRACT].ptr)
		return !v[AMOUNT].ptr && !v[PAYMENT].ptr;
	return v[AMOUNT].ptr && v[PAYMENT].ptr && units_parse(t[AMOUNT], &out->amount) &&
	       hex_parse(t[PAYMENT], false, out->payment, sizeof out->payment) &&
	       read_asset(p, t[CONTRACT], out);
}
