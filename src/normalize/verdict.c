#include "verdict_parts.h"

#include "okx_id.h"

/* ---- normalize(1)'s table from top to bottom: the first row that answers ends it ---- */

/* The order itself, and what its own rows say. */
static bool
decide_by_order(struct matter *m)
{
	return m->order && (decide_spot(m) ||		   /* row 12 */
			    decide_liquidation_order(m) || /* row 1 */
			    decide_adl_order(m) ||	   /* row 2 */
			    decide_never_filled(m));	   /* row 3 */
}

/* Row 13, as far as the order and its life go. */
static bool
guard_life(struct matter *m)
{
	return guard_order(m) || guard_not_filled(m) || guard_lives(m);
}

/* Row 13 again: all that closed the position in its life is known, and does not contradict itself.
 */
static bool
guard_events(struct matter *m)
{
	matter_set_window(m);
	if (guard_ledgers(m))
		return true;
	matter_read_events(m);
	m->v->liq_px = m->events.liq_px;
	return guard_sums(m) || guard_agreement(m);
}

/* What became of the position. */
static bool
decide_by_life(struct matter *m)
{
	life_note_adl(m);
	return decide_full(m) ||	 /* row 4 */
	       decide_partial(m) ||	 /* row 5 */
	       decide_unknown_code(m) || /* row 13: no "no" below this may be built on it */
	       decide_adl(m) ||		 /* row 6 */
	       decide_system_close(m) || /* rows 7 and 10 */
	       decide_manual(m) ||	 /* row 8 */
	       decide_open(m);		 /* row 9 */
}

static bool
decide(struct matter *m)
{
	return decide_by_order(m) ||  /* rows 12, 1, 2, 3 */
	       decide_retention(m) || /* row 11 */
	       guard_life(m) ||	      /* row 13 */
	       guard_events(m) ||     /* row 13 */
	       decide_by_life(m);     /* rows 4 to 10 */
}

/* ---- what is said besides ---- */

static void
warn(struct verdict *v, const char *what)
{
	if (v->warnings_n < VERDICT_WARNINGS)
		v->warnings[v->warnings_n++] = what;
}

static void
note_warnings(struct matter *m)
{
	uint64_t id;

	if (m->match.life && !m->match.life->identity_holds)
		warn(m->v, "E_IDENTITY: realizedPnl is not the sum of its parts");
	if (m->order && okx_id_parse(m->ord_id, &id)) {
		int64_t off = okx_id_ms(id) - m->order->created_ms;

		if (off > 2000 || off < -2000)
			warn(m->v,
			     "E_ID_TIME: the order's id and its cTime are more than 2 s apart");
	}
	if ((m->match.life || m->match.open) && m->match.role == OKX_ROLE_CLOSES)
		warn(m->v, "CLOSING_ORDER: the order closed the position; the verdict is about the "
			   "position that it closed");
	if (m->events.foreign)
		warn(m->v, "OTHER_MODE: fills of another margin mode on the same instrument were "
			   "left out");
}

/* ---- all of it ---- */

void
verdict_decide(const struct okx_ledger *l, struct span ord_id, int64_t now_ms, struct verdict *out)
{
	struct matter m = {.ledger = l, .ord_id = ord_id, .now_ms = now_ms, .v = out};

	*out = (struct verdict){.reason = "unknown", .liq_px = {"", 0}};
	matter_open(&m);
	if (!decide(&m)) {
		verdict_testify(out, "positions-history", false,
				"a close that no row of the table covers");
		verdict_unknown(out, 13, "conflict");
	}
	note_warnings(&m);
}
