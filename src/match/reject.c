/* reject.c: the codes of rejects, and what they say. */
#include "market.h"

static const struct {
	const char *code;
	const char *text;
} rejects[] = {
    [REJECT_NONE] = {"", ""},
    [REJECT_TOO_LONG] = {"TOO_LONG", "longer than a record may be"},
    [REJECT_JSON] = {"JSON", "no JSON"},
    [REJECT_NOT_OBJECT] = {"NOT_OBJECT", "JSON, but no object"},
    [REJECT_TWICE] = {"TWICE", "a member stands twice"},
    [REJECT_TYPE] = {"TYPE", "no type, or none that is for match"},
    [REJECT_MISSING] = {"MISSING", "a member is missing"},
    [REJECT_MEMBER] = {"MEMBER", "a member has a value that it cannot have"},
    [REJECT_NAME] = {"NAME",
		     "not 1 to 64 bytes of UTF-8 without quotes, backslashes and control bytes"},
    [REJECT_SYMBOL_NAME] = {"SYMBOL_NAME", "a symbol is BASE-QUOTE"},
    [REJECT_SYMBOL_UNKNOWN] = {"SYMBOL_UNKNOWN", "no symbol record has come for it"},
    [REJECT_SYMBOL_CHANGED] = {"SYMBOL_CHANGED", "tickSz and lotSz of a symbol cannot change"},
    [REJECT_SYMBOLS_FULL] = {"SYMBOLS_FULL", "as many symbols as one process may have"},
    [REJECT_PX] = {"PX",
		   "no positive decimal number, or where none may be, or none where one must be"},
    [REJECT_PX_OFF_TICK] = {"PX_OFF_TICK", "not a multiple of tickSz"},
    [REJECT_PX_LARGE] = {"PX_LARGE", "more than 18 digits"},
    [REJECT_SZ] = {"SZ", "no positive decimal number"},
    [REJECT_SZ_OFF_LOT] = {"SZ_OFF_LOT", "not a multiple of lotSz"},
    [REJECT_SZ_LARGE] = {"SZ_LARGE", "more than 18 digits"},
    [REJECT_DISPLAY] =
	{"DISPLAY", "displaySz is of limit and post_only orders, from a thousandth of sz to sz"},
    [REJECT_TRIGGER] = {"TRIGGER", "triggerPx is no price, or the order does not wait"},
    [REJECT_DUPLICATE_ID] = {"DUPLICATE_ID", "the account has a live order of this id"},
    [REJECT_NOT_FOUND] = {"NOT_FOUND", "no such live order"},
    [REJECT_BAND] = {"BAND", "outside the price band, or maxDeviation is none"},
    [REJECT_AUCTION] =
	{"AUCTION", "while an auction gathers, only limit orders and those that wait are taken"},
    [REJECT_PHASE] = {"PHASE", "no phase that can follow"},
    [REJECT_EXPIRED] = {"EXPIRED", "expireTs has passed"},
    [REJECT_QUOTE] = {"QUOTE", "bids and asks are up to 20 [px,sz] each, and do not cross"},
    [REJECT_RFQ] = {"RFQ", "no list of 1 to 16 accounts, or a price beyond the requester's limit"},
    [REJECT_LIQUIDITY] = {"LIQUIDITY", "amounts or shares that the pool cannot take or give"},
    [REJECT_END_COUNT] = {"END_COUNT", "count is not the number of lines before it"},
};

const char *
reject_code(enum reject r)
{
	return rejects[r].code;
}

const char *
reject_text(enum reject r)
{
	return rejects[r].text;
}
