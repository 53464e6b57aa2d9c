#!/usr/bin/env bats
# Catches an okx-fetch that asks too much or too little, hides an error, gives one person's answers to another, or lets a key out.
load helper
load okx

teardown() { stop_replay; }

fetch() { okx-fetch --backoff 30 "$@"; }

# One request of the scenario's order through okx-fetch: $out is the record, $status.
one() {
	request_for full-liquidation open "${more-}" >request.json
	split fetch "$@" <request.json
}

@test "a good answer: meta, raw, perf as the contract has them, no secret, all replies of a liquidation" {
	start_replay full-liquidation
	one
	expect_status 0
	expect_equal "$(jq -c '.meta | del(.verifiedAt, .host, .ordId)' out.txt)" \
		'{"exchange":"okx","instId":"BTC-USDT-SWAP","live":true,"fresh":false,"requestId":"r-1","version":"jp-verify@1.0.0","simulated":false}'
	expect_equal "$(jq -r .meta.host out.txt)" "${OKX_BASE_URL#http://}"
	expect_equal "$(jq -c '.perf | [(.okxRttMs, .totalMs, .rateLimit.remaining, .rateLimit.resetSec | type), .cache]' out.txt)" \
		'["number","number","number","number",false]'
	expect_equal "$(jq -c 'keys' out.txt)" '["clientMeta","error","exchange","instId","keyMode","meta","ordId","perf","raw"]'
	expect_equal "$(jq -c '.raw | keys_unsorted | map(sub("#.*"; "")) | unique' out.txt)" \
		'["account/bills","account/config","account/positions","account/positions-history","public/instruments","public/time","trade/fills","trade/order","trade/orders-history"]'
	jq -e '[.raw[] | .httpStatus == 200 and (.bodySha256 | length) == 64 and (.request | startswith("GET /api/v5/")) and (.fetchedAt | endswith("Z"))] | all' out.txt
	! grep -qE 'demo-key|Demo-Pass' out.txt err.txt || false
	# first and last, the clock
	expect_equal "$(jq -c '.raw | keys_unsorted | [.[0], .[-1]]' out.txt)" '["public/time","public/time#2"]'
}

@test "raw bodies are byte for byte what was sent: each has the SHA-256 that merkle-verify recomputes" {
	start_replay full-liquidation
	one
	normalize <out.txt | merkle-seal | merkle-verify >verdict.json
	expect_equal "$(jq -c '[.result, (.checked | contains(["bodySha256"]))]' verdict.json)" '["good",true]'
	# spaces and line breaks around and within: values stay, the hash is of what was received
	fault trade/order space '"times":1'
	one
	expect_status 0
	normalize <out.txt | merkle-seal | merkle-verify >verdict.json
	expect_equal "$(jq -r .result verdict.json)" good
}

@test "every class of refused credentials, by OKX's code" {
	start_replay full-liquidation
	try() {
		request_for full-liquidation | jq -c "$1" >request.json
		split fetch <request.json
		expect_status 1
		expect_equal "$(jq -r .error.code out.txt)" AUTH_ERROR
		jq -e --arg c "$2" '.error.msg | contains($c)' out.txt
	}
	try '.apiKey="no-such-key-1234567890"' 50111
	try '.secretKey="00000000000000000000000000000000"' 50113
	try '.passphrase="wrong-passphrase"' 50105
	try '.simulated=true' 50101
	jq -e '.error.hint | length > 10' out.txt
	# nothing that needs a key is asked again and again
	[ "$(asked account/config)" -le 8 ]
}

@test "the order is looked for in every tier, and an unknown one is NOT_FOUND with a hint that fits its age" {
	start_replay full-liquidation
	request_for full-liquidation | jq -c '.ordId="2999999999999999999"' >request.json
	split fetch <request.json
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt)" NOT_FOUND
	[ "$(asked 'trade/order?')" -eq 1 ]
	[ "$(asked 'trade/orders-history?')" -eq 1 ]
	[ "$(asked trade/orders-history-archive)" -eq 1 ]
	grep -q 'after=3000000000000000000&before=2999999999999999998' replay.ndjson
	jq -e '.error.hint | contains("three months")' out.txt
	stop_replay
	start_replay too-old
	request_for too-old | fetch 2>/dev/null | jq -e '.error.code == "NOT_FOUND" and (.error.hint | contains("quarterly"))'
}

@test "an order that is not live any more is found by its id in the history" {
	start_replay delivery
	request_for delivery >request.json
	split fetch <request.json
	expect_status 0
	jq -e '[.raw | to_entries[] | select(.key | startswith("trade/orders-history")) | .value.data[]?.ordId] | index($o) != null' --arg o "$(jq -r .ordId request.json)" out.txt
}

@test "retries: limits, server errors, resets and cut replies are tried again with a fresh signature" {
	for kind in 'code "code":"50011","status":429' 'code "code":"50026","status":500' 'code "code":"50013","status":429' reset cut cutjson html; do
		start_replay full-liquidation
		set -- $kind
		fault account/positions-history "$1" "${2:+$2,}\"times\":2"
		one
		expect_status 0 || fail "kind $kind"
		[ "$(asked account/positions-history)" -ge 2 ] || fail "$kind was not retried"
		stop_replay
	done
}

@test "retries are bounded: a ledger that stays broken leaves the class and what was fetched" {
	for row in 'code "code":"50026","status":500|REMOTE_5XX' 'code "code":"50011","status":429|RATE_LIMIT' 'html|REMOTE_5XX' 'cut|REMOTE_5XX' \
		'cutjson|REMOTE_5XX' 'reset|NETWORK' 'oversize "bytes":2000000|REMOTE_5XX' 'notutf8|REMOTE_5XX' 'dupkeys|REMOTE_5XX' \
		'code "code":"50015","status":400|REMOTE_4XX' 'code "code":"50030","status":200|AUTH_ERROR'; do
		kind=${row%|*}
		start_replay full-liquidation
		set -- $kind
		fault account/bills "$1" "${2:+$2,}\"times\":0"
		one
		expect_status 1 || fail "$row"
		expect_equal "$(jq -r .error.code out.txt)" "${row#*|}" || fail "$row"
		# three retries at most for each of the two questions (libcurl tries a dead kept connection once more by itself)
		[ "$(asked account/bills)" -le 16 ] || fail "$row: asked $(asked account/bills) times"
		jq -e '.raw["trade/order"].data[0].ordId' out.txt >/dev/null
		# the verdict must not build on the missing ledger
		normalize <out.txt >norm.json 2>/dev/null || true
		expect_equal "$(jq -c '.normalized.position | [.liquidated, .verdict.sub]' norm.json)" '[null,"incomplete"]' || fail "$row"
		stop_replay
	done
}

@test "a slow reply and a late one end as TIMEOUT, within the deadline" {
	start_replay full-liquidation
	fault trade/order delay '"delayMs":3000,"times":0'
	start=$(date +%s%N)
	one --request-timeout 200 --deadline 2
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt)" TIMEOUT
	[ $((($(date +%s%N) - start) / 1000000)) -lt 3500 ]
	stop_replay
	start_replay full-liquidation
	fault trade/order slow '"delayMs":200,"times":0'
	one --request-timeout 300 --deadline 2
	expect_equal "$(jq -r .error.code out.txt)" TIMEOUT
}

@test "nobody there: NETWORK, quickly" {
	export OKX_BASE_URL=http://127.0.0.1:9
	echo '{"exchange":"okx","instId":"BTC-USDT-SWAP","ordId":"12345","keyMode":"inline","apiKey":"aaaaaaaa","secretKey":"bbbbbbbb","passphrase":"cccccccc"}' >request.json
	split fetch <request.json
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt)" NETWORK
}

@test "an odd body is kept as text and still read: a number that a double cannot hold" {
	start_replay full-liquidation
	fault public/instruments numbers '"times":1'
	one
	expect_status 0
	jq -e '.raw["public/instruments"] | .bodyEncoding == "utf8" and (.body | type) == "string"' out.txt
	normalize <out.txt | merkle-seal | merkle-verify | jq -e '.result == "good"'
	stop_replay
	start_replay full-liquidation
	fault trade/order notutf8 '"times":0'
	one
	expect_equal "$(jq -r '.raw["trade/order"].bodyEncoding' out.txt)" base64
}

@test "uid: the account's own is fine, another's is an error and its answers are not given" {
	start_replay full-liquidation
	more='{uid: "700000000000000001"}' one
	expect_status 0
	more='{uid: "700000000000000002"}' one
	expect_status 1
	expect_equal "$(jq -c '[.error.code, (.raw | keys)]' out.txt)" '["BAD_REQUEST",["account/config","public/time","public/time#2"]]'
}

@test "cache: live, fresh and noCache decide; perf.cache says so; other keys, sites and orders do not see it" {
	start_replay full-liquidation
	mkdir st
	one --state st
	jq -e '.perf.cache == false' out.txt
	n=$(asked '')
	one --state st
	jq -e '.perf.cache == true and .perf.okxRttMs == 0 and .error == null' out.txt
	expect_equal "$(asked '')" "$n"
	jq -cS .raw out.txt >first.json
	more='{live: false}' one --state st --cache-max-age 0
	jq -e '.perf.cache == true' out.txt
	one --state st --cache-max-age 0
	jq -e '.perf.cache == false' out.txt
	for flag in fresh noCache; do
		more="{$flag: true}" one --state st
		jq -e '.perf.cache == false' out.txt
	done
	# the same order asked with another secret: not from the cache, though OKX refuses it
	more='{secretKey: "ffffffffffffffffffffffffffffffff"}' one --state st
	expect_equal "$(jq -r .error.code out.txt)" AUTH_ERROR
	# files: private, no secret in them
	expect_equal "$(stat -c %a st/cache-*.json | sort -u)" 600
	! grep -rqE 'demo-key|Demo-Pass' st || false
	# a damaged entry is no answer
	for f in st/cache-*.json; do echo '{"fetchedMs":1' >"$f"; done
	one --state st
	jq -e '.perf.cache == false and .error == null' out.txt
}

@test "an answer with an error is not kept, nor one asked for with noCache" {
	start_replay full-liquidation
	mkdir st
	more='{noCache: true}' one --state st
	fault account/bills code '"code":"50026","status":500,"times":0'
	one --state st
	[ -z "$(ls st | grep cache)" ]
}

@test "limits: processes that share a state directory share the budget; none is refused by OKX" {
	LIMITS=kept start_replay full-liquidation
	mkdir st
	request_for full-liquidation open '{noCache: true}' >request.json
	for i in 1 2 3 4; do fetch --state st <request.json >out$i.txt 2>err$i.txt & done
	wait $(jobs -p | grep -v "^$REPLAY$")
	for i in 1 2 3 4; do jq -e '.error == null' out$i.txt >/dev/null || fail "$(cat err$i.txt)"; done
	! grep -q '"status":429' replay.ndjson || false
	cat st/limits-* | grep -q 'account/config'
}

@test "hostile requests: forged members, secrets in odd places, header injection" {
	start_replay full-liquidation
	for member in meta normalized raw perf error evidence; do
		more="{$member: {}}" one
		expect_status 1
		expect_equal "$(jq -r .error.code out.txt)" BAD_REQUEST
		expect_equal "$(jq -c '.raw' out.txt)" '{}'
	done
	# the passphrase repeated in clientMeta must not come out
	request_for full-liquidation | jq -c '.clientMeta.note = "my passphrase is " + .passphrase' >request.json
	split fetch <request.json
	expect_status 1
	! grep -q Demo-Pass out.txt || false
	request_for full-liquidation | jq -c '.Api_Key = .apiKey | .nested = [{secretKey: "zzzzzzzz"}]' >request.json
	split fetch <request.json
	expect_status 0
	! grep -qE 'demo-key|zzzzzzzz' out.txt || false
}

@test "keys by descriptor serve requests that bring none" {
	start_replay full-liquidation
	request_for full-liquidation | jq -c 'del(.apiKey, .secretKey, .passphrase)' >request.json
	request_for full-liquidation | jq -c '{apiKey, secretKey, passphrase}' >keys.json
	split fetch --key-fd 5 <request.json 5<keys.json
	expect_status 0
	split fetch <request.json
	expect_status 1
	split fetch --key-fd 5 <request.json 5<request.json
	expect_status 102
}

@test "settings that would leak or mislead are refused: 102" {
	for url in http://www.okx.com ftp://x https:// https://user@host https://host/path 'https://ho st'; do
		OKX_BASE_URL=$url split fetch </dev/null
		expect_status 102 || fail "$url"
	done
	split fetch --state /no/such/directory </dev/null
	expect_status 102
}

@test "no secret in argv, environment of children, core dumps, or open to others" {
	is_sanitized && skip "sanitizer builds can be dumped"
	start_replay full-liquidation
	fault trade/order delay '"delayMs":1500,"times":1'
	request_for full-liquidation >request.json
	fetch <request.json >out.txt 2>err.txt &
	pid=$!
	sleep 0.4
	! tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qE 'demo-key|Demo-Pass' || false
	expect_equal "$(stat -c %U "/proc/$pid/mem")" root
	grep -q '^Max core file size  *0 ' "/proc/$pid/limits"
	wait $pid
}

@test "a position of many fills is paged through to the end; one of too many is said to be incomplete" {
	jq -c '
		.accounts[0] as $a
		| ($a.fills | map(select(.ordId == ($a.orders[] | select(._name == "open") | .ordId)))) as $own
		| .accounts[0].fills = ([range(0; 250)] | map(. as $i | $own[0] + {billId: "@id-4h30m/\($i + 1000)", tradeId: "\($i + 5000)", fillSz: "0.001"})) + $a.fills
	' "$ROOT/examples/scenarios/full-liquidation.json" >many.json
	start_replay "$PWD/many.json"
	request_for "$PWD/many.json" >request.json
	split fetch <request.json
	expect_status 0
	jq -e '[.raw | to_entries[] | select(.key | startswith("trade/fills")) | .value.data[].billId] | unique | length > 250' out.txt
	grep -q 'trade/fills?.*&after=' replay.ndjson
	normalize <out.txt | jq -e '.normalized.position.liquidated == true'
}

@test "a ledger that lags is asked again, and both answers are kept" {
	start_replay full-liquidation
	fault trade/fills drop_rows '"rows":50,"times":2'
	fault account/bills drop_rows '"rows":50,"times":2'
	one
	expect_status 0
	jq -e '.perf.waitMs > 1500' out.txt
	jq -e '.raw | has("account/positions-history#2") and has("account/bills#3")' out.txt
	normalize <out.txt | jq -e '.normalized.position.liquidated == true'
}

@test "the clock: measured before and after, and named when OKX refuses for it" {
	start_replay full-liquidation
	one
	jq -e '.perf.clockSkewMs | (.before | fabs) < 1000 and (.after | fabs) < 1000' out.txt
	stop_replay
	start_replay full-liquidation
	fault public/time skew '"ms":40000,"times":0'
	fault account/config code '"code":"50102","status":401,"times":0'
	one
	expect_status 1
	jq -e '.error.code == "AUTH_ERROR" and (.error.hint | test("clock is [34][0-9]{4} ms behind"))' out.txt
	grep -q '^okx-fetch: warning: clock ' err.txt
}

@test "metrics: requests and responses are counted" {
	start_replay full-liquidation
	fault account/bills code '"code":"50026","status":500,"times":1'
	one --metrics-file m.prom
	expect_equal "$(awk '$1 == "tradepipe_lines_total" {print $2}' m.prom)" 1
	expect_equal "$(awk '/class="5xx"/ {print $2}' m.prom)" 1
	[ "$(awk '$1 == "tradepipe_okx_requests_total" {print $2}' m.prom)" -gt 10 ]
}
