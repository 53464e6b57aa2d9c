#!/usr/bin/env bats
# Catches trades that are lost, doubled or changed by a byte on their way into Parquet and out again, whatever happens on the way.
load helper
load damage

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TRADEPIPE_KLINES=st
}

# trade ID SECONDS [SYMBOL [MORE]]: as match prints it
trade() {
	printf '{"type":"trade","seq":%s,"in":%s,"tradeId":"%s","symbol":"%s","px":"65000.5","sz":"0.1","side":"buy","makerId":"m%s","takerId":"t","ts":%s000000%s}\n' \
		"$1" "$1" "$1" "${3:-A-B}" "$1" "$2" "${4:-}"
}

# two days of 2023: 14 November until 1700006400
days() {
	for i in 1 2 3; do trade $i $((1700006396 + i)); done
	for i in 4 5 6; do trade $i $((1700006396 + i)); done
}

printed() {
	trade-archive --print "$@"
}

@test "trades of all kinds come out byte for byte, by symbol, day and id; other records are not looked at" {
	{
		days
		trade 1 1700000000 C_D ',"x":"\u0041"'
		printf '%s\n' ' {"type":"trade","tradeId":"2","symbol":"C_D","px":"1.50","sz":"1e0","ts":1700000000000000}' '{"type":"ack","id":"1"}' 'no json' \
			'{"type":"trade-cancel","tradeId":"1","symbol":"A-B"}' '{"ts":1700000000000001, "px":"1.50","sz":"2","tradeId":"3","symbol":"C_D","type":"trade"}'
		printf '{"type":"trade","tradeId":"4","symbol":"C_D","px":"1","sz":"1","makerId":"\xc3\xa9","ts":1700000000000002}'
	} >in.txt
	split trade-archive <in.txt
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "archived") | [.symbol, .day, .trades, .added] | join(" ")' out.txt)" "$(printf 'A-B 2023-11-14 3 3\nA-B 2023-11-15 3 3\nC_D 2023-11-14 3 3')"
	expect_equal "$(jq -r 'select(.type == "reject") | [.in, .reason] | join(" ")' out.txt)" "$(printf '8 BAD_SZ\n10 BAD_JSON\n11 CORRECTION')"
	expect_equal "$(jq -s 'map(.seq) == [range(1; length + 1)]' out.txt)" true
	{ sed -n '1,7p;12,13p' in.txt; echo; } | cmp - <(printed)
	printed --symbol A-B --from 2023-11-15 --to 2023-11-15 | cmp - <(days | tail -n 3)
	expect_equal "$(printed --symbol Z-Z)" ''
}

@test "a day that comes in parts, late trades, the same again: one file, the same bytes" {
	days | trade-archive >/dev/null
	days | sed -n '1p;5p' | trade-archive --state parts >one.txt
	days | sed -n '2p;3p;6p' | trade-archive --state parts | jq -c '[.trades, .added]' >two.txt
	expect_equal "$(cat two.txt)" "$(printf '[3,2]\n[2,1]')"
	days | trade-archive --state parts | jq -c '[.trades, .added]' >three.txt
	expect_equal "$(cat three.txt)" '[3,1]'
	diff -r st/archive parts/archive
	before=$(stat -c %Y.%i st/archive/*/*/*)
	expect_equal "$(days | trade-archive)" ''
	expect_equal "$(stat -c %Y.%i st/archive/*/*/*)" "$before"
	# time that goes back and forth over midnight
	days | sed -n '1p;4p;2p;5p;3p;6p' | trade-archive --state hence >/dev/null
	diff -r st/archive hence/archive
}

@test "out of order, and another trade of the same id: refused, named, and nothing changed" {
	days | trade-archive >/dev/null
	cp -r st before
	{ trade 2 1700006398 A-B ',"x":1'; trade 3 1700006399; trade 1 1700006397; trade 9 1700006399; trade 8 1700006399; } >in.txt
	split trade-archive <in.txt
	expect_status 1
	expect_equal "$(jq -r '.reason // .trades' out.txt | tr '\n' ' ')" 'CONFLICT DISORDER DISORDER 4 '
	split trade-archive <in.txt
	expect_equal "$(jq -r '.reason // .trades' out.txt | tr '\n' ' ')" 'CONFLICT DISORDER 5 '
	expect_equal "$(printed | jq -r .tradeId | tr '\n' ' ')" '1 2 3 8 9 4 5 6 '
	printed | sed -n 2p | cmp - <(days | sed -n 2p)
}

@test "old files go, and what a crash left; bars and their files stay" {
	now=$(date +%s)
	{ trade 1 $((now - 40 * 86400)); trade 2 $((now - 31 * 86400)); trade 3 $((now - 29 * 86400)); trade 4 "$now"; } >in.txt
	trade-archive <in.txt >/dev/null
	mkdir -p st/archive/A-B/1m
	touch st/archive/A-B/1m/2020-01-01.parquet st/archive/A-B/1m/2020-01-01.parquet.tmp st/archive/A-B/trades/2020-01-01.parquet.tmp
	expect_equal "$(trade-archive --drop-after 30 </dev/null | jq -r '[.type, .interval] | join(" ")')" "$(printf 'dropped trades\ndropped trades')"
	tail -n 2 in.txt | cmp - <(printed)
	expect_equal "$(find st/archive -name '2020*' | sort)" "$(printf 'st/archive/A-B/1m/2020-01-01.parquet\nst/archive/A-B/1m/2020-01-01.parquet.tmp')"
	# and those of the bars are not for the other
	rm st/archive/A-B/1m/*
	kline-store --state st </dev/null
	kline-archive --drop-after 8
	expect_equal "$(printed | wc -l)" 2
}

@test "the end of the stream" {
	split trade-archive --require-end < <(days)
	expect_status 1
	grep -q incomplete err.txt
	split trade-archive --require-end < <(days; echo '{"type":"end","count":6}')
	expect_status 0
	days | cmp - <(printed)
}

@test "killed before and after every write, sync, rename and removal; every one failed: files are whole, and the same input completes them" {
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	more=
	is_sanitized && more=-DFAILING_WITHOUT_MEMORY
	gcc -shared -fPIC $more -o failing.so "$ROOT/tests/fault/failing.c"
	days | sed -n '2p' | trade-archive --state base >/dev/null
	days | trade-archive --state want >/dev/null
	faulty() {
		rm -rf st
		cp -r base st
		status=0
		env FAIL_PATH=st FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate,rename,unlink,mkdir LD_PRELOAD="$PWD/failing.so" "$@" trade-archive <days.txt >out.txt 2>err.txt || status=$?
	}
	days >days.txt
	faulty FAIL_COUNT_FILE="$PWD/count"
	[ $status -eq 0 ] || fail "$(cat err.txt)"
	N=$(cat count)
	[ "$N" -ge 10 ] || fail "only $N calls are seen"
	for i in $(every "$N"); do
		for how in FAIL_ERRNO=ENOSPC FAIL_KILL=1 FAIL_KILL=after; do
			faulty FAIL_AT="$i" "$how"
			case $how:$status in FAIL_E*:0 | FAIL_E*:111 | FAIL_K*:137) ;; *) fail "call $i, $how: status $status: $(cat err.txt)" ;; esac
			printed >some.txt || fail "call $i, $how: a file is not whole"
			[ -z "$(grep -vxFf <(days) some.txt)" ] || fail "call $i, $how: $(cat some.txt)"
			days | sed -n 2p | grep -qxFf - some.txt || fail "call $i, $how: what was there is lost"
			days | trade-archive >out.txt || fail "call $i, $how: the next run fails"
			diff -r want/archive st/archive || fail "call $i, $how"
		done
	done
}

@test "a bit flipped anywhere in a file, and a file cut short: named, and nothing is changed" {
	days | head -n 3 | trade-archive >/dev/null
	file=$(find st/archive -name '*.parquet')
	expect_named "$file" 197 'damaged what=A-B/trades/2023' printed
	split trade-archive < <(days)
	expect_status 100
	[ "$(wc -c <"$file")" -eq $(($(wc -c <good) - 1)) ]
}

@test "two at once: one works, the other says so; kline-archive is no other" {
	mkdir -p st/archive
	touch st/archive/.trades
	flock st/archive/.trades sleep 2 &
	sleep 0.3
	split trade-archive </dev/null
	expect_status 111
	kline-store --state st </dev/null
	kline-archive
	wait
	days | trade-archive | grep -q archived
}

@test "more symbols at once than there is room for" {
	for round in 1 2 3; do for s in $(seq 70); do trade "$round" "170000000$round" "S$s"; done; done >in.txt
	trade-archive <in.txt >/dev/null
	sort in.txt | cmp - <(printed | sort)
}

@test "match's own trades: every column as DuckDB reads it, exactly, and no line of its own" {
	[ -d "$ROOT/tests/peers/node_modules/@duckdb" ] || skip "no DuckDB: make check installs it"
	awk 'BEGIN { print "{\"type\":\"symbol\",\"symbol\":\"A-B\",\"tickSz\":\"0.01\",\"lotSz\":\"0.00000001\"}"; srand(5)
		for (i = 1; i <= 4000; i++) printf "{\"type\":\"order\",\"id\":\"%d\",\"account\":\"u%d\",\"symbol\":\"A-B\",\"side\":\"%s\",\"ordType\":\"limit\",\"px\":\"%.2f\",\"sz\":\"%d.%08d\",\"ts\":%.0f}\n",
			i, i % 7, i % 2 ? "buy" : "sell", 100 + rand() * 2, rand() * 3, 1 + rand() * 99999998, 1700000000000000 + i * 40000000 }' | match --state m >events.txt
	trade-archive <events.txt >/dev/null
	grep '"type":"trade"' events.txt | cmp - <(printed)
	# and what match would not print
	printf '%s\n' '{"type":"trade","tradeId":"1","symbol":"C-D","px":"9999999999.99999999","sz":"999999999999999999999999999999.00000001","quoteSz":"9999999999999999999999.9999999999999999","fee":"-0.0000000000000001","feeCcy":"D","rfq":true,"ts":3999999999999999}' \
		'{"type":"trade","tradeId":"2","symbol":"C-D","px":"1.10","sz":"1","x":{"y":[1]},"ts":3999999999999999}' | tee more.txt | trade-archive >/dev/null
	cat events.txt more.txt >all.txt
	node "$ROOT/tests/peers/trade_archive.mjs" all.txt $(find st/archive -name '*.parquet') >out.txt || fail "$(cat out.txt)"
	[ "$(tail -n 1 out.txt | jq .compared)" -gt 2000 ]
	expect_equal "$(tail -n 1 out.txt | jq .lines)" 1
	expect_equal "$(tail -n 1 out.txt | jq -r '.types | map(select(test("DECIMAL|TIME"))) | join(", ")')" 'px DECIMAL(18,8), sz DECIMAL(38,8), quoteSz DECIMAL(38,16), fee DECIMAL(38,16), ts TIMESTAMP WITH TIME ZONE'
}
