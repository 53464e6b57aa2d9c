#include "scenario_rows.h"

#include "check.h"
#include "json.h"

static const char *const table_names[ACCOUNT_TABLES] = {[ROW_ORDER] = "orders",
							[ROW_FILL] = "fills",
							[ROW_BILL] = "bills",
							[ROW_POSITION] = "positions",
							[ROW_CLOSED] = "positionsHistory"};

bool
scenario_table_kind(struct span name, enum row_kind *kind)
{
	for (unsigned i = 0; i < ACCOUNT_TABLES; i++) {
		if (span_is(name, table_names[i])) {
			*kind = (enum row_kind)i;
			return true;
		}
	}
	return false;
}

const char *
scenario_table_name(enum row_kind kind)
{
	CHECK(kind < ACCOUNT_TABLES);
	return table_names[kind];
}

/* ---- rows ---- */

static bool
read_row(struct rowfill *f, struct span object, struct table *out, struct buf *text)
{
	struct span name;

	buf_clear(text);
	if (!rowfill_row(f, out->kind, object, text))
		return false;
	if (!json_find(object, "_name", &name))
		name = (struct span){"", 0};
	else if (!json_plain(name, &name))
		return complaint_say(f->complaint, "_name must be a plain string");
	return table_add(out, buf_span(text), name, f->complaint);
}

bool
scenario_rows(struct rowfill *f, struct span array, struct table *out)
{
	struct json_walk w;
	struct span value;
	struct buf text;
	bool ok = true;

	if (json_type(array) != JSON_ARRAY)
		return complaint_say(f->complaint, "must be an array");
	buf_init(&text, SCENARIO_BYTES_MAX);
	w = json_walk(array);
	for (size_t i = 0; ok && json_next_element(&w, &value); i++) {
		size_t mark = complaint_enter(f->complaint, "[%zu]", i);

		ok = read_row(f, value, out, &text);
		if (ok)
			complaint_leave(f->complaint, mark);
	}
	buf_release(&text);
	return ok && table_sort(out, f->complaint);
}
