#include "filter.h"

#include "diag.h"
#include "sandbox.h"

#include <errno.h>

void
filter_init(struct filter *f, char *secret_memory)
{
	if (!line_writer_init(&f->out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	if (secret_memory)
		line_reader_init_fixed(&f->in, 0, secret_memory, f->line_max + 1, &f->out);
	else if (!line_reader_init(&f->in, 0, f->line_max, &f->out))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	if (f->ahead.note && !line_ahead_start(&f->ahead, &f->in))
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	metrics_init(&f->metrics, f->metrics_file);
	f->lines_total =
	    metrics_add(&f->metrics, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	f->rejects_total =
	    metrics_add(&f->metrics, "tradepipe_rejects_total", "counter",
			"Input lines that were rejected or whose record carries an error.", NULL);
}

void
filter_sandbox(const struct filter *f)
{
	struct sandbox_path metrics = {.fd = f->metrics.directory, .writable = 1};

	sandbox_files(&metrics, f->metrics_file ? 1 : 0);
}

void
filter_sandbox_network(const struct filter *f, int state)
{
	struct sandbox_path paths[2];
	size_t n = 0;

	if (state >= 0)
		paths[n++] = (struct sandbox_path){state, 1};
	if (f->metrics_file)
		paths[n++] = (struct sandbox_path){f->metrics.directory, 1};
	sandbox_network(paths, n);
}

void
filter_emit(struct filter *f, struct span record)
{
	line_write(&f->out, record);
}

static enum exit_status
write_failed(const struct filter *f)
{
	diag(DIAG_ERROR, "stdout", diag_errno(f->out.error));
	return EXIT_TEMP;
}

static enum exit_status
finish(struct filter *f, bool at_end, enum exit_status status)
{
	switch (f->finish ? f->finish(f, at_end) : FILTER_YES) {
	case FILTER_YES: return status;
	case FILTER_NO: return EXIT_NO;
	case FILTER_ABANDON: break;
	}
	f->out.len = 0;
	return f->status;
}

static enum exit_status
loop(struct filter *f)
{
	enum exit_status status = EXIT_YES;
	struct line line;

	for (;;) {
		enum line_status got = f->ahead.note ? line_ahead_next(&f->ahead, &line, &f->noted)
						     : line_next(&f->in, &line);

		switch (got) {
		case LINE_OK:
		case LINE_TOO_LONG: break;
		case LINE_END:
		case LINE_STOPPED: return finish(f, got == LINE_END, status);
		case LINE_READ_FAILED:
			diag(DIAG_ERROR, "stdin", diag_errno(f->in.error));
			return EXIT_TEMP;
		case LINE_FLUSH_FAILED: return write_failed(f);
		}
		metrics_count(&f->metrics, f->lines_total, 1);
		switch (f->step(f, &line, got == LINE_TOO_LONG)) {
		case FILTER_YES: break;
		case FILTER_NO:
			status = EXIT_NO;
			metrics_count(&f->metrics, f->rejects_total, 1);
			break;
		case FILTER_ABANDON: f->out.len = 0; return f->status;
		}
		if (f->out.error)
			return write_failed(f);
		metrics_write_sometimes(&f->metrics);
	}
}

int
filter_run(struct filter *f)
{
	enum exit_status status = loop(f);

	if (!line_flush(&f->out) && status != EXIT_TEMP)
		status = write_failed(f);
	if (!metrics_write(&f->metrics)) {
		diag(DIAG_WARNING, "metrics", diag_str("file", f->metrics_file), diag_errno(errno));
		if (status == EXIT_YES)
			status = EXIT_TEMP;
	}
	if (f->ahead.note)
		line_ahead_end(&f->ahead);
	line_reader_release(&f->in);
	line_writer_release(&f->out);
	return (int)tool_finish(status);
}
