/* sign-key: the only process that holds keys: unsigned transactions in, signatures out, within a
 * policy (sign-key(1)). */
#include "diag.h"
#include "digest.h"
#include "durable.h"
#include "filter.h"
#include "hashes.h"
#include "key_file.h"
#include "limit.h"
#include "sandbox.h"
#include "serve.h"
#include "signing.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum command { ADD, LIST, SIGN };

struct options {
	enum command command;
	struct key_file_options ring;
	const char *policy, *state, *listen, *metrics_file, *module_state;
};

/* ---- signing
 * ------------------------------------------------------------------------------------ */

static void
open_policy(const struct options *o, const uint64_t secret[2], struct policy *out)
{
	static struct buf text;
	char what[300];

	buf_init(&text, POLICY_FILE_BYTES);
	if (!key_file_read(o->policy, &text))
		tool_die(EXIT_CONFIG, "policy", o->policy, strerror(errno));
	if (policy_read(out, buf_span(&text), secret))
		return;
	snprintf(what, sizeof what, "%.200s line %u", o->policy, (unsigned)out->fault_line);
	tool_die(EXIT_CONFIG, "policy", what, out->fault);
}

/* A key in a token stays there: whoever is to sign must have the token. */
static void
check_tokens(const struct key_set *keys, bool token)
{
	for (size_t i = 0; i < keys->n && !token; i++) {
		if (keys->list[i].in_token)
			tool_die(EXIT_CONFIG, "keys", keys->list[i].name,
				 "is in a token: give --module");
	}
}

/* The accounts that the policy speaks of, out of their seeds. */
static void
open_paths(struct slots_of *of)
{
	struct span name;
	char text[KEYS_NAME_MAX + 1];
	const char *why = hd_open(&of->hd, of->policy, of->keys, &name);

	if (!why)
		return;
	snprintf(text, sizeof text, "%.*s", (int)name.len, name.ptr);
	tool_die(EXIT_CONFIG, "key", text, why);
}

static void
close_sandbox(const struct options *o, const struct server *s, bool listening)
{
	struct sandbox_path paths[4] = {{s->directory, 1}};
	int fd = -1;
	size_t n = 1;

	if (o->metrics_file)
		paths[n++] = (struct sandbox_path){s->metrics.directory, 1};
	if (o->module_state) {
		fd = open(o->module_state, O_PATH | O_CLOEXEC);
		if (fd < 0)
			tool_die(EXIT_CONFIG, "open", o->module_state, strerror(errno));
		paths[n++] = (struct sandbox_path){fd, 1};
	}
	if (o->ring.module)
		sandbox_token(paths, n, listening);
	else
		sandbox_socket(paths, n, listening);
	if (fd >= 0)
		close(fd);
}

struct signer {
	struct signing signing; /* first: the operation's context is this */
	size_t signed_total, again_total, failed_total;
};

static void
set_time(void *context, int64_t now_ms)
{
	((struct signer *)context)->signing.now_ms = now_ms;
}

static bool
replay(void *context, struct span line)
{
	return signing_replay(context, line);
}

static uint64_t
good(const void *context)
{
	const struct signing *g = context;

	return g->signed_total + g->again_total;
}

static void
add_metrics(struct signer *s, struct metrics *m)
{
	s->signed_total = metrics_add(m, "dex_sign_total", "counter",
				      "Transactions signed for the first time.", NULL);
	s->again_total = metrics_add(m, "dex_sign_again_total", "counter",
				     "Transactions signed before and asked for again.", NULL);
	s->failed_total = metrics_add(m, "dex_sign_failures_total", "counter",
				      "Signatures that a key or a token did not give.", NULL);
}

static void
measure(void *context, struct metrics *m)
{
	const struct signer *s = context;

	metrics_set(m, s->signed_total, (int64_t)s->signing.signed_total);
	metrics_set(m, s->again_total, (int64_t)s->signing.again_total);
	metrics_set(m, s->failed_total, (int64_t)s->signing.failed_total);
}

static void
signer_init(struct signer *s, struct server *server, const uint64_t secret[2])
{
	static const struct frame_op ops[] = {{"sign", signing_sign}};

	signing_init(&s->signing, secret);
	s->signing.append = server_append;
	s->signing.context = server;
	server->ops = ops;
	server->ops_n = 1;
	server->context = s;
	server->before = set_time;
	server->replay = replay;
	server->good = good;
	server->measure = measure;
}

static int
sign(const struct options *o)
{
	static struct key_set keys;
	static struct policy policy;
	static struct server server;
	static struct signer signer;
	uint64_t secret[2];
	enum exit_status status;
	struct master m;
	int listening = -1;

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
	open_policy(o, secret, &policy);
	master_read(&o->ring.source, true, &m);
	key_file_open(&o->ring, &m, &keys);
	master_wipe(&m);
	check_tokens(&keys, o->ring.module != NULL);
	signer_init(&signer, &server, secret);
	signer.signing.of.policy = &policy;
	signer.signing.of.keys = &keys;
	open_paths(&signer.signing.of);
	signer.signing.of.token = o->ring.module ? key_file_token(&o->ring) : NULL;
	metrics_init(&server.metrics, o->metrics_file);
	add_metrics(&signer, &server.metrics);
	server_open(&server, o->state);
	if (o->listen)
		listening = server_listen(o->listen);
	close_sandbox(o, &server, listening >= 0);
	status = listening >= 0 ? server_accept(&server, listening) : server_run(&server, 0, 1);
	server_close(&server);
	pkcs11_close(signer.signing.of.token);
	hd_release(&signer.signing.of.hd);
	signing_release(&signer.signing);
	policy_release(&policy);
	keys_release(&keys);
	return (int)tool_finish(status);
}

/* ---- options
 * ------------------------------------------------------------------------------------ */

static enum command
command_of(const char *word)
{
	static const char *const words[] = {"add", "list", "sign"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(words[i], word) == 0)
			return (enum command)i;
	}
	tool_usage("add, list or sign", word);
}

static void
check_options(struct options *o)
{
	if (!o->ring.keys)
		tool_usage("is needed", "--keys");
	if (o->command == SIGN && (!o->policy || !o->state))
		tool_usage("are needed", "--policy and --state");
	if (o->command == ADD && !o->ring.name.len)
		tool_usage("is needed", "a name for the key");
	if (o->ring.token_key && (!o->ring.module || o->ring.generate || o->ring.secret_fd ||
				  o->ring.from || o->ring.kind == KEY_HD))
		tool_usage("wants --module, and no secret", "--token-key");
	if (o->ring.from && (!o->ring.path || o->ring.generate || o->ring.secret_fd ||
			     o->ring.kind != KEY_SECP256K1))
		tool_usage("wants --path, no other secret, and kind secp256k1", "--from");
}

enum option_name {
	KEYS = 256,
	POLICY,
	STATE,
	LISTEN,
	METRICS,
	MODULE,
	TOKEN,
	PIN_FD,
	PIN_FILE,
	MODULE_STATE,
	SECRET_FD,
	TOKEN_KEY,
	GENERATE,
	KIND,
	NETWORK,
	MASTER_FILE,
	MASTER_FD,
	PASSPHRASE_FD,
	SEED_PASSPHRASE_FD,
	FROM,
	PATH,
};

static const struct option options[] = {
    {"keys", required_argument, NULL, KEYS},
    {"policy", required_argument, NULL, POLICY},
    {"state", required_argument, NULL, STATE},
    {"listen", required_argument, NULL, LISTEN},
    {"metrics-file", required_argument, NULL, METRICS},
    {"module", required_argument, NULL, MODULE},
    {"token", required_argument, NULL, TOKEN},
    {"pin-fd", required_argument, NULL, PIN_FD},
    {"pin-file", required_argument, NULL, PIN_FILE},
    {"module-state", required_argument, NULL, MODULE_STATE},
    {"secret-fd", required_argument, NULL, SECRET_FD},
    {"token-key", required_argument, NULL, TOKEN_KEY},
    {"generate", no_argument, NULL, GENERATE},
    {"kind", required_argument, NULL, KIND},
    {"network", required_argument, NULL, NETWORK},
    {"master-key-file", required_argument, NULL, MASTER_FILE},
    {"master-key-fd", required_argument, NULL, MASTER_FD},
    {"passphrase-fd", required_argument, NULL, PASSPHRASE_FD},
    {"seed-passphrase-fd", required_argument, NULL, SEED_PASSPHRASE_FD},
    {"from", required_argument, NULL, FROM},
    {"path", required_argument, NULL, PATH},
    {0},
};

static void
take_option(struct options *o, enum option_name name)
{
	switch (name) {
	case KEYS: o->ring.keys = optarg; break;
	case POLICY: o->policy = optarg; break;
	case STATE: o->state = optarg; break;
	case LISTEN: o->listen = optarg; break;
	case METRICS: o->metrics_file = optarg; break;
	case MODULE: o->ring.module = optarg; break;
	case TOKEN: o->ring.token = optarg; break;
	case PIN_FD: o->ring.pin_fd = optarg; break;
	case PIN_FILE: o->ring.pin_file = optarg; break;
	case MODULE_STATE: o->module_state = optarg; break;
	case SECRET_FD: o->ring.secret_fd = optarg; break;
	case TOKEN_KEY: o->ring.token_key = optarg; break;
	case GENERATE: o->ring.generate = true; break;
	case KIND:
		if (!key_kind_of(span_of(optarg), &o->ring.kind))
			tool_usage("is secp256k1, ed25519 or hd", "--kind");
		break;
	case NETWORK:
		if (!address_network_of(span_of(optarg), &o->ring.network))
			tool_usage("is main, test or regtest", "--network");
		break;
	case MASTER_FILE: o->ring.source.file = optarg; break;
	case MASTER_FD: o->ring.source.fd = optarg; break;
	case PASSPHRASE_FD: o->ring.source.passphrase_fd = optarg; break;
	case SEED_PASSPHRASE_FD: o->ring.seed_passphrase_fd = optarg; break;
	case FROM: o->ring.from = optarg; break;
	case PATH:
		o->ring.path = optarg;
		if (!bip32_path_parse(span_of(optarg), &o->ring.steps))
			tool_usage("is like 84h/0h/0h", "--path");
		break;
	}
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	bool worded = argc > 1 && argv[1][0] != '-';

	if (worded) {
		o->command = command_of(argv[1]);
		argc--;
		argv++;
	}
	for (int c; (c = tool_option(argc, argv, options)) != -1;)
		take_option(o, (enum option_name)c);
	if (!worded)
		tool_usage("add, list or sign", "which command?");
	if (o->command == ADD && optind < argc)
		o->ring.name = span_of(argv[optind++]);
	tool_no_operands(argc, argv);
	check_options(o);
}

int
main(int argc, char **argv)
{
	static struct options o = {
	    .ring.source = {.setting = "TRADEPIPE_SIGN_KEY_FILE", .credential = "sign-master-key"}};
	enum exit_status status;

	tool_start(TOOL_DURABLE | TOOL_SECRETS);
	parse_options(&o, argc, argv);
	digest_init();
	hashes_init();
	secp_init();
	if (sodium_init() < 0)
		tool_die(EXIT_TEMP, "start", NULL, "libsodium");
	if (o.command == SIGN)
		return sign(&o);
	status = o.command == ADD ? key_file_add(&o.ring) : key_file_list(&o.ring);
	return (int)tool_finish(status);
}
