#include "ed25519_point.h"

#include "swar.h"

__extension__ typedef unsigned __int128 wide;

#define LIMBS 5
#define LIMB_BITS 51
#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

/* A number modulo 2^255 - 19, the lowest 51 bits first; a limb may have two bits more. */
struct number {
	uint64_t limb[LIMBS];
};

static inline uint64_t
low(wide sum)
{
	return (uint64_t)sum & LIMB_MASK;
}

static inline uint64_t
high(wide sum)
{
	return (uint64_t)(sum >> LIMB_BITS);
}

/* Sums of products below 2^111, back to limbs of 51 bits and a little: each gives what is above
 * them to the next, all at once and twice, for nobody has to wait then. What is above 2^255 counts
 * 19 times at the bottom. */
static inline struct number
carried(wide a, wide b, wide c, wide d, wide e)
{
	uint64_t v = low(a) + 19 * high(e), w = low(b) + high(a), x = low(c) + high(b),
		 y = low(d) + high(c), z = low(e) + high(d);

	return (struct number){{low(v) + 19 * high(z), low(w) + high(v), low(x) + high(w),
				low(y) + high(x), low(z) + high(y)}};
}

static void
multiply(const struct number *x, const struct number *y, struct number *out)
{
	uint64_t a = x->limb[0], b = x->limb[1], c = x->limb[2], d = x->limb[3], e = x->limb[4];
	uint64_t f = y->limb[0], g = y->limb[1], h = y->limb[2], i = y->limb[3], j = y->limb[4];
	uint64_t up_g = 19 * g, up_h = 19 * h, up_i = 19 * i, up_j = 19 * j;

	*out =
	    carried((wide)a * f + (wide)b * up_j + (wide)c * up_i + (wide)d * up_h + (wide)e * up_g,
		    (wide)a * g + (wide)b * f + (wide)c * up_j + (wide)d * up_i + (wide)e * up_h,
		    (wide)a * h + (wide)b * g + (wide)c * f + (wide)d * up_j + (wide)e * up_i,
		    (wide)a * i + (wide)b * h + (wide)c * g + (wide)d * f + (wide)e * up_j,
		    (wide)a * j + (wide)b * i + (wide)c * h + (wide)d * g + (wide)e * f);
}

/* n times. */
static void
square(struct number *v, unsigned n)
{
	struct number r = *v;

	while (n-- > 0) {
		uint64_t a = r.limb[0], b = r.limb[1], c = r.limb[2], d = r.limb[3], e = r.limb[4];
		uint64_t two_a = 2 * a, two_b = 2 * b, up_d = 19 * d, up_e = 19 * e;

		r = carried((wide)a * a + (wide)two_b * up_e + (wide)(2 * c) * up_d,
			    (wide)two_a * b + (wide)(2 * c) * up_e + (wide)d * up_d,
			    (wide)two_a * c + (wide)b * b + (wide)(2 * d) * up_e,
			    (wide)two_a * d + (wide)two_b * c + (wide)e * up_e,
			    (wide)two_a * e + (wide)two_b * d + (wide)c * c);
	}
	*v = r;
}

/* v to the power of 2^n, times by. */
static struct number
square_multiply(const struct number *v, unsigned n, const struct number *by)
{
	struct number out = *v;

	square(&out, n);
	multiply(&out, by, &out);
	return out;
}

/* v^(2^254 - 10), half of what is one below the modulus: 1, or 0 of 0, if v is a square. */
static struct number
legendre(const struct number *v)
{
	struct number two = *v, six, ones_1, ones_5, ones_10, ones_20, ones_40, ones_50, ones_100,
		      ones_200, ones_250, nine, eleven;

	/* ones_N: to the power of 2^N - 1 */
	square(&two, 1);
	six = square_multiply(&two, 1, &two);
	ones_1 = *v;
	nine = square_multiply(&two, 2, &ones_1);
	multiply(&nine, &two, &eleven);
	ones_5 = square_multiply(&eleven, 1, &nine);
	ones_10 = square_multiply(&ones_5, 5, &ones_5);
	ones_20 = square_multiply(&ones_10, 10, &ones_10);
	ones_40 = square_multiply(&ones_20, 20, &ones_20);
	ones_50 = square_multiply(&ones_40, 10, &ones_10);
	ones_100 = square_multiply(&ones_50, 50, &ones_50);
	ones_200 = square_multiply(&ones_100, 100, &ones_100);
	ones_250 = square_multiply(&ones_200, 50, &ones_50);
	return square_multiply(&ones_250, 4, &six);
}

/* Below the modulus, and whether it is 0 or 1 then. */
static bool
is_bit(const struct number *v)
{
	struct number n = *v;
	uint64_t over;

	/* twice: below 2^255 and the least bit above */
	for (unsigned turn = 0; turn < 2; turn++)
		n = carried(n.limb[0], n.limb[1], n.limb[2], n.limb[3], n.limb[4]);
	/* what is the modulus or more has a bit above once 19 is added */
	over = (n.limb[0] + 19) >> LIMB_BITS;
	for (unsigned i = 1; i < LIMBS; i++)
		over = (n.limb[i] + over) >> LIMB_BITS;
	n.limb[0] += 19 * over;
	for (unsigned i = 0; i < LIMBS - 1; i++) {
		n.limb[i + 1] += n.limb[i] >> LIMB_BITS;
		n.limb[i] &= LIMB_MASK;
	}
	n.limb[LIMBS - 1] &= LIMB_MASK;
	return n.limb[0] <= 1 && (n.limb[1] | n.limb[2] | n.limb[3] | n.limb[4]) == 0;
}

static struct number
number_of(const unsigned char key[32])
{
	const char *p = (const char *)key;

	return (struct number){{swar_load(p) & LIMB_MASK, swar_load(p + 6) >> 3 & LIMB_MASK,
				swar_load(p + 12) >> 6 & LIMB_MASK,
				swar_load(p + 19) >> 1 & LIMB_MASK,
				swar_load(p + 24) >> 12 & LIMB_MASK}};
}

bool
ed25519_is_point(const unsigned char key[32])
{
	/* -121665/121666 */
	static const struct number d = {{UINT64_C(929955233495203), UINT64_C(466365720129213),
					 UINT64_C(1662059464998953), UINT64_C(2033849074728123),
					 UINT64_C(1442794654840575)}};
	struct number above = number_of(key), below, product;

	square(&above, 1);
	multiply(&above, &d, &below);
	below.limb[0]++;
	/* less one, by way of the modulus */
	above.limb[0] += LIMB_MASK - 19;
	for (unsigned i = 1; i < LIMBS; i++)
		above.limb[i] += LIMB_MASK;
	multiply(&above, &below, &product);
	product = legendre(&product);
	return is_bit(&product);
}
