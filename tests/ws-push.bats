#!/usr/bin/env bats
# Catches a push that does not speak as its pages say: refusals, frames, resume, what is skipped, slow subscribers, many of them, super-servers, the page.
load helper

peer() { # FILE ARGUMENT...
	local status=0 file=$ROOT/tests/peers/$1
	shift
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	TRADEPIPE_BIN=$(cd "$BIN" && pwd) TMPDIR=$BATS_TEST_TMPDIR timeout 300 node "$@" "$file" $arguments >peer.txt 2>&1 </dev/null || status=$?
	[ $status -eq 0 ] || fail "$(grep -vE '^(ok|# Subtest|  (---|\.\.\.|duration_ms.*)$)' peer.txt | cut -c 1-600 | head -n 60)" "status $status"
}

bars() { # N: N one-minute bars
	for ((i = 0; i < $1; i++)); do
		printf '{"type":"kline","symbol":"BTC-USDC","interval":"1m","windowStart":%d,"open":"1","high":"2","low":"1","close":"2","volume":"1","turnover":"2","trades":1,"version":1,"closed":true}\n' $((i * 60000000))
	done
}

request() { # PATH
	printf 'GET %s HTTP/1.1\r\nHost: x\r\n\r\n' "$1"
}

@test "the chart page in Chromium, desktop and phone" {
	if is_sanitized; then skip "the page is the same in every build"; fi
	[ -f "$ROOT/build/chart/lightweight-charts.js" ] || skip "no build/chart: make chart"
	[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || skip "no chromium"
	# the library as it was fetched, the page as it is now
	cp "$ROOT"/share/chart/{index.html,chart.css,chart.js} "$ROOT/build/chart/"
	peer chart_browser.mjs --test --test-reporter=tap
	grep -qE '^# pass [1-9]' peer.txt
}

@test "200 subscribers at once, 10 of them stalled: those are dropped, none else is harmed" {
	if is_sanitized; then arguments='40 4 3'; else arguments='200 10 5'; fi
	peer push_many.mjs
	[ "$(jq -c '[.incomplete,.closed,.out_of_order]' peer.txt)" = '[0,0,0]' ]
}

@test "under a super-server: one process a connection, topics and stream" {
	command -v tcpserver >/dev/null || skip "no tcpserver: build-aux/need test"
	bars 3 | stream-keep st >/dev/null
	# tcpserver -1 prints the port that the kernel chose
	tcpserver -1RHl0 127.0.0.1 0 "$BIN/ws-push" --stream "$PWD/st" >port.txt 2>server.log &
	server=$!
	for _ in $(seq 100); do [ -s port.txt ] && break; sleep 0.05; done
	port=$(head -n 1 port.txt)
	curl -s "http://127.0.0.1:$port/topics" >topics.json
	curl -sN -m 2 "http://127.0.0.1:$port/stream?symbol=BTC/USDC&interval=1m" >events.txt || true
	kill "$server"
	expect_equal "$(jq -c .topics topics.json)" '[{"channel":"kline1m","instId":"BTC-USDC"}]'
	expect_equal "$(grep -c '"action":"snapshot"' events.txt)" 3
	grep -qx 'data: {"event":"synced","seq":3}' events.txt
}

@test "no stream yet: 503; no page, names with dots, other directories: 404" {
	mkdir -p empty page
	echo secret >secret.html
	echo hello >page/index.html
	ln -s ../secret.html page/link.html
	expect_equal "$(request '/stream?interval=1m' | ws-push --stream empty 2>/dev/null | head -n 1 | tr -d '\r')" 'HTTP/1.1 503 Service Unavailable'
	expect_equal "$(request / | ws-push --stream empty --page page 2>/dev/null | tail -n 1)" hello
	request / | ws-push --stream empty --page page 2>/dev/null | grep -q "^Content-Security-Policy: default-src 'none'"
	for path in /link.html /../secret.html /..%2fsecret.html /.hidden /nothing.html /page/index.html; do
		request "$path" | ws-push --stream empty --page page 2>/dev/null >answer.txt
		grep -q '^HTTP/1.1 40[04] ' answer.txt || fail "$path: $(head -n 1 answer.txt)"
		! grep -q secret answer.txt || fail "$path gave it away"
	done
	expect_equal "$(request / | ws-push --stream empty 2>/dev/null | head -n 1 | tr -d '\r')" 'HTTP/1.1 404 Not Found'
}

@test "a damaged stream is told, not guessed at" {
	bars 2 | stream-keep st >/dev/null
	sed -i 's/^{"s":2,/{"s":7,/' st/*.ndjson
	(request '/stream?interval=1m'; sleep 1) | ws-push --stream st >out.txt 2>err.txt
	grep -q '^HTTP/1.1 503 ' out.txt
	split stream-keep st </dev/null
	expect_status 100
}

@test "a directory that is not there: 102" {
	split ws-push --stream nowhere </dev/null
	expect_status 102
	mkdir d
	split ws-push --stream d --page nowhere </dev/null
	expect_status 102
}

@test "examples/exchange: orders become trades, K-lines and books, in the store and at subscribers alike" {
	if is_sanitized; then skip "the programs are tested one by one"; fi
	# a copy, which finds no chart page: it says so, and goes on
	mkdir examples
	cp "$ROOT/examples/exchange" examples/
	TRADEPIPE_BIN=$BIN timeout 60 examples/exchange --seconds 4 --rate 100 --port 0 --state "$PWD/ex" 2>log.txt || fail "$(cat log.txt)"
	grep -qx 'http://127.0.0.1:[0-9]*' log.txt
	grep -qx 'exchange: no chart page: make chart' log.txt
	jq -c .r ex/stream/*.ndjson >records.ndjson
	[ "$(jq -c 'select(.type=="trade")' records.ndjson | wc -l)" -gt 20 ]
	jq -e -s 'map(select(.type=="book"))|length>2 and any(.bids|length>0) and any(.asks|length>0)' records.ndjson >/dev/null
	# in thousandths, exactly
	sum='def k: split(".")|(.[0]|tonumber)*1000+((.[1]//"0")+"000"|.[0:3]|tonumber);'
	traded=$(jq -s "$sum map(select(.type==\"trade\").sz|k)|add" records.ndjson)
	for interval in 1s 1m 1d; do
		drawn=$(jq -s "$sum map(select(.type==\"kline\" and .interval==\"$interval\"))|group_by([.symbol,.windowStart])|map(max_by(.version).volume|k)|add" records.ndjson)
		expect_equal "$interval $drawn" "$interval $traded"
	done
	expect_equal "$(sqlite3 ex/kline/kline.sqlite "select count(*) from bars")" \
		"$(jq -c 'select(.type=="kline")|[.symbol,.interval,.windowStart]' records.ndjson | sort -u | wc -l)"
}
