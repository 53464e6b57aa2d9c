# settle: what the tests of settle share: two chains of a test, a trade, and what books and ledgers say
LEDGER=$BATS_TEST_DIRNAME/settle/ledger-adapter

setup() {
	mkdir -p btc eth
	touch btc/mining eth/mining
	cat >conf <<-END
		{"type":"chain","chain":"btc","adapter":["$LEDGER","btc","asset=BTC","decimals=8","chain=btc"],"asset":"BTC","decimals":8,"dust":"294","confirmations":2,"feeMax":"1000","pollMs":10,"stuckMs":400}
		{"type":"chain","chain":"eth","adapter":["$LEDGER","eth"],"asset":"USDC","decimals":6,"feeAsset":"GAS","confirmations":2,"feeMax":"1000","pollMs":10,"stuckMs":400}
		{"type":"signer","command":["$LEDGER","eth"]}
		{"type":"policy","retryMs":10,"retryMaxMs":100}
		{"type":"address","account":"alice","asset":"BTC","chain":"btc","address":"alice-btc"}
		{"type":"address","account":"bob","asset":"USDC","chain":"eth","address":"bob-usdc"}
	END
}

# alice buys $2 (default 0.01) BTC from bob at 65000.5
trade() {
	printf '{"type":"trade","seq":%s,"tradeId":"%s","symbol":"BTC-USDC","px":"65000.5","sz":"%s","side":"buy","makerId":"m%s","takerId":"t%s","makerAccount":"bob","takerAccount":"alice","ts":1}\n' \
		"$1" "$1" "${2:-0.01}" "$1" "$1"
}

# nothing is stuck that a test makes wait
patient() { sed -i 's/"stuckMs":400/"stuckMs":60000/' conf; }

run_settle() { split timeout 20 settle --config conf --state st; }

do_chain() { # CHAIN REQUEST
	echo "$2" | "$LEDGER" "$1" >/dev/null
}

paid() { # CHAIN: what the ledger says that our wallet paid
	jq -c '[.blocks[].txs[] | select(.to != "self") | [.to, .amount]] | sort' "$1/chain.json" 2>/dev/null || echo '[]'
}

# The books say exactly what the ledgers say: $said has, of each chain, what the books and what the ledger have. One jq, as it starts slowly.
agree() {
	local chain
	settle --state st --list --all >book.txt || true
	for chain in btc eth; do [ -e $chain/chain.json ] || echo '{"blocks":[]}' >$chain/chain.json; done
	mapfile -t said < <(jq -nc --slurpfile book book.txt --slurpfile btc btc/chain.json --slurpfile eth eth/chain.json '
		def booked($c): [$book[].legs[] | select(.chain == $c and .status == "confirmed") | [.to, .amount]] | sort;
		def paid: [.[0].blocks[].txs[] | select(.to != "self") | [.to, .amount]] | sort;
		booked("btc"), ($btc | paid), booked("eth"), ($eth | paid), ($book | map(.state))')
	expect_equal "btc ${said[0]}" "btc ${said[1]}"
	expect_equal "eth ${said[2]}" "eth ${said[3]}"
}

states() { jq -sc 'map(.state)' book.txt; }

each_paid_once() {
	agree
	expect_equal "${said[1]}" '[["alice-btc","1000000"]]'
	expect_equal "${said[3]}" '[["bob-usdc","650005000"]]'
	expect_equal "${said[4]}" '["settled"]'
}

# Until a record of the file passes the filter.
wait_for() { # FILE JQ-FILTER
	local tail
	exec 8< <(exec tail -n +1 -s 0.02 -F "$1" 2>/dev/null)
	tail=$!
	timeout 30 jq -n "first(inputs | $2)" <&8 >waited.txt 2>/dev/null || true
	exec 8<&-
	kill "$tail" 2>/dev/null || true
	[ -s waited.txt ] || fail "waited in vain for: $2" "$(tail -n 3 "$1")"
}

hold_open() { # the input stays open until let_end
	mkfifo in
	run_settle <in &
	exec 7>in
}

begin() { # OPTION...: the same, to be terminated
	[ -p in ] || mkfifo in
	# signals that come early are nothing
	(trap '' USR1 && exec settle --config conf --state st "$@") <in >out.txt 2>err.txt &
	pid=$!
	exec 7>in
}

end_begun() {
	local status=0
	exec 7>&-
	wait "$pid" || status=$?
	echo "$status" >status.txt
}

terminate() {
	kill -TERM "$pid"
	end_begun
}

let_end() {
	exec 7>&-
	wait
}

# settle's own calls fail or are its last; its programs are left alone
with_faults() {
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	! is_sanitized || SAN_FLAGS=-DFAILING_WITHOUT_MEMORY
	gcc -shared -fPIC -o failing.so ${SAN_FLAGS:-} "$BATS_TEST_DIRNAME/fault/failing.c"
	sed -i 's#\["/#["/usr/bin/env","-u","LD_PRELOAD","/#' conf
}

anew() {
	rm -rf st btc eth
	mkdir btc eth
	touch btc/mining eth/mining
}
