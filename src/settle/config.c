#include "config.h"

#include "base_units.h"
#include "durable.h"
#include "heap.h"
#include "json.h"
#include "limit.h"
#include "number.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

struct reader {
	struct config *config;
	const char *file;
	uint64_t number;
	struct span line;
};

static _Noreturn void
refuse(const struct reader *r, const char *member, const char *why)
{
	char what[256];

	snprintf(what, sizeof what, "%s:%llu: %s", r->file, (unsigned long long)r->number, member);
	tool_die(EXIT_CONFIG, "settings", what, why);
}

/* ---- members ---- */

static bool
has(const struct reader *r, const char *name, struct span *value)
{
	return json_find(r->line, name, value) && !json_is_null(*value);
}

static const char *
text(const struct reader *r, const char *name, const char *otherwise)
{
	struct span value, plain;

	if (!has(r, name, &value)) {
		if (!otherwise)
			refuse(r, name, "is wanted");
		return otherwise;
	}
	if (!json_plain(value, &plain) || plain.len == 0)
		refuse(r, name, "must be a string without escapes");
	return heap_copy(plain);
}

static uint64_t
number(const struct reader *r, const char *name, uint64_t otherwise, uint64_t max)
{
	struct span value;
	uint64_t n = otherwise;

	if (has(r, name, &value) && !number_u64(value, &n))
		refuse(r, name, "must be an integer");
	if (n > max)
		refuse(r, name, "is too large");
	return n;
}

/* A decimal of the asset's whole units, such as "1.5", in base units; absent: 0. */
static decimal_int
whole(const struct reader *r, const char *name, unsigned decimals)
{
	struct span value, plain;
	struct decimal d;
	decimal_int units;
	bool exact;

	if (!has(r, name, &value))
		return 0;
	if (!json_plain(value, &plain) || decimal_parse(plain, &d) != DECIMAL_OK ||
	    !base_units_of(d, decimals, &units, &exact) || !exact)
		refuse(r, name, "must be an amount with no more than the asset's decimals");
	return units;
}

static decimal_int
units(const struct reader *r, const char *name, decimal_int otherwise)
{
	struct span value, plain;
	decimal_int v = otherwise;

	if (has(r, name, &value) && (!json_plain(value, &plain) || !base_units_parse(plain, &v)))
		refuse(r, name, "must be a string of base units");
	return v;
}

static void
command(const struct reader *r, const char *name, char *out[])
{
	struct span value, element, plain;
	struct json_walk w;
	size_t n = 0;

	if (!has(r, name, &value) || json_type(value) != JSON_ARRAY)
		refuse(r, name, "must be a list: the program and its arguments");
	w = json_walk(value);
	while (json_next_element(&w, &element)) {
		if (n == CONFIG_ARGUMENTS_MAX || !json_plain(element, &plain))
			refuse(r, name, "must be at most 24 strings without escapes");
		out[n++] = heap_copy(plain);
	}
	if (n == 0)
		refuse(r, name, "names no program");
	out[n] = NULL;
}

/* ---- lines ---- */

static const char *
label(const struct reader *r, const char *name, const char *otherwise)
{
	const char *s = text(r, name, otherwise);
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

	if (s[n] || n > CONFIG_NAME_MAX)
		refuse(r, name, "has letters, digits and hyphens only, at most 16");
	return s;
}

static void
take_times(const struct reader *r, struct config_chain *c)
{
	const uint64_t day = 86400000;

	c->poll_us = 1000 * (int64_t)number(r, "pollMs", 5000, day);
	c->stuck_us = 1000 * (int64_t)number(r, "stuckMs", 600000, day);
	c->lag_max_us = 1000 * (int64_t)number(r, "lagMaxMs", 0, day);
	c->timeout_us = 1000 * (int64_t)number(r, "timeoutMs", 60000, day);
	c->balance_us = 1000 * (int64_t)number(r, "balanceMs", 60000, day);
}

static void
take_chain(const struct reader *r)
{
	struct config *config = r->config;
	struct config_chain *c = &config->chains[config->chains_n];

	if (config->chains_n == CONFIG_CHAINS_MAX)
		refuse(r, "chain", "more than 12");
	c->name = label(r, "chain", NULL);
	if (config_chain(config, span_of(c->name)))
		refuse(r, "chain", "stands there twice");
	c->asset = label(r, "asset", NULL);
	c->fee_asset = label(r, "feeAsset", c->asset);
	command(r, "adapter", c->adapter);
	if (has(r, "signer", &(struct span){0}))
		command(r, "signer", c->signer);
	c->decimals = (unsigned)number(r, "decimals", 99, 99);
	if (c->decimals > 30)
		refuse(r, "decimals", "is wanted, and at most 30");
	c->confirmations = number(r, "confirmations", 0, 100000);
	if (c->confirmations == 0)
		refuse(r, "confirmations", "is wanted, and at least 1");
	c->dust = units(r, "dust", 1);
	c->fee_max = units(r, "feeMax", 0);
	if (c->fee_max == 0)
		refuse(r, "feeMax", "is wanted: the most that a payment may cost");
	c->spender = has(r, "spender", &(struct span){0}) ? text(r, "spender", NULL) : NULL;
	c->balance_min = whole(r, "balanceMin", c->decimals);
	c->fee_balance_min = units(r, "feeBalanceMin", 0);
	take_times(r, c);
	config->chains_n++;
}

static void
take_limit(const struct reader *r)
{
	struct config_chain *c = config_chain(r->config, span_of(text(r, "chain", NULL)));

	if (c) {
		c->payment_max = whole(r, "payment", c->decimals);
		c->open_max = whole(r, "open", c->decimals);
	} else {
		refuse(r, "chain", "is not among the chain lines before");
	}
}

static void
take_policy(const struct reader *r)
{
	const char *failure = text(r, "onFailure", "hold");

	if (strcmp(failure, "hold") != 0 && strcmp(failure, "refund") != 0)
		refuse(r, "onFailure", "is hold or refund");
	r->config->on_failure = *failure == 'h' ? FAILURE_HOLD : FAILURE_REFUND;
	r->config->rounds_max = (unsigned)number(r, "rounds", r->config->rounds_max, 20);
	r->config->retry_us = 1000 * (int64_t)number(r, "retryMs", 1000, 3600000);
	r->config->retry_max_us = 1000 * (int64_t)number(r, "retryMaxMs", 60000, 3600000);
}

static void
take_screener(const struct reader *r)
{
	command(r, "command", r->config->screener);
	r->config->screened_us = 1000 * (int64_t)number(r, "againMs", 60000, 86400000);
}

static bool
take_line(const struct reader *r)
{
	const char *type = text(r, "type", NULL);

	if (strcmp(type, "chain") == 0)
		take_chain(r);
	else if (strcmp(type, "signer") == 0)
		command(r, "command", r->config->signer);
	else if (strcmp(type, "screener") == 0)
		take_screener(r);
	else if (strcmp(type, "limit") == 0)
		take_limit(r);
	else if (strcmp(type, "policy") == 0)
		take_policy(r);
	else
		return false;
	return true;
}

static bool
next_line(struct reader *r, struct span *rest)
{
	size_t n = span_find(*rest, SPAN_LIT("\n"));

	if (rest->len == 0)
		return false;
	r->number++;
	r->line = json_trim((struct span){rest->ptr, n});
	n += n < rest->len;
	*rest = (struct span){rest->ptr + n, rest->len - n};
	return true;
}

void
config_read(struct config *c, const char *file, void (*other)(void *context, struct span line),
	    void *context)
{
	struct reader r = {.config = c, .file = file};
	struct buf whole_file;
	struct span rest;

	c->rounds_max = 5;
	c->retry_us = 1000000;
	c->retry_max_us = 60000000;
	buf_init(&whole_file, 64 * LIMIT_LINE_BYTES);
	if (!durable_read(AT_FDCWD, file, &whole_file))
		tool_die(EXIT_CONFIG, "settings", file, strerror(errno));
	rest = buf_span(&whole_file);
	while (next_line(&r, &rest)) {
		enum json_error bad = json_check(r.line, NULL);

		if (bad == JSON_E_EMPTY)
			continue;
		if (bad != JSON_OK || json_type(r.line) != JSON_OBJECT)
			refuse(&r, "line", bad != JSON_OK ? json_error_text(bad) : "is no object");
		if (!take_line(&r))
			other(context, r.line);
	}
	buf_release(&whole_file);
}

struct config_chain *
config_chain(struct config *c, struct span name)
{
	for (size_t i = 0; i < c->chains_n; i++)
		if (span_is(name, c->chains[i].name))
			return &c->chains[i];
	return NULL;
}
