#!/usr/bin/env bats
# Catches bars that depend on how the input came (chunks, restarts, duplicates), silent loss, and bars that differ from the exchange's own.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# trade ID SECOND PX SZ [SIDE]: seconds from a full hour
trade() {
	printf '{"type":"trade","tradeId":"%s","symbol":"BTC-USDC","px":"%s","sz":"%s","side":"%s","ts":%s000000}\n' "$1" "$3" "$4" "${5:-buy}" \
		$((1700002800 + $2))
}

# N trades over hours, of two symbols, made by a generator that is the same everywhere
trades() {
	awk -v n="$1" 'BEGIN {
		r = 12345; ts = 1700002800000000
		for (i = 1; i <= n; i++) {
			r = (r * 1103515245 + 12345) % 2147483648
			if (r % 10 > 3) ts += r % 3000000
			printf "{\"type\":\"trade\",\"tradeId\":\"%d\",\"symbol\":\"%s\",\"px\":\"%d.%d\",\"sz\":\"0.%03d\",\"side\":\"%s\",\"ts\":%.0f}\n", \
				int((i + 1) / 2), i % 2 ? "BTC-USDC" : "ETH-USDC", 60000 + r % 500, r % 9, 1 + r % 999, r % 3 ? "buy" : "sell", ts
		}
	}'
}

# the last word on each window
final() {
	jq -c 'select(.type == "kline") | del(.seq, .in, .version)' | jq -sc 'reduce .[] as $b ({}; .[$b.symbol + $b.interval + ($b.windowStart | tostring)] = $b) | .[]'
}

@test "a bar: every field" {
	{ trade 1 0 100.5 2; trade 2 30 99.25 1 sell; trade 3 59 101 0.5; trade 4 60 7 1; } | kline-agg --intervals 1m >out.txt
	expect_equal "$(head -n 1 out.txt)" '{"type":"kline","seq":1,"in":4,"symbol":"BTC-USDC","interval":"1m","windowStart":1700002800000000,"open":"100.5","high":"101","low":"99.25","close":"101","volume":"3.5","turnover":"350.75","trades":3,"takerBuyVolume":"2.5","takerBuyTurnover":"251.5","firstTradeId":"1","lastTradeId":"3","version":1,"closed":true,"partial":false}'
	expect_equal "$(tail -n 1 out.txt | jq -c '[.windowStart, .closed, .trades]')" '[1700002860000000,false,1]'
}

@test "a window that closes comes out before the next line goes in" {
	mkfifo in
	kline-agg --intervals 1s <in >out.txt &
	exec 5>in
	{ trade 1 0 1 1; trade 2 1 1 1; } >&5
	for _ in $(seq 100); do [ ! -s out.txt ] || break; sleep 0.05; done
	expect_equal "$(jq .trades out.txt)" 1
	exec 5>&-
	wait
}

@test "late, duplicate, missing and filled" {
	{ trade 1 0 10 1; trade 4 5 20 1; trade 4 5 20 1; trade 3 0 30 1; trade 2 5 5 1; } | kline-agg --intervals 1s,1m >out.txt 2>err.txt
	expect_equal "$(jq -c 'select(.type == "gap") | [.firstMissing, .lastMissing, .filled]' out.txt)" '["2","3",false]
["3","3",true]
["2","2",true]'
	# second 0: told when it closed, and again with the late trade in it, which has the higher id and is its close
	expect_equal "$(jq -c 'select(.interval == "1s" and .windowStart == 1700002800000000) | [.version, .trades, .close, .high]' out.txt)" '[1,1,"10","10"]
[2,2,"30","30"]'
	expect_equal "$(jq -c 'select(.interval == "1m") | [.trades, .open, .close, .low]' out.txt)" '[4,"10","20","5"]'
	grep -q 'kline-agg: warning: gap symbol=BTC-USDC first=2 last=3' err.txt
}

@test "cancelled and corrected trades: as if they had never been, or had been otherwise" {
	{ trade 1 0 10 1; trade 2 0 99 1; trade 3 0 12 1; trade 4 9 12 1
	  echo '{"type":"trade-cancel","symbol":"BTC-USDC","tradeId":"2"}'
	  echo '{"type":"trade-correct","symbol":"BTC-USDC","tradeId":"1","px":"8","sz":"2"}'
	  echo '{"type":"trade-cancel","symbol":"BTC-USDC","tradeId":"7"}'; } >in.txt
	split kline-agg --intervals 1s,1m <in.txt
	expect_status 1
	expect_equal "$(jq -c 'select(.interval == "1s" and .closed) | [.version, .open, .high, .close, .volume]' out.txt)" '[1,"10","99","12","3"]
[2,"10","12","12","2"]
[3,"8","12","12","3"]'
	expect_equal "$(jq -c 'select(.interval == "1m") | [.open, .high, .volume, .turnover, .trades]' out.txt)" '["8","12","4","40",3]'
	expect_equal "$(jq -r 'select(.type == "reject") | .reason' out.txt)" UNKNOWN_TRADE
}

@test "a window that lost all of its trades says so" {
	{ trade 1 0 10 1; trade 2 3 10 1; echo '{"type":"trade-cancel","symbol":"BTC-USDC","tradeId":"1"}'; } | kline-agg --intervals 1s >out.txt
	expect_equal "$(jq -c 'select(.version == 2) | [.trades, .open, .volume, .firstTradeId]' out.txt)" '[0,null,"0",null]'
}

@test "watermarks close and go on; end is answered by an end" {
	{ trade 1 0 10 1; echo '{"type":"watermark","ts":1700002803000000}'; echo '{"type":"end","count":2}'; } | kline-agg --intervals 1s,1m >out.txt
	expect_equal "$(jq -c '[.type, .interval, .closed, .count]' out.txt)" '["kline","1s",true,null]
["watermark",null,null,null]
["kline","1m",false,null]
["end",null,null,3]'
	trade 1 0 10 1 | split kline-agg --require-end
	expect_status 1
}

@test "what cannot be is refused by a record, and the rest goes through" {
	{ trade 1 0 10 1
	  trade 2 0 0 1
	  trade 3 0 10 -1
	  trade 4 0 10.123456789 1
	  trade 0 0 10 1
	  echo '{"type":"trade","tradeId":"5","symbol":"BTC-USDC","px":10,"sz":"1","ts":1700002800000000}'
	  echo '{"type":"trade","tradeId":"5","symbol":"BTC-USDC","px":"10","sz":"1","ts":1700002800}'
	  echo '{"type":"trade","tradeId":"5","symbol":"BTC-USDC","px":"10","sz":"1","side":"up","ts":1700002800000000}'
	  echo '{"type":"trade","tradeId":"5","symbol":"B\"C","px":"10","sz":"1","ts":1700002800000000}'
	  echo '{"type":"trade","tradeId":"5","symbol":"BTC-USDC","px":"92233720368","sz":"92233720368","ts":1700002800000000}'
	  echo '{"type":"trade","tradeId":"5","symbol":"BTC-USDC","px":"10","sz":"1","ts":3900000000000000}'
	  echo '{"type":"trade","tradeId":"5"'
	  echo '[]'
	  echo '{"type":"ack","seq":9}'
	  trade 5 1 10 1; } >in.txt
	split kline-agg --intervals 1s <in.txt
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "reject") | "\(.in) \(.reason)"' out.txt)" '2 BAD_PX
3 BAD_SZ
4 BAD_PX
5 BAD_TRADE_ID
6 BAD_MEMBER
7 BAD_TS
8 BAD_SIDE
9 BAD_SYMBOL
10 TOO_LARGE
11 FUTURE
12 BAD_JSON
13 NOT_OBJECT'
	expect_equal "$(jq -c 'select(.type == "kline") | .trades' out.txt)" '1
1'
}

@test "the same bytes in, however they are cut, the same bytes out" {
	trades 3000 >in.txt
	kline-agg <in.txt >whole.txt
	perl -e 'my $n = 1; while (read(STDIN, my $b, $n)) { syswrite(STDOUT, $b); $n = $n % 977 + 13; }' <in.txt | kline-agg >cut.txt
	cmp whole.txt cut.txt
}

@test "one thread or two, a file or a pipe, however it is cut: the same bytes, and the same words of what is refused" {
	# much of it, so that the other thread reads; late and doubled trades, holes, and lines that it cannot note
	trades 16000 | awk '
		NR % 401 == 0 {held = $0; next}
		{print}
		NR % 307 == 0 {print}
		NR % 433 == 0 {print held}
		NR % 997 == 0 {print "{\"type\":\"trade\",\"tradeId\":\"1\""; sub(/BTC-USDC/, "BTC\\u002dUSDC"); print; print ""}
		NR % 1999 == 0 {sub(/"px":"[0-9]/, "\"px\":\"-"); print}
		NR % 4001 == 0 {printf "{\"type\":\"trade-cancel\",\"symbol\":\"BTC-USDC\",\"tradeId\":\"%d\"}\n", NR / 2 - 40}
		NR == 9000 {printf "%1100000s\n", "x"}
		END {printf "{\"type\":\"end\",\"count\":1}"}' >in.txt
	s=0; kline-agg --threads 1 <in.txt >want.txt 2>want.err || s=$?
	[ $s -eq 1 ]
	grep -q 'TOO_LONG' want.txt
	grep -q 'BAD_JSON' want.txt
	grep -q 'BAD_PX' want.txt
	grep -q '"type":"gap"' want.txt
	same() { [ $s -eq 1 ] && cmp want.txt out.txt && cmp want.err err.txt; }
	s=0; kline-agg <in.txt >out.txt 2>err.txt || s=$?
	same
	s=0; cat in.txt | kline-agg --threads 2 >out.txt 2>err.txt || s=$?
	same
	s=0; perl -e 'my $n = 70000; while (read(STDIN, my $b, $n)) { syswrite(STDOUT, $b); $n = $n * 7 % 90001 + 13; }' <in.txt | kline-agg >out.txt 2>err.txt || s=$?
	same
}

@test "a flood and then silence: all of it is answered before the next line comes, and a stop ends it" {
	trades 8000 >in.txt
	kline-agg --provisional 50 <in.txt | jq -c 'select(.closed)' | wc -l >want.txt
	mkfifo in
	mkdir st
	kline-agg --state st <in >out.txt &
	pid=$!
	exec 5>in
	cat in.txt >&5
	for _ in $(seq 300); do [ "$(grep -c '"closed":true' out.txt)" = "$(cat want.txt)" ] && break; sleep 0.1; done
	expect_equal "$(grep -c '"closed":true' out.txt)" "$(cat want.txt)"
	# twice, so that what was given back can be given again
	sed 's/"tradeId":"/"tradeId":"1000/; s/-USD/-EUR/' in.txt >&5
	for _ in $(seq 300); do [ "$(grep -c '"closed":true' out.txt)" = $((2 * $(cat want.txt))) ] && break; sleep 0.1; done
	expect_equal "$(grep -c '"closed":true' out.txt)" $((2 * $(cat want.txt)))
	kill -TERM $pid
	wait $pid
	exec 5>&-
	expect_equal "$(kline-agg --state st --input-done | jq .in)" 16000
}

@test "stopped and killed while a flood comes: the rest fed again, no final bar is another" {
	trades 20000 >in.txt
	kline-agg --threads 1 --intervals 1m,1h <in.txt | final >want.txt
	for signal in TERM KILL; do
		rm -rf st got.txt
		mkdir st
		for run in 1 2 3; do
			n=$(kline-agg --intervals 1m,1h --state st --input-done | jq .in)
			tail -n +$((n + 1)) in.txt | kline-agg --intervals 1m,1h --state st --checkpoint 0 >>got.txt &
			pid=$!
			sleep 0.0$((run * 2))
			kill -$signal $pid 2>/dev/null || true
			wait $pid || true
		done
		n=$(kline-agg --intervals 1m,1h --state st --input-done | jq .in)
		tail -n +$((n + 1)) in.txt | kline-agg --intervals 1m,1h --state st >>got.txt
		jq -cR 'fromjson? // empty' got.txt | final | sort >got.final
		sort want.txt | diff - got.final
	done
}

@test "turnover of a pool's trade is its quoteSz; without a side nobody took" {
	printf '%s\n' '{"type":"trade","tradeId":"1","symbol":"A-B","px":"3","sz":"2","quoteSz":"5.9999999999999999","side":"buy","ts":1700002800000000}' \
		'{"type":"trade","tradeId":"2","symbol":"A-B","px":"3","sz":"1","ts":1700002800000000}' | kline-agg --intervals 1m >out.txt
	expect_equal "$(jq -c '[.turnover, .takerBuyTurnover, .takerBuyVolume]' out.txt)" '["8.9999999999999999","5.9999999999999999","2"]'
}

@test "OKX's days" {
	trade 1 0 1 1 | kline-agg --intervals 1d --day-offset 8 >out.txt
	expect_equal "$(jq .windowStart out.txt)" 1699977600000000
	trade 1 0 1 1 | kline-agg --intervals 1d >out.txt
	expect_equal "$(jq .windowStart out.txt)" 1699920000000000
}

@test "flat bars where nothing was traded, as many as allowed" {
	{ trade 1 0 7 1; trade 2 10 9 1; } | kline-agg --intervals 1s --fill prev --fill-max 4 >out.txt
	expect_equal "$(jq -c 'select(.closed) | [.trades, .close]' out.txt)" '[1,"7"]
[0,"7"]
[0,"7"]
[0,"7"]
[0,"7"]'
}

@test "by the clock: open bars now and then, and windows of symbols that fell silent" {
	now=$(($(date +%s) - 1))
	mkfifo in
	kline-agg --intervals 1s --provisional 100 --idle-close 1 <in >out.txt &
	exec 5>in
	printf '{"type":"trade","tradeId":"1","symbol":"A-B","px":"1","sz":"1","side":"buy","ts":%s999999}\n' "$now" >&5
	for _ in $(seq 100); do [ "$(grep -c '"closed":true' out.txt)" = 0 ] || break; sleep 0.1; done
	exec 5>&-
	wait
	grep -q '"closed":true' out.txt
	expect_equal "$(jq -s 'map(.version) == [range(1; length + 1)]' out.txt)" true
}

@test "killed at any instant and fed again: no final bar is another" {
	trades 6000 >in.txt
	kline-agg <in.txt | final >want.txt
	for run in 1 2 3 4 5 6; do
		rm -rf st got.txt
		mkdir st
		for kill in 1 2 3 4; do
			n=$(kline-agg --state st --input-done | jq .in)
			tail -n +$((n + 1)) in.txt | perl -e 'while (<STDIN>) { syswrite(STDOUT, $_); select(undef, undef, undef, 0.002) if $. % 97 == 0; }' | kline-agg --state st --checkpoint 0 >>got.txt &
			sleep 0.0$((run * kill % 7 + 1))
			kill -9 %+ 2>/dev/null || true
			wait || true
		done
		n=$(kline-agg --state st --input-done | jq .in)
		tail -n +$((n + 1)) in.txt | kline-agg --state st >>got.txt
		# a line that the kill cut in two is no record
		jq -cR 'fromjson? // empty' got.txt | final | sort >got.final
		sort want.txt | diff - got.final
	done
}

@test "restart with all of the input again: what was counted is dropped" {
	mkdir st
	trades 2000 >in.txt
	head -n 1000 in.txt | kline-agg --state st >one.txt
	kline-agg --state st <in.txt >two.txt
	cat one.txt two.txt | final | sort >got.txt
	kline-agg <in.txt | final | sort | diff - got.txt
	# seq goes on
	expect_equal "$(jq -s 'map(.seq) == [range(1; length + 1)]' one.txt two.txt)" true
}

@test "a damaged checkpoint is named and left alone" {
	mkdir st
	trades 100 | kline-agg --state st >/dev/null
	sed -i '2s/BTC/BTX/' st/checkpoint.ndjson
	cp st/checkpoint.ndjson before
	split kline-agg --state st <<<''
	expect_status 100
	grep -q 'kline-agg: error: damaged what=st' err.txt
	cmp before st/checkpoint.ndjson
	rm st/checkpoint.ndjson
	trades 100 | kline-agg --state st --intervals 1m >/dev/null
	split kline-agg --state st <<<''
	expect_status 102
}

@test "a full disk: 111, and the checkpoint is the one before" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir st
	mount -t tmpfs -o size=64k none st 2>/dev/null || skip "cannot mount"
	trades 50 | kline-agg --state st >/dev/null || true
	cp st/checkpoint.ndjson before || true
	trades 5000 >in.txt
	split kline-agg --state st <in.txt
	cmp before st/checkpoint.ndjson && same=yes || same=no
	umount st
	expect_status 111
	expect_equal $same yes
	grep -q 'kline-agg: error: checkpoint' err.txt
}

@test "real trades give the exchange's own candles, all nine fields" {
	data=${TRADEPIPE_SHARED:-$ROOT/../shared}/data
	[ -f "$data/trades-btcusdt-perp-20240808.ndjson" ] || skip "the recorded trades are not at hand"
	kline-agg --intervals 1m <"$data/trades-btcusdt-perp-20240808.ndjson" >out.txt
	expect_equal "$(head -n 1 out.txt | jq .partial)" true
	tail -n +2 out.txt | jq -r '[.windowStart / 1000, .open, .high, .low, .close, .volume, .turnover, .trades, .takerBuyVolume, .takerBuyTurnover] | map(tonumber) | @tsv' >ours.txt
	tail -n +3 "$data"/klines-1m-btcusdt-perp-20240808.csv | jq -rR 'split(",") | [.[0, 1, 2, 3, 4, 5, 7, 8, 9, 10]] | map(tonumber) | @tsv' >theirs.txt
	expect_equal "$(wc -l <ours.txt)" 5
	diff ours.txt theirs.txt
}

@test "metrics" {
	trades 500 | kline-agg --metrics-file m.prom >/dev/null
	grep -q '^tradepipe_kline_bars_total [1-9]' m.prom
	grep -q '^dex_kline_rebuild_total 0' m.prom
}

@test "metrics by the seed's names: bars that come again, and how late a bar is" {
	ts=$(date +%s)000000
	# ID TS
	t() { printf '{"type":"trade","tradeId":"%s","symbol":"A-B","px":"1","sz":"1","ts":%s}\n' "$1" "$2"; }
	# printed before it closes, and closed: not again
	{ t 1 $((ts - 3000000)); sleep 0.2; t 2 "$ts"; sleep 0.2; } | kline-agg --intervals 1s,1m --provisional 50 --metrics-file m.prom >out.txt
	[ "$(jq -s 'map(select(.interval == "1s" and .closed and .version > 1)) | length' out.txt)" -ge 1 ]
	grep -q '^dex_kline_rebuild_total 0$' m.prom
	grep -q '^dex_kline_delay_seconds_count 2$' m.prom
	# the first trade was 3 s old when it came, and its bar at most a second later
	awk '/^dex_kline_delay_seconds\{quantile="1"\}/ {d = $2} END {exit !(d >= 3 && d < 14)}' m.prom || fail "$(grep delay m.prom)"
	awk '/^dex_trade_ingest_lag / {d = $2} END {exit !(d >= 0 && d < 11000)}' m.prom || fail "$(grep lag m.prom)"
	# a late trade: one bar of a second for the first time, one of a minute again; it is no delay of a bar's
	base=$((ts - ts % 60000000 - 600000000))
	{ t 1 $base; t 3 $((base + 61000000)); t 2 $((base + 2000000)); } | kline-agg --intervals 1s,1m --metrics-file m.prom >out.txt
	expect_equal "$(jq -s 'map(select(.closed and .version == 2)) | length' out.txt)" 1
	grep -q '^dex_kline_rebuild_total 1$' m.prom
	grep -q '^tradepipe_kline_late_total 1$' m.prom
	grep -q '^dex_kline_delay_seconds_count 2$' m.prom
}
