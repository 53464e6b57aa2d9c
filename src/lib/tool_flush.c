#include "diag.h"
#include "line.h"
#include "tool.h"

enum exit_status
tool_flush(struct line_writer *out, enum exit_status status)
{
	if (line_flush(out))
		return status;
	diag(DIAG_ERROR, "stdout", diag_errno(out->error));
	return EXIT_TEMP;
}
