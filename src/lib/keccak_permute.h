/*
 * keccak_permute: the permutation Keccak-f[1600], once, for any width of lane.
 *
 * The file that includes this defines LANE (a type holding one 64-bit lane of each state side by
 * side) and XOR(a,b)  XOR5(a,b,c,d,e)  ROL(a,n)  CHI(a,b,c) = a ^ (~b & c)  IOTA(a,word) and gets
 * `static void permute(LANE a[25])`. Lane (x, y) is a[x + 5y]. The step names are those of the
 * Keccak reference.
 */
static const uint64_t round_words[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* theta's column word is added, the lane turned (rho) and moved (pi) in one go. */
#define MOVE(to, from, by) const LANE b##to = ROL(XOR(a[from], d[(from) % 5]), by)

/* One lane of chi, on its way also into its column's sum for the next round's theta. */
#define PUT(at, value) column[(at) % 5] = XOR(column[(at) % 5], e[at] = (value))

#define CHI_ROW(y)                   \
	PUT(y + 0, CHI(b0, b1, b2)); \
	PUT(y + 1, CHI(b1, b2, b3)); \
	PUT(y + 2, CHI(b2, b3, b4)); \
	PUT(y + 3, CHI(b3, b4, b0)); \
	PUT(y + 4, CHI(b4, b0, b1))

/* One round, from a to e; column holds the sums of a's columns, then of e's. Row by row: a vector
 * unit with 16 registers holds one row and the sums. */
static inline __attribute__((always_inline)) void
keccak_round(const LANE a[25], LANE e[25], LANE column[5], uint64_t word)
{
	const LANE d[5] = {
	    XOR(column[4], ROL(column[1], 1)), XOR(column[0], ROL(column[2], 1)),
	    XOR(column[1], ROL(column[3], 1)), XOR(column[2], ROL(column[4], 1)),
	    XOR(column[3], ROL(column[0], 1)),
	};

	{
		const LANE b0 = XOR(a[0], d[0]);
		MOVE(1, 6, 44);
		MOVE(2, 12, 43);
		MOVE(3, 18, 21);
		MOVE(4, 24, 14);
		column[0] = e[0] = IOTA(CHI(b0, b1, b2), word);
		column[1] = e[1] = CHI(b1, b2, b3);
		column[2] = e[2] = CHI(b2, b3, b4);
		column[3] = e[3] = CHI(b3, b4, b0);
		column[4] = e[4] = CHI(b4, b0, b1);
	}
	{
		MOVE(0, 3, 28);
		MOVE(1, 9, 20);
		MOVE(2, 10, 3);
		MOVE(3, 16, 45);
		MOVE(4, 22, 61);
		CHI_ROW(5);
	}
	{
		MOVE(0, 1, 1);
		MOVE(1, 7, 6);
		MOVE(2, 13, 25);
		MOVE(3, 19, 8);
		MOVE(4, 20, 18);
		CHI_ROW(10);
	}
	{
		MOVE(0, 4, 27);
		MOVE(1, 5, 36);
		MOVE(2, 11, 10);
		MOVE(3, 17, 15);
		MOVE(4, 23, 56);
		CHI_ROW(15);
	}
	{
		MOVE(0, 2, 62);
		MOVE(1, 8, 55);
		MOVE(2, 14, 39);
		MOVE(3, 15, 41);
		MOVE(4, 21, 2);
		CHI_ROW(20);
	}
}

/* There and back again, two rounds a turn, on copies whose address nobody else has: the compiler
 * keeps what it can in registers. */
static inline __attribute__((always_inline)) void
permute(LANE lanes[25])
{
	LANE a[25], e[25], column[5];

	for (int i = 0; i < 25; i++)
		a[i] = lanes[i];
	for (int x = 0; x < 5; x++)
		column[x] = XOR5(a[x], a[x + 5], a[x + 10], a[x + 15], a[x + 20]);
	for (int round = 0; round < 24; round += 2) {
		keccak_round(a, e, column, round_words[round]);
		keccak_round(e, a, column, round_words[round + 1]);
	}
	for (int i = 0; i < 25; i++)
		lanes[i] = a[i];
}

#undef MOVE
#undef PUT
#undef CHI_ROW
