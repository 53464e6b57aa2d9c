#!/usr/bin/env bats
# Catches bars that are lost or changed between SQLite and Parquet, whatever happens on the way, and files that nobody else can read.
load helper
load damage

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TRADEPIPE_KLINES=st
}

# bar SECONDS [VERSION [CLOSE [SYMBOL]]]: a minute's bar that starts then
bar() {
	printf '{"type":"kline","seq":1,"in":1,"symbol":"%s","interval":"1m","windowStart":%s000000,"open":"10","high":"9999999999.99999999","low":"0.00000001","close":"%s","volume":"123456789012345678901234567890.12345678","turnover":"1234567890123456789012.1234567890123456","trades":3,"takerBuyVolume":"0","takerBuyTurnover":"0.0000000000000001","firstTradeId":"1","lastTradeId":"9223372036854775807","version":%s,"closed":true,"partial":false}\n' \
		"${4:-A-B}" "$1" "${3:-12}" "${2:-1}"
}

# bars of two days of 2023
days() {
	for i in $(seq 0 3); do bar $((1700006000 + i * 60)) "$@"; done
}

rows() {
	sqlite3 st/kline.sqlite 'select count(*) from bars'
}

asked() {
	kline-query --symbol A-B --limit 10000
}

@test "finished days go, younger ones stay" {
	today=$(($(date +%s) / 86400 * 86400))
	{ for d in 0 1 7 8 9 400; do bar $((today - d * 86400)); done; } >in.txt
	kline-store --state st <in.txt >/dev/null
	asked >before.txt
	kline-archive --hot-days 8 | jq -r .bars | tr '\n' ' ' >out.txt
	expect_equal "$(cat out.txt)" '1 1 '
	expect_equal "$(rows)" 4
	asked | diff before.txt -
	expect_equal "$(kline-archive | wc -l)" 1
	expect_equal "$(kline-archive)" ''
	expect_equal "$(rows)" 3
	asked | diff before.txt -
}

@test "files go when they are old enough" {
	today=$(($(date +%s) / 86400 * 86400))
	{ for d in 20 30 31 40; do bar $((today - d * 86400)); done; bar $((today - 40 * 86400)) 1 1 C-D; } | kline-store --state st >/dev/null
	touch st/x
	mkdir -p st/archive/A-B/1m
	touch st/archive/A-B/1m/2020-01-01.parquet.tmp st/archive/A-B/1m/notes.txt st/archive/notes.txt
	kline-archive --drop-after 30 | jq -r 'select(.type == "dropped") | .symbol' | sort | tr '\n' ' ' >out.txt
	expect_equal "$(cat out.txt)" 'A-B A-B C-D '
	expect_equal "$(asked | wc -l)" 2
	expect_equal "$(find st/archive -type f | wc -l)" 4
	[ ! -e st/archive/A-B/1m/2020-01-01.parquet.tmp ]
	split kline-archive --drop-after 7
	expect_status 100
}

@test "a late correction is shown at once, and written into the day's file by the next run" {
	days | kline-store --state st >/dev/null
	kline-archive >/dev/null
	{ bar 1700006060 2 77; bar 1700006120 1 88; bar 1700009000; } | kline-store --state st >/dev/null
	asked | jq -r '[.version, .close] | join(":")' | tr '\n' ' ' >before.txt
	expect_equal "$(cat before.txt)" '1:12 2:77 1:12 1:12 1:12 '
	expect_equal "$(kline-archive | jq .bars | tr '\n' ' ')" '4 1 '
	expect_equal "$(rows)" 0
	asked | jq -r '[.version, .close] | join(":")' | tr '\n' ' ' | diff before.txt -
}

@test "the same bars, the same bytes" {
	days | kline-store --state st >/dev/null
	days | tac | kline-store --state other >/dev/null
	kline-archive >/dev/null
	kline-archive --state other >/dev/null
	diff -r st/archive other/archive
}

@test "killed before and after every write, sync, rename and removal; every one failed: each bar is in one place at least" {
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	more=
	is_sanitized && more=-DFAILING_WITHOUT_MEMORY
	gcc -shared -fPIC $more -o failing.so "$ROOT/tests/fault/failing.c"
	days | kline-store --state base >/dev/null
	# a file that is to be written anew, and one that is not there yet
	kline-archive --state base >/dev/null
	{ bar 1700006060 2 77; bar 1700106000; } | kline-store --state base >/dev/null
	kline-query --state base --symbol A-B >want.txt
	faulty() {
		rm -rf st
		cp -r base st
		status=0
		env FAIL_PATH=st FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate,rename,unlink,mkdir LD_PRELOAD="$PWD/failing.so" "$@" kline-archive >out.txt 2>err.txt || status=$?
	}
	faulty FAIL_COUNT_FILE="$PWD/count"
	[ $status -eq 0 ] || fail "$(cat err.txt)"
	N=$(cat count)
	[ "$N" -ge 10 ] || fail "only $N calls are seen"
	for i in $(seq "$N"); do
		for how in FAIL_ERRNO=ENOSPC FAIL_KILL=1 FAIL_KILL=after; do
			faulty FAIL_AT="$i" "$how"
			case $how:$status in FAIL_E*:0 | FAIL_E*:111 | FAIL_K*:137) ;; *) fail "call $i, $how: status $status: $(cat err.txt)" ;; esac
			kline-query --symbol A-B | cmp - want.txt || fail "call $i, $how: $status"
			kline-archive >out.txt || fail "call $i, $how: the next run fails"
			kline-query --symbol A-B | cmp - want.txt || fail "call $i, $how: after the next run"
			[ "$(rows)" = 0 ] || fail "call $i, $how: rows left"
		done
	done
}

@test "a bit flipped anywhere in a file, and a file cut short: named, and nothing is changed" {
	days | kline-store --state st >/dev/null
	kline-archive >/dev/null
	file=$(find st/archive -name '*.parquet')
	expect_named "$file" 97 'damaged what=A-B/1m/2023' asked
	# a correction is not written over damage
	bar 1700006060 2 77 | kline-store --state st >/dev/null
	split kline-archive
	expect_status 100
	expect_equal "$(rows)" 1
	[ "$(wc -c <"$file")" -eq $(($(wc -c <good) - 1)) ]
}

@test "two at once: one works, the other says so" {
	days | kline-store --state st >/dev/null
	mkdir st/archive
	flock st/archive sleep 2 &
	sleep 0.3
	split kline-archive
	expect_status 111
	wait
	kline-archive | grep -q archived
}

@test "every column as DuckDB reads it, exactly" {
	[ -d "$ROOT/tests/peers/node_modules/@duckdb" ] || skip "no DuckDB: make check installs it"
	awk 'BEGIN { srand(7); for (i = 1; i <= 3000; i++) { if (i % 500) printf "{\"type\":\"trade\",\"tradeId\":\"%d\",\"symbol\":\"%s\",\"px\":\"%d.%08d\",\"sz\":\"%d.%08d\",\"side\":\"%s\",\"ts\":%.0f}\n", i / 2, i % 2 ? "A-B" : "C_D", 1 + rand() * 90000, rand() * 99999999, rand() * 9, 1 + rand() * 99999998, rand() < 0.5 ? "buy" : "sell", 1700002800000000 + i * 7654321 } }' >trades.txt
	# a window that lost its trades, and flat ones: nulls
	sed -i '40a {"type":"trade-cancel","symbol":"A-B","tradeId":"9"}' trades.txt
	kline-agg --fill prev --fill-max 3 <trades.txt 2>/dev/null | tee bars.txt | kline-store --state st >/dev/null
	{ days; days 1 3 Z-Z; } | tee -a bars.txt | kline-store --state st >/dev/null
	kline-archive >/dev/null
	expect_equal "$(rows)" 0
	grep -q '"open":null' bars.txt
	node "$ROOT/tests/peers/kline_archive.mjs" bars.txt $(find st/archive -name '*.parquet') >out.txt || fail "$(cat out.txt)"
	[ "$(tail -n 1 out.txt | jq .compared)" -gt 3000 ]
	expect_equal "$(tail -n 1 out.txt | jq -r '.types | map(select(test("DECIMAL|TIME"))) | join(", ")')" 'windowStart TIMESTAMP WITH TIME ZONE, open DECIMAL(18,8), high DECIMAL(18,8), low DECIMAL(18,8), close DECIMAL(18,8), volume DECIMAL(38,8), turnover DECIMAL(38,16), takerBuyVolume DECIMAL(38,8), takerBuyTurnover DECIMAL(38,16)'
}
