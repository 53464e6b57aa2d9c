#!/usr/bin/env bats
# Catches bars that a query loses between the two stores, an old version shown for the new, and missing windows passed off as quiet ones.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TRADEPIPE_KLINES=st
}

# bar MINUTE FIRST-ID LAST-ID [VERSION [CLOSE]]: minutes from 2023-11-14T23:00Z
bar() {
	printf '{"type":"kline","seq":1,"in":1,"symbol":"ETH-USDT","interval":"1m","windowStart":%s,"open":"10","high":"99","low":"1","close":"%s","volume":"1.5","turnover":"150.0000000000000001","trades":3,"takerBuyVolume":"1","takerBuyTurnover":"100","firstTradeId":"%s","lastTradeId":"%s","version":%s,"closed":true,"partial":false}\n' \
		$((1700002800000000 + $1 * 60000000)) "${5:-12}" "$2" "$3" "${4:-1}"
}

query() {
	kline-query --symbol ETH-USDT "$@"
}

# minutes of the bars, ranges of what is missing
minutes() {
	jq -r 'if .type == "kline" then (.windowStart - 1700002800000000) / 60000000 else "missing:\((.from - 1700002800000000) / 60000000)-\((.to - 1700002800000000) / 60000000):\(.firstMissing)-\(.lastMissing)" end' | tr '\n' ' '
}

at() {
	echo $((1700002800000000 + $1 * 60000000))
}

@test "limit, from and to, from both stores: the same bars" {
	for i in $(seq 0 99); do bar "$i" $((i * 3 + 1)) $((i * 3 + 3)); done >in.txt
	kline-store --state st <in.txt >/dev/null
	ask() {
		query --limit 3 | minutes
		query --limit 3 --from "$(at 10)" | minutes
		query --limit 3 --to "$(at 10)" | minutes
		query --from "$(at 97)" | minutes
		query --from 2023-11-15T00:00:00Z --to 2023-11-15T00:02:00Z | minutes
		query --to "$(at 2)" | minutes
		query | jq -S -c . | sha256sum
	}
	ask >hot.txt
	expect_equal "$(head -n 1 hot.txt)" '97 98 99 10 11 12 7 8 9 97 98 99 60 61 0 1 '"$(jq -S -c 'del(.seq, .in)' in.txt | sha256sum)"
	kline-archive >/dev/null
	[ "$(sqlite3 st/kline.sqlite 'select count(*) from bars')" = 0 ]
	[ "$(find st/archive -name '*.parquet' | wc -l)" = 2 ]
	ask | diff hot.txt -
	# one half here and one half there
	rm -r st
	head -n 70 in.txt | kline-store --state st >/dev/null
	kline-archive >/dev/null
	tail -n 50 in.txt | kline-store --state st >/dev/null
	ask | diff hot.txt -
}

@test "of a window in both stores the higher version is shown" {
	bar 0 1 3 2 20 | kline-store --state st >/dev/null
	kline-archive >/dev/null
	bar 0 1 3 1 30 | kline-store --state st >/dev/null
	expect_equal "$(query | jq -r .close)" 20
	bar 0 1 3 3 40 | kline-store --state st >/dev/null
	expect_equal "$(query | jq -r .close)" 40
	expect_equal "$(query --limit 1 --from 0 | jq -r .close)" 40
}

@test "windows without a bar: quiet where the ids run on, else missing" {
	{ bar 0 1 3; bar 2 4 6; bar 5 10 12; bar 6 20 21; } | kline-store --state st >/dev/null
	expect_equal "$(query | minutes)" '0 2 missing:3-5:7-9 5 6 '
	# as far as it is asked for, and known by bars beyond the edges
	expect_equal "$(query --from "$(at 4)" | minutes)" 'missing:4-5:7-9 5 6 '
	expect_equal "$(query --to "$(at 4)" | minutes)" '0 2 missing:3-4:7-9 '
	expect_equal "$(query --from "$(at 1)" --to "$(at 3)" | minutes)" '2 '
	expect_equal "$(query --limit 1 --from "$(at 2)" --to "$(at 5)" | minutes)" '2 '
	expect_equal "$(query --form okx | jq -c '[.missing, (.data | map(.[0]))]')" '[[["1700002980000","1700003100000"]],["1700003160000","1700003100000","1700002920000","1700002800000"]]'
}

@test "what a feeder must fetch again" {
	{ bar 0 1 3; bar 2 4 6; bar 5 10 12; } >in.txt
	printf '{"type":"gap","symbol":"ETH-USDT","firstMissing":"%s","lastMissing":"%s","filled":%s}\n' 2 2 false 8 11 false >>in.txt
	kline-store --state st <in.txt >/dev/null
	split query --missing
	expect_status 1
	expect_equal "$out" '{"type":"compensate","symbol":"ETH-USDT","firstMissing":"2","lastMissing":"2"}
{"type":"compensate","symbol":"ETH-USDT","firstMissing":"7","lastMissing":"11"}'
	kline-archive >/dev/null
	split query --missing
	expect_equal "$(echo "$out" | wc -l)" 2
	# the trades come, and nothing is missing any more
	{ bar 3 7 9; printf '{"type":"gap","symbol":"ETH-USDT","firstMissing":"%s","lastMissing":"%s","filled":true}\n' 2 2 8 11; } | kline-store --state st >/dev/null
	split query --missing
	expect_status 0
	[ -z "$out" ]
}

@test "trades with a hole, fetched again by the request, give the bars of the whole" {
	awk 'BEGIN { for (i = 1; i <= 400; i++) printf "{\"type\":\"trade\",\"tradeId\":\"%d\",\"symbol\":\"ETH-USDT\",\"px\":\"%d.5\",\"sz\":\"0.01\",\"side\":\"buy\",\"ts\":%.0f}\n", i, 100 + i % 17, 1700002800000000 + i * 7000000 }' >all.txt
	kline-agg --intervals 1m <all.txt | kline-store --state whole >/dev/null
	mkdir agg
	awk 'NR < 120 || NR > 180' all.txt | kline-agg --state agg --intervals 1m 2>/dev/null | kline-store --state st >/dev/null
	query --missing >want.txt || true
	expect_equal "$(jq -r '"\(.firstMissing) \(.lastMissing)"' want.txt)" '120 180'
	read -r first last < <(jq -r '"\(.firstMissing) \(.lastMissing)"' want.txt)
	awk -v a="$first" -v b="$last" 'NR >= a && NR <= b' all.txt | kline-agg --state agg --intervals 1m | kline-store --state st >/dev/null
	query --missing
	diff <(query | jq -c 'del(.version)') <(query --state whole | jq -c 'del(.version)')
}

@test "OKX's form, and symbols as people write them" {
	bar 0 1 3 | kline-store --state st >/dev/null
	want='{"code":"0","msg":"","data":[["1700002800000","10","99","1","12","1.5","150.0000000000000001","150.0000000000000001","1"]]}'
	for symbol in ETH-USDT ETH/USDT ETH_USDT; do expect_equal "$(kline-query --symbol $symbol --form okx)" "$want"; done
	split kline-query --symbol BTC-USDT
	expect_status 1
	[ -z "$out" ]
	expect_equal "$(kline-query --symbol BTC-USDT --form okx 2>/dev/null | jq -r .code)" 51001
	for bad in ../x '' -x; do
		split kline-query "--symbol=$bad"
		expect_status 100
	done
	split kline-query --symbol X --interval 1y
	expect_status 100
	split query --limit 10001
	expect_status 100
	split query --from yesterday
	expect_status 100
	split kline-query --state nowhere --symbol X
	expect_status 102
	mkdir empty
	split kline-query --state empty --symbol X
	expect_status 102
}

@test "behind http-wrap" {
	for i in 0 1 2; do bar "$i" $((i * 3 + 1)) $((i * 3 + 3)); done | kline-store --state st >/dev/null
	get() {
		printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" | http-wrap --routes "$ROOT/share/routes/kline.routes" --state hw 2>log.txt
	}
	export TRADEPIPE_KLINES=$PWD/st
	get '/kline?symbol=ETH_USDT&interval=1m&limit=2' | sed '1,/^\r$/d' | jq -c '.items | map(.windowStart)' >out.txt
	expect_equal "$(cat out.txt)" '[1700002860000000,1700002920000000]'
	get '/candles?symbol=ETH-USDT&interval=1m' | sed '1,/^\r$/d' | jq -e '.code == "0" and (.data | length == 3)'
	get '/missing?symbol=ETH-USDT&interval=1m' | sed '1,/^\r$/d' | jq -e '.items == []'
	get '/kline?symbol=NO-NE' | sed '1,/^\r$/d' | jq -e '.items == []'
	get '/kline?symbol=ETH_USDT&interval=forever' | head -n 1 | grep -q ' 400 '
	get '/kline?symbol=ETH_USDT&limit=2%20--state' | head -n 1 | grep -q ' 400 '
}

@test "a query while the archive moves the bars: never one too few" {
	for i in $(seq 0 59); do bar "$i" $((i * 3 + 1)) $((i * 3 + 3)); done >in.txt
	n=30
	is_sanitized && n=8
	for run in $(seq $n); do
		rm -rf st
		kline-store --state st <in.txt >/dev/null
		kline-archive >/dev/null &
		for q in 1 2 3 4; do
			query >"got$q.txt"
			expect_equal "$(wc -l <"got$q.txt")" 60
		done
		wait
	done
}
