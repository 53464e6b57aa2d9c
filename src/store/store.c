/* store: keep sealed verify records, chained and durable, and find them again (store(1)). */
#include "chain_filter.h"
#include "diag.h"
#include "digest.h"
#include "filter.h"
#include "fsck.h"
#include "json.h"
#include "keep.h"
#include "leak.h"
#include "limit.h"
#include "lookup.h"
#include "schema.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRETS_MAX 64

struct store {
	const char *state;
	const char *get;
	bool find, fsck, trim;
	struct lookup lookup;
	struct keep keep;
	struct buf clean; /* the record without what must not be kept */
	struct buf secrets, error, out;
};

/* ---- storing ---- */

static bool
commit(void *context)
{
	struct store *s = context;

	errno = 0;
	if (keep_commit(&s->keep))
		return true;
	diag(DIAG_ERROR, "commit", diag_errno(errno));
	return false;
}

static struct span
now_text(char room[UTC_TEXT_MAX])
{
	return (struct span){room, utc_print_ms_fixed(utc_now_us() / 1000, room)};
}

/* The record cannot be kept: say so in its place, without repeating any of it, and note that it
 * happened. */
static enum filter_verdict
refuse(struct filter *f, const struct line *in, const char *topic, const struct chain_fault *fault)
{
	struct store *s = f->context;
	char now[UTC_TEXT_MAX];

	buf_clear(&s->out);
	chain_unreadable(in->number, fault, &s->out);
	keep_note(&s->keep, topic, (struct span){0}, now_text(now), buf_span(&s->out));
	return chain_refuse(f, in, fault, &s->out);
}

/* A record that carries an error and was never sealed: nothing to keep but that it was seen. */
static enum filter_verdict
note_unsealed(struct filter *f, const struct chain_record *r)
{
	struct store *s = f->context;
	char now[UTC_TEXT_MAX];

	keep_note(&s->keep, "verify.unsealed", (struct span){0}, now_text(now), r->error);
	filter_emit(f, r->text);
	return FILTER_NO;
}

/*
 * Two nets for secrets that a caller put where they do not belong. Members of secret names outside
 * the sealed parts are dropped; inside them nothing can be dropped, so the record is refused. Then
 * the values of all of them must not stand anywhere in what is left. *text is what may be kept: the
 * record itself when it was clean.
 */
static const char *
remove_secrets(struct store *s, const struct chain_record *r, struct span *text)
{
	const struct span sealed[] = {r->meta, r->normalized, r->raw, r->error, r->evidence};
	struct span values[SECRETS_MAX];
	size_t n;

	buf_clear(&s->secrets);
	n = leak_collect(r->text, &s->secrets, values, SECRETS_MAX);
	if (!buf_ok(&s->secrets) || n == SECRETS_MAX)
		return "more secrets than can be looked for";
	for (size_t i = 0; i < sizeof sealed / sizeof sealed[0]; i++) {
		buf_clear(&s->clean);
		if (sealed[i].ptr && leak_strip(sealed[i], &s->clean) > 0)
			return "a member of a secret's name is sealed in";
	}
	buf_clear(&s->clean);
	*text = leak_strip_around(r->text, sealed, sizeof sealed / sizeof sealed[0], &s->clean)
		    ? buf_span(&s->clean)
		    : r->text;
	if (!buf_ok(&s->clean))
		return "longer than a bundle may be";
	return leak_found(*text, values, n) ? "a secret's value stands in the record" : NULL;
}

/* What was kept, as it goes out: whole, or with an empty raw. */
static void
pass_on(struct filter *f)
{
	struct store *s = f->context;
	struct span text = {s->keep.text.ptr, s->keep.text.len - 1};
	const char *end = text.ptr + text.len;
	struct span raw;

	if (!s->trim || !json_find(text, "raw", &raw) || json_type(raw) != JSON_OBJECT) {
		filter_emit(f, text);
		return;
	}
	buf_clear(&s->clean);
	buf_add(&s->clean, (struct span){text.ptr, (size_t)(raw.ptr - text.ptr)});
	buf_str(&s->clean, "{}");
	buf_add(&s->clean,
		(struct span){raw.ptr + raw.len, (size_t)(end - raw.ptr - (ptrdiff_t)raw.len)});
	filter_emit(f, buf_span(&s->clean));
}

static enum filter_verdict
keep_record(struct filter *f, const struct line *in, const struct chain_record *r,
	    const struct entry *e)
{
	static const char *const whys[] = {
	    [KEEP_FOREIGN] = "evidence.parentRoot is set: the record belongs to another store",
	    [KEEP_TAKEN] = "evidenceId belongs to another root"};
	struct store *s = f->context;
	struct chain_fault fault = {"NOT_KEPT", NULL, 0};
	char now[UTC_TEXT_MAX];
	enum keep_result result = keep_add(&s->keep, r, e, now_text(now));
	/* passing on takes the memory that r may point into */
	bool failed = chain_has_error(r);

	switch (result) {
	case KEEP_STORED:
	case KEEP_KNOWN: pass_on(f); return failed ? FILTER_NO : FILTER_YES;
	case KEEP_FOREIGN:
	case KEEP_TAKEN: fault.why = whys[result]; return refuse(f, in, "verify.refused", &fault);
	case KEEP_FAILED: break;
	}
	diag(DIAG_ERROR, "evidence", diag_str("file", e->path), diag_errno(errno));
	f->status = EXIT_TEMP;
	return FILTER_ABANDON;
}

static enum filter_verdict
store_record(struct filter *f, const struct line *in, bool too_long)
{
	struct store *s = f->context;
	struct chain_fault fault;
	struct chain_record r;
	struct entry e;
	struct span text;
	const char *why;

	if (!chain_take(in, too_long, &r, &fault))
		return refuse(f, in, "verify.rejected", &fault);
	why = remove_secrets(s, &r, &text);
	if (why) {
		fault = (struct chain_fault){"SECRET", why, 0};
		return refuse(f, in, "verify.refused", &fault);
	}
	/* what is kept is the clean copy; when nothing was dropped its sealed members are the very
	 * same bytes */
	if (!chain_parse(buf_span(&s->clean), &r, &fault))
		return refuse(f, in, "verify.rejected", &fault);
	if (!r.evidence.ptr && chain_has_error(&r))
		return note_unsealed(f, &r);
	if (!entry_read(&r, &e, &why)) {
		fault = (struct chain_fault){"NOT_SEALED", why, 0};
		return refuse(f, in, "verify.rejected", &fault);
	}
	return keep_record(f, in, &r, &e);
}

/* ---- looking ---- */

static void
report(void *context, const char *what, struct span name, const char *why)
{
	struct line_writer *out = context;
	struct buf line;

	buf_init(&line, 4096);
	buf_byte(&line, '{');
	buf_json_member_string(&line, "type", SPAN_LIT("fsck"));
	buf_json_member_string(&line, "state", span_of(what));
	buf_json_member_string(&line, "name", name);
	buf_json_member_string(&line, "why", span_of(why));
	buf_byte(&line, '}');
	line_write(out, buf_span(&line));
	buf_release(&line);
}

static enum exit_status
run_fsck(struct store *s, struct line_writer *out)
{
	struct fsck f = {.report = report, .context = out};
	struct buf line;

	keep_open(&s->keep, s->state);
	fsck_run(&s->keep, &f);
	buf_init(&line, 512);
	buf_byte(&line, '{');
	buf_json_member_string(&line, "type", SPAN_LIT("fsck"));
	buf_json_member_string(&line, "state",
			       f.damaged  ? SPAN_LIT("damaged")
			       : f.mended ? SPAN_LIT("mended")
					  : SPAN_LIT("clean"));
	buf_json_member_u64(&line, "bundles", f.rows);
	buf_json_member_u64(&line, "mended", f.mended);
	buf_json_member_u64(&line, "damaged", f.damaged);
	buf_byte(&line, '}');
	line_write(out, buf_span(&line));
	buf_release(&line);
	keep_close(&s->keep);
	return f.damaged ? EXIT_USAGE : f.mended ? EXIT_NO : EXIT_YES;
}

static enum exit_status
run_lookup(struct store *s, struct line_writer *out)
{
	enum exit_status status = EXIT_YES;
	int fd = open(s->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct database db;
	struct archive archive;

	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", s->state, strerror(errno));
	archive_init(&archive, fd);
	schema_open(&db, s->state, DATABASE_READ);
	if (s->find) {
		status = lookup_find(&db, &s->lookup, out) ? EXIT_YES : EXIT_NO;
	} else if (!lookup_get(&db, &archive, s->get, out)) {
		diag(DIAG_WARNING, "missing", diag_str("id", s->get), diag_errno(errno));
		status = EXIT_NO;
	}
	database_close(&db);
	return status;
}

static int
look(struct store *s)
{
	struct line_writer out;
	enum exit_status status;

	if (!line_writer_init(&out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	status = s->fsck ? run_fsck(s, &out) : run_lookup(s, &out);
	status = tool_flush(&out, status);
	line_writer_release(&out);
	return (int)tool_finish(status);
}

/* ---- options ---- */

static const char *
date_of(const char *option, const char *text)
{
	char full[32];
	int64_t us;

	snprintf(full, sizeof full, "%.11sT00:00:00Z", text);
	if (!utc_parse_us(span_of(full), &us))
		tool_usage("a date YYYY-MM-DD is wanted", option);
	return text;
}

static const char *
verdict_of(const char *text)
{
	static const char *const all[] = {"liquidated", "not-liquidated", "unknown", "error"};

	for (size_t i = 0; i < 4; i++)
		if (strcmp(text, all[i]) == 0)
			return text;
	tool_usage("liquidated, not-liquidated, unknown or error", "--verdict");
}

static void
parse_options(struct store *s, struct filter *f, int argc, char **argv)
{
	enum {
		STATE = 256,
		GET,
		FIND,
		FSCK,
		ORDER,
		INSTRUMENT,
		FROM,
		TO,
		VERDICT,
		LIMIT,
		TRIM_RAW,
		METRICS_FILE
	};
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"get", required_argument, NULL, GET},
	    {"find", no_argument, NULL, FIND},
	    {"order", required_argument, NULL, ORDER},
	    {"instrument", required_argument, NULL, INSTRUMENT},
	    {"from", required_argument, NULL, FROM},
	    {"to", required_argument, NULL, TO},
	    {"verdict", required_argument, NULL, VERDICT},
	    {"limit", required_argument, NULL, LIMIT},
	    {"fsck", no_argument, NULL, FSCK},
	    {"trim-raw", no_argument, NULL, TRIM_RAW},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	bool filtered = false;

	s->lookup.limit = 1000;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		filtered |= c >= ORDER && c <= LIMIT;
		switch (c) {
		case STATE: s->state = optarg; break;
		case GET: s->get = optarg; break;
		case FIND: s->find = true; break;
		case FSCK: s->fsck = true; break;
		case ORDER: s->lookup.order = optarg; break;
		case INSTRUMENT: s->lookup.instrument = optarg; break;
		case FROM: s->lookup.from = date_of("--from", optarg); break;
		case TO: s->lookup.to = date_of("--to", optarg); break;
		case VERDICT: s->lookup.verdict = verdict_of(optarg); break;
		case LIMIT: s->lookup.limit = tool_number("--limit", optarg, 1, 1000000); break;
		case TRIM_RAW: s->trim = true; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if ((s->get != NULL) + s->find + s->fsck > 1)
		tool_usage("one at a time", "--get, --find, --fsck");
	if (filtered && !s->find)
		tool_usage("goes with --find",
			   "--order, --instrument, --from, --to, --verdict, --limit");
	if (!s->state)
		s->state = getenv("TRADEPIPE_STATE");
	if (!s->state || !*s->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_STATE");
}

int
main(int argc, char **argv)
{
	static struct store store;
	static struct filter filter = {
	    .step = store_record, .context = &store, .line_max = LIMIT_BUNDLE_BYTES};
	int status;

	tool_start(TOOL_DURABLE | TOOL_SECRETS);
	parse_options(&store, &filter, argc, argv);
	digest_init();
	if (store.find || store.fsck || store.get)
		return look(&store);
	keep_open(&store.keep, store.state);
	buf_init(&store.clean, LIMIT_BUNDLE_BYTES);
	buf_init(&store.secrets, 65536);
	buf_init(&store.error, 4096);
	buf_init(&store.out, 4096);
	filter_init(&filter, NULL);
	filter.out.before_write = commit;
	filter.out.context = &store;
	status = filter_run(&filter);
	keep_close(&store.keep);
	return status;
}
