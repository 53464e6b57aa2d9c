# damage: files that change behind a program's back. Load it after helper.

# Flip bits of the file $1, every $2 of them (an odd step, so that each bit of a byte has its turn), and cut it short at places that matter:
# each time the command must end with status 100, and name where a bit was flipped by $3. The file is left without its last byte, as it was in good.
expect_named() { # FILE STEP WHAT COMMAND...
	local file=$1 step=$2 what=$3 size bit n s
	shift 3
	cp "$file" good
	size=$(wc -c <good)
	if is_sanitized; then step=$((10 * step + 7)); fi
	for bit in $(seq 3 $step $((size * 8 - 1))); do
		flip_bit good "$file" "$bit"
		s=0; "$@" >out.txt 2>err.txt || s=$?
		[ $s -eq 100 ] || fail "bit $bit: status $s"
		grep -q "$what" err.txt || fail "bit $bit: $(cat err.txt)"
	done
	for n in 0 1 4 11 12 $((size / 2)) $((size - 1)); do
		head -c "$n" good >"$file"
		s=0; "$@" >out.txt 2>err.txt || s=$?
		[ $s -eq 100 ] || fail "cut at $n: status $s"
	done
}
