/* claim: liquidation claims, from opened to paid (claim(1)). */
#include "alias_request.h"
#include "claims.h"
#include "diag.h"
#include "digest.h"
#include "limit.h"
#include "sandbox.h"
#include "support.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum command { OPEN, APPROVE, REJECT, PAY, LIST };

struct tool {
	enum command command;
	const char *state;
	struct span user, order, override, reason, reference, by, amount;
	char amount_text[DECIMAL_TEXT_MAX], now_text[UTC_TEXT_MAX];
	struct span now;
	int64_t id;
	struct claims_filter filter;
	struct keep keep;
	struct claim claim;
	struct buf out;
};

/* ---- answers
 * ----------------------------------------------------------------------------------- */

static enum exit_status
print(struct tool *t, enum exit_status status)
{
	buf_byte(&t->out, '\n');
	if (write_all(1, buf_span(&t->out)))
		return status;
	diag(DIAG_ERROR, "stdout", diag_errno(errno));
	return EXIT_TEMP;
}

static void
commit_or_die(struct tool *t)
{
	errno = 0;
	if (!keep_commit(&t->keep))
		tool_die(EXIT_TEMP, "commit", t->state, strerror(errno ? errno : EIO));
}

/* The claim as it is now: durable when it is printed. */
static enum exit_status
answer(struct tool *t)
{
	commit_or_die(t);
	claims_print(&t->claim, &t->out);
	return print(t, EXIT_YES);
}

/* Nothing was changed, and this is why. t->claim is the one that it is about, if there is one. */
static enum exit_status
refuse(struct tool *t, const char *code, const char *why)
{
	const struct claim *c = &t->claim;

	commit_or_die(t);
	diag(DIAG_WARNING, "refused", diag_u64("claim", c->id ? c->id : t->id),
	     diag_str("code", code), diag_str("why", why));
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", SPAN_LIT("claim-refused"));
	if (c->id || t->id)
		buf_json_member_i64(&t->out, "id", c->id ? c->id : t->id);
	else
		buf_json_member_raw(&t->out, "id", SPAN_LIT("null"));
	buf_json_member_string(&t->out, "userId", c->id ? c->column[CLAIM_USER] : t->user);
	buf_json_member_string(&t->out, "ordId", c->id ? c->column[CLAIM_ORDER] : t->order);
	buf_json_member_string(&t->out, "status", c->column[CLAIM_STATUS]);
	buf_json_member_string(&t->out, "reason", span_of(code));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_byte(&t->out, '}');
	return print(t, EXIT_NO);
}

static enum exit_status
write_claim(struct tool *t, const char *topic, const char *before)
{
	claims_write(&t->keep, &t->claim, topic, before, t->by, t->now);
	return answer(t);
}

static _Noreturn void
die_damaged(int64_t id)
{
	char what[48];

	snprintf(what, sizeof what, "claims %lld", (long long)id);
	tool_die(EXIT_USAGE, "damaged", what, "the row is not the one that was written");
}

/* ---- transitions
 * ------------------------------------------------------------------------------- */

static enum exit_status
open_claim(struct tool *t)
{
	enum claims_result found = claims_read_standing(&t->keep, t->user, t->order, &t->claim);

	if (found == CLAIMS_DAMAGED)
		die_damaged(t->claim.id);
	if (found == CLAIMS_FOUND && t->claim.state == CLAIM_PAID)
		return refuse(t, "PAID_ALREADY", "this user's order has been paid for");
	if (found == CLAIMS_FOUND)
		return refuse(t, "OPEN_ALREADY", "this user's order has an open claim");
	t->claim = (struct claim){.state = CLAIM_PENDING,
				  .column = {[CLAIM_USER] = t->user,
					     [CLAIM_ORDER] = t->order,
					     [CLAIM_AMOUNT] = t->amount,
					     [CLAIM_CREATED] = t->now}};
	return write_claim(t, "claim.open", NULL);
}

static enum exit_status
approve(struct tool *t, const char *before)
{
	struct support support;
	struct span *column = t->claim.column;

	if (t->amount.ptr)
		column[CLAIM_AMOUNT] = t->amount;
	if (!column[CLAIM_AMOUNT].ptr)
		return refuse(t, "NO_AMOUNT", "the claim has no amount: give --amount");
	if (t->override.ptr) {
		column[CLAIM_OVERRIDE] = t->override;
	} else {
		if (!support_find(&t->keep, column[CLAIM_USER], column[CLAIM_ORDER], &support))
			return refuse(t, support.code, support.why);
		column[CLAIM_EVIDENCE] = span_of(support.evidence_id);
	}
	column[CLAIM_DECIDED] = t->now;
	t->claim.state = CLAIM_APPROVED;
	return write_claim(t, "claim.approve", before);
}

static enum exit_status
reject(struct tool *t, const char *before)
{
	t->claim.column[CLAIM_DECIDED] = t->now;
	t->claim.column[CLAIM_REJECT_REASON] = t->reason;
	t->claim.state = CLAIM_REJECTED;
	return write_claim(t, "claim.reject", before);
}

static enum exit_status
pay(struct tool *t, const char *before)
{
	struct claim other;
	enum claims_result found = claims_read_reference(&t->keep, t->reference, &other);

	if (found == CLAIMS_DAMAGED)
		die_damaged(other.id);
	if (found == CLAIMS_FOUND)
		return refuse(t, "REFERENCE_TAKEN", "another claim was paid by that reference");
	t->claim.column[CLAIM_REFERENCE] = t->reference;
	t->claim.column[CLAIM_PAID_AT] = t->now;
	t->claim.state = CLAIM_PAID;
	return write_claim(t, "claim.pay", before);
}

static enum exit_status
change(struct tool *t)
{
	static const enum claim_state aims[] = {
	    [APPROVE] = CLAIM_APPROVED, [REJECT] = CLAIM_REJECTED, [PAY] = CLAIM_PAID};
	enum claims_result found = claims_read(&t->keep, t->id, &t->claim);
	const char *before;

	if (found == CLAIMS_DAMAGED)
		die_damaged(t->id);
	if (found == CLAIMS_NONE)
		return refuse(t, "NO_SUCH_CLAIM", "there is no claim of that number");
	before = claim_state_name(t->claim.state);
	/* paid by the same reference: the answer that was lost on its way */
	if (t->command == PAY && t->claim.state == CLAIM_PAID &&
	    span_equal(t->claim.column[CLAIM_REFERENCE], t->reference))
		return answer(t);
	if (!claim_may_become(t->claim.state, aims[t->command]))
		return refuse(t, "ILLEGAL_TRANSITION", "the claim's status does not allow it");
	if (t->command == APPROVE)
		return approve(t, before);
	return t->command == REJECT ? reject(t, before) : pay(t, before);
}

/* ---- list
 * -------------------------------------------------------------------------------------- */

static enum exit_status
list(struct tool *t)
{
	struct line_writer out;
	enum claims_result result;
	enum exit_status status;
	int64_t id = 0;

	if (!line_writer_init(&out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	database_exec(&t->keep.db, "BEGIN");
	result = claims_list(&t->keep, &t->filter, &out, &id);
	database_exec(&t->keep.db, "COMMIT");
	if (result == CLAIMS_DAMAGED)
		die_damaged(id);
	status = result == CLAIMS_FOUND ? EXIT_YES : EXIT_NO;
	status = tool_flush(&out, status);
	line_writer_release(&out);
	return status;
}

/* ---- options
 * ----------------------------------------------------------------------------------- */

static enum command
command_of(const char *word)
{
	static const char *const words[] = {"open", "approve", "reject", "pay", "list"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum command)i;
	tool_usage("open, approve, reject, pay or list", word);
}

static struct span
remark_of(const char *option, const char *text)
{
	if (!claim_is_remark(span_of(text)))
		tool_usage("1 to 200 characters without control characters", option);
	return span_of(text);
}

static struct span
amount_of(struct tool *t, const char *text)
{
	const char *why = claim_amount(span_of(text), t->amount_text);

	if (why)
		tool_usage(why, "--amount");
	return span_of(t->amount_text);
}

static const char *
status_of(const char *text)
{
	enum claim_state unused;

	if (!claim_state_read(span_of(text), &unused))
		tool_usage("pending, approved, rejected or paid", "--status");
	return text;
}

static struct span
checked(bool good, const char *why, const char *option, const char *text)
{
	if (!good)
		tool_usage(why, option);
	return span_of(text);
}

static void
want(bool good, const char *option, const char *why)
{
	if (!good)
		tool_usage(why, option);
}

static void
check_options(struct tool *t)
{
	bool ids = t->order.ptr != NULL, listing = t->command == LIST;

	want(listing || t->command != OPEN || ids, "--order", "which order?");
	want(!ids || listing || t->command == OPEN, "--order", "goes with open and list");
	want(!t->user.ptr || listing || t->command == OPEN, "--user", "goes with open and list");
	want(!t->amount.ptr || t->command == OPEN || t->command == APPROVE, "--amount",
	     "goes with open and approve");
	want(!t->override.ptr || t->command == APPROVE, "--override", "goes with approve");
	want((t->reason.ptr != NULL) == (t->command == REJECT), "--reason",
	     "reject has one, and no other command");
	want((t->reference.ptr != NULL) == (t->command == PAY), "--reference",
	     "pay has one, and no other command");
	want(!t->by.ptr || !listing, "--by", "goes with changes");
	want(listing || (!t->filter.status && !t->filter.limit), "--status, --limit",
	     "go with list");
	if (!t->state)
		t->state = getenv("TRADEPIPE_STATE");
	if (!t->state || !*t->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_STATE");
	/* a mistyped directory has no claims, and must not be made */
	if (t->command != OPEN && access(t->state, F_OK) != 0)
		tool_die(EXIT_CONFIG, "state", t->state, strerror(errno));
	if (!t->filter.limit)
		t->filter.limit = 1000;
	if (!t->user.ptr)
		t->user = SPAN_LIT("local");
}

static void
take_claim(struct tool *t, int argc, char **argv)
{
	if (t->command != OPEN && t->command != LIST) {
		want(optind < argc, argv[0], "which claim?");
		t->id = (int64_t)tool_number("CLAIM", argv[optind++], 1, INT64_MAX);
	}
	tool_no_operands(argc, argv);
}

static void
parse_options(struct tool *t, int argc, char **argv)
{
	enum { STATE = 256, ORDER, USER, AMOUNT, OVERRIDE, REASON, REFERENCE, BY, STATUS, LIMIT };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"order", required_argument, NULL, ORDER},
	    {"user", required_argument, NULL, USER},
	    {"amount", required_argument, NULL, AMOUNT},
	    {"override", required_argument, NULL, OVERRIDE},
	    {"reason", required_argument, NULL, REASON},
	    {"reference", required_argument, NULL, REFERENCE},
	    {"by", required_argument, NULL, BY},
	    {"status", required_argument, NULL, STATUS},
	    {"limit", required_argument, NULL, LIMIT},
	    {0},
	};
	bool worded = argc > 1 && argv[1][0] != '-';

	if (worded) {
		t->command = command_of(argv[1]);
		argc--;
		argv++;
	}
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: t->state = optarg; break;
		case ORDER:
			t->order = checked(claim_is_order(span_of(optarg)), "1 to 20 digits",
					   "--order", optarg);
			t->filter.order = optarg;
			break;
		case USER:
			t->user = checked(alias_is_user(span_of(optarg)), "a name without spaces",
					  "--user", optarg);
			t->filter.user = optarg;
			break;
		case AMOUNT: t->amount = amount_of(t, optarg); break;
		case OVERRIDE: t->override = remark_of("--override", optarg); break;
		case REASON: t->reason = remark_of("--reason", optarg); break;
		case REFERENCE: t->reference = remark_of("--reference", optarg); break;
		case BY: t->by = remark_of("--by", optarg); break;
		case STATUS: t->filter.status = status_of(optarg); break;
		case LIMIT: t->filter.limit = tool_number("--limit", optarg, 1, 1000000); break;
		}
	}
	want(worded, "which command?", "open, approve, reject, pay or list");
	take_claim(t, argc, argv);
	check_options(t);
}

int
main(int argc, char **argv)
{
	static struct tool tool;
	struct sandbox_path state;
	enum exit_status status;

	tool_start(TOOL_DURABLE);
	parse_options(&tool, argc, argv);
	digest_init();
	tool.now =
	    (struct span){tool.now_text, utc_print_ms_fixed(utc_now_us() / 1000, tool.now_text)};
	buf_init(&tool.out, 16384);
	keep_open(&tool.keep, tool.state);
	state = (struct sandbox_path){tool.keep.archive.state, 1};
	sandbox_state(&state, 1);
	if (tool.command == LIST) {
		status = list(&tool);
	} else {
		keep_begin(&tool.keep);
		status = tool.command == OPEN ? open_claim(&tool) : change(&tool);
	}
	keep_close(&tool.keep);
	buf_release(&tool.out);
	return (int)tool_finish(status);
}
