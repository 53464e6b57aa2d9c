#include "evm_abi.h"

#include "check.h"

#include <inttypes.h>
#include <stdio.h>

const unsigned char abi_transfer_topic[32] = {
    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa,
    0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef};

/* ---- writing ---- */

static void
word_of(const struct abi_value *v, unsigned char word[ABI_WORD])
{
	memset(word, 0, ABI_WORD);
	switch (v->kind) {
	case ABI_UINT: u256_to_bytes(v->uint, word); break;
	case ABI_ADDRESS:
		memcpy(word + ABI_WORD - EVM_ADDRESS_BYTES, v->address.bytes, EVM_ADDRESS_BYTES);
		break;
	case ABI_FIXED:
		CHECK(v->bytes.len <= ABI_WORD);
		memcpy(word, v->bytes.ptr, v->bytes.len);
		break;
	case ABI_BYTES:
	case ABI_UINTS: CHECK(v->kind != ABI_BYTES && v->kind != ABI_UINTS); /* of no fixed size */
	}
}

static bool
has_tail(const struct abi_value *v)
{
	return v->kind == ABI_BYTES || v->kind == ABI_UINTS;
}

static void
add_uint(struct buf *out, struct u256 v)
{
	unsigned char word[ABI_WORD];

	u256_to_bytes(v, word);
	buf_add(out, (struct span){(char *)word, sizeof word});
}

/* Length, contents, and zeros up to a whole word. */
static void
add_tail(const struct abi_value *v, struct buf *out)
{
	if (v->kind == ABI_UINTS) {
		add_uint(out, u256_of(v->n));
		for (size_t i = 0; i < v->n; i++)
			add_uint(out, v->uints[i]);
		return;
	}
	add_uint(out, u256_of(v->bytes.len));
	buf_add(out, v->bytes);
	for (size_t i = v->bytes.len; i % ABI_WORD; i++)
		buf_byte(out, '\0');
}

static size_t
tail_size(const struct abi_value *v)
{
	if (v->kind == ABI_UINTS)
		return ABI_WORD * (1 + v->n);
	return ABI_WORD + (v->bytes.len + ABI_WORD - 1) / ABI_WORD * ABI_WORD;
}

void
abi_encode(const struct abi_value values[], size_t n, struct buf *out)
{
	size_t offset = n * ABI_WORD;

	for (size_t i = 0; i < n; i++) {
		unsigned char word[ABI_WORD];

		if (has_tail(&values[i])) {
			add_uint(out, u256_of(offset));
			offset += tail_size(&values[i]);
			continue;
		}
		word_of(&values[i], word);
		buf_add(out, (struct span){(char *)word, sizeof word});
	}
	for (size_t i = 0; i < n; i++) {
		if (has_tail(&values[i]))
			add_tail(&values[i], out);
	}
}

struct span
abi_call(uint32_t selector, const struct abi_value args[], size_t n,
	 unsigned char out[ABI_CALL_MAX])
{
	size_t len = 4 + n * ABI_WORD;

	CHECK(len <= ABI_CALL_MAX);
	for (size_t i = 0; i < 4; i++)
		out[i] = (unsigned char)(selector >> (24 - 8 * i));
	for (size_t i = 0; i < n; i++)
		word_of(&args[i], out + 4 + i * ABI_WORD);
	return (struct span){(char *)out, len};
}

/* ---- reading ---- */

static bool
word_at(struct span answer, size_t offset, struct u256 *out)
{
	if (offset > answer.len || answer.len - offset < ABI_WORD)
		return false;
	*out = u256_from_bytes((const unsigned char *)answer.ptr + offset, ABI_WORD);
	return true;
}

bool
abi_read_uint(struct span answer, struct u256 *out)
{
	return answer.len == ABI_WORD && word_at(answer, 0, out);
}

bool
abi_read_bool(struct span answer, bool *out)
{
	struct u256 v;

	if (!abi_read_uint(answer, &v) || u256_compare(v, u256_of(1)) > 0)
		return false;
	*out = !u256_is_zero(v);
	return true;
}

bool
abi_read_address(struct span word, struct evm_address *out)
{
	struct u256 v;

	if (!abi_read_uint(word, &v) || u256_byte_length(v) > EVM_ADDRESS_BYTES)
		return false;
	memcpy(out->bytes, word.ptr + ABI_WORD - EVM_ADDRESS_BYTES, EVM_ADDRESS_BYTES);
	return true;
}

bool
abi_read_string(struct span answer, struct span *out)
{
	struct u256 word;
	uint64_t offset, len;

	if (answer.len == ABI_WORD) {
		const char *zero = memchr(answer.ptr, 0, ABI_WORD);

		*out = (struct span){answer.ptr, zero ? (size_t)(zero - answer.ptr) : ABI_WORD};
		return true;
	}
	if (!word_at(answer, 0, &word) || !u256_u64(word, &offset) || offset > answer.len ||
	    !word_at(answer, (size_t)offset, &word) || !u256_u64(word, &len) ||
	    len > answer.len - offset - ABI_WORD)
		return false;
	*out = (struct span){answer.ptr + offset + ABI_WORD, (size_t)len};
	return true;
}

static uint32_t
selector_of(struct span data)
{
	uint32_t selector = 0;

	for (size_t i = 0; i < 4; i++)
		selector = selector << 8 | (unsigned char)data.ptr[i];
	return selector;
}

void
abi_revert_reason(struct span data, char *out, size_t size)
{
	struct span args = {data.ptr, 0}, text;
	struct u256 number;
	char digits[U256_DECIMAL_MAX];

	if (data.len < 4) {
		snprintf(out, size, "no reason given");
		return;
	}
	args = (struct span){data.ptr + 4, data.len - 4};
	if (selector_of(data) == ABI_ERROR && args.len > ABI_WORD && abi_read_string(args, &text)) {
		snprintf(out, size, "%.*s", (int)(text.len < 200 ? text.len : 200), text.ptr);
		for (char *c = out; *c; c++)
			*c = (unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f ? '?' : *c;
	} else if (selector_of(data) == ABI_PANIC && abi_read_uint(args, &number)) {
		u256_print_decimal(number, digits);
		snprintf(out, size, "panic %s", digits);
	} else {
		snprintf(out, size, "error 0x%08" PRIx32 " of the contract's own",
			 selector_of(data));
	}
}

static struct span
argument(struct span data, size_t i)
{
	return (struct span){data.ptr + 4 + i * ABI_WORD, ABI_WORD};
}

bool
abi_read_transfer(struct span data, struct abi_transfer *out)
{
	size_t at = 0;

	*out = (struct abi_transfer){.takes = data.len == 4 + 3 * ABI_WORD};
	if (data.len != 4 + (out->takes ? 3 : 2) * ABI_WORD ||
	    selector_of(data) != (out->takes ? ABI_TRANSFER_FROM : ABI_TRANSFER))
		return false;
	if (out->takes && !abi_read_address(argument(data, at++), &out->payer))
		return false;
	return abi_read_address(argument(data, at), &out->to) &&
	       abi_read_uint(argument(data, at + 1), &out->amount);
}
