/*
 * check: does a sealed record, or a proof, hold? What merkle-verify(1) does, in a browser, from the file's bytes alone (evidence(5)).
 *
 * A classic script, so that it also loads from file://; it defines one global, tradepipeCheck, and touches neither page nor network.
 *
 *     tradepipeCheck.lines(bytes, {root, chain})  one verdict a line, member for member what merkle-verify prints
 *     tradepipeCheck.file(bytes, {root})          the same for a file that is one JSON text (of any layout) or a record a line;
 *                                                 each verdict comes with what was read, for showing it
 *
 * All text is kept as "byte strings", one character a byte (UTF-8 undecoded): so that lengths and order are those of bytes, as
 * evidence(5) wants them. A value is {type, start, end} in the text, with members or elements; JSON.parse would lose duplicate names
 * and digits. Everything is written out here, hashes included: crypto.subtle does not know Keccak and is absent without TLS.
 */
'use strict';

(function (global) {
	const LIMIT_BUNDLE_BYTES = 8 << 20;
	const LIMIT_CANONICAL_BYTES = 3 * LIMIT_BUNDLE_BYTES;
	const LIMIT_JSON_DEPTH = 64;
	const LIMIT_PROOF = 24;
	const ALGO = 'keccak256-merkle-v1';
	const MANIFEST = '#manifest';
	const ZERO = '\0'.repeat(32);

	// ---- bytes -----------------------------------------------------------------------------------------------------------------

	// In pieces: apply() takes a limited number of arguments.
	function byteString(bytes) {
		const parts = [];

		for (let i = 0; i < bytes.length; i += 8192)
			parts.push(String.fromCharCode.apply(null, bytes.subarray(i, i + 8192)));
		return parts.join('');
	}

	function bytesOf(s) {
		const bytes = new Uint8Array(s.length);

		for (let i = 0; i < s.length; i++)
			bytes[i] = s.charCodeAt(i);
		return bytes;
	}

	const digits_of = Array.from({length: 256}, (none, byte) => (byte + 256).toString(16).slice(1));
	const byte_of = new Map(digits_of.map((digits, byte) => [digits, String.fromCharCode(byte)]));

	function hex(s) {
		let out = '';

		for (let i = 0; i < s.length; i++)
			out += digits_of[s.charCodeAt(i)];
		return out;
	}

	// digits: lower-case, an even number
	function unhex(digits) {
		let out = '';

		for (let i = 0; i < digits.length; i += 2)
			out += byte_of.get(digits.slice(i, i + 2));
		return out;
	}

	const hash0x = (hash) => '0x' + hex(hash);

	// The 32 bytes of "0x" and 64 lower-case digits, or null.
	const parseHash = (text) => (/^0x[0-9a-f]{64}$/.test(text) && text.length === 66 ? unhex(text.slice(2)) : null);

	function utf8Encode(c) {
		if (c < 0x80)
			return String.fromCharCode(c);
		if (c < 0x800)
			return String.fromCharCode(0xc0 | c >> 6, 0x80 | c & 63);
		if (c < 0x10000)
			return String.fromCharCode(0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63);
		return String.fromCharCode(0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63);
	}

	// A byte string that is UTF-8 as JavaScript has text: UTF-16.
	function decodeUtf8(s) {
		let out = '';

		if (!/[\x80-\xff]/.test(s))
			return s;
		for (let i = 0; i < s.length;) {
			const b = s.charCodeAt(i++);
			const more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
			let c = more === 0 ? b : b & (0x3f >> more);

			for (let k = 0; k < more; k++)
				c = c << 6 | s.charCodeAt(i++) & 63;
			out += String.fromCodePoint(c);
		}
		return out;
	}

	// ---- Keccak-256 (FIPS 202's permutation, padding byte 0x01), 64-bit lanes as pairs of 32-bit words -------------------------

	const RATE = 136;
	const rounds = roundConstants();

	// FIPS 202, 3.2.5: bit 2^j - 1 of constant i is bit 7i + j of a linear feedback shift register.
	function roundConstants() {
		const words = new Int32Array(48);

		for (let i = 0, r = 1; i < 24; i++)
			for (let j = 0; j < 7; j++) {
				const bit = (1 << j) - 1;

				if (r & 1)
					words[2 * i + (bit >> 5)] |= 1 << (bit & 31);
				r = r << 1 ^ (r >> 7) * 0x171;
			}
		return words;
	}

	const moved = new Int32Array(50);
	const column = new Int32Array(10);

	// Each word takes in the columns beside its own; of the one to the right, turned by a bit, the other word gives the bit that comes in.
	function theta(a) {
		const c = column;

		for (let i = 0; i < 10; i++)
			c[i] = a[i] ^ a[i + 10] ^ a[i + 20] ^ a[i + 30] ^ a[i + 40];
		const d0 = c[8] ^ (c[2] << 1 | c[3] >>> 31), d1 = c[9] ^ (c[3] << 1 | c[2] >>> 31);
		const d2 = c[0] ^ (c[4] << 1 | c[5] >>> 31), d3 = c[1] ^ (c[5] << 1 | c[4] >>> 31);
		const d4 = c[2] ^ (c[6] << 1 | c[7] >>> 31), d5 = c[3] ^ (c[7] << 1 | c[6] >>> 31);
		const d6 = c[4] ^ (c[8] << 1 | c[9] >>> 31), d7 = c[5] ^ (c[9] << 1 | c[8] >>> 31);
		const d8 = c[6] ^ (c[0] << 1 | c[1] >>> 31), d9 = c[7] ^ (c[1] << 1 | c[0] >>> 31);

		for (let y = 0; y < 50; y += 10) {
			a[y] ^= d0;
			a[y + 1] ^= d1;
			a[y + 2] ^= d2;
			a[y + 3] ^= d3;
			a[y + 4] ^= d4;
			a[y + 5] ^= d5;
			a[y + 6] ^= d6;
			a[y + 7] ^= d7;
			a[y + 8] ^= d8;
			a[y + 9] ^= d9;
		}
	}

	// Each lane turned and moved to its place (FIPS 202, 3.2.2 and 3.2.3), written out: a loop over a table takes twice as long.
	function rhoPi(a, b) {
		b[0] = a[0]; b[1] = a[1];
		b[2] = a[13] << 12 | a[12] >>> 20; b[3] = a[12] << 12 | a[13] >>> 20;
		b[4] = a[25] << 11 | a[24] >>> 21; b[5] = a[24] << 11 | a[25] >>> 21;
		b[6] = a[36] << 21 | a[37] >>> 11; b[7] = a[37] << 21 | a[36] >>> 11;
		b[8] = a[48] << 14 | a[49] >>> 18; b[9] = a[49] << 14 | a[48] >>> 18;
		b[10] = a[6] << 28 | a[7] >>> 4; b[11] = a[7] << 28 | a[6] >>> 4;
		b[12] = a[18] << 20 | a[19] >>> 12; b[13] = a[19] << 20 | a[18] >>> 12;
		b[14] = a[20] << 3 | a[21] >>> 29; b[15] = a[21] << 3 | a[20] >>> 29;
		b[16] = a[33] << 13 | a[32] >>> 19; b[17] = a[32] << 13 | a[33] >>> 19;
		b[18] = a[45] << 29 | a[44] >>> 3; b[19] = a[44] << 29 | a[45] >>> 3;
		b[20] = a[2] << 1 | a[3] >>> 31; b[21] = a[3] << 1 | a[2] >>> 31;
		b[22] = a[14] << 6 | a[15] >>> 26; b[23] = a[15] << 6 | a[14] >>> 26;
		b[24] = a[26] << 25 | a[27] >>> 7; b[25] = a[27] << 25 | a[26] >>> 7;
		b[26] = a[38] << 8 | a[39] >>> 24; b[27] = a[39] << 8 | a[38] >>> 24;
		b[28] = a[40] << 18 | a[41] >>> 14; b[29] = a[41] << 18 | a[40] >>> 14;
		b[30] = a[8] << 27 | a[9] >>> 5; b[31] = a[9] << 27 | a[8] >>> 5;
		b[32] = a[11] << 4 | a[10] >>> 28; b[33] = a[10] << 4 | a[11] >>> 28;
		b[34] = a[22] << 10 | a[23] >>> 22; b[35] = a[23] << 10 | a[22] >>> 22;
		b[36] = a[34] << 15 | a[35] >>> 17; b[37] = a[35] << 15 | a[34] >>> 17;
		b[38] = a[47] << 24 | a[46] >>> 8; b[39] = a[46] << 24 | a[47] >>> 8;
		b[40] = a[5] << 30 | a[4] >>> 2; b[41] = a[4] << 30 | a[5] >>> 2;
		b[42] = a[17] << 23 | a[16] >>> 9; b[43] = a[16] << 23 | a[17] >>> 9;
		b[44] = a[29] << 7 | a[28] >>> 25; b[45] = a[28] << 7 | a[29] >>> 25;
		b[46] = a[31] << 9 | a[30] >>> 23; b[47] = a[30] << 9 | a[31] >>> 23;
		b[48] = a[42] << 2 | a[43] >>> 30; b[49] = a[43] << 2 | a[42] >>> 30;
	}

	function chi(a, b) {
		for (let y = 0; y < 50; y += 10)
			for (let i = y; i < y + 2; i++) {
				const b0 = b[i], b1 = b[i + 2], b2 = b[i + 4], b3 = b[i + 6], b4 = b[i + 8];

				a[i] = b0 ^ ~b1 & b2;
				a[i + 2] = b1 ^ ~b2 & b3;
				a[i + 4] = b2 ^ ~b3 & b4;
				a[i + 6] = b3 ^ ~b4 & b0;
				a[i + 8] = b4 ^ ~b0 & b1;
			}
	}

	function permute(a) {
		for (let round = 0; round < 24; round++) {
			theta(a);
			rhoPi(a, moved);
			chi(a, moved);
			a[0] ^= rounds[2 * round];
			a[1] ^= rounds[2 * round + 1];
		}
	}

	function keccak256(message) {
		const a = new Int32Array(50);
		const blocks = Math.floor(message.length / RATE) + 1;
		const out = new Uint8Array(32);

		for (let block = 0, at = 0; block < blocks; block++) {
			const n = Math.min(RATE, message.length - at);

			for (let i = 0; i < n; i++)
				a[i >> 2] ^= message.charCodeAt(at++) << 8 * (i & 3);
			if (block === blocks - 1) {
				a[n >> 2] ^= 1 << 8 * (n & 3);
				a[RATE / 4 - 1] ^= 0x80000000;
			}
			permute(a);
		}
		for (let i = 0; i < 32; i++)
			out[i] = a[i >> 2] >>> 8 * (i & 3);
		return String.fromCharCode.apply(null, out);
	}

	// ---- SHA-256 (FIPS 180-4) --------------------------------------------------------------------------------------------------

	const sha = shaConstants();

	// The first 32 bits of the fractions of square roots and cube roots of the first primes.
	function shaConstants() {
		const fraction = (x) => (x - Math.floor(x)) * 4294967296 | 0;
		const start = [], keys = [];

		for (let p = 2; keys.length < 64; p++) {
			let prime = true;

			for (let d = 2; d * d <= p; d++)
				prime = prime && p % d !== 0;
			if (!prime)
				continue;
			if (start.length < 8)
				start.push(fraction(Math.sqrt(p)));
			keys.push(fraction(Math.cbrt(p)));
		}
		return {start, keys};
	}

	function shaBlock(h, w) {
		const turn = (x, n) => x >>> n | x << 32 - n;
		let [a, b, c, d, e, f, g, last] = h;

		for (let t = 16; t < 64; t++) {
			const x = w[t - 15], y = w[t - 2];

			w[t] = w[t - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >>> 3) + w[t - 7] + (turn(y, 17) ^ turn(y, 19) ^ y >>> 10) | 0;
		}
		for (let t = 0; t < 64; t++) {
			const t1 = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + sha.keys[t] + w[t] | 0;
			const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;

			[last, g, f, e, d, c, b, a] = [g, f, e, d + t1 | 0, c, b, a, t1 + t2 | 0];
		}
		[a, b, c, d, e, f, g, last].forEach((v, i) => { h[i] = h[i] + v | 0; });
	}

	function sha256(message) {
		const h = Int32Array.from(sha.start);
		const w = new Int32Array(64);
		const n = message.length;
		const blocks = Math.floor((n + 8) / 64) + 1;
		let out = '';

		for (let block = 0; block < blocks; block++) {
			w.fill(0);
			for (let i = 0; i < 64; i++) {
				const at = 64 * block + i;
				const byte = at < n ? message.charCodeAt(at) : at === n ? 0x80 : 0;

				w[i >> 2] |= byte << 24 - 8 * (i & 3);
			}
			if (block === blocks - 1) {
				w[14] = Math.floor(n / 0x20000000);
				w[15] = n << 3;
			}
			shaBlock(h, w);
		}
		h.forEach((word) => {
			for (let shift = 24; shift >= 0; shift -= 8)
				out += String.fromCharCode(word >>> shift & 255);
		});
		return out;
	}

	// ---- JSON, strictly (RFC 8259, UTF-8 without BOM, no half surrogate pairs) -------------------------------------------------

	const json_faults = {
		EMPTY: 'no JSON value',
		TRUNCATED: 'the text ends inside a value',
		SYNTAX: 'unexpected byte',
		NUMBER: 'malformed number',
		ESCAPE: 'malformed escape',
		SURROGATE: 'half a surrogate pair',
		UTF8: 'not UTF-8',
		CONTROL: 'control byte in a string',
		DEPTH: 'nested too deep',
		TRAILING: 'bytes after the value',
	};

	class Fault extends Error {}

	// {why, text, value}: value is null where the text is not one JSON value, and why says which rule it broke.
	function parseJson(text) {
		const end = text.length;
		let p = 0, depth = 0;

		function fail(kind) {
			throw new Fault(json_faults[p >= end && kind !== 'EMPTY' ? 'TRUNCATED' : kind]);
		}

		function skipSpace() {
			for (let c = text.charCodeAt(p); c === 32 || c === 10 || c === 13 || c === 9;)
				c = text.charCodeAt(++p);
		}

		const isDigit = (c) => c >= 48 && c <= 57;

		function digits() {
			if (!isDigit(text.charCodeAt(p)))
				fail('NUMBER');
			while (isDigit(text.charCodeAt(p)))
				p++;
		}

		function number() {
			if (text[p] === '-')
				p++;
			if (text[p] === '0') {
				p++;
				if (isDigit(text.charCodeAt(p)))
					fail('NUMBER');
			} else {
				digits();
			}
			if (text[p] === '.') {
				p++;
				digits();
			}
			if (text[p] === 'e' || text[p] === 'E') {
				p++;
				if (text[p] === '+' || text[p] === '-')
					p++;
				digits();
			}
		}

		// Four hex digits; p advances past them.
		function unit() {
			let v = 0;

			for (let i = 0; i < 4; i++, p++) {
				const digit = '0123456789abcdef'.indexOf((text[p] || '-').toLowerCase());

				if (digit < 0)
					fail('ESCAPE');
				v = v * 16 + digit;
			}
			return v;
		}

		// p stands behind the backslash.
		function escape() {
			const start = p - 1;
			let v;

			if (text[p] !== 'u') {
				if (p >= end || !'"\\/bfnrt'.includes(text[p]))
					fail('ESCAPE');
				p++;
				return;
			}
			p++;
			v = unit();
			if (v < 0xd800 || v > 0xdfff)
				return;
			if (v <= 0xdbff && text[p] === '\\' && text[p + 1] === 'u') {
				p += 2;
				v = unit();
				if (v >= 0xdc00 && v <= 0xdfff)
					return;
			}
			if (v <= 0xdbff && p === end)
				fail('TRUNCATED');
			p = start;
			fail('SURROGATE');
		}

		// RFC 3629 section 4: what the second byte may be depends on the first.
		function utf8Width() {
			const c = text.charCodeAt(p);
			const width = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
			const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
			const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;

			if (c < 0xc2 || c > 0xf4 || end - p < width)
				return 0;
			for (let i = 1; i < width; i++) {
				const next = text.charCodeAt(p + i);

				if (next < (i === 1 ? low : 0x80) || next > (i === 1 ? high : 0xbf))
					return 0;
			}
			return width;
		}

		function string() {
			const start = p++;
			let plain = true;

			while (p < end) {
				const c = text.charCodeAt(p);

				if (c === 34) {
					p++;
					return {type: 'string', start, end: p, plain};
				}
				if (c === 92) {
					p++;
					plain = false;
					escape();
				} else if (c < 32) {
					fail('CONTROL');
				} else if (c < 0x80) {
					p++;
				} else {
					const width = utf8Width();

					if (width === 0)
						fail('UTF8');
					p += width;
				}
			}
			return fail('TRUNCATED');
		}

		function literal(word) {
			for (const c of word) {
				if (text[p] !== c)
					fail('SYNTAX');
				p++;
			}
		}

		function scalar() {
			const start = p;
			const c = text.charCodeAt(p);
			let type = 'number';

			if (c === 34)
				return string();
			if (c === 116 || c === 102 || c === 110) {
				type = c === 110 ? 'null' : 'bool';
				literal(c === 116 ? 'true' : c === 102 ? 'false' : 'null');
			} else if (c === 45 || isDigit(c)) {
				number();
			} else {
				fail(c >= 0x80 && !utf8Width() ? 'UTF8' : 'SYNTAX');
			}
			return {type, start, end: p};
		}

		function member() {
			let key;

			if (text[p] !== '"')
				fail('SYNTAX');
			key = string();
			skipSpace();
			if (text[p] !== ':')
				fail('SYNTAX');
			p++;
			skipSpace();
			return {key, name: decode(text, key), value: value()};
		}

		function container(type) {
			const node = {type, start: p, end: 0, list: []};
			const close = type === 'object' ? '}' : ']';

			if (depth === LIMIT_JSON_DEPTH)
				fail('DEPTH');
			depth++;
			p++;
			skipSpace();
			while (text[p] !== close || node.list.length > 0) {
				node.list.push(type === 'object' ? member() : value());
				skipSpace();
				if (text[p] === close)
					break;
				if (text[p] !== ',')
					fail('SYNTAX');
				p++;
				skipSpace();
			}
			p++;
			depth--;
			node.end = p;
			return node;
		}

		function value() {
			if (p >= end)
				fail('TRUNCATED');
			if (text[p] === '{' || text[p] === '[')
				return container(text[p] === '{' ? 'object' : 'array');
			return scalar();
		}

		try {
			let v;

			skipSpace();
			if (p >= end)
				fail('EMPTY');
			v = value();
			skipSpace();
			if (p < end)
				fail('TRAILING');
			return {value: v};
		} catch (e) {
			if (!(e instanceof Fault))
				throw e;
			return {why: e.message, value: null};
		}
	}

	const short_escapes = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};

	// A string value's bytes: escapes decoded, as UTF-8.
	function decode(text, string) {
		const inside = text.slice(string.start + 1, string.end - 1);

		if (string.plain)
			return inside;
		return inside.replace(/\\u([dD][89abAB]..)\\u(....)|\\u(....)|\\(.)/g, (all, high, low, one, c) => {
			if (high)
				return utf8Encode(0x10000 + (parseInt(high, 16) - 0xd800) * 1024 + parseInt(low, 16) - 0xdc00);
			return one ? utf8Encode(parseInt(one, 16)) : short_escapes[c] || c;
		});
	}

	// First member of that name, or undefined.
	function find(object, name) {
		const m = object.type === 'object' ? object.list.find((member) => member.name === name) : undefined;

		return m && m.value;
	}

	// {name: value} of the members named; null when one of them stands twice, with its name in pick.twice.
	function pick(object, names) {
		const found = {};

		for (const {name, value} of object.list) {
			if (!names.includes(name))
				continue;
			if (found[name]) {
				pick.twice = name;
				return null;
			}
			found[name] = value;
		}
		return found;
	}

	// The bytes of a string that has no escapes, else null.
	const plain = (text, value) => (value && value.type === 'string' && value.plain ? text.slice(value.start + 1, value.end - 1) : null);

	function readHash(text, value) {
		const s = plain(text, value);

		return s === null ? null : parseHash(s);
	}

	// ---- JCS (RFC 8785) --------------------------------------------------------------------------------------------------------

	const LOSSY = 'a number that binary64 cannot hold; send it as a string';
	const NAME_TWICE = 'a name stands twice in one object';
	const TOO_LARGE = 'record too large';

	// A decimal value without sign: 0.DIGITS times ten to the power of point.
	function decimalValue(number) {
		const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number);
		const all = whole + fraction;
		const digits = all.replace(/^0+/, '');
		const point = whole.length - (all.length - digits.length) + Number(exponent);
		let n = digits.length;

		while (n > 0 && digits[n - 1] === '0')
			n--;
		return n ? digits.slice(0, n) + 'e' + point : '0';
	}

	function canonicalNumber(number) {
		const value = Number(number);
		const printed = String(value === 0 ? 0 : value);

		if (!Number.isFinite(value) || decimalValue(number) !== decimalValue(printed))
			throw new Fault(LOSSY);
		return printed;
	}

	const escapes = {'\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\'};

	const canonicalString = (bytes) =>
		// eslint-disable-next-line no-control-regex
		'"' + bytes.replace(/[\x00-\x1f"\\]/g, (c) => escapes[c] || '\\u00' + hex(c)) + '"';

	// From [name, canonical text of the value]: in the order of UTF-16 code units, which is how JavaScript compares.
	function canonicalObject(members) {
		const list = members.map(([name, value]) => ({name, value, order: decodeUtf8(name)}));

		list.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
		for (let i = 1; i < list.length; i++)
			if (list[i].name === list[i - 1].name)
				throw new Fault(NAME_TWICE);
		return '{' + list.map(({name, value}) => canonicalString(name) + ':' + value).join(',') + '}';
	}

	// Throws the Fault that comes first in canonical order, as a reader of the canonical text would meet it.
	function canonicalMembers(text, object, left_out) {
		const list = object.list.filter(({name}) => !left_out.includes(name))
			.map((m) => ({...m, order: decodeUtf8(m.name)}));
		const parts = [];

		list.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
		list.forEach((m, i) => {
			if (i && list[i - 1].name === m.name)
				throw new Fault(NAME_TWICE);
			parts.push(canonicalString(m.name) + ':' + canonical(text, m.value));
		});
		return '{' + parts.join(',') + '}';
	}

	function canonical(text, value) {
		switch (value.type) {
		case 'object': return canonicalMembers(text, value, []);
		case 'array': return '[' + value.list.map((v) => canonical(text, v)).join(',') + ']';
		case 'string': return value.plain ? text.slice(value.start, value.end) : canonicalString(decode(text, value));
		case 'number': return canonicalNumber(text.slice(value.start, value.end));
		default: return text.slice(value.start, value.end);
		}
	}

	function hashCanonical(s) {
		if (s.length > LIMIT_CANONICAL_BYTES)
			throw new Fault(TOO_LARGE);
		return keccak256(s);
	}

	// ---- leaves and tree -------------------------------------------------------------------------------------------------------

	// A 256-bit big-endian word that holds a small number.
	const word = (n) => ('\0'.repeat(28) + String.fromCharCode(n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255));

	function leafHash(path, salt, value_hash) {
		const padding = '\0'.repeat((32 - path.length % 32) % 32);

		return keccak256(keccak256(word(0x60) + salt + value_hash + word(path.length) + path + padding));
	}

	const hashPair = (a, b) => keccak256(a < b ? a + b : b + a);

	// t[2M-2-i] is leaf i of the sorted ones, t[i] the hash of its children, t[0] the root.
	function rootOf(hashes) {
		const sorted = [...hashes].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
		const t = new Array(2 * sorted.length - 1);

		sorted.forEach((h, i) => { t[t.length - 1 - i] = h; });
		for (let i = sorted.length - 2; i >= 0; i--)
			t[i] = hashPair(t[2 * i + 1], t[2 * i + 2]);
		return t[0];
	}

	// The hash in {"$redacted":"0x.."}, or null for other values.
	function redactedHash(text, value) {
		if (value.type !== 'object' || value.list.length !== 1 || value.list[0].name !== '$redacted')
			return null;
		return value.list[0].value.type === 'string' ? parseHash(decode(text, value.list[0].value)) : null;
	}

	function byPath(a, b) {
		return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
	}

	const SHAPE = 'meta, normalized, raw and error must be objects, and meta must be there';
	const TWINS = 'a name stands twice in normalized or raw';
	const LOOKS_REDACTED = 'a value has the form of a redacted one';

	// The leaves that the record's values make, in ascending bytewise order of path.
	function readLeaves(text, r) {
		const leaves = [];
		const has_error = r.error && r.error.type !== 'null';

		function add(path, value) {
			const redacted = redactedHash(text, value);

			if (redacted === null && find(value, '$redacted'))
				throw new Fault(LOOKS_REDACTED);
			leaves.push({path, value, redacted: redacted !== null, missing: false, salt: null, hash: redacted});
		}
		function addMembers(prefix, object) {
			if (object && object.type !== 'object')
				throw new Fault(SHAPE);
			for (const {name, value} of object ? object.list : [])
				add(prefix + name, value);
		}

		if (!r.meta || r.meta.type !== 'object' || (has_error && r.error.type !== 'object'))
			throw new Fault(SHAPE);
		add('meta', r.meta);
		addMembers('normalized.', r.normalized);
		addMembers('raw.', r.raw);
		if (has_error)
			add('error', r.error);
		leaves.sort(byPath);
		for (let i = 1; i < leaves.length; i++)
			if (leaves[i].path === leaves[i - 1].path)
				throw new Fault(TWINS);
		return leaves;
	}

	const volatile_meta = ['verifiedAt', 'requestId'];
	const volatile_raw = ['fetchedAt', 'bodySha256', 'request'];

	function stableLeaf(text, leaf) {
		if (leaf.salt !== null || leaf.redacted)
			return '{"$redacted":"' + hash0x(leaf.hash) + '"}';
		if (leaf.path.startsWith('raw.') && leaf.value.type === 'object')
			return canonicalMembers(text, leaf.value, volatile_raw);
		return canonical(text, leaf.value);
	}

	function stablePart(text, r, leaves) {
		const members = [['meta', canonicalMembers(text, r.meta, volatile_meta)]];
		const error = leaves.find((leaf) => leaf.path === 'error');

		if (r.error)
			members.push(['error', error ? stableLeaf(text, error) : 'null']);
		for (const name of ['normalized', 'raw']) {
			if (!r[name])
				continue;
			members.push([name, canonicalObject(leaves
				.filter(({path}) => path.startsWith(name + '.') && path !== 'raw.public/time' && !path.startsWith('raw.public/time#'))
				.map((leaf) => [leaf.path.slice(name.length + 1), stableLeaf(text, leaf)]))]);
		}
		return canonicalObject(members);
	}

	function manifestHash(leaves, bundle_hash) {
		const labels = keccak256(leaves.map((leaf) => keccak256(leaf.path) + leaf.hash).join(''));
		const value = '{"algo":"' + ALGO + '","bundleHash":"' + hash0x(bundle_hash) + '","count":' + leaves.length +
			',"leavesHash":"' + hash0x(labels) + '"}';

		return leafHash(MANIFEST, ZERO, keccak256(value));
	}

	// ---- the evidence object, read strictly ------------------------------------------------------------------------------------

	function readListed(text, object) {
		const m = object.type === 'object' ? pick(object, ['path', 'hash', 'salt']) : null;
		const leaf = {};

		if (!m)
			throw new Fault('leaves');
		if (!m.path || m.path.type !== 'string')
			throw new Fault('leaves: path');
		leaf.path = decode(text, m.path);
		leaf.hash = readHash(text, m.hash);
		if (leaf.hash === null)
			throw new Fault('leaves: hash');
		leaf.salt = m.salt ? readHash(text, m.salt) : null;
		if (m.salt && leaf.salt === null)
			throw new Fault('leaves: salt');
		return leaf;
	}

	function readListedAll(text, array) {
		const listed = [];

		if (!array || array.type !== 'array')
			throw new Fault('leaves');
		for (const object of array.list)
			listed.push(readListed(text, object));
		const data = listed.slice(0, -1), last = listed[listed.length - 1];

		if (!last || last.path !== MANIFEST)
			throw new Fault('leaves: #manifest is not the last');
		if (last.salt !== null)
			throw new Fault('leaves: #manifest has a salt');
		data.forEach((leaf, i) => {
			if (leaf.path === MANIFEST || (i && data[i - 1].path >= leaf.path))
				throw new Fault('leaves: not in ascending order of path');
		});
		return {data, manifest: last};
	}

	function readSealed(text, evidence, sealed) {
		const m = evidence.type === 'object' ? pick(evidence, ['leaves', 'root', 'rootAlgo', 'bundleHash', 'evidenceId', 'parentRoot']) : undefined;

		function demand(condition, what) {
			if (!condition)
				throw new Fault(what);
		}
		demand(m !== undefined, 'no evidence object');
		demand(m !== null, 'a member stands twice');
		demand(plain(text, m.rootAlgo) === ALGO, 'rootAlgo');
		demand(readHash(text, m.root) !== null, 'root');
		sealed.root = readHash(text, m.root);
		sealed.bundle_hash = readHash(text, m.bundleHash);
		demand(sealed.bundle_hash !== null, 'bundleHash');
		sealed.id = plain(text, m.evidenceId);
		demand(sealed.id !== null, 'evidenceId');
		demand(m.parentRoot, 'parentRoot');
		sealed.parent = m.parentRoot.type === 'null' ? null : readHash(text, m.parentRoot);
		demand(m.parentRoot.type === 'null' || sealed.parent !== null, 'parentRoot');
		Object.assign(sealed, readListedAll(text, m.leaves));
	}

	// ---- the checks of a record, each a sentence of evidence(5) -----------------------------------------------------------------

	const GOOD = 'good', BAD = 'bad', UNKNOWN = 'unknown';
	const ROOT_ORIGIN = 'origin of the root: compare it with one that you trust (--root)';
	const ROOT_OTHER = 'the root is not the expected one';

	function bad(why, path) {
		const fault = new Fault(why);

		fault.path = path;
		throw fault;
	}

	// Run f; a Fault of it is the verdict, at this path.
	function at(path, f) {
		try {
			return f();
		} catch (e) {
			if (!(e instanceof Fault))
				throw e;
			return bad(e.message, path);
		}
	}

	function unchecked(v, what) {
		if (!v.notChecked.includes(what))
			v.notChecked.push(what);
	}

	// Every value has its listed leaf, and each listed leaf its value, its redacted place, or (a trimmed bundle) nothing.
	function checkCoverage(v, own, sealed) {
		const listed = new Map(sealed.data.map((leaf) => [leaf.path, leaf]));
		const known = new Map(own.map((leaf) => [leaf.path, leaf]));

		for (const leaf of own)
			if (!listed.has(leaf.path))
				bad('a value is covered by no leaf', leaf.path);
		for (const {path, hash, salt} of sealed.data) {
			const leaf = known.get(path);

			if (!leaf) {
				v.leaves.missing++;
				own.push({path, value: null, redacted: false, missing: true, salt, hash});
			} else if (leaf.redacted) {
				v.leaves.redacted++;
				if (salt !== null)
					bad('a redacted leaf still has its salt', path);
				if (leaf.hash !== hash)
					bad('a redacted value names another hash than its leaf', path);
			} else {
				v.leaves.open++;
				leaf.salt = salt;
			}
		}
		own.sort(byPath);
		v.checked.push('coverage');
	}

	// Each open leaf, recomputed from its path, salt and value, has the listed hash.
	function checkLeaves(v, text, own, sealed) {
		const listed = new Map(sealed.data.map((leaf) => [leaf.path, leaf.hash]));

		for (const leaf of own) {
			if (leaf.redacted || leaf.missing)
				continue;
			leaf.hash = leafHash(leaf.path, leaf.salt === null ? ZERO : leaf.salt,
				at(leaf.path, () => hashCanonical(canonical(text, leaf.value))));
		}
		for (const leaf of own)
			if (leaf.hash !== listed.get(leaf.path))
				bad('a value was changed: its leaf has another hash', leaf.path);
		v.checked.push('leaves');
	}

	// The stable part gives the bundle hash; with values missing nobody can tell.
	function checkBundleHash(v, text, r, own, sealed) {
		if (v.leaves.missing) {
			unchecked(v, 'bundleHash: values are missing from the record');
			return;
		}
		if (hashCanonical(stablePart(text, r, own)) !== sealed.bundle_hash)
			bad('bundleHash is that of another record');
		v.checked.push('bundleHash');
	}

	// Number, labels and hashes of the leaves are those that the manifest binds; with it they lead to the root.
	function checkTree(v, own, sealed) {
		const manifest = manifestHash(own, sealed.bundle_hash);

		if (manifest !== sealed.manifest.hash)
			bad('the manifest binds other leaves', MANIFEST);
		v.checked.push('manifest');
		if (rootOf([...own.map((leaf) => leaf.hash), manifest]) !== sealed.root)
			bad('the leaves lead to another root');
		v.checked.push('root');
	}

	function checkExpected(v, root, expected) {
		if (expected === null) {
			unchecked(v, ROOT_ORIGIN);
			return;
		}
		if (root !== expected)
			bad(ROOT_OTHER);
		v.checked.push('expected root');
	}

	function checkId(v, text, r, sealed) {
		const day = /^(\d{4})-(\d\d)-(\d\d)T/.exec(plain(text, find(r.meta, 'verifiedAt')) || '');

		if (!day || sealed.id !== 'evi_' + day[1] + day[2] + day[3] + '_' + hex(sealed.root).slice(0, 16))
			bad('evidenceId does not follow from verifiedAt and root');
		v.checked.push('evidenceId');
	}

	function base64Decode(s) {
		// the last digit before padding leaves no bits behind its byte
		if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/.test(s))
			return null;
		return global.atob(s);
	}

	const ours = ['httpStatus', 'request', 'bodySha256', 'fetchedAt'];

	// OKX's body again: everything before the first member of ours, and the closing brace.
	function rebuildBody(text, entry) {
		let end = entry.start + 1;

		for (const {name, value} of entry.list) {
			if (ours.includes(name))
				return text.slice(entry.start, end) + '}';
			end = value.end;
		}
		return null;
	}

	function decodeBody(text, body, encoding) {
		const s = plain(text, body);

		if (body.type !== 'string')
			return null;
		switch (plain(text, encoding)) {
		case 'utf8': return decode(text, body);
		case 'base64': return s === null ? null : base64Decode(s);
		default: return null;
		}
	}

	// OKX's body has the SHA-256 that was noted when it was received.
	function checkBody(v, text, leaf) {
		const m = leaf.value.type === 'object' ? pick(leaf.value, ['body', 'bodyEncoding', 'bodySha256']) : null;
		let want, body;

		if (!m || !m.bodySha256) {
			unchecked(v, 'bodySha256: an entry without one');
			return;
		}
		want = plain(text, m.bodySha256);
		if (want === null || want.length !== 64 || !/^[0-9a-f]*$/.test(want))
			bad('bodySha256 is no SHA-256', leaf.path);
		body = m.body ? decodeBody(text, m.body, m.bodyEncoding) : rebuildBody(text, leaf.value);
		if (body === null)
			bad('the body cannot be put together again', leaf.path);
		if (hex(sha256(body)) === want)
			return;
		if (m.body)
			bad('the body has another SHA-256 than when it was received', leaf.path);
		// white space outside strings may have been taken out: the leaf still binds every value
		unchecked(v, 'bodySha256: a body whose white space was not kept');
	}

	function checkBodies(v, text, own) {
		const untold = v.notChecked.length;

		for (const leaf of own)
			if (leaf.path.startsWith('raw.') && !leaf.redacted && !leaf.missing)
				checkBody(v, text, leaf);
		if (v.notChecked.length === untold)
			v.checked.push('bodySha256');
	}

	// parentRoot is the root of the record before this one.
	function checkParent(v, sealed, run) {
		if (!run.chain || run.previous === null) {
			unchecked(v, run.chain ? 'parentRoot: no record before this one' : 'parentRoot: see --chain');
			return;
		}
		if (sealed.parent !== run.previous)
			bad('parentRoot is not the root of the record before');
		v.checked.push('parentRoot');
	}

	function checkRecord(v, text, r, run) {
		const sealed = run.sealed;
		let own;

		if (!r.evidence) {
			unchecked(v, 'everything: the record is not sealed');
			return UNKNOWN;
		}
		readSealed(text, r.evidence, sealed);
		own = readLeaves(text, r);
		run.shown.leaves = own;
		run.shown.listed = sealed.data;
		checkCoverage(v, own, sealed);
		checkLeaves(v, text, own, sealed);
		checkBundleHash(v, text, r, own, sealed);
		checkTree(v, own, sealed);
		checkId(v, text, r, sealed);
		checkBodies(v, text, own);
		if (v.leaves.redacted)
			unchecked(v, 'redacted values');
		checkExpected(v, sealed.root, run.root);
		checkParent(v, sealed, run);
		return v.leaves.missing ? UNKNOWN : GOOD;
	}

	// ---- the checks of a proof --------------------------------------------------------------------------------------------------

	const PROOF_TWICE = 'a member stands twice in the proof';

	function isClaim(text, value, hash) {
		return !value || readHash(text, value) === hash;
	}

	// A leaf, recomputed from path, salt and value, climbs to the root along its proof. Returns its path.
	function checkClimb(text, object, root) {
		const m = pick(object, ['path', 'salt', 'value', 'proof', 'valueHash', 'hash']);
		let path, salt, siblings, value_hash, hash;

		if (!m)
			bad(PROOF_TWICE);
		salt = readHash(text, m.salt);
		if (!m.path || m.path.type !== 'string' || !m.value || !m.proof || m.proof.type !== 'array' || salt === null)
			bad('path, salt, value and proof are needed');
		path = decode(text, m.path);
		siblings = m.proof.list.map((value) => readHash(text, value));
		if (siblings.length > LIMIT_PROOF || siblings.includes(null))
			bad('the proof is no list of hashes', path);
		try {
			value_hash = hashCanonical(canonical(text, m.value));
		} catch (e) {
			if (!(e instanceof Fault))
				throw e;
			bad('the value has no canonical form', path);
		}
		hash = leafHash(path, salt, value_hash);
		if (!isClaim(text, m.valueHash, value_hash) || !isClaim(text, m.hash, hash))
			bad('valueHash or hash is that of another value', path);
		if (siblings.reduce(hashPair, hash) !== root)
			bad('the proof leads to another root', path);
		return path;
	}

	function checkProof(v, text, object, run) {
		const m = pick(object, ['root', 'rootAlgo', 'evidenceId', 'path', 'manifest']);
		let root;

		if (!m)
			bad(PROOF_TWICE);
		root = readHash(text, m.root);
		if (root === null)
			bad('root');
		if (m.rootAlgo && plain(text, m.rootAlgo) !== ALGO)
			bad('rootAlgo');
		if (m.evidenceId) {
			const id = plain(text, m.evidenceId) || '';

			// its date cannot be told from one leaf
			if (id.length !== 29 || !id.startsWith('evi_') || id.slice(13) !== hex(root).slice(0, 16))
				bad('evidenceId does not follow from root');
		}
		run.sealed.root = root;
		run.sealed.id = null;
		if (m.path) {
			checkClimb(text, object, root);
			v.checked.push('leaf');
		}
		if (m.manifest) {
			const path = m.manifest.type === 'object' ? checkClimb(text, m.manifest, root) : null;

			if (path === null)
				bad(undefined);
			if (path !== MANIFEST)
				bad('the manifest stands under another path', path);
			v.checked.push('manifest');
		}
		if (!m.path && !m.manifest) {
			unchecked(v, 'everything: no leaf and no manifest');
			return UNKNOWN;
		}
		checkExpected(v, root, run.root);
		unchecked(v, 'the rest of the bundle: a proof shows one leaf');
		return GOOD;
	}

	// ---- one line ---------------------------------------------------------------------------------------------------------------

	const parts = ['meta', 'normalized', 'raw', 'perf', 'error', 'evidence', 'clientMeta'];

	// The members as merkle-verify prints them, without those that are not there.
	function inOrder(v) {
		const order = ['type', 'in', 'result', 'evidenceId', 'root', 'failed', 'path', 'checked', 'notChecked', 'leaves'];

		return Object.fromEntries(order.filter((name) => v[name] !== undefined).map((name) => [name, v[name]]));
	}

	// run: what is carried from line to line; run.shown: what a page wants to show of this one.
	function checkText(text, number, run) {
		const v = {type: 'verification', in: number, result: UNKNOWN, checked: [], notChecked: [], leaves: {open: 0, redacted: 0, missing: 0}};
		const parsed = text.length > LIMIT_BUNDLE_BYTES ? {why: 'longer than a bundle may be', value: null} : parseJson(text);
		const record = parsed.value;
		let r;

		run.shown = {text, value: record, record: null, leaves: [], listed: [], proof: false};
		if (!record) {
			unchecked(v, parsed.why);
			return v;
		}
		if (record.type !== 'object') {
			unchecked(v, 'a record is a JSON object');
			return v;
		}
		r = pick(record, parts);
		if (!r) {
			unchecked(v, pick.twice);
			return v;
		}
		run.shown.record = r;
		try {
			const type = find(record, 'type');

			// what has evidence is judged as a record, whatever else it calls itself
			run.shown.proof = !r.evidence && Boolean(type) && text.slice(type.start, type.end) === '"proof"';
			v.result = run.shown.proof ? checkProof(v, text, record, run) : checkRecord(v, text, r, run);
		} catch (e) {
			if (!(e instanceof Fault))
				throw e;
			v.result = BAD;
			if (e.message)
				v.failed = e.message;
			if (e.path !== undefined)
				v.path = decodeUtf8(e.path);
		}
		if (v.checked.length) {
			v.evidenceId = run.sealed.id === null ? null : decodeUtf8(run.sealed.id);
			v.root = hash0x(run.sealed.root);
		}
		run.previous = v.result === UNKNOWN ? null : run.sealed.root;
		return inOrder(v);
	}

	function startRun(options) {
		const root = options && options.root ? parseHash(options.root) : null;

		if (options && options.root && root === null)
			throw new RangeError('not 0x and 64 lower-case hex digits');
		return {root, chain: Boolean(options && options.chain), previous: null, sealed: {root: ZERO, id: null}, shown: null};
	}

	function lines(bytes, options) {
		const run = startRun(options);
		const all = byteString(bytes).split('\n');

		if (all[all.length - 1] === '')
			all.pop();
		return all.map((line, i) => checkText(line, i + 1, run));
	}

	// One JSON text however it is laid out, or else a record a line. [{verdict, shown}]
	function file(bytes, options) {
		const text = byteString(bytes);
		const run = startRun(options);
		const whole = [{verdict: checkText(text, 1, run), shown: run.shown}];
		const rows = text.split('\n').filter((line) => line.trim() !== '');

		if (run.shown.value || rows.length < 2)
			return whole;
		const again = startRun(options);
		const list = rows.map((line, i) => ({verdict: checkText(line, i + 1, again), shown: again.shown}));

		// when not even its lines are JSON, the fault of the whole is the better answer
		return list.some((one) => one.shown.value) ? list : whole;
	}

	// ---- for those who show what was checked -------------------------------------------------------------------------------------

	// A value as JavaScript has them, for display only: numbers keep their digits as text, and of twins the first counts, as in find().
	function toValue(text, value) {
		switch (value.type) {
		case 'object': {
			const object = Object.create(null);

			for (const m of value.list) {
				const name = decodeUtf8(m.name);

				if (!(name in object))
					object[name] = toValue(text, m.value);
			}
			return object;
		}
		case 'array': return value.list.map((v) => toValue(text, v));
		case 'string': return decodeUtf8(decode(text, value));
		case 'number': return text.slice(value.start, value.end);
		case 'bool': return text[value.start] === 't';
		default: return null;
		}
	}

	// The value's own text, a member a line.
	function pretty(text, value, indent) {
		const deeper = (indent || '') + '  ';
		const own = decodeUtf8(text.slice(value.start, value.end));

		if ((value.type !== 'object' && value.type !== 'array') || value.list.length === 0)
			return own;
		const rows = value.list.map((item) => (value.type === 'array'
			? pretty(text, item, deeper)
			: decodeUtf8(text.slice(item.key.start, item.key.end)) + ': ' + pretty(text, item.value, deeper)));
		const [open, close] = value.type === 'array' ? '[]' : '{}';

		return open + '\n' + rows.map((row) => deeper + row).join(',\n') + '\n' + (indent || '') + close;
	}

	global.tradepipeCheck = {
		lines, file, toValue, pretty, find, decodeUtf8, hash0x,
		isRoot: (text) => parseHash(text) !== null,
		// for tests
		keccak256: (bytes) => hex(keccak256(byteString(bytes))),
		sha256: (bytes) => hex(sha256(byteString(bytes))),
		canonical: (bytes) => {
			const text = byteString(bytes);

			return bytesOf(canonical(text, parseJson(text).value));
		},
	};
})(globalThis);
