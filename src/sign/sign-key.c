/* sign-key: the only process that holds keys: unsigned transactions in, signatures out, within a
 * policy (sign-key(1)). */
#include "diag.h"
#include "digest.h"
#include "durable.h"
#include "filter.h"
#include "hashes.h"
#include "hex.h"
#include "limit.h"
#include "sandbox.h"
#include "secret.h"
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
	const char *keys, *policy, *state, *listen, *metrics_file;
	const char *module, *token, *pin_fd, *pin_file, *module_state;
	const char *secret_fd, *token_key;
	bool generate;
	enum key_kind kind;
	enum address_network network;
	struct span name;
	struct master_source source;
};

static const char *
slash_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory that a file stands in. */
static int
open_parent(const char *path)
{
	char parent[4096];
	size_t n = (size_t)(slash_base(path) - path);
	int fd;

	if (n >= sizeof parent)
		tool_die(EXIT_CONFIG, "open", path, "too long");
	memcpy(parent, path, n);
	memcpy(parent + n, ".", 2);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "open", path, strerror(errno));
	return fd;
}

/* ---- what is printed
 * --------------------------------------------------------------------------------------- */

static void
print_address(struct buf *out, const char *name, const struct tx_name *of,
	      enum address_family family, enum address_network network)
{
	char text[ADDRESS_TEXT_MAX];

	address_print(of, family, network, text);
	buf_json_member_string(out, name, span_of(text));
}

static void
print_key(const struct key *k, enum address_network network, struct buf *out)
{
	char hex[2 * SECP_PUBLIC + 1];
	struct tx_name name;

	hex_print(k->public_key, key_public_bytes(k), hex);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("key"));
	buf_json_member_string(out, "name", span_of(k->name));
	buf_json_member_string(out, "kind", span_of(key_kind_name(k->kind)));
	buf_json_member_bool(out, "token", k->in_token);
	buf_json_member_string(out, "public", span_of(hex));
	if (k->kind == KEY_ED25519) {
		tx_name_set(&name, (struct span){(const char *)k->public_key, 32});
		print_address(out, "solana", &name, FAMILY_SOLANA, network);
	} else {
		print_address(out, "p2wpkh", &k->wpkh, FAMILY_BTC, network);
		if (!k->in_token)
			print_address(out, "p2tr", &k->taproot, FAMILY_BTC, network);
		print_address(out, "evm", &k->evm, FAMILY_EVM, network);
		print_address(out, "tron", &k->tron, FAMILY_TRON, network);
	}
	buf_str(out, "}\n");
}

/* ---- the key file
 * ------------------------------------------------------------------------------- */

static bool
read_file(const char *path, struct buf *out)
{
	int directory = open_parent(path);
	bool ok = durable_read(directory, slash_base(path), out);

	close(directory);
	return ok;
}

static void
open_keys(const struct options *o, const struct master *m, struct key_set *out)
{
	struct buf text;
	char what[300];

	buf_init(&text, KEYS_FILE_BYTES);
	if (!read_file(o->keys, &text))
		tool_die(EXIT_CONFIG, "keys", o->keys, strerror(errno));
	if (!keys_open(out, buf_span(&text), m)) {
		snprintf(what, sizeof what, "%.200s line %u", o->keys, (unsigned)out->fault_line);
		tool_die(EXIT_CONFIG, "keys", what, out->fault);
	}
	buf_release(&text);
}

static void
save_keys(const struct options *o, const struct key_set *keys)
{
	int directory = open_parent(o->keys);
	struct buf text;

	buf_init(&text, KEYS_FILE_BYTES);
	keys_print(keys, &text);
	if (!buf_ok(&text) || !durable_write(directory, slash_base(o->keys), buf_span(&text), 0600))
		tool_die(EXIT_TEMP, "keys", o->keys, strerror(errno));
	buf_release(&text);
	close(directory);
}

/* 64 hex digits on stdin or a descriptor, or from the kernel. */
static void
take_secret(const struct options *o, unsigned char *out)
{
	int fd = o->secret_fd ? (int)tool_number("--secret-fd", o->secret_fd, 0, 1023) : 0;
	char *memory;
	struct span text;

	if (o->generate) {
		if (getrandom(out, KEYS_SECRET, 0) != KEYS_SECRET)
			tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
		return;
	}
	memory = secret_memory(LIMIT_SECRET_BYTES);
	if (!secret_read_fd(fd, memory, LIMIT_SECRET_BYTES, &text))
		tool_die(EXIT_CONFIG, "secret", NULL, strerror(errno));
	if (!hex_parse(text, false, out, KEYS_SECRET))
		tool_die(EXIT_USAGE, "secret", NULL, "64 lower-case hex digits are needed");
	secret_free(memory, LIMIT_SECRET_BYTES);
}

static struct pkcs11 *
open_token(const struct options *o)
{
	char *memory = secret_memory(LIMIT_SECRET_BYTES);
	int fd = -1;
	struct pkcs11 *token;
	struct span pin;

	if (!o->token || (o->pin_fd != NULL) == (o->pin_file != NULL))
		tool_usage("wants --token and one of --pin-file and --pin-fd", "--module");
	if (o->pin_fd)
		fd = (int)tool_number("--pin-fd", o->pin_fd, 0, 1023);
	else
		fd = open(o->pin_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "pin", o->pin_file, strerror(errno));
	if (!secret_read_fd(fd, memory, LIMIT_SECRET_BYTES, &pin))
		tool_die(EXIT_CONFIG, "pin", o->pin_file, strerror(errno));
	close(fd);
	token = pkcs11_open(o->module, o->token, pin);
	secret_free(memory, LIMIT_SECRET_BYTES);
	return token;
}

static const char *
add_from_token(const struct options *o, struct key_set *keys)
{
	unsigned char public_key[SECP_PUBLIC_LONG], compressed[SECP_PUBLIC];
	bool ed25519 = o->kind == KEY_ED25519;
	struct pkcs11 *token = open_token(o);
	const char *why = pkcs11_public(token, o->token_key, ed25519, public_key);

	pkcs11_close(token);
	if (why)
		return why;
	if (ed25519)
		memcpy(compressed, public_key, 32);
	else if (!secp_public_compress((struct span){(const char *)public_key, sizeof public_key},
				       compressed))
		return "the token's key is not on secp256k1";
	return keys_add_token(keys, o->name, o->kind, span_of(o->token_key), compressed);
}

static enum exit_status
add(const struct options *o)
{
	static struct key_set keys;
	struct master m;
	unsigned char *secret = (unsigned char *)secret_memory(KEYS_SECRET);
	const char *why;
	struct buf line;

	master_read(&o->source, true, &m);
	if (access(o->keys, F_OK) == 0)
		open_keys(o, &m, &keys);
	else if (!keys_create(&keys, &m))
		tool_die(EXIT_TEMP, "keys", NULL, "no memory for scrypt");
	if (o->token_key) {
		why = add_from_token(o, &keys);
	} else {
		take_secret(o, secret);
		why = keys_add(&keys, o->name, o->kind, secret);
	}
	secret_free((char *)secret, KEYS_SECRET);
	if (why)
		tool_die(EXIT_USAGE, "key", o->name.ptr, why);
	save_keys(o, &keys);
	buf_init(&line, 4096);
	print_key(&keys.list[keys.n - 1], o->network, &line);
	if (!write_all(1, buf_span(&line)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_release(&line);
	keys_release(&keys);
	master_wipe(&m);
	return EXIT_YES;
}

static enum exit_status
list(const struct options *o)
{
	static struct key_set keys;
	struct master m = {0};
	struct buf line;
	bool checked = master_given(&o->source, true);

	if (checked)
		master_read(&o->source, true, &m);
	open_keys(o, checked ? &m : NULL, &keys);
	buf_init(&line, LIMIT_LINE_BYTES);
	for (size_t i = 0; i < keys.n; i++)
		print_key(&keys.list[i], o->network, &line);
	if (!write_all(1, buf_span(&line)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_release(&line);
	keys_release(&keys);
	master_wipe(&m);
	return EXIT_YES;
}

/* ---- signing
 * ------------------------------------------------------------------------------------ */

static void
open_policy(const struct options *o, const uint64_t secret[2], struct policy *out)
{
	static struct buf text;
	char what[300];

	buf_init(&text, POLICY_FILE_BYTES);
	if (!read_file(o->policy, &text))
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
	if (o->module)
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
	master_read(&o->source, true, &m);
	open_keys(o, &m, &keys);
	master_wipe(&m);
	check_tokens(&keys, o->module != NULL);
	signer_init(&signer, &server, secret);
	signer.signing.policy = &policy;
	signer.signing.keys = &keys;
	signer.signing.token = o->module ? open_token(o) : NULL;
	metrics_init(&server.metrics, o->metrics_file);
	add_metrics(&signer, &server.metrics);
	server_open(&server, o->state);
	if (o->listen)
		listening = server_listen(o->listen);
	close_sandbox(o, &server, listening >= 0);
	status = listening >= 0 ? server_accept(&server, listening) : server_run(&server, 0, 1);
	server_close(&server);
	pkcs11_close(signer.signing.token);
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
	if (!o->keys)
		tool_usage("is needed", "--keys");
	if (o->command == SIGN && (!o->policy || !o->state))
		tool_usage("are needed", "--policy and --state");
	if (o->command == ADD && !o->name.len)
		tool_usage("is needed", "a name for the key");
	if (o->token_key && (!o->module || o->generate || o->secret_fd))
		tool_usage("wants --module, and no secret", "--token-key");
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	enum {
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
	    {0},
	};
	bool worded = argc > 1 && argv[1][0] != '-';

	if (worded) {
		o->command = command_of(argv[1]);
		argc--;
		argv++;
	}
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case KEYS: o->keys = optarg; break;
		case POLICY: o->policy = optarg; break;
		case STATE: o->state = optarg; break;
		case LISTEN: o->listen = optarg; break;
		case METRICS: o->metrics_file = optarg; break;
		case MODULE: o->module = optarg; break;
		case TOKEN: o->token = optarg; break;
		case PIN_FD: o->pin_fd = optarg; break;
		case PIN_FILE: o->pin_file = optarg; break;
		case MODULE_STATE: o->module_state = optarg; break;
		case SECRET_FD: o->secret_fd = optarg; break;
		case TOKEN_KEY: o->token_key = optarg; break;
		case GENERATE: o->generate = true; break;
		case KIND:
			if (!key_kind_of(span_of(optarg), &o->kind))
				tool_usage("is secp256k1 or ed25519", "--kind");
			break;
		case NETWORK:
			if (!address_network_of(span_of(optarg), &o->network))
				tool_usage("is main, test or regtest", "--network");
			break;
		case MASTER_FILE: o->source.file = optarg; break;
		case MASTER_FD: o->source.fd = optarg; break;
		case PASSPHRASE_FD: o->source.passphrase_fd = optarg; break;
		}
	}
	if (!worded)
		tool_usage("add, list or sign", "which command?");
	if (o->command == ADD && optind < argc)
		o->name = span_of(argv[optind++]);
	tool_no_operands(argc, argv);
	check_options(o);
}

int
main(int argc, char **argv)
{
	static struct options o = {
	    .source = {.setting = "TRADEPIPE_SIGN_KEY_FILE", .credential = "sign-master-key"}};
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
	status = o.command == ADD ? add(&o) : list(&o);
	return (int)tool_finish(status);
}
