#!/usr/bin/env bats
# Catches K-lines that are passed on before they are kept, an older version that takes a newer one's place, and gaps that do not close.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# bar MINUTE CLOSE VERSION [SYMBOL]
bar() {
	printf '{"type":"kline","seq":1,"in":1,"symbol":"%s","interval":"1m","windowStart":%s,"open":"10","high":"99999.12345678","low":"0.00000001","close":"%s","volume":"1.5","turnover":"150.0000000000000001","trades":3,"takerBuyVolume":"1","takerBuyTurnover":"100","firstTradeId":"1","lastTradeId":"3","version":%s,"closed":true,"partial":false}\n' \
		"${4:-BTC-USDC}" $((1700002800000000 + $1 * 60000000)) "$2" "$3"
}

gap() {
	printf '{"type":"gap","seq":1,"in":1,"symbol":"X","firstMissing":"%s","lastMissing":"%s","filled":%s}\n' "$1" "$2" "$3"
}

rows() {
	sqlite3 st/kline.sqlite "$1"
}

@test "what comes out is what went in, and is kept exactly" {
	{ bar 0 12.5 1; bar 1 0.00000001 1; echo ' {"type" : "watermark","ts":1}'; echo '{"type":"end","count":2}'; } >in.txt
	kline-store --state st <in.txt >out.txt
	cmp in.txt out.txt
	expect_equal "$(rows 'select * from bars')" 'BTC-USDC|1m|1700002800000000|10|99999.12345678|0.00000001|12.5|1.5|150.0000000000000001|3|1|100|1|3|1|1|0
BTC-USDC|1m|1700002860000000|10|99999.12345678|0.00000001|0.00000001|1.5|150.0000000000000001|3|1|100|1|3|1|1|0'
	expect_equal "$(rows 'pragma journal_mode')" wal
}

@test "only a higher version replaces" {
	{ bar 0 11 2; bar 0 12 2; bar 0 13 1; } | kline-store --state st | wc -l | grep -qx 3
	expect_equal "$(rows 'select close, version from bars')" '11|2'
	bar 0 14 10 | kline-store --state st >/dev/null
	expect_equal "$(rows 'select close, version from bars')" '14|10'
}

@test "a bar whose trades were all cancelled has no prices" {
	printf '{"type":"trade","tradeId":"%s","symbol":"A-B","px":"7","sz":"1","side":"buy","ts":17000028%s000000}\n' 1 00 2 03 >trades.txt
	{ cat trades.txt; echo '{"type":"trade-cancel","symbol":"A-B","tradeId":"1"}'; } | kline-agg --intervals 1s | kline-store --state st >/dev/null
	expect_equal "$(rows 'select open is null, first_trade_id is null, trades, version from bars order by window_start limit 1')" '1|1|0|2'
}

@test "gaps: told twice, filled from either end and in the middle, and again after a restart" {
	{ gap 10 20 false; gap 10 20 false; } | kline-store --state st >/dev/null
	expect_equal "$(rows 'select first, last from gaps')" '10|20'
	{ gap 10 10 true; gap 15 15 true; gap 20 20 true; gap 7 7 true; gap 30 40 false; } | kline-store --state st >/dev/null
	expect_equal "$(rows 'select first, last from gaps')" '11|14
16|19
30|40'
	# the stream again from its beginning
	{ gap 10 20 false; for i in $(seq 10 20); do gap "$i" "$i" true; done; } | kline-store --state st >/dev/null
	expect_equal "$(rows 'select first, last from gaps')" '30|40'
	expect_equal "$(echo '{"type":"late","symbol":"X","tradeId":"5","interval":"1s","windowStart":1700002800000000}' | kline-store --state st | wc -l)" 1
	expect_equal "$(rows 'select * from late')" 'X|1s|1700002800000000|5'
}

@test "what cannot be kept comes out as a reject, the rest is kept" {
	{ bar 0 12.5 1
	  bar 0 12.5 1 'A/B'
	  bar 0 12.5 1 '../../etc'
	  bar 0 12.5 1 | sed 's/"high":"[^"]*"/"high":"10000000000"/'
	  bar 0 12.5 1 | sed 's/,"partial":false//'
	  bar 0 12.5 1 | sed 's/"lastTradeId":"3"/"lastTradeId":"18446744073709551615"/'
	  bar 0 12.5 1 | sed 's/"1m"/"1y"/'
	  bar 0 12.123456789 1
	  echo '{"type":"gap","symbol":"X","firstMissing":"5","lastMissing":"4"}'
	  bar 1 12.5 1; } >in.txt
	split kline-store --state st <in.txt
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "reject") | .in' out.txt | tr '\n' ' ')" '2 3 4 5 6 7 8 9 '
	expect_equal "$(rows 'select count(*) from bars')" 2
}

@test "killed at any instant: what came out is kept" {
	for i in $(seq 0 3000); do bar "$i" 12.5 1; done >in.txt
	for run in 1 2 3 4; do
		rm -rf st out.txt
		perl -e 'while (<STDIN>) { syswrite(STDOUT, $_); select(undef, undef, undef, 0.001) if $. % 7 == 0; }' <in.txt | kline-store --state st >out.txt &
		sleep "0.$((run * 7 % 9 + 1))"
		kill -9 %+ 2>/dev/null || true
		wait || true
		n=$(wc -l <out.txt)
		[ "$n" -eq 0 ] || [ "$(rows 'select count(*) from bars')" -ge "$n" ] || fail "out: $n, kept: $(rows 'select count(*) from bars')"
		kline-store --state st <in.txt | cmp - in.txt
		expect_equal "$(rows 'select count(*) from bars')" 3001
	done
}

@test "killed before and after every write and sync; every one failed: nothing is acknowledged that is not kept" {
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	more=
	is_sanitized && more=-DFAILING_WITHOUT_MEMORY
	gcc -shared -fPIC $more -o failing.so "$ROOT/tests/fault/failing.c"
	for i in $(seq 0 2); do bar "$i" 12.5 1; done >in.txt
	faulty() {
		rm -rf st
		status=0
		env FAIL_PATH=st FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate,mkdir LD_PRELOAD="$PWD/failing.so" "$@" kline-store --state st <in.txt >out.txt 2>err.txt || status=$?
	}
	faulty FAIL_COUNT_FILE="$PWD/count"
	[ $status -eq 0 ]
	N=$(cat count)
	[ "$N" -ge 10 ] || fail "only $N calls are seen"
	for i in $(seq "$N"); do
		for how in FAIL_ERRNO=EIO FAIL_KILL=1 FAIL_KILL=after; do
			faulty FAIL_AT="$i" "$how"
			case $how:$status in FAIL_E*:0 | FAIL_E*:111 | FAIL_E*:102 | FAIL_K*:137) ;; *) fail "call $i, $how: status $status: $(cat err.txt)" ;; esac
			n=$(wc -l <out.txt)
			# an error that SQLite itself makes good leaves status 0 and everything there
			[ $status -ne 0 ] || [ "$n" -eq 3 ]
			[ "$n" -eq 0 ] || [ "$(rows 'select count(*) from bars')" -ge "$n" ] || fail "call $i, $how: out $n, kept $(rows 'select count(*) from bars')"
			kline-store --state st <in.txt >out.txt || fail "call $i, $how: does not open again"
			expect_equal "$(rows 'select count(*) from bars; pragma integrity_check')" '3
ok'
		done
	done
}

@test "another program's database is refused" {
	mkdir st
	sqlite3 st/kline.sqlite 'create table t (x); pragma user_version = 7'
	bar 0 1 1 | split kline-store --state st
	expect_status 102
	head -c 8192 /dev/urandom >st/kline.sqlite
	bar 0 1 1 | split kline-store --state st
	expect_status 100
	[ -z "$out" ]
}
