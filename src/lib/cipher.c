#include "cipher.h"

#include "digest.h"
#include "secret.h"

#include <openssl/evp.h>

bool
cipher_kek(struct span secret, const struct cipher_kdf *kdf, struct span vault_id,
	   unsigned char out[CIPHER_KEY_BYTES])
{
	const struct span parts[] = {SPAN_LIT("vault/v1 master"), vault_id};
	uint64_t memory;

	if (!kdf->scrypt) {
		hmac_sha256(secret, parts, 2, out);
		return true;
	}
	/* a file must not make us compute for hours, nor take all memory */
	if (kdf->log_n < 10 || kdf->log_n > CIPHER_SCRYPT_LOG_N_MAX || kdf->r != CIPHER_SCRYPT_R ||
	    kdf->p != CIPHER_SCRYPT_P)
		return false;
	memory = (UINT64_C(128) << kdf->log_n) * kdf->r + (UINT64_C(1) << 20);
	return EVP_PBE_scrypt(secret.ptr, secret.len, kdf->salt, sizeof kdf->salt,
			      UINT64_C(1) << kdf->log_n, kdf->r, kdf->p, memory, out,
			      CIPHER_KEY_BYTES) == 1;
}

void
cipher_subkey(const unsigned char key[CIPHER_KEY_BYTES], enum cipher_use use,
	      unsigned char out[CIPHER_KEY_BYTES])
{
	static const char *const labels[] = {[CIPHER_WRAP] = "vault/v1 wrap",
					     [CIPHER_CHECK] = "vault/v1 check",
					     [CIPHER_ENCRYPT] = "vault/v1 encrypt",
					     [CIPHER_SEAL] = "vault/v1 seal"};
	struct span label = span_of(labels[use]);

	hmac_sha256((struct span){(const char *)key, CIPHER_KEY_BYTES}, &label, 1, out);
}

void
cipher_list(const struct span parts[], size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		for (int shift = 56; shift >= 0; shift -= 8)
			buf_byte(out, (char)(unsigned char)((uint64_t)parts[i].len >> shift));
		buf_add(out, parts[i]);
	}
}

static const unsigned char *
bytes_of(struct span s)
{
	return (const unsigned char *)(s.len ? s.ptr : "");
}

bool
cipher_box(const unsigned char key[CIPHER_KEY_BYTES], const unsigned char nonce[CIPHER_NONCE_BYTES],
	   struct span data, struct span plain, unsigned char *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char *text = out + CIPHER_NONCE_BYTES;
	int n;
	bool ok =
	    c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	    EVP_EncryptUpdate(c, NULL, &n, bytes_of(data), (int)data.len) == 1 &&
	    EVP_EncryptUpdate(c, text, &n, bytes_of(plain), (int)plain.len) == 1 &&
	    (size_t)n == plain.len && EVP_EncryptFinal_ex(c, text + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, CIPHER_TAG_BYTES, text + plain.len) == 1;

	memcpy(out, nonce, CIPHER_NONCE_BYTES);
	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool
cipher_unbox(const unsigned char key[CIPHER_KEY_BYTES], struct span data, struct span box,
	     unsigned char *out)
{
	unsigned char tag[CIPHER_TAG_BYTES];
	struct span text;
	EVP_CIPHER_CTX *c;
	int n;
	bool ok;

	if (box.len < CIPHER_EXTRA_BYTES)
		return false;
	text = (struct span){box.ptr + CIPHER_NONCE_BYTES, box.len - CIPHER_EXTRA_BYTES};
	memcpy(tag, text.ptr + text.len, sizeof tag);
	c = EVP_CIPHER_CTX_new();
	ok = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, bytes_of(box)) == 1 &&
	     EVP_DecryptUpdate(c, NULL, &n, bytes_of(data), (int)data.len) == 1 &&
	     EVP_DecryptUpdate(c, out, &n, bytes_of(text), (int)text.len) == 1 &&
	     EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) == 1 &&
	     EVP_DecryptFinal_ex(c, out + n, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!ok)
		secret_wipe(out, text.len);
	return ok;
}
