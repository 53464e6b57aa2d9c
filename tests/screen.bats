#!/usr/bin/env bats
# Catches a screener that lets a listed address pass: in another spelling, from another form of the list, after a list was replaced by half
# of one; and one whose limits a restart or a second question changes.
load helper

setup() {
	cp "$ROOT"/tests/data/sign/{sdn.csv,sdn.xml,sdn_advanced.xml,limits} .
}

ask() { # job chain asset address amount [phase]
	printf '{"op":"screen","id":1,"job":"%s","chain":"%s","asset":"%s","address":"%s","account":"alice","amount":"%s","phase":"%s"}\n' "$1" "$2" "$3" "$4" "$5" "${6:-take}"
}
screen_with() { screen --list "$1" --limits limits --state st 2>>screen.err; }
verdict() { jq -r 'if .ok then "ok" else .error | .class + " " + .code end'; }

@test "each form of the list: what stands in it is blocked, on any chain and in any spelling, and nothing else" {
	for list in sdn.csv sdn.xml sdn_advanced.xml; do
		{
			ask 1 btc BTC 149w62rY42aZBox8fGcmqNsXUzSStKeq8C 1
			ask 2 eth USDC 0x7F367cC41522cE07553e823bf3be79A889DEbe1B 1
			ask 3 bsc USDC 0x7f367cc41522ce07553e823bf3be79a889debe1b 1
			ask 4 eth USDC 0x7F367CC41522CE07553E823BF3BE79A889DEBE1B 1
			ask 5 btc BTC 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 1
			ask 6 eth USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1
		} | screen_with $list | verdict >out.txt || true
		expect_equal "$(tr '\n' , <out.txt)" "refused BLOCKED,refused BLOCKED,refused BLOCKED,refused BLOCKED,ok,ok,"
		rm -rf st
	done
	! grep -q A0000001 out.txt || false
}

@test "one key, three kinds of address, three networks" {
	# 12higDjoCCNXSA95xZMWUdPvXNmkAduhWv, bc1qz... and 3... of one key hash (BIP 173's example has it as tb1, too)
	echo bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 >plain
	{
		ask 1 btc BTC BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4 1
		ask 2 btc BTC tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx 1
		ask 3 btc BTC 1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH 1
		ask 4 btc BTC 3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN 1
		ask 5 btc BTC mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r 1
		ask 6 btc BTC 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 1
	} | screen_with plain | verdict >out.txt || true
	expect_equal "$(sort out.txt | uniq -c | sed 's/^ *//' | tr '\n' ,)" "1 ok,5 refused BLOCKED,"
}

@test "a list is read again when it changes, and on SIGHUP; one that is no list any more is not taken" {
	mkfifo to from
	screen --list sdn.xml --limits limits --state st --metrics-file m <to >from 2>err.txt &
	pid=$!
	exec 8>to 9<from
	question() { ask "$1" eth USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1 >&8; read -r -t 20 line <&9; echo "$line" | verdict; }
	expect_equal "$(question a)" ok
	sed 's/0x7F367cC41522cE07553e823bf3be79A889DEbe1B/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/' sdn.xml >new
	mv new sdn.xml
	expect_equal "$(question b)" "refused BLOCKED"
	# cut short, empty, missing: the one before stays
	for change in 'head -c 400' 'head -c 0'; do
		$change <"$ROOT/tests/data/sign/sdn.xml" >new
		mv new sdn.xml
		expect_equal "$(question b)" "refused BLOCKED"
	done
	rm sdn.xml
	expect_equal "$(question b)" "refused BLOCKED"
	[ "$(grep -c '^screen: error: list ' err.txt)" -eq 3 ]
	cp "$ROOT/tests/data/sign/sdn.xml" sdn.xml
	kill -HUP $pid
	sleep 0.1
	expect_equal "$(question a)" ok
	exec 8>&- 9<&-
	wait $pid || true
	grep -qx 'dex_screen_list_stale 0' m
	grep -qx 'dex_screen_list_failures_total 3' m
}

@test "a list that has lost more than half of its addresses is not taken" {
	for n in 1 2 3 4 5; do printf '0x%040d\n' $n; done >plain
	mkfifo to from
	screen --list plain --limits limits --state st <to >from 2>err.txt &
	exec 8>to 9<from
	question() { ask a eth USDC "$1" 1 >&8; read -r -t 20 line <&9; echo "$line" | verdict; }
	expect_equal "$(question "0x$(printf '%040d' 5)")" "refused BLOCKED"
	head -n 1 plain >new
	mv new plain
	expect_equal "$(question "0x$(printf '%040d' 5)")" "refused BLOCKED"
	exec 8>&- 9<&-
	wait || true
	grep -q 'more than half' err.txt
}

@test "no list, an empty one, one cut short, limits that are none: 102" {
	: >empty
	head -c 700 sdn.xml >short.xml
	for list in nowhere empty short.xml; do
		split screen --list $list --limits limits --state st </dev/null
		expect_status 102
	done
	for rule in '{"type":"limit"}' '{"type":"limit","chain":"a","asset":"b","decimals":6,"txMax":"1","dayMax":1}' \
		'{"type":"limit","chain":"a","asset":"b","decimals":6,"txMax":"1","dayMax":"1","day":"1"}' '[]' '{'; do
		echo "$rule" >bad
		split screen --list sdn.csv --limits bad --state st </dev/null
		expect_status 102
	done
	split screen --list sdn.csv --limits limits </dev/null
	expect_status 100
}

@test "limits: at once, of a day, without one; a job counts once, in both phases and over restarts" {
	clean=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
	{
		ask a eth USDC $clean 1000000001
		ask b eth USDC $clean 1000000000
		ask b eth USDC $clean 1000000000 pay
		ask c eth USDC $clean 1000000000
		ask d eth USDC $clean 1000000000
		ask b eth USDC $clean 999
		ask e eth ETH $clean 1
		ask f tron USDC $clean 1
	} >asked.txt
	screen_with sdn.csv <asked.txt | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "refused LIMIT,ok,ok,ok,refused DAILY_LIMIT,refused JOB,refused UNLISTED,refused UNLISTED,"
	{
		ask d eth USDC $clean 1000000000
		ask c eth USDC $clean 1000000000 pay
		ask g eth USDC $clean 500000000
		ask h eth USDC $clean 1
	} | screen_with sdn.csv | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "refused DAILY_LIMIT,ok,ok,refused DAILY_LIMIT,"
	# the log has a line a decision
	[ "$(wal-cat --state st | wc -l)" -eq 12 ]
	wal-cat --state st | jq -c '[.job,.phase,.decision]' | head -n 3 >out.txt
	expect_equal "$(tr '\n' ' ' <out.txt)" '["a","take","LIMIT"] ["b","take","pass"] ["b","pay","pass"] '
}

@test "decimals that differ from the limit's are refused" {
	ask a bsc USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1500000 | jq -c '.decimals = 6' | screen_with sdn.csv | verdict >out.txt || true
	expect_equal "$(cat out.txt)" "refused DECIMALS"
	ask a bsc USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1500000 | jq -c '.decimals = 18' | screen_with sdn.csv | verdict >out.txt
	expect_equal "$(cat out.txt)" "ok"
}

@test "what no address measures is no request; garbage neither" {
	{
		ask a eth USDC "$(printf 'x%.0s' $(seq 129))" 1
		ask a eth USDC "" 1
		ask a eth USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 01
		ask a eth USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1 later
		echo '{"op":"screen","id":1}'
		echo '{"op":"sign","id":1}'
		echo 'x'
	} | screen_with sdn.csv | verdict >out.txt || true
	expect_equal "$(cut -d' ' -f1 out.txt | sort | uniq -c | sed 's/^ *//')" "7 request"
	[ "$(wal-cat --state st | wc -l)" -eq 0 ]
}

@test "gauges: the limit of a day and what is used, in the asset's own unit" {
	{
		ask a eth USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 1500000
		ask b bsc USDC 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 2500000000000000000
		ask c btc BTC 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 150000
	} | screen --list sdn.csv --limits limits --state st --metrics-file m >/dev/null
	grep -qx 'dex_screen_limit{chain="eth",asset="USDC"} 2500' m
	grep -qx 'dex_screen_used{chain="eth",asset="USDC"} 1.5' m
	grep -qx 'dex_screen_used{chain="bsc",asset="USDC"} 2.5' m
	grep -qx 'dex_screen_limit{chain="btc",asset="BTC"} 0.2' m
	grep -qx 'dex_screen_used{chain="btc",asset="BTC"} 0.0015' m
	grep -qx 'dex_screen_list_addresses 5' m
}

order() { # id account symbol side px sz
	printf '{"type":"order","id":"%s","account":"%s","symbol":"%s","side":"%s","ordType":"limit","px":"%s","sz":"%s","ts":1}\n' "$@"
}
screen_orders() { screen --orders --addresses "${book:-$ROOT/tests/data/sign/book}" --list sdn.csv --limits limits --state "${1:-so}" 2>>screen.err; }
reasons() { jq -r 'if .type == "reject" then .id + " " + .reason else .id end' | paste -sd , ; }

@test "orders pass to the byte; a blocked account's, one beyond a limit and one that nobody could be paid for become rejects" {
	{
		printf '{ "type":"symbol", "symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.001"  }\n'
		order 1 al BTC-USDC buy 60000 0.01
		order 2 al BTC-USDC sell 10000.00 0.1
		printf '{"sz":0.1,"unheard":[1,{"of":"\\u00e9"}],"type":"order","px":10000,"id":"3","account":"al","symbol":"BTC-USDC","side":"buy"}\n'
		printf '{"type":"cancel","id":"1","account":"bad","symbol":"BTC-USDC"}\n{"type":"watermark","ts":5}\n'
		order 4 'pool:BTC-USDC' BTC-USDC sell 100 0.1
		printf '{"type":"reject","in":3,"reason":"LIMIT","msg":"x","input":"y"}\n{"type":"end","count":9}\n'
	} >good
	split screen_orders <good
	expect_status 0
	cmp good out.txt
	{
		order 1 bad BTC-USDC buy 60000 0.001
		order 2 al BTC-USDC buy 10000 0.10000001
		order 3 al BTC-USDC sell 10000.01 0.1
		order 4 bo BTC-USDC buy 1 0.001
		order 5 nobody BTC-USDC sell 1 0.001
		order 6 al ETH-USDC sell 1 0.001
		order 7 al BTCUSDC sell 1 0.001
		order 8 bo BTC-USDC sell 10000 0.1
		order 9 al BTC-USDC.bsc sell 10000 0.1
		order 10 al BTC-USDC sell 99999999999999999999 99999999999999999999
		printf '{"type":"amend","id":"11","account":"al","symbol":"BTC-USDC","sz":"0.2"}\n'
		printf '{"type":"quote","id":"12","account":"al","symbol":"BTC-USDC","bids":[["1","0.01"]],"asks":[["2","0.01"],["3","0.11"]]}\n'
		printf '{"type":"rfq","id":"13","account":"bad","symbol":"BTC-USDC","side":"buy","sz":"0.1"}\n'
		printf '{"type":"order","id":"14","id":"14","account":"al"}\nno JSON\n{"type":"order","id":"16","symbol":"BTC-USDC","side":"buy","sz":"1"}\n'
	} >bad
	split screen_orders <bad
	expect_status 1
	expect_equal "$(reasons <out.txt)" "1 BLOCKED,2 LIMIT,3 LIMIT,4 NO_ADDRESS,5 NO_ADDRESS,6 UNLISTED,7 SYMBOL,8,9,10 LIMIT,11 LIMIT,12 LIMIT,13 BLOCKED, DUPLICATE_NAME, BAD_JSON,16 NO_ADDRESS"
	# the lines themselves, and where they stood
	expect_equal "$(jq -r 'select(.id == "3") | "\(.by) \(.in) \(.account) \(.input)"' out.txt)" "screen 3 al $(sed -n 3p bad)"
	wal-cat --state so | jq -r 'select(.decision != "pass") | "\(.in) \(.account // "-") \(.id) \(.decision) \(.list // "-")"' | head -n 2 >log.txt
	expect_equal "$(paste -sd , log.txt)" "1 bad 1 BLOCKED sdn.csv,2 al 2 LIMIT -"
	expect_equal "$(wal-cat --state so | grep -c '"decision":"pass"')" 6
}

@test "orders: lists and address book are read again while it runs; a book with a fault is not taken" {
	cp "$ROOT/tests/data/sign/book" book
	book=book
	mkfifo to from
	screen --orders --addresses book --list sdn.csv --limits limits --state so <to >from 2>err.txt &
	pid=$!
	exec 8>to 9<from
	n=0
	question() { order $((++n)) "$1" BTC-USDC sell 10000 0.01 >&8; read -r -t 20 line <&9; jq -r '.reason // "ok"' <<<"$line"; }
	until_said() { # ACCOUNT ANSWER
		for _ in $(seq 200); do
			[ "$(question "$1")" != "$2" ] || return 0
		done
		fail "never $2 for $1"
	}
	expect_equal "$(question al) $(question new) $(question bad)" "ok NO_ADDRESS BLOCKED"
	{ cat book; echo '{"type":"address","account":"new","asset":"USDC","chain":"eth","address":"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"}'; } >new
	mv new book
	until_said new ok
	{ cat sdn.csv; echo '"Digital Currency Address - ETH 0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359;"'; } >new
	mv new sdn.csv
	until_said new BLOCKED
	until_said bo BLOCKED
	{ cat book; echo '{"type":"address","account":"new"}'; } >new
	mv new book
	expect_equal "$(question al)" ok
	# it has been looked at once this is there
	until_said new BLOCKED
	cp "$ROOT/tests/data/sign/book" new
	mv new book
	until_said new NO_ADDRESS
	exec 8>&- 9<&-
	wait $pid || true
	grep -q '^screen: error: addresses file=book line=9 why=' err.txt
}

@test "orders between order-intake and match: what is refused counts nowhere, and the next order has the whole limit" {
	mkfifo events
	{
		printf '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.001"}\n'
		order a al BTC-USDC buy 10000 0.2
		order b bad BTC-USDC sell 10000 0.1
	} >orders
	mkfifo in
	: >out.ndjson
	order-intake --allow-unsigned --limit BTC:0.25 --state intake --events events <in 2>>err.txt | screen_orders | match --state m 2>>err.txt |
		tee events >out.ndjson &
	exec 8>in
	cat orders >&8
	for _ in $(seq 400); do [ "$(wc -l <out.ndjson)" -lt 3 ] || break; sleep 0.05; done
	expect_equal "$(jq -r '.reason // .type' out.ndjson | paste -sd ' ')" "symbol LIMIT BLOCKED"
	expect_equal "$(jq -c 'select(.type == "reject") | [.seq, .in, .passed, .by]' out.ndjson | paste -sd ' ')" '[2,2,2,"screen"] [3,3,3,"screen"]'
	# order-intake has to have read the events; a tenth would be too much besides the two tenths that were refused
	for i in $(seq 200); do
		order "c$i" al BTC-USDC buy 10000 0.1 >&8
		for _ in $(seq 400); do [ "$(wc -l <out.ndjson)" -lt $((3 + i)) ] || break; sleep 0.02; done
		[ "$(tail -n 1 out.ndjson | jq -r '.reason // .type')" != ack ] || break
	done
	exec 8>&-
	wait || true
	expect_equal "$(tail -n 1 out.ndjson | jq -r .type)" ack
}
