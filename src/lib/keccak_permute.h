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
#define MOVE(to, from, by) b[to] = ROL(XOR(a[from], d[(from) % 5]), by)

#define CHI_ROW(y)                                    \
	a[y + 0] = CHI(b[y + 0], b[y + 1], b[y + 2]); \
	a[y + 1] = CHI(b[y + 1], b[y + 2], b[y + 3]); \
	a[y + 2] = CHI(b[y + 2], b[y + 3], b[y + 4]); \
	a[y + 3] = CHI(b[y + 3], b[y + 4], b[y + 0]); \
	a[y + 4] = CHI(b[y + 4], b[y + 0], b[y + 1])

static void
permute(LANE a[25])
{
	for (int round = 0; round < 24; round++) {
		LANE b[25], c[5], d[5];

		for (int x = 0; x < 5; x++)
			c[x] = XOR5(a[x], a[x + 5], a[x + 10], a[x + 15], a[x + 20]);
		d[0] = XOR(c[4], ROL(c[1], 1));
		d[1] = XOR(c[0], ROL(c[2], 1));
		d[2] = XOR(c[1], ROL(c[3], 1));
		d[3] = XOR(c[2], ROL(c[4], 1));
		d[4] = XOR(c[3], ROL(c[0], 1));

		b[0] = XOR(a[0], d[0]);
		MOVE(1, 6, 44);
		MOVE(2, 12, 43);
		MOVE(3, 18, 21);
		MOVE(4, 24, 14);
		MOVE(5, 3, 28);
		MOVE(6, 9, 20);
		MOVE(7, 10, 3);
		MOVE(8, 16, 45);
		MOVE(9, 22, 61);
		MOVE(10, 1, 1);
		MOVE(11, 7, 6);
		MOVE(12, 13, 25);
		MOVE(13, 19, 8);
		MOVE(14, 20, 18);
		MOVE(15, 4, 27);
		MOVE(16, 5, 36);
		MOVE(17, 11, 10);
		MOVE(18, 17, 15);
		MOVE(19, 23, 56);
		MOVE(20, 2, 62);
		MOVE(21, 8, 55);
		MOVE(22, 14, 39);
		MOVE(23, 15, 41);
		MOVE(24, 21, 2);

		CHI_ROW(0);
		CHI_ROW(5);
		CHI_ROW(10);
		CHI_ROW(15);
		CHI_ROW(20);
		a[0] = IOTA(a[0], round_words[round]);
	}
}
