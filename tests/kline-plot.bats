#!/usr/bin/env bats
# Catches a picture that does not fit its window, shows an old version of a bar, or writes escapes where no terminal is.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# bar MINUTE OPEN HIGH LOW CLOSE VOLUME VERSION CLOSED
bar() {
	printf '{"type":"kline","seq":1,"symbol":"%s","interval":"1m","windowStart":%s,"open":"%s","high":"%s","low":"%s","close":"%s","volume":"%s","turnover":"1","trades":3,"version":%s,"closed":%s,"partial":false}\n' \
		"${SYMBOL:-BTC-USDC}" $((1700002800000000 + $1 * 60000000)) "$2" "$3" "$4" "$5" "$6" "${7:-1}" "${8:-true}"
}

@test "bodies, wicks, volumes, prices and times stand where they belong" {
	{ bar 0 10 20 10 20 4; bar 1 20 20 0.5 0.5 8; bar 2 10 20 0.5 10 0; } | kline-plot --ascii --width 18 --height 8 >out.txt
	diff - out.txt <<-'END'
		BTC-USDC 1m 2023-1
		##| 20
		##|
		###
		 #|
		 #| 0.5
		##  8

	END
}

@test "every line fits the window, whatever its size" {
	for i in $(seq 0 300); do bar "$i" $((i % 17 + 5)) 30 1 $((i % 13 + 5)) "$i"; done >bars.txt
	for size in "16 8" "40 10" "80 24" "237 61" "1000 300"; do
		set -- $size
		LC_ALL=C.UTF-8 kline-plot --width "$1" --height "$2" <bars.txt >out.txt
		expect_equal "$(wc -l <out.txt)" "$2"
		LC_ALL=C.UTF-8 awk -v w="$1" '{ gsub(/[\200-\277]/, ""); if (length($0) > w) { print length($0) ": " $0; exit 1 } }' out.txt
	done
}

@test "a newer version takes the place of the old, an older one does not" {
	{ bar 0 10 20 10 20 4 2; bar 0 1 2 1 2 4 1; } | kline-plot --ascii --width 60 | head -n 1 >out.txt
	grep -q 'O 10 H 20 L 10 C 20' out.txt
	{ bar 0 10 20 10 20 4 2; bar 0 1 2 1 2 4 3; } | kline-plot --ascii --width 60 | head -n 1 >out.txt
	grep -q 'O 1 H 2 L 1 C 2' out.txt
}

@test "one symbol and one interval" {
	{ bar 0 10 20 10 20 4; SYMBOL=ETH-USDC bar 1 7 7 7 7 1; } >bars.txt
	kline-plot --width 60 <bars.txt | head -n 1 | grep -q '^BTC-USDC 1m .* C 20'
	kline-plot --width 60 --symbol ETH-USDC <bars.txt | head -n 1 | grep -q '^ETH-USDC 1m .* C 7'
	kline-plot --symbol XRP-USDC <bars.txt >out.txt
	[ ! -s out.txt ]
}

@test "colours on request alone; never the terminal's other tricks in a file" {
	{ bar 0 10 20 10 20 4; bar 1 20 20 10 10 4; bar 2 10 20 10 20 4 1 false; } >bars.txt
	kline-plot --follow <bars.txt >out.txt
	! grep -q "$(printf '\033')" out.txt || false
	kline-plot --color always <bars.txt >out.txt
	for code in '32m' '31m' '2;32m'; do grep -q "$(printf '\033')\[$code" out.txt || fail "no $code"; done
	NO_COLOR=1 kline-plot --color auto <bars.txt >out.txt
	! grep -q "$(printf '\033')" out.txt || false
}

@test "lines that are no bars are named, the others drawn" {
	{ echo '{"type":"gap","symbol":"X","firstMissing":"1","lastMissing":"2"}'; echo '{"type":"kline"}'; echo nonsense; bar 0 10 5 10 20 4; bar 0 10 20 10 20 4; } | split kline-plot --width 60
	expect_status 1
	expect_equal "$(grep -c rejected err.txt)" 3
	grep -q 'C 20' out.txt
}

@test "in a terminal: the whole window, its own screen, and the last picture stays" {
	command -v script >/dev/null || skip "no script"
	{ bar 0 10 20 10 20 4; sleep 0.3; bar 1 20 30 10 25 4; sleep 0.3; } >/dev/null
	{ bar 0 10 20 10 20 4; bar 1 20 30 10 25 4; } >bars.txt
	script -qec "stty cols 50 rows 12; { head -n 1 bars.txt; sleep 0.4; tail -n 1 bars.txt; sleep 0.4; } | '$BIN/kline-plot' --follow" typescript </dev/null >/dev/null
	esc=$(printf '\033')
	grep -q "$esc\[?1049h" typescript
	grep -q "$esc\[?1049l" typescript
	grep -q "$esc\[?25h" typescript
	expect_equal "$(sed -n "/$esc\[?1049l/,\$p" typescript | grep -c .)" 12
}

@test "a window of another size is filled at once, without a new bar" {
	bar 0 10 20 10 20 4 >bars.txt
	script -qec "stty cols 50 rows 12; { cat bars.txt; sleep 0.5; stty cols 30 rows 10 <&3; sleep 0.5; } 3<&0 | '$BIN/kline-plot' --follow --ascii" typescript </dev/null >/dev/null
	# the first picture, the one after, and the one that stays
	[ "$(grep -c 'BTC-USDC 1m' typescript)" -eq 3 ] || fail "$(cat -v typescript)"
	sed 's/\x1b\[H\x1b\[J/\n&/g' typescript | awk '/BTC-USDC/ {n++} n == 2 && /BTC-USDC/ {exit length($0) > 45}'
}
