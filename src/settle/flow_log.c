/* flow_log: the lines of a round go into the log, and to the disk. */
#include "flow.h"
#include "tool.h"

#include <string.h>

void
flow_append(struct flow *f)
{
	if (f->log.len == 0)
		return;
	if (!wal_append(&f->wal, buf_span(&f->log)))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	buf_clear(&f->log);
	f->appended = true;
}

void
flow_commit(struct flow *f)
{
	flow_append(f);
	if (!f->appended)
		return;
	if (!wal_sync(&f->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	f->appended = false;
	f->unmarked = true;
}
