/* settle: pay what was traded, on the chains. */
#include "settle_parts.h"

#include "tool.h"

#include <stdlib.h>

/* Replayed in a tenth of a second; and a snapshot of what is open is written in less. */
#define SNAPSHOT_EVERY 20000

/* ---- options ---- */

static void
choose(struct settle *t, enum action a, const char *swap)
{
	if (t->action != RUN)
		tool_usage("one at a time", "--list, --show, --receipts, --retry, --hold");
	t->action = a;
	t->swap = swap;
}

static void
check_options(const struct settle *t)
{
	if (!t->state_name)
		tool_usage("is wanted", "--state");
	if (t->action == RUN && !t->config)
		tool_usage("is wanted", "--config");
	if (t->to && (t->action != RETRY || !strchr(t->to, '=')))
		tool_usage("is LEG=ADDRESS, and goes with --retry", "--to");
}

static void
parse_options(struct settle *t, int argc, char **argv)
{
	enum {
		CONFIG = 256,
		STATE,
		RESUME_AFTER,
		SNAPSHOT,
		METRICS_FILE,
		OPT_LIST,
		ALL,
		OPT_SHOW,
		OPT_RECEIPTS,
		OPT_RETRY,
		TO,
		OPT_HOLD
	};
	static const struct option options[] = {
	    {"config", required_argument, NULL, CONFIG},
	    {"state", required_argument, NULL, STATE},
	    {"resume-after", required_argument, NULL, RESUME_AFTER},
	    {"snapshot-every", required_argument, NULL, SNAPSHOT},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {"list", no_argument, NULL, OPT_LIST},
	    {"all", no_argument, NULL, ALL},
	    {"show", required_argument, NULL, OPT_SHOW},
	    {"receipts", no_argument, NULL, OPT_RECEIPTS},
	    {"retry", required_argument, NULL, OPT_RETRY},
	    {"to", required_argument, NULL, TO},
	    {"hold", required_argument, NULL, OPT_HOLD},
	    {0},
	};

	t->state_name = getenv("TRADEPIPE_SETTLE");
	t->state.every = SNAPSHOT_EVERY;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case CONFIG: t->config = optarg; break;
		case STATE: t->state_name = optarg; break;
		case RESUME_AFTER:
			t->resume = true;
			t->flow.resume_after = tool_number("--resume-after", optarg, 0, INT64_MAX);
			break;
		case SNAPSHOT:
			t->state.every = tool_number("--snapshot-every", optarg, 1, WAL_SEQ_MAX);
			break;
		case METRICS_FILE: t->metrics_file = optarg; break;
		case OPT_LIST: choose(t, LIST, NULL); break;
		case ALL: t->all = true; break;
		case OPT_SHOW: choose(t, SHOW, optarg); break;
		case OPT_RECEIPTS: choose(t, RECEIPTS, NULL); break;
		case OPT_RETRY: choose(t, RETRY, optarg); break;
		case TO: t->to = optarg; break;
		case OPT_HOLD: choose(t, HOLD, optarg); break;
		}
	}
	tool_no_operands(argc, argv);
	check_options(t);
}

int
main(int argc, char **argv)
{
	static struct settle settle;

	tool_start(TOOL_DURABLE);
	parse_options(&settle, argc, argv);
	if (settle.action != RUN) {
		settle_open_state(&settle);
		settle_init_book(&settle);
		return settle.action == RETRY || settle.action == HOLD
			   ? settle_leave_command(&settle)
			   : settle_print_book(&settle);
	}
	settle_start(&settle);
	settle_run(&settle);
	return settle_finish(&settle);
}
