#include "keys.h"

#include "check.h"
#include "hashes.h"
#include "hex.h"
#include "json.h"
#include "keccak.h"
#include "number.h"
#include "secret.h"
#include "tool.h"

#include <errno.h>
#include <sodium.h>
#include <sys/random.h>

static const char *const kinds[KEY_KINDS] = {"secp256k1", "ed25519", "hd"};

size_t
key_public_bytes(const struct key *k)
{
	return k->kind == KEY_ED25519 ? 32 : SECP_PUBLIC;
}

const char *
key_kind_name(enum key_kind kind)
{
	return kinds[kind];
}

bool
key_kind_of(struct span name, enum key_kind *out)
{
	for (int i = 0; i < KEY_KINDS; i++) {
		if (span_is(name, kinds[i])) {
			*out = (enum key_kind)i;
			return true;
		}
	}
	return false;
}

size_t
key_secret_bytes(enum key_kind kind)
{
	return kind == KEY_HD ? KEYS_SECRET_MAX : KEYS_SECRET;
}

static void
random_bytes(void *out, size_t n)
{
	if (getrandom(out, n, 0) != (ssize_t)n)
		tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
}

static struct span
bytes_span(const unsigned char *bytes, size_t n)
{
	return (struct span){(const char *)bytes, n};
}

/* ---- the set
 * ------------------------------------------------------------------------------------ */

#define SECRETS_BYTES (KEYS_MAX * sizeof(struct key_secret) + CIPHER_KEY_BYTES)

static void
begin(struct key_set *s)
{
	memset(s, 0, sizeof *s);
	s->secrets = (struct key_secret *)(void *)secret_memory(SECRETS_BYTES);
	s->kek = (unsigned char *)(s->secrets + KEYS_MAX);
}

void
keys_release(struct key_set *s)
{
	if (s->secrets)
		secret_free((char *)s->secrets, SECRETS_BYTES);
	memset(s, 0, sizeof *s);
}

static bool
derive(struct key_set *s, const struct master *m, unsigned char check[CIPHER_KEY_BYTES])
{
	if (!cipher_kek(m->secret, &s->kdf, bytes_span(s->id, sizeof s->id), s->kek))
		return false;
	cipher_subkey(s->kek, CIPHER_CHECK, check);
	return true;
}

bool
keys_create(struct key_set *s, const struct master *m)
{
	begin(s);
	random_bytes(s->id, sizeof s->id);
	s->kdf = (struct cipher_kdf){.scrypt = m->passphrase};
	if (m->passphrase) {
		s->kdf.log_n = CIPHER_SCRYPT_LOG_N;
		s->kdf.r = CIPHER_SCRYPT_R;
		s->kdf.p = CIPHER_SCRYPT_P;
		random_bytes(s->kdf.salt, sizeof s->kdf.salt);
	}
	return derive(s, m, s->check);
}

/* ---- one key
 * ------------------------------------------------------------------------------------ */

static void
additional(const struct key_set *s, const struct key *k, struct buf *out)
{
	const struct span parts[] = {SPAN_LIT("keys/v1"), bytes_span(s->id, sizeof s->id),
				     span_of(k->name), span_of(kinds[k->kind]),
				     bytes_span(k->public_key, key_public_bytes(k))};

	cipher_list(parts, sizeof parts / sizeof parts[0], out);
}

static size_t
box_bytes(const struct key *k)
{
	return key_secret_bytes(k->kind) + CIPHER_EXTRA_BYTES;
}

static bool
box(const struct key_set *s, struct key *k, const unsigned char *secret, bool close)
{
	unsigned char key[CIPHER_KEY_BYTES], nonce[CIPHER_NONCE_BYTES];
	struct buf data;
	bool ok;

	buf_init(&data, 1024);
	additional(s, k, &data);
	cipher_subkey(s->kek, CIPHER_ENCRYPT, key);
	if (close) {
		random_bytes(nonce, sizeof nonce);
		ok = cipher_box(key, nonce, buf_span(&data),
				bytes_span(secret, key_secret_bytes(k->kind)), k->box);
	} else {
		ok = cipher_unbox(key, buf_span(&data), bytes_span(k->box, box_bytes(k)),
				  k->secret->bytes);
	}
	secret_wipe(key, sizeof key);
	buf_release(&data);
	return ok;
}

/* The public key of a secret, and what else is made from it. */
static bool
expand(enum key_kind kind, struct key_secret *secret, unsigned char public_key[SECP_PUBLIC])
{
	unsigned char internal[32], tweak[32];
	struct sha2 hash;

	if (kind == KEY_ED25519)
		return crypto_sign_seed_keypair(public_key, secret->expanded, secret->bytes) == 0;
	if (!secp_public_of(secret->bytes, public_key))
		return false;
	if (kind == KEY_HD)
		return true;
	if (!secp_pair_make(secret->bytes, &secret->taproot))
		return false;
	secp_pair_xonly(&secret->taproot, internal);
	tagged_begin(&hash, "TapTweak");
	sha2_add(&hash, bytes_span(internal, 32));
	sha2_end(&hash, tweak);
	return secp_pair_add(&secret->taproot, tweak);
}

/* What transactions call this key. */
static bool
name_key(struct key *k)
{
	unsigned char script[34], full[SECP_PUBLIC_LONG], hash[32];
	struct sha2 tweak;
	int parity;

	if (k->kind == KEY_ED25519)
		return true;
	if (k->kind == KEY_HD)
		return secp_public_ok(bytes_span(k->public_key, SECP_PUBLIC));
	if (!secp_public_expand(bytes_span(k->public_key, SECP_PUBLIC), full))
		return false;
	script[0] = 0x00;
	script[1] = 0x14;
	hash160(bytes_span(k->public_key, SECP_PUBLIC), script + 2);
	tx_name_set(&k->wpkh, bytes_span(script, 22));
	keccak256(bytes_span(full + 1, 64), hash);
	tx_name_set(&k->evm, bytes_span(hash + 12, 20));
	address_print(&k->evm, FAMILY_EVM, NETWORK_MAIN, k->evm_text);
	hash[11] = 0x41;
	tx_name_set(&k->tron, bytes_span(hash + 11, 21));
	tagged_begin(&tweak, "TapTweak");
	sha2_add(&tweak, bytes_span(k->public_key + 1, 32));
	sha2_end(&tweak, hash);
	if (!secp_xonly_add(k->public_key + 1, hash, k->xonly, &parity))
		return false;
	script[0] = 0x51;
	script[1] = 0x20;
	memcpy(script + 2, k->xonly, 32);
	return tx_name_set(&k->taproot, bytes_span(script, 34));
}

static bool
is_name(struct span name)
{
	if (name.len == 0 || name.len > KEYS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			    name.ptr[i]) ||
		    name.ptr[i] == '\0')
			return false;
	}
	return true;
}

static const char *
new_key(struct key_set *s, struct span name, enum key_kind kind, struct key **out)
{
	struct key *k = &s->list[s->n];

	if (!is_name(name))
		return "a name has 1 to 64 letters, digits, dots, dashes and underscores";
	if (s->n == KEYS_MAX)
		return "the file holds 256 keys already";
	*k = (struct key){.kind = kind};
	memcpy(k->name, name.ptr, name.len);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->list[i].name, k->name) == 0)
			return "there is a key of this name already";
	}
	*out = k;
	return NULL;
}

static const char *
finish_key(struct key_set *s, struct key *k)
{
	if (!name_key(k))
		return "no public key";
	if (keys_find_public(s, bytes_span(k->public_key, key_public_bytes(k))))
		return "this key is there already, under another name";
	s->n++;
	return NULL;
}

const char *
keys_add(struct key_set *s, struct span name, enum key_kind kind, const unsigned char *secret)
{
	struct key *k;
	const char *why = new_key(s, name, kind, &k);

	if (why)
		return why;
	k->secret = &s->secrets[s->n];
	memcpy(k->secret->bytes, secret, key_secret_bytes(kind));
	if (!expand(kind, k->secret, k->public_key))
		return "no secret key of its kind";
	CHECK(box(s, k, secret, true));
	return finish_key(s, k);
}

const char *
keys_add_token(struct key_set *s, struct span name, enum key_kind kind, struct span label,
	       const unsigned char *public_key)
{
	struct key *k;
	const char *why = new_key(s, name, kind, &k);

	if (why)
		return why;
	if (label.len == 0 || label.len > KEYS_LABEL_MAX || memchr(label.ptr, 0, label.len))
		return "a label has 1 to 64 bytes";
	k->in_token = true;
	memcpy(k->label, label.ptr, label.len);
	memcpy(k->public_key, public_key, key_public_bytes(k));
	return finish_key(s, k);
}

/* ---- the file
 * ----------------------------------------------------------------------------------- */

static const char *
read_header(struct key_set *s, struct span line, const struct master *m)
{
	enum { TYPE, VERSION, ID, KDF, LOG_N, SALT, SEAL, N };
	static const char *const names[N] = {"type", "version", "id",	"kdf",
					     "logN", "salt",	"check"};
	unsigned char check[CIPHER_KEY_BYTES];
	struct span v[N], t[N];

	if (!json_pick(line, names, N, v, NULL))
		return "a member stands twice";
	for (int i = 0; i < N; i++) {
		if (i != VERSION && i != LOG_N && (!v[i].ptr || !json_plain(v[i], &t[i])))
			return "no header of a key file";
	}
	if (!span_is(t[TYPE], "keys") || !v[VERSION].ptr || !span_is(v[VERSION], "1") ||
	    !v[LOG_N].ptr || !hex_parse(t[ID], false, s->id, sizeof s->id) ||
	    !hex_parse(t[SEAL], false, s->check, sizeof s->check) ||
	    !number_u64(v[LOG_N], &s->kdf.log_n))
		return "no header of a key file of version 1";
	s->kdf.scrypt = span_is(t[KDF], "scrypt");
	s->kdf.r = CIPHER_SCRYPT_R;
	s->kdf.p = CIPHER_SCRYPT_P;
	if (!s->kdf.scrypt && !span_is(t[KDF], "key"))
		return "no header of a key file of version 1";
	if (s->kdf.scrypt && !hex_parse(t[SALT], false, s->kdf.salt, sizeof s->kdf.salt))
		return "no salt";
	if (!m)
		return NULL;
	if (m->passphrase != s->kdf.scrypt)
		return s->kdf.scrypt ? "sealed with a passphrase" : "sealed with a key";
	if (!derive(s, m, check) || !secret_equal(check, s->check, sizeof check))
		return "the master secret does not fit";
	return NULL;
}

static const char *
unseal(struct key_set *s, struct key *k)
{
	unsigned char public_key[SECP_PUBLIC];

	k->secret = &s->secrets[s->n];
	if (!box(s, k, NULL, false))
		return "a box that does not open: changed, or of another line";
	if (!expand(k->kind, k->secret, public_key) ||
	    memcmp(public_key, k->public_key, key_public_bytes(k)) != 0)
		return "a secret key that is not its public key's";
	return NULL;
}

static const char *
read_key(struct key_set *s, struct span line, bool open)
{
	enum { TYPE, NAME, KIND, PUBLIC, BOX, LABEL, N };
	static const char *const names[N] = {"type", "name", "kind", "public", "box", "label"};
	struct span v[N], t[N] = {{0}};
	enum key_kind kind;
	struct key *k;
	const char *why;

	if (!json_pick(line, names, N, v, NULL))
		return "a member stands twice";
	for (int i = 0; i < N; i++) {
		if (v[i].ptr && !json_plain(v[i], &t[i]))
			return "a member that is no text";
	}
	if (!span_is(t[TYPE], "key") || !t[NAME].ptr || !key_kind_of(t[KIND], &kind) ||
	    (t[BOX].ptr != NULL) == (t[LABEL].ptr != NULL))
		return "no key";
	why = new_key(s, t[NAME], kind, &k);
	if (why)
		return why;
	if (!hex_parse(t[PUBLIC], false, k->public_key, key_public_bytes(k)))
		return "no public key";
	k->in_token = t[LABEL].ptr != NULL;
	if (k->in_token) {
		if (t[LABEL].len == 0 || t[LABEL].len > KEYS_LABEL_MAX)
			return "a label has 1 to 64 bytes";
		memcpy(k->label, t[LABEL].ptr, t[LABEL].len);
	} else {
		if (!hex_parse(t[BOX], false, k->box, box_bytes(k)))
			return "no box";
		why = open ? unseal(s, k) : NULL;
	}
	return why ? why : finish_key(s, k);
}

bool
keys_open(struct key_set *s, struct span text, const struct master *m)
{
	begin(s);
	while (text.len && !s->fault) {
		size_t len = span_find(text, SPAN_LIT("\n")), offset;
		struct span line = {text.ptr, len};

		s->fault_line++;
		if (json_check(line, &offset) != JSON_OK ||
		    json_type(json_trim(line)) != JSON_OBJECT)
			s->fault = "no JSON object";
		else if (s->fault_line == 1)
			s->fault = read_header(s, json_trim(line), m);
		else
			s->fault = read_key(s, json_trim(line), m != NULL);
		len += len < text.len;
		text = (struct span){text.ptr + len, text.len - len};
	}
	if (s->fault_line == 0)
		s->fault = "empty";
	return !s->fault;
}

void
keys_print(const struct key_set *s, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("keys"));
	buf_json_member_u64(out, "version", 1);
	buf_json_member_hex(out, "id", s->id, sizeof s->id);
	buf_json_member_string(out, "kdf", span_of(s->kdf.scrypt ? "scrypt" : "key"));
	buf_json_member_u64(out, "logN", s->kdf.log_n);
	buf_json_member_hex(out, "salt", s->kdf.salt, sizeof s->kdf.salt);
	buf_json_member_hex(out, "check", s->check, sizeof s->check);
	buf_str(out, "}\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = &s->list[i];

		buf_byte(out, '{');
		buf_json_member_string(out, "type", SPAN_LIT("key"));
		buf_json_member_string(out, "name", span_of(k->name));
		buf_json_member_string(out, "kind", span_of(kinds[k->kind]));
		buf_json_member_hex(out, "public", k->public_key, key_public_bytes(k));
		if (k->in_token)
			buf_json_member_string(out, "label", span_of(k->label));
		else
			buf_json_member_hex(out, "box", k->box, box_bytes(k));
		buf_str(out, "}\n");
	}
}

/* ---- whose
 * --------------------------------------------------------------------------------------- */

const struct key *
keys_find(const struct key_set *s, const struct tx_name *name)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = &s->list[i];

		switch (k->kind) {
		case KEY_ED25519:
			if (name->len == 32 && memcmp(name->bytes, k->public_key, 32) == 0)
				return k;
			break;
		case KEY_SECP256K1:
			/* a token cannot spend what lies on its taproot address */
			if (tx_name_equal(name, &k->wpkh) || tx_name_equal(name, &k->evm) ||
			    tx_name_equal(name, &k->tron) ||
			    (!k->in_token && tx_name_equal(name, &k->taproot)))
				return k;
			break;
		case KEY_HD: break;
		}
	}
	return NULL;
}

const struct key *
keys_find_name(const struct key_set *s, struct span name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (span_is(name, s->list[i].name))
			return &s->list[i];
	}
	return NULL;
}

const struct key *
keys_find_public(const struct key_set *s, struct span public_key)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = &s->list[i];

		if (span_equal(public_key, bytes_span(k->public_key, key_public_bytes(k))))
			return k;
	}
	return NULL;
}

const struct key *
keys_find_text(const struct key_set *s, struct span address)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = &s->list[i];

		if (k->kind == KEY_SECP256K1 && span_is(address, k->evm_text))
			return k;
	}
	return NULL;
}
