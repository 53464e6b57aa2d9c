#!/usr/bin/env bats
# Catches an example pipeline that no longer runs, or whose figures are not those of an independent computation.
load helper
load okx

teardown() {
	[ -z "${SHOWN-}" ] || kill -TERM -- "-$SHOWN" 2>/dev/null || true
	stop_replay
}

@test "backtest: bars, deals and money are those that SQL makes of the same trades" {
	# two symbols, six hours, prices that wander by ticks of 0.01; some share a time stamp, and each 50th comes after its successor
	awk 'BEGIN {
		srand(5); n = 12000; t = 1699999800000000
		for (i = 1; i <= n; i++) {
			s = i % 2; cents[s] += int(rand() * 41) - 20; t += int(rand() * 3) * 1800000
			line[i] = sprintf("{\"type\":\"trade\",\"tradeId\":\"%d\",\"symbol\":\"%s\",\"px\":\"%.2f\",\"sz\":\"0.%d\",\"side\":\"%s\",\"ts\":%.0f}",
				int((i + 1) / 2), s ? "A-USD" : "B-USD", (500000 + cents[s]) / 100, 1 + i % 9, i % 3 ? "buy" : "sell", t)
		}
		for (i = 1; i <= n; i++) if (i % 50 == 7) {print line[i + 2]; print line[i + 1]; print line[i]; i += 2} else print line[i]
	}' >trades.ndjson
	jq -r '[.symbol, .tradeId, .px, .ts] | @csv' trades.ndjson >trades.csv
	TRADEPIPE_BIN=$BIN "$ROOT/examples/backtest" trades.ndjson 3 12 >got.txt
	sqlite3 :memory: >want.txt <<-'SQL'
		CREATE TABLE trades (symbol TEXT, id INTEGER, px TEXT, ts INTEGER);
		.mode csv
		.import trades.csv trades
		.mode list
		.separator ' '
		CREATE VIEW bars AS SELECT symbol, w, row_number() OVER (PARTITION BY symbol ORDER BY w) AS n, open, close FROM (
			SELECT DISTINCT symbol, ts / 300000000 AS w,
				first_value(CAST(round(px * 100) AS INTEGER)) OVER (PARTITION BY symbol, ts / 300000000 ORDER BY ts, id) AS open,
				first_value(CAST(round(px * 100) AS INTEGER)) OVER (PARTITION BY symbol, ts / 300000000 ORDER BY ts DESC, id DESC) AS close FROM trades) AS b
			WHERE w < (SELECT max(ts) / 300000000 FROM trades t WHERE t.symbol = b.symbol);
		CREATE TABLE decided AS SELECT *, n >= 12 AND 4 * sum(close) OVER (PARTITION BY symbol ORDER BY n ROWS 2 PRECEDING) >
			sum(close) OVER (PARTITION BY symbol ORDER BY n ROWS 11 PRECEDING) AS want FROM bars;
		CREATE TABLE held AS SELECT *, lag(want, 1, 0) OVER (PARTITION BY symbol ORDER BY n) AS has, lag(want, 2, 0) OVER (PARTITION BY symbol ORDER BY n) AS had FROM decided;
		SELECT symbol, count(*), sum(has != had), printf('%.2f', (sum((had - has) * open) + sum(CASE WHEN n = last THEN has * close ELSE 0 END)) / 100.0),
			printf('%.2f', (sum(CASE WHEN n = last THEN close ELSE 0 END) - sum(CASE WHEN n = 1 THEN open ELSE 0 END)) / 100.0)
			FROM (SELECT *, max(n) OVER (PARTITION BY symbol) AS last FROM held) GROUP BY symbol ORDER BY symbol;
	SQL
	head -n 1 got.txt | grep -q 'symbol  *bars  *deals  *rule  *hold'
	tail -n +2 got.txt | tr -s ' ' | cmp - want.txt || fail "got:" "$(cat got.txt)" "expected:" "$(cat want.txt)"
	# the rule did something in both
	awk '$2 < 50 || $3 < 4 {exit 1}' want.txt || fail "$(cat want.txt)"
}

@test "candles: what is traded at OKX is drawn, and drawn again when more is" {
	jq -nc '{accounts: [], instruments: [{instId: "BTC-USDT", instType: "SPOT"}], trades: {"BTC-USDT": {generate: {count: 40, everyMs: 1000, endMs: "@t-2000"}}}}' >trades.json
	start_replay "$PWD/trades.json"
	TRADEPIPE_BIN=$BIN setsid "$ROOT/examples/candles" BTC-USDT 1s >out.txt 2>err.txt &
	SHOWN=$!
	shows() { for _ in $(seq 300); do grep -q "$1" out.txt && return; sleep 0.1; done; fail "never drawn: $1" "$(tail -n 40 out.txt)" "$(cat err.txt)"; }
	shows 'BTC-USDT 1s'
	# three trades of one moment, so of one bar; their prices are nobody else's
	command_replay "$(jq -nc --argjson t "$(date +%s%3N)" '{cmd: "add", table: "trades", instId: "BTC-USDT",
		rows: [[41, "71000"], [42, "71300.5"], [43, "71100"] | {instId: "BTC-USDT", tradeId: "\(.[0])", px: .[1], sz: "0.5", side: "buy", ts: "\($t)"}]}')"
	shows 'O 71000 *H 71300.5 *L 71000 *C 71100 *V 1.5'
	# a stop signal ends it all
	kill -TERM -- "-$SHOWN"
	wait "$SHOWN" || true
	for _ in $(seq 100); do ps -s "$SHOWN" -o stat=,args= | grep -qv '^Z' || break; sleep 0.1; done
	[ -z "$(ps -s "$SHOWN" -o stat=,args= | grep -v '^Z')" ] || fail "still there: $(ps -s "$SHOWN" -o stat=,args=)"
	SHOWN=
}
