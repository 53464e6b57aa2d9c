#include "key_file.h"

#include "diag.h"
#include "durable.h"
#include "filter.h"
#include "hd.h"
#include "hex.h"
#include "limit.h"
#include "secret.h"
#include "seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

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
print_seed(const struct key_file_options *o, const struct key *k, struct buf *out)
{
	static const struct bip32_path master;
	char text[HD_ORIGIN_TEXT_MAX];

	if (!k->secret)
		return;
	if (!hd_origin(k, o->path ? &o->steps : &master, o->network != NETWORK_MAIN, text))
		tool_die(EXIT_USAGE, "path", o->path, "has no key");
	buf_json_member_string(out, "origin", span_of(text));
}

static void
print_key(const struct key_file_options *o, const struct key *k, struct buf *out)
{
	enum address_network network = o->network;
	char hex[2 * SECP_PUBLIC + 1];
	struct tx_name name;

	hex_print(k->public_key, key_public_bytes(k), hex);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("key"));
	buf_json_member_string(out, "name", span_of(k->name));
	buf_json_member_string(out, "kind", span_of(key_kind_name(k->kind)));
	buf_json_member_bool(out, "token", k->in_token);
	buf_json_member_string(out, "public", span_of(hex));
	if (k->kind == KEY_HD) {
		print_seed(o, k, out);
	} else if (k->kind == KEY_ED25519) {
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

bool
key_file_read(const char *path, struct buf *out)
{
	int directory = open_parent(path);
	bool ok = durable_read(directory, slash_base(path), out);

	close(directory);
	return ok;
}

void
key_file_open(const struct key_file_options *o, const struct master *m, struct key_set *out)
{
	struct buf text;
	char what[300];

	buf_init(&text, KEYS_FILE_BYTES);
	if (!key_file_read(o->keys, &text))
		tool_die(EXIT_CONFIG, "keys", o->keys, strerror(errno));
	if (!keys_open(out, buf_span(&text), m)) {
		snprintf(what, sizeof what, "%.200s line %u", o->keys, (unsigned)out->fault_line);
		tool_die(EXIT_CONFIG, "keys", what, out->fault);
	}
	buf_release(&text);
}

static void
save_keys(const struct key_file_options *o, const struct key_set *keys)
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

static int
descriptor(const char *option, const char *value)
{
	return (int)tool_number(option, value, 0, 1023);
}

/* What BIP39 has beside the words; none is the empty one. */
static struct span
read_seed_passphrase(const struct key_file_options *o, char *memory)
{
	struct span text = {memory, 0};

	if (o->seed_passphrase_fd &&
	    !secret_read_fd(descriptor("--seed-passphrase-fd", o->seed_passphrase_fd), memory,
			    LIMIT_SECRET_BYTES, &text))
		tool_die(EXIT_CONFIG, "seed", NULL, strerror(errno));
	return text;
}

static void
take_seed(const struct key_file_options *o, struct span text, unsigned char *out)
{
	char *memory = secret_memory(LIMIT_SECRET_BYTES);
	const char *why = seed_read(text, read_seed_passphrase(o, memory), out);

	secret_free(memory, LIMIT_SECRET_BYTES);
	if (why)
		tool_die(EXIT_USAGE, "secret", NULL, why);
}

/* From the kernel, from a seed's path, or on stdin or a descriptor. */
static void
take_secret(const struct key_file_options *o, const struct key_set *keys, unsigned char *out)
{
	size_t n = key_secret_bytes(o->kind);
	const struct key *seed;
	char *memory;
	struct span text;

	if (o->generate) {
		/* of kind hd a master key and its chain code are as good as what a seed makes */
		if (getrandom(out, n, 0) != (ssize_t)n)
			tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
		return;
	}
	if (o->from) {
		seed = keys_find_name(keys, span_of(o->from));
		if (!seed || seed->kind != KEY_HD || !hd_derive(seed, &o->steps, out))
			tool_die(EXIT_USAGE, "key", o->from,
				 "is no key of kind hd, or has none there");
		return;
	}
	memory = secret_memory(LIMIT_SECRET_BYTES);
	if (!secret_read_fd(o->secret_fd ? descriptor("--secret-fd", o->secret_fd) : 0, memory,
			    LIMIT_SECRET_BYTES, &text))
		tool_die(EXIT_CONFIG, "secret", NULL, strerror(errno));
	if (o->kind == KEY_HD)
		take_seed(o, text, out);
	else if (!hex_parse(text, false, out, n))
		tool_die(EXIT_USAGE, "secret", NULL, "64 lower-case hex digits are needed");
	secret_free(memory, LIMIT_SECRET_BYTES);
}

struct pkcs11 *
key_file_token(const struct key_file_options *o)
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
add_from_token(const struct key_file_options *o, struct key_set *keys)
{
	unsigned char public_key[SECP_PUBLIC_LONG], compressed[SECP_PUBLIC];
	bool ed25519 = o->kind == KEY_ED25519;
	struct pkcs11 *token = key_file_token(o);
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

enum exit_status
key_file_add(const struct key_file_options *o)
{
	static struct key_set keys;
	struct master m;
	unsigned char *secret = (unsigned char *)secret_memory(KEYS_SECRET_MAX);
	const char *why;
	struct buf line;

	master_read(&o->source, true, &m);
	if (access(o->keys, F_OK) == 0)
		key_file_open(o, &m, &keys);
	else if (!keys_create(&keys, &m))
		tool_die(EXIT_TEMP, "keys", NULL, "no memory for scrypt");
	if (o->token_key) {
		why = add_from_token(o, &keys);
	} else {
		take_secret(o, &keys, secret);
		why = keys_add(&keys, o->name, o->kind, secret);
	}
	secret_free((char *)secret, KEYS_SECRET_MAX);
	if (why)
		tool_die(EXIT_USAGE, "key", o->name.ptr, why);
	save_keys(o, &keys);
	buf_init(&line, 4096);
	print_key(o, &keys.list[keys.n - 1], &line);
	if (!write_all(1, buf_span(&line)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_release(&line);
	keys_release(&keys);
	master_wipe(&m);
	return EXIT_YES;
}

enum exit_status
key_file_list(const struct key_file_options *o)
{
	static struct key_set keys;
	struct master m = {0};
	struct buf line;
	bool checked = master_given(&o->source, true);

	if (checked)
		master_read(&o->source, true, &m);
	key_file_open(o, checked ? &m : NULL, &keys);
	buf_init(&line, LIMIT_LINE_BYTES);
	for (size_t i = 0; i < keys.n; i++)
		print_key(o, &keys.list[i], &line);
	if (!write_all(1, buf_span(&line)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_release(&line);
	keys_release(&keys);
	master_wipe(&m);
	return EXIT_YES;
}
