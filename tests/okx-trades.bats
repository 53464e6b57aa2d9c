#!/usr/bin/env bats
# Catches an okx-trades that loses, repeats or reorders trades, while paging the past or polling the present.
load helper
load okx

teardown() { stop_replay; }

# a scenario with N generated trades, one every 1000 ms up to now, and holes at some ids
scenario() {
	jq -nc --argjson n "$1" '{accounts: [], instruments: [{instId: "BTC-USDT-SWAP", instType: "SWAP"}],
		trades: {"BTC-USDT-SWAP": {generate: {count: $n, everyMs: 1000, endMs: "@t-1000"}}}}' >trades.json
}

ids() { jq -r 'select(.type == "trade") | .tradeId' "${1:-out.txt}"; }

# all ids from the first to the last, each once, rising
contiguous() {
	ids "$1" >ids.txt
	[ -s ids.txt ] || fail "no trades"
	seq "$(head -n 1 ids.txt)" "$(tail -n 1 ids.txt)" | cmp - ids.txt || fail "lost or repeated"
}

@test "the newest page, in order, ended by an end record that counts" {
	scenario 1200
	start_replay "$PWD/trades.json"
	split okx-trades --inst BTC-USDT-SWAP
	expect_status 0
	contiguous out.txt
	expect_equal "$(ids | wc -l)" 500
	expect_equal "$(tail -n 1 out.txt)" '{"type":"end","count":500}'
	expect_equal "$(jq -c 'select(.type == "trade") | .seq' out.txt | tail -n 1)" 500
	jq -es 'map(select(.type == "trade") | (.px | type) == "string" and (.sz | type) == "string" and (.side == "buy" or .side == "sell")
		and .ts > 1000000000000000 and .symbol == "BTC-USDT-SWAP") | all' out.txt >/dev/null
}

@test "from an id: every later trade, paged through the history" {
	scenario 1200
	start_replay "$PWD/trades.json"
	okx-trades --inst BTC-USDT-SWAP >all.txt
	last=$(ids all.txt | tail -n 1)
	split okx-trades --inst BTC-USDT-SWAP --from-id $((last - 1100))
	expect_status 0
	contiguous out.txt
	expect_equal "$(ids | wc -l)" 1100
	expect_equal "$(ids | head -n 1)" $((last - 1099))
}

@test "from a time: the first trade at or after it" {
	scenario 900
	start_replay "$PWD/trades.json"
	from=$(date -u -d '-800 seconds' +%Y-%m-%dT%H:%M:%SZ)
	split okx-trades --inst BTC-USDT-SWAP --from "$from"
	expect_status 0
	contiguous out.txt
	first=$(jq -r 'select(.type == "trade") | .ts' out.txt | head -n 1)
	us=$(($(date -u -d "$from" +%s) * 1000000))
	[ "$first" -ge "$us" ]
	[ "$first" -lt $((us + 1000000)) ]
}

@test "follow: what happens between polls comes once, and a hole wider than a page is filled from the history" {
	scenario 50
	start_replay "$PWD/trades.json"
	okx-trades --inst BTC-USDT-SWAP --follow --interval 50 --state . >live.txt 2>err.txt &
	pid=$!
	sleep 0.5
	last=$(ids live.txt | tail -n 1)
	batch() { # ids $1..$2
		jq -nc --argjson a "$1" --argjson b "$2" --argjson t "$(date +%s%3N)" '{cmd: "add", table: "trades", instId: "BTC-USDT-SWAP",
			rows: [range($a; $b + 1) | {instId: "BTC-USDT-SWAP", tradeId: "\(.)", px: "65000.1", sz: "0.5", side: "buy", ts: "\($t)"}]}'
	}
	command_replay "$(batch $((last + 1)) $((last + 3)))"
	sleep 0.3
	command_replay "$(batch $((last + 4)) $((last + 1200)))"
	for _ in $(seq 100); do [ "$(ids live.txt | tail -n 1)" = $((last + 1200)) ] && break; sleep 0.1; done
	kill -TERM $pid
	wait $pid
	contiguous live.txt
	expect_equal "$(ids live.txt | tail -n 1)" $((last + 1200))
	# a second run goes on behind the first
	command_replay "$(batch $((last + 1201)) $((last + 1205)))"
	okx-trades --inst BTC-USDT-SWAP --state . >more.txt
	expect_equal "$(ids more.txt | tr '\n' ' ')" "$(seq $((last + 1201)) $((last + 1205)) | tr '\n' ' ')"
}

@test "ids that OKX does not have are told as a gap, once" {
	scenario 50
	start_replay "$PWD/trades.json"
	last=$(okx-trades --inst BTC-USDT-SWAP | ids /dev/stdin | tail -n 1)
	command_replay "$(jq -nc --argjson a $((last + 11)) --argjson t "$(date +%s%3N)" '{cmd: "add", table: "trades", instId: "BTC-USDT-SWAP",
		rows: [{instId: "BTC-USDT-SWAP", tradeId: "\($a)", px: "1", sz: "1", side: "sell", ts: "\($t)"}]}')"
	okx-trades --inst BTC-USDT-SWAP --from-id "$last" >out.txt 2>err.txt
	expect_equal "$(jq -c 'select(.type == "gap") | [.firstMissing, .lastMissing]' out.txt)" "[\"$((last + 1))\",\"$((last + 10))\"]"
	expect_equal "$(ids | tr '\n' ' ')" "$((last + 11)) "
}

@test "requests on stdin, one a line; bad ones are rejected, the others served" {
	scenario 30
	start_replay "$PWD/trades.json"
	printf '%s\n' '{"instId":"BTC-USDT-SWAP"}' '{"instId":"no such"}' 'x' '{"instId":"ABC-DEF"}' '{"instId":"BTC-USDT-SWAP"}' >in.ndjson
	split okx-trades --backoff 20 <in.ndjson
	expect_status 1
	expect_equal "$(jq -c 'select(.type == "end" or .type == "reject") | [.type, .in, .count]' out.txt | tr '\n' ' ')" \
		'["end",null,30] ["reject",2,null] ["reject",3,null] ["reject",4,null] ["end",null,30] '
	# no hole in seq over the whole stream
	jq -r 'select(.seq) | .seq' out.txt | awk '$1 != NR {exit 1}'
}

@test "OKX down: temporary, 111, and nothing claimed complete" {
	export OKX_BASE_URL=http://127.0.0.1:9
	split okx-trades --inst BTC-USDT-SWAP --backoff 10
	expect_status 111
	! grep -q '"end"' out.txt || false
}
