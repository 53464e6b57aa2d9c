#include "pkcs11.h"

#include "tool.h"

#include <dlfcn.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <stdlib.h>

/* Newer than the header: PKCS#11 3.0. */
#define EDDSA 0x1057UL

#define TOKENS_MAX 64
#define HANDLES_MAX 256

struct pkcs11 {
	CK_FUNCTION_LIST *call;
	CK_SESSION_HANDLE session;
	struct {
		const char *label;
		CK_OBJECT_HANDLE key;
	} known[HANDLES_MAX];
	size_t known_n;
};

/* Labels of tokens are filled up with spaces. */
static bool
is_label(const CK_TOKEN_INFO *info, const char *label)
{
	size_t n = strlen(label);

	if (n > sizeof info->label || memcmp(info->label, label, n) != 0)
		return false;
	while (n < sizeof info->label && info->label[n] == ' ')
		n++;
	return n == sizeof info->label;
}

static bool
find_token(struct pkcs11 *p, const char *label, CK_SLOT_ID *slot)
{
	CK_SLOT_ID slots[TOKENS_MAX];
	CK_ULONG n = TOKENS_MAX;
	CK_TOKEN_INFO info;

	if (p->call->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return false;
	for (CK_ULONG i = 0; i < n; i++) {
		if (p->call->C_GetTokenInfo(slots[i], &info) == CKR_OK && is_label(&info, label)) {
			*slot = slots[i];
			return true;
		}
	}
	return false;
}

struct pkcs11 *
pkcs11_open(const char *library, const char *token_label, struct span pin)
{
	struct pkcs11 *p = calloc(1, sizeof *p);
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get;
	CK_SLOT_ID slot;
	CK_UTF8CHAR secret[256];

	if (!p)
		tool_die(EXIT_TEMP, "module", library, "no memory");
	if (!handle)
		tool_die(EXIT_CONFIG, "module", library, dlerror());
	*(void **)&get = dlsym(handle, "C_GetFunctionList");
	if (!get || get(&p->call) != CKR_OK || p->call->C_Initialize(NULL) != CKR_OK)
		tool_die(EXIT_CONFIG, "module", library, "no PKCS#11 library that can be used");
	if (!find_token(p, token_label, &slot))
		tool_die(EXIT_CONFIG, "token", token_label, "no token of this label");
	if (p->call->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &p->session) != CKR_OK)
		tool_die(EXIT_CONFIG, "token", token_label, "it gives no session");
	if (pin.len > sizeof secret)
		tool_die(EXIT_CONFIG, "token", token_label, "a PIN of more than 256 bytes");
	memcpy(secret, pin.ptr, pin.len);
	if (p->call->C_Login(p->session, CKU_USER, secret, pin.len) != CKR_OK)
		tool_die(EXIT_CONFIG, "token", token_label, "it does not take the PIN");
	explicit_bzero(secret, sizeof secret);
	return p;
}

void
pkcs11_close(struct pkcs11 *p)
{
	if (!p)
		return;
	p->call->C_Logout(p->session);
	p->call->C_CloseSession(p->session);
	p->call->C_Finalize(NULL);
	free(p);
}

static const char *
find_object(struct pkcs11 *p, CK_OBJECT_CLASS class, const char *label, CK_OBJECT_HANDLE *out)
{
	char text[65];
	CK_ATTRIBUTE wanted[2] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, text, 0}};
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 0;

	if (strlen(label) >= sizeof text)
		return "a label of more than 64 bytes";
	strncpy(text, label, sizeof text);
	wanted[1].ulValueLen = strlen(text);
	if (p->call->C_FindObjectsInit(p->session, wanted, 2) != CKR_OK ||
	    p->call->C_FindObjects(p->session, found, 2, &n) != CKR_OK ||
	    p->call->C_FindObjectsFinal(p->session) != CKR_OK)
		return "the token does not answer";
	if (n != 1)
		return n ? "the token has two keys of this label"
			 : "the token has no key of this label";
	*out = found[0];
	return NULL;
}

const char *
pkcs11_find(struct pkcs11 *p, const char *label, unsigned long *handle)
{
	const char *why;

	for (size_t i = 0; i < p->known_n; i++) {
		if (strcmp(p->known[i].label, label) == 0) {
			*handle = p->known[i].key;
			return NULL;
		}
	}
	why = find_object(p, CKO_PRIVATE_KEY, label, handle);
	if (!why && p->known_n < HANDLES_MAX) {
		p->known[p->known_n].label = label;
		p->known[p->known_n++].key = *handle;
	}
	return why;
}

const char *
pkcs11_public(struct pkcs11 *p, const char *label, bool ed25519, unsigned char out[65])
{
	unsigned char point[80];
	CK_ATTRIBUTE wanted = {CKA_EC_POINT, point, sizeof point};
	size_t bytes = ed25519 ? 32 : 65;
	CK_OBJECT_HANDLE key;
	const char *why = find_object(p, CKO_PUBLIC_KEY, label, &key);

	if (why)
		return why;
	if (p->call->C_GetAttributeValue(p->session, key, &wanted, 1) != CKR_OK)
		return "the token does not say the public key";
	/* an OCTET STRING of DER, or as some do it, the point itself */
	if (wanted.ulValueLen == bytes + 2 && point[0] == 4 && point[1] == bytes)
		memcpy(out, point + 2, bytes);
	else if (wanted.ulValueLen == bytes)
		memcpy(out, point, bytes);
	else
		return "a public key of another curve";
	return NULL;
}

const char *
pkcs11_sign(struct pkcs11 *p, const char *label, bool ed25519, struct span message,
	    unsigned char out[64])
{
	CK_MECHANISM how = {ed25519 ? EDDSA : CKM_ECDSA, NULL, 0};
	CK_BYTE text[1300];
	CK_ULONG len = 64;
	CK_OBJECT_HANDLE key;
	const char *why = pkcs11_find(p, label, &key);

	if (why)
		return why;
	/* the longest is a message of Solana */
	if (message.len > sizeof text)
		return "a message too long for the token";
	memcpy(text, message.ptr, message.len);
	if (p->call->C_SignInit(p->session, &how, key) != CKR_OK ||
	    p->call->C_Sign(p->session, text, message.len, out, &len) != CKR_OK || len != 64)
		return "the token does not sign with this key";
	return NULL;
}
