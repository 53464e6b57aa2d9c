#include "entry.h"

#include "hex.h"
#include "json.h"
#include "utc.h"

#include <stdio.h>

static struct span
member_text(struct span object, const char *name)
{
	struct span value, text;

	if (object.ptr && json_type(object) == JSON_OBJECT && json_find(object, name, &value) &&
	    json_plain(value, &text))
		return text;
	return (struct span){0};
}

static bool
is_hash(struct span text)
{
	unsigned char hash[32];

	return text.ptr && hex_parse_hash(text, hash);
}

bool
entry_is_id(struct span id)
{
	static const char shape[] = "evi_00000000_ffffffffffffffff";

	if (id.len != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		bool digit = c >= '0' && c <= '9';

		/* 0 stands for a digit, f for a hex digit, anything else for itself */
		if (shape[i] == '0'   ? !digit
		    : shape[i] == 'f' ? !digit && !(c >= 'a' && c <= 'f')
				      : c != shape[i])
			return false;
	}
	return true;
}

/* The id must be the one that follows from date and root: it names the file. */
static bool
id_follows(const struct entry *e)
{
	int64_t us;

	return entry_is_id(e->evidence_id) && is_hash(e->root) && e->verified_at.ptr &&
	       utc_parse_us(e->verified_at, &us) &&
	       memcmp(e->evidence_id.ptr + 4, e->verified_at.ptr, 4) == 0 &&
	       memcmp(e->evidence_id.ptr + 8, e->verified_at.ptr + 5, 2) == 0 &&
	       memcmp(e->evidence_id.ptr + 10, e->verified_at.ptr + 8, 2) == 0 &&
	       memcmp(e->evidence_id.ptr + 13, e->root.ptr + 2, 16) == 0;
}

/* A name for a row; longer or stranger ones are the caller's mistake and count as none. */
static bool
is_user_id(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x21 || s.ptr[i] == 0x7f)
			return false;
	return s.len >= 1 && s.len <= 128;
}

static void
read_verdict(const struct chain_record *r, struct entry *out)
{
	struct span position, value, verdict;

	out->liquidated = -1;
	if (!r->normalized.ptr || json_type(r->normalized) != JSON_OBJECT ||
	    !json_find(r->normalized, "position", &position) || json_type(position) != JSON_OBJECT)
		return;
	if (json_find(position, "liquidated", &value) && json_type(value) == JSON_BOOL)
		out->liquidated = json_is_true(value);
	out->reason = member_text(position, "reason");
	if (json_find(position, "verdict", &verdict))
		out->sub = member_text(verdict, "sub");
}

bool
entry_read(const struct chain_record *r, struct entry *out, const char **why)
{
	*out = (struct entry){.evidence_id = member_text(r->evidence, "evidenceId"),
			      .root = member_text(r->evidence, "root"),
			      .bundle_hash = member_text(r->evidence, "bundleHash"),
			      .user_id = member_text(r->client_meta, "userId"),
			      .exchange = member_text(r->meta, "exchange"),
			      .ord_id = member_text(r->meta, "ordId"),
			      .inst_id = member_text(r->meta, "instId"),
			      .verified_at = member_text(r->meta, "verifiedAt"),
			      .error_code = member_text(r->error, "code")};
	read_verdict(r, out);
	if (!out->user_id.ptr || !is_user_id(out->user_id))
		out->user_id = SPAN_LIT("local");
	if (!out->exchange.ptr)
		out->exchange = SPAN_LIT("");
	*why = "the record is not sealed";
	if (!r->evidence.ptr || json_type(r->evidence) != JSON_OBJECT)
		return false;
	*why = "evidence: evidenceId, root, bundleHash and meta.verifiedAt do not fit together";
	if (!id_follows(out) || !is_hash(out->bundle_hash))
		return false;
	*why = "evidence.parentRoot must be null or a root";
	if (!json_find(r->evidence, "parentRoot", &out->parent))
		return false;
	if (!json_is_null(out->parent) &&
	    (!json_plain(out->parent, &out->parent_root) || !is_hash(out->parent_root)))
		return false;
	snprintf(out->path, sizeof out->path, "reports/evidence/%.10s/%.29s.json",
		 out->verified_at.ptr, out->evidence_id.ptr);
	snprintf(out->root_path, sizeof out->root_path, "reports/evidence/%.10s/%.29s.root",
		 out->verified_at.ptr, out->evidence_id.ptr);
	return true;
}

void
entry_set_parent(const struct chain_record *r, const struct entry *e, struct span root,
		 struct buf *out)
{
	size_t before = (size_t)(e->parent.ptr - r->text.ptr), after = before + e->parent.len;

	buf_add(out, (struct span){r->text.ptr, before});
	if (root.ptr)
		buf_json_string(out, root);
	else
		buf_str(out, "null");
	buf_add(out, (struct span){r->text.ptr + after, r->text.len - after});
}

void
entry_audit_payload(const struct entry *e, struct span parent_root, struct buf *out)
{
	static const char *const answers[] = {"null", "false", "true"};

	buf_byte(out, '{');
	buf_json_member_string(out, "evidenceId", e->evidence_id);
	buf_json_member_string(out, "root", e->root);
	buf_json_member_string(out, "bundleHash", e->bundle_hash);
	buf_json_member_string(out, "parentRoot", parent_root);
	buf_json_member_string(out, "instId", e->inst_id);
	buf_json_member_string(out, "ordId", e->ord_id);
	buf_json_member_string(out, "verifiedAt", e->verified_at);
	buf_json_member_raw(out, "liquidated", span_of(answers[e->liquidated + 1]));
	buf_json_member_string(out, "reason", e->reason);
	buf_json_member_string(out, "sub", e->sub);
	buf_json_member_string(out, "error", e->error_code);
	buf_byte(out, '}');
}
