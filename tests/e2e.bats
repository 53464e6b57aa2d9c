#!/usr/bin/env bats
# Catches orders that are lost on their way into candles, candles that are not the sum of their trades, and candles that come late.
load helper

@test "signed orders through order-intake, match and kline-agg: every bar is right, and within three seconds" {
	rate=2000
	is_sanitized && rate=300
	E2E_P99_MS=3000 "$ROOT/bench/e2e" 5 $rate >out.txt 2>err.txt || fail "$(cat out.txt err.txt)"
	grep -q "^$((rate * 5)) let in, $((rate * 5)) matched, [1-9]" out.txt
	grep -qE '^[0-9]+ trades, [0-9]+ bars compared, 0 differ$' out.txt
	grep -q '^dex_kline_delay_seconds p99: ' out.txt
}

@test "the comparison finds a wrong bar" {
	printf '{"type":"trade","tradeId":"%s","symbol":"A-B","px":"%s","sz":"0.5","side":"buy","ts":170000000%s000000}\n' 1 10.5 1 2 11 1 3 9 2 >trades.txt
	kline-agg <trades.txt >bars.txt
	"$ROOT/tests/bars.pl" trades.txt bars.txt | grep -q '^3 trades, 8 bars compared, 0 differ$'
	for change in 's/"close":"9"/"close":"10"/' 's/"trades":3/"trades":4/' 's/"turnover":"4.5"/"turnover":"4.50001"/' '/"interval":"1d"/d' 's/"lastTradeId":"3"/"lastTradeId":"2"/'; do
		sed "$change" bars.txt >wrong.txt
		! cmp -s bars.txt wrong.txt || false
		split "$ROOT/tests/bars.pl" trades.txt wrong.txt
		expect_status 1
	done
}
