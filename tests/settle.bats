#!/usr/bin/env bats
# Catches a payment that is made twice, or not at all, or to another: settle is run over chains of a test (tests/settle/ledger-adapter, a
# program that speaks adapter(5) over a ledger in a file) through lost answers, crashes, reorganisations, rising fees and an operator's hand.
load helper

load settle

@test "a trade becomes two payments, with a receipt at each change, and the same trade again becomes nothing" {
	trade 1 | run_settle
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.asset == "BTC") | .status' out.txt | tr '\n' ' ' | sed 's/confirming //')" "screened prepared signed released submitted confirmed "
	expect_equal "$(jq -s 'map(.seq) == [range(1; length + 1)]' out.txt)" true
	expect_equal "$(jq -sc 'map(select(.status == "confirmed")) | sort_by(.asset) | map([.orderId, .matchId, .chain, .direction, .amount, .fee, .feeAsset])' out.txt)" \
		'[["t1","1","btc","out","1000000","10","BTC"],["m1","1","eth","out","650005000","10","GAS"]]'
	# nothing was released before both were signed
	expect_equal "$(jq -sc 'map(.status) | (map(. == "signed") | rindex(true)) < index("released")' out.txt)" true
	(trade 1; trade 1) | run_settle
	expect_status 0
	[ ! -s out.txt ]
	each_paid_once
}

@test "the same tradeId with other contents, a trade without side, an asset without chain: rejected, nothing paid for them" {
	(trade 1; trade 1 0.02; trade 2 | sed 's/"side":"buy",//'; trade 3 | sed 's/BTC-USDC/DOGE-USDC/'; echo '{}'; trade 4 | sed 's/"sz":"0.01"/"sz":"-1"/') | run_settle
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "reject") | .reason' out.txt | tr '\n' ' ')" "CONTRADICTION BAD_TRADE NO_CHAIN BAD_LINE BAD_LINE "
	each_paid_once
}

@test "USDC/BTC: the other way round, and rounded down to base units" {
	printf '%s\n' '{"type":"address","account":"bob","asset":"BTC","chain":"btc","address":"bob-btc"}' \
		'{"type":"address","account":"alice","asset":"USDC","chain":"eth","address":"alice-usdc"}' \
		'{"type":"trade","tradeId":"7","symbol":"USDC/BTC","px":"0.0000153845","sz":"650.005","side":"buy","makerId":"m","takerId":"t","makerAccount":"bob","takerAccount":"alice"}' | run_settle
	expect_status 0
	agree
	expect_equal "$(paid eth)$(paid btc)" '[["alice-usdc","650005000"]][["bob-btc","1000000"]]'
}

@test "every answer of every operation lost once, every program killed once: each paid once" {
	for op in info prepare assemble submit poll; do printf '%s lost\n%s crash\n%s retry TIMEOUT\n' $op $op $op; done >btc/faults
	(cat btc/faults; printf 'sign lost\nsign crash\nsign retry BUSY\n') >eth/faults
	sed -i 's/"retryMaxMs":100/"retryMaxMs":30/' conf
	# a program that keeps dying is started ever more slowly
	trade 1 | split timeout 40 settle --config conf --state st
	expect_status 0
	each_paid_once
	[ ! -s btc/faults ]
	[ ! -s eth/faults ]
}

@test "kill -9 of settle after every second write and sync (log, programs, stdout): each paid once" {
	with_faults
	local at=0 killed=137 step=2
	! is_sanitized || step=14
	while [ $killed -eq 137 ]; do
		at=$((at + step))
		anew
		killed=0
		trade 1 >in.txt
		FAIL_AT=$at FAIL_KILL=after FAIL_CALLS=write,fdatasync LD_PRELOAD=$PWD/failing.so \
			settle --config conf --state st <in.txt >killed.txt 2>/dev/null || killed=$?
		run_settle <in.txt
		expect_status 0
		each_paid_once || fail "killed at call $at"
	done
	[ $at -gt 30 ]
}

@test "the disk is full, a sync fails: 111, nothing sent that is not kept, and after that each paid once" {
	with_faults
	for at in 3 5 8; do
		for errno in EIO ENOSPC; do
			anew
			trade 1 | FAIL_AT=$at FAIL_ERRNO=$errno FAIL_CALLS=pwrite,write,writev,fdatasync FAIL_PATH=.wal LD_PRELOAD=$PWD/failing.so split settle --config conf --state st
			expect_status 111
			trade 1 | run_settle
			expect_status 0
			each_paid_once
		done
	done
}

@test "a party is frozen before anything is sent: both fail, nothing is paid" {
	touch eth/frozen-bob-usdc
	trade 1 | run_settle
	expect_status 1
	agree
	expect_equal "$(paid btc)$(paid eth)$(states)" '[][]["void"]'
	expect_equal "$(jq -r 'select(.status == "failed") | .code' out.txt | sort | tr '\n' ' ')" "BLACKLISTED COUNTERPART "
}

@test "the signer or the screener says no: nothing is paid" {
	touch eth/no-signature
	trade 1 | run_settle
	expect_status 1
	rm eth/no-signature
	echo "{\"type\":\"screener\",\"command\":[\"$LEDGER\",\"eth\"]}" >>conf
	echo '{"type":"address","account":"bob","asset":"USDC","chain":"eth","address":"blocked-bob"}' >>conf
	trade 2 | run_settle
	expect_status 1
	agree
	expect_equal "$(paid btc)$(paid eth)$(states)" '[][]["void","void"]'
	expect_equal "$(settle --state st --show BTC-USDC:2 | jq -r 'select(.code) | .code' | sort | tr '\n' ' ')" "BLOCKED COUNTERPART "
}

@test "fees rise between signing and sending: replaced at the same nonce, under the cap" {
	echo 40 >eth/gas
	touch eth/optimist
	trade 1 | run_settle
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.status == "confirmed" and .chain == "eth") | "\(.version) \(.fee)"' out.txt)" "2 40"
}

@test "a transaction is stuck in the pool: replaced by one with a common spend" {
	touch eth/stuck
	trade 1 | run_settle
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.status == "submitted" and .chain == "eth") | .version' out.txt | tr '\n' ' ')" "1 2 "
}

@test "the pool loses it: the same bytes again" {
	patient
	rm eth/mining
	trade 1 | run_settle &
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	do_chain eth '{"op":"x_drop","id":1}'
	sleep 0.1
	touch eth/mining
	wait
	each_paid_once
	expect_equal "$(jq -r 'select(.chain == "eth" and .txId) | .txId' out.txt | sort -u | wc -l)" 1
}

@test "a reorganisation takes a payment out of its block: back, and forward again" {
	patient
	rm eth/mining
	trade 1 | run_settle &
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	do_chain eth '{"op":"x_mine","id":1}'
	wait_for out.txt 'select(.status == "confirming" and .chain == "eth")'
	do_chain eth '{"op":"x_reorg","id":1,"depth":1,"keep":false}'
	wait_for out.txt 'select(.code == "REORG")'
	touch eth/mining
	wait
	each_paid_once
	expect_equal "$(jq -r 'select(.chain == "eth") | .status' out.txt | sed -n '/confirming/,$p' | tr '\n' ' ')" "confirming submitted confirming confirmed "
}

@test "the nonce is used by somebody else: proven dead, a fresh transaction, paid once" {
	touch eth/stuck
	rm eth/mining
	patient
	trade 1 | run_settle &
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	do_chain eth '{"op":"x_alien","id":1,"spend":"wallet/0"}'
	rm eth/stuck
	touch eth/mining
	wait
	each_paid_once
	expect_equal "$(jq -r 'select(.status == "expired") | .code' out.txt)" SPENT
}

@test "a chain whose transactions expire: dead first, then a fresh one" {
	sed -i "s#\"$LEDGER\",\"eth\"\],\"asset\"#\"$LEDGER\",\"eth\",\"life=30\"],\"asset\"#" conf
	printf 'submit retry TIMEOUT\n%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 >eth/faults
	trade 1 | run_settle
	expect_status 0
	each_paid_once
}

@test "reverted on the chain: held, and retried to another address by the operator" {
	touch eth/revert-bob-usdc
	trade 1 | run_settle
	expect_status 1
	expect_equal "$(settle --state st --list | jq -c '[.state, .code]')" '["held","HALF_PAID"]'
	expect_equal "$(paid btc)" '[["alice-btc","1000000"]]'
	settle --state st --retry BTC-USDC:1 --to BTC-USDC:1/2=bob-other
	run_settle </dev/null
	expect_status 0
	settle --state st --list --all >book.txt
	expect_equal "$(states)" '["settled"]'
	expect_equal "$(paid btc)" '[["alice-btc","1000000"]]'
	expect_equal "$(jq -c '[.blocks[].txs[] | select(.to == "bob-other") | .amount]' eth/chain.json)" '["650005000"]'
}

@test "reverted on the chain, policy refund: the giver gets the other leg's amount back" {
	touch eth/revert-bob-usdc
	printf '%s\n' '{"type":"policy","onFailure":"refund","retryMs":10,"retryMaxMs":100}' '{"type":"address","account":"bob","asset":"BTC","chain":"btc","address":"bob-btc"}' >>conf
	trade 1 | run_settle
	expect_status 1
	settle --state st --list --all >book.txt
	expect_equal "$(states)" '["refunded"]'
	expect_equal "$(paid btc)" '[["alice-btc","1000000"],["bob-btc","1000000"]]'
}

@test "the node refuses what was released: made void by a transaction of nothing, never paid again by itself" {
	echo 'submit refused REVERT' >eth/faults
	trade 1 | run_settle
	expect_status 1
	agree
	expect_equal "$(paid eth)" '[]'
	expect_equal "$(jq -r 'select(.status == "failed") | .code' out.txt)" CANCELLED
	expect_equal "$(jq -c '[.blocks[].txs[].kind]' eth/chain.json)" '["cancel"]'
}

@test "an address is missing: held; with the address, and a retry, paid" {
	sed -i '/"bob"/d' conf
	trade 1 | run_settle
	expect_status 1
	expect_equal "$(settle --state st --list | jq -r .code)" NO_ADDRESS
	settle --state st --retry BTC-USDC:1
	echo '{"type":"address","account":"bob","asset":"USDC","chain":"eth","address":"bob-usdc"}' | run_settle
	expect_status 1
	settle --state st --retry BTC-USDC:1
	run_settle </dev/null
	expect_status 0
	each_paid_once
}

@test "an operator's hold stops what is not sent yet, and --retry lets it go" {
	touch eth/poor
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "prepared" and .chain == "btc")'
	settle --state st --hold BTC-USDC:1
	wait_for out.txt 'select(.type == "hold")'
	let_end
	expect_status 1
	rm eth/poor
	run_settle </dev/null
	expect_status 1
	expect_equal "$(paid btc)$(paid eth)" '[][]'
	settle --state st --retry BTC-USDC:1
	run_settle </dev/null
	expect_status 0
	each_paid_once
	split settle --state st --retry BTC-USDC:99
	expect_status 100
}

@test "dust is carried to the account's next payment; a trade with oneself pays nothing" {
	trade 1 0.00000293 | run_settle
	(trade 2 0.00000293; trade 3 0.00000293; trade 4 1 | sed 's/alice/bob/') | run_settle
	expect_status 0
	agree
	expect_equal "$(paid btc)" '[["alice-btc","586"]]'
	expect_equal "$(jq -c '[.legs[] | select(.chain == "btc" or .chain == "house") | .status]' book.txt | tr '\n' ' ')" '["carried"] ["confirmed"] ["carried"] ["house","house"] '
	trade 5 0.00000001 | run_settle
	agree
	expect_equal "$(paid btc)" '[["alice-btc","294"],["alice-btc","586"]]'
}

@test "limits: too large a payment is held, too much open at once waits" {
	echo '{"type":"limit","chain":"btc","payment":"0.02","open":"0.02"}' >>conf
	(trade 1; trade 2; trade 3; trade 4 0.021) | run_settle
	expect_status 1
	agree
	expect_equal "$(states)" '["settled","settled","settled","held"]'
	expect_equal "$(jq -r 'select(.state == "held") | .code' book.txt)" LIMIT
}

@test "transferFrom mode: a payer who has approved us pays" {
	sed -i 's/"feeAsset":"GAS"/"feeAsset":"GAS","spender":"wallet"/' conf
	echo '{"type":"address","account":"alice","asset":"USDC","chain":"eth","address":"alice-usdc","payer":"alice-usdc"}' >>conf
	trade 1 | run_settle
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.status == "confirmed" and .chain == "eth") | "\(.direction) \(.payer)"' out.txt)" "pull alice-usdc"
}

@test "many swaps at once: nonces without a gap, each paid once" {
	for n in $(every 12); do trade "$n"; done | run_settle
	expect_status 0
	agree
	expect_equal "$(jq -sc 'map(.state) | unique' book.txt)" '["settled"]'
	expect_equal "$(jq -c '[.blocks[].txs[].spends[0] | ltrimstr("wallet/") | tonumber] as $n | $n == [range(0; $n | length)]' eth/chain.json)" true
}

@test "a stop by signal: 0, and --resume-after prints what a reader has missed" {
	rm eth/mining
	begin
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	terminate
	expect_status 0
	mv out.txt first.txt
	touch eth/mining
	split timeout 20 settle --config conf --state st --resume-after 3 </dev/null
	expect_status 0
	each_paid_once
	expect_equal "$(jq -s 'map(.seq) == [range(4; length + 4)]' out.txt)" true
	expect_equal "$(sed -n 4p first.txt)" "$(head -n 1 out.txt)"
}

@test "metrics have the dashboards' names" {
	trade 1 | split settle --config conf --state st --metrics-file m.prom
	expect_status 0
	for name in 'dex_btc_tx_confirmations{chain="btc"}' 'dex_btc_psbt_pending{chain="btc"}' 'dex_btc_rpc_errors_total{chain="btc"}' 'dex_btc_tx_latency{chain="btc"}' \
		'dex_usdc_tx_submitted_total{chain="eth"}' 'dex_usdc_tx_confirmations{chain="eth"}' 'dex_usdc_tx_latency_ms{chain="eth"}' 'dex_usdc_chain_height{chain="eth"}' \
		'dex_crosschain_failures_total{phase="sign"}' 'dex_settlement_events_total{chain="eth"}' 'dex_risk_usdc_limit{chain="eth"}' 'dex_risk_btc_limit{chain="btc"}'; do
		grep -qF "$name " m.prom || fail "no $name"
	done
	expect_equal "$(grep -F 'dex_usdc_tx_submitted_total{' m.prom)" 'dex_usdc_tx_submitted_total{chain="eth"} 1'
	expect_equal "$(grep '^# TYPE' m.prom | sort | uniq -d)" ""
}

@test "settings that cannot be: 102, naming the line; decimals that are not the chain's pause it" {
	cp conf good
	for change in 's/"feeMax":"1000",//' 's/"decimals":8,"dust"/"dust"/' 's/"btc","adapter"/"eth","adapter"/' 's/"hold"/"x"/' '/"signer"/d' 's/"type":"policy"/"type":"polizei"/'; do
		sed "$change" good >conf
		! cmp -s good conf || continue
		split settle --config conf --state st </dev/null
		expect_status 102
		[ "$(wc -l <err.txt)" -eq 1 ]
	done
	sed 's/"decimals":6,"feeAsset"/"decimals":18,"feeAsset"/' good >conf
	begin
	trade 1 >&7
	for _ in $(seq 400); do
		! grep -q 'config chain=eth' err.txt || break
		sleep 0.05
	done
	terminate
	grep -q 'config chain=eth' err.txt
	[ ! -e eth/chain.json ] || expect_equal "$(paid eth)" '[]'
}

@test "settle-recon: books and ledger are equal; a payment beside the books, a lost one and another amount are found" {
	(trade 1; trade 2) | run_settle
	expect_status 0
	settle --state st --receipts | split settle-recon --config conf --metrics-file m.prom
	expect_status 0
	expect_equal "$(jq -sc 'map([.chain, .result, .bookedCount, .chainCount, .differences])' out.txt)" '[["btc","equal",2,2,0],["eth","equal",2,2,0]]'
	jq -c '.blocks += [{hash: "z", txs: [{txId: "theft", to: "mallory", amount: "5", fee: 1, spends: []}]}]' btc/chain.json >x && mv x btc/chain.json
	jq -c '(first(.blocks[].txs[]) | .amount) = "6"' eth/chain.json >x && mv x eth/chain.json
	settle --state st --receipts | grep -v '"swap":"BTC-USDC:2","leg":"BTC-USDC:2/2".*"status":"confirmed"' | split settle-recon --config conf --metrics-file m.prom
	expect_status 1
	expect_equal "$(jq -r '.result' out.txt | sort | tr '\n' ' ')" "different different differs unbooked unfinished "
	grep -qF 'dex_settlement_recon_differences{chain="eth"} 2' m.prom
	jq -c '.blocks[].txs = []' eth/chain.json >x && mv x eth/chain.json
	settle --state st --receipts | split settle-recon --config conf
	expect_equal "$(jq -r 'select(.chain == "eth") | .result' out.txt | tr '\n' ' ')" "missing missing different "
}

@test "a payment is given up while others wait behind its nonce: used up by a transaction of nothing" {
	patient
	echo '{"type":"address","account":"dave","asset":"BTC","chain":"btc","address":"dave-btc"}' >>conf
	touch btc/poor-dave-btc
	hold_open
	trade 1 | sed 's/"alice"/"dave"/' >&7
	wait_for out.txt 'select(.status == "signed" and .chain == "eth")'
	trade 2 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	# the first has nonce 0 and waits; the second has nonce 1 and cannot be mined
	touch btc/frozen-dave-btc
	rm btc/poor-dave-btc
	let_end
	agree
	expect_equal "$(paid eth)$(paid btc)" '[["bob-usdc","650005000"]][["alice-btc","1000000"]]'
	expect_equal "$(jq -c '[.blocks[].txs[] | [.kind, .spends[0]]]' eth/chain.json)" '[["cancel","wallet/0"],["pay","wallet/1"]]'
}
