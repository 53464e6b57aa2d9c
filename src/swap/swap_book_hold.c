/* swap_book_hold: whole swaps by an operator's hand, or by our own doubt: held, and begun anew. */
#include "swap_book_parts.h"

static struct leg *
leg_of(const struct swap *s, const char *id)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (strcmp(s->legs[i]->id, id) == 0)
			return s->legs[i];
	return NULL;
}

/* Of a payment and its refund one at most may be under way or done. The refund is the one to begin
 * anew, unless an operator names an address for the payment itself. */
static bool
may_reopen(const struct swap *s, const struct leg *l, bool named)
{
	const struct leg *refund = swap_refund_of(s, l);
	const struct leg *payment = l->of ? leg_of(s, l->of) : NULL;

	if (l->status != LEG_FAILED)
		return false;
	if (payment)
		return payment->status == LEG_FAILED;
	return !refund || (named && refund->status == LEG_FAILED);
}

/* An operator retries: what failed has paid nothing, so it may begin anew. What is not signed yet
 * is thrown away where the address is another now. */
static void
reopen(struct swap *s, struct span to, int64_t ts)
{
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];
		struct span address = {0};

		if (to.ptr && l->status != LEG_CONFIRMED && l->status != LEG_REFUNDED &&
		    !leg_alive(l) && book_get_text(to, l->id, &address) && address.ptr) {
			book_replace(&l->to, address);
			book_give_up(l, false);
			if (l->status == LEG_PREPARED)
				book_take_status(l, LEG_SCREENED, ts);
		}
		if (may_reopen(s, l, address.ptr != NULL))
			book_take_status(l, LEG_EXPIRED, ts);
		l->rounds = 0;
	}
}

const char *
book_apply_hold(struct swap_book *b, struct span line, bool held)
{
	struct span id, code, to;
	struct swap *s = book_get_text(line, "swap", &id) && id.ptr ? swap_book_swap(b, id) : NULL;

	if (!s || !book_get_text(line, "code", &code) || !book_get(line, "to", JSON_OBJECT, &to))
		return "a hold of no swap";
	s->held = held;
	book_replace(&s->held_code, held ? code : (struct span){0});
	if (!held)
		reopen(s, to, (int64_t)book_get_number(line, "ts"));
	book_look_whether_over(s);
	b->touched = s;
	return NULL;
}
