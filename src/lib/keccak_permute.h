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
#define MOVE(to, from, by) LANE b##to = ROL(XOR(a[from], d[(from) % 5]), by)

#define CHI_ROW(y)                  \
	e[y + 0] = CHI(b0, b1, b2); \
	e[y + 1] = CHI(b1, b2, b3); \
	e[y + 2] = CHI(b2, b3, b4); \
	e[y + 3] = CHI(b3, b4, b0); \
	e[y + 4] = CHI(b4, b0, b1)

/* One round, from a to e. Row by row, so that no more than a row is under way at a time: a vector
 * unit with 16 registers holds that. */
static inline __attribute__((always_inline)) void
keccak_round(const LANE a[25], LANE e[25], uint64_t word)
{
	const LANE c[5] = {
	    XOR5(a[0], a[5], a[10], a[15], a[20]), XOR5(a[1], a[6], a[11], a[16], a[21]),
	    XOR5(a[2], a[7], a[12], a[17], a[22]), XOR5(a[3], a[8], a[13], a[18], a[23]),
	    XOR5(a[4], a[9], a[14], a[19], a[24]),
	};
	const LANE d[5] = {
	    XOR(c[4], ROL(c[1], 1)), XOR(c[0], ROL(c[2], 1)), XOR(c[1], ROL(c[3], 1)),
	    XOR(c[2], ROL(c[4], 1)), XOR(c[3], ROL(c[0], 1)),
	};

	{
		LANE b0 = XOR(a[0], d[0]);
		MOVE(1, 6, 44);
		MOVE(2, 12, 43);
		MOVE(3, 18, 21);
		MOVE(4, 24, 14);
		CHI_ROW(0);
		e[0] = IOTA(e[0], word);
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
static void
permute(LANE lanes[25])
{
	LANE a[25], e[25];

	for (int i = 0; i < 25; i++)
		a[i] = lanes[i];
	for (int round = 0; round < 24; round += 2) {
		keccak_round(a, e, round_words[round]);
		keccak_round(e, a, round_words[round + 1]);
	}
	for (int i = 0; i < 25; i++)
		lanes[i] = a[i];
}

#undef MOVE
#undef CHI_ROW
