#!/usr/bin/env bats
# Catches somebody who is paid twice, or a swap of which one side is paid alone: by an adapter that lies, by commands that cross with
# answers, by reorganisations at bad moments, by records that pretend to be others.
load helper
load settle

mine() { # CHAIN BLOCKS
	local i
	for i in $(seq "$2"); do do_chain "$1" '{"op":"x_mine","id":1}'; done
}

faults_used() { # CHAIN
	local i
	for i in $(seq 200); do
		[ -s "$1/faults" ] || return 0
		sleep 0.05
	done
	fail "faults are left: $(cat "$1/faults")"
}

codes() { jq -r 'select(.code) | .code' out.txt | sort -u | tr '\n' ' '; }

@test "a new address while the signer has the old one's payment: the signature that comes later is not used" {
	patient
	echo 'sign wait' >eth/faults
	sed -i 's/"signer","command"/"signer","command":["'"${LEDGER//\//\\/}"'","eth"],"was"/' conf
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "prepared" and .chain == "eth")'
	faults_used eth
	settle --state st --retry BTC-USDC:1 --to BTC-USDC:1/2=bob-other
	wait_for out.txt 'select(.type == "retry")'
	touch eth/go
	let_end
	expect_status 0
	agree
	expect_equal "$(paid eth)" '[["bob-other","650005000"]]'
}

@test "one leg is being made void, the operator retries the other: it is not paid alone" {
	echo 'submit refused REVERT' | tee eth/faults >btc/faults
	rm eth/mining
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "failed" and .chain == "btc")'
	settle --state st --retry BTC-USDC:1
	wait_for out.txt 'select(.status == "signed" and .chain == "btc" and .version == 3)'
	touch eth/mining
	let_end
	expect_status 1
	agree
	expect_equal "$(paid btc)$(paid eth)$(states)" '[][]["void"]'
}

@test "payment and refund have both failed: a retry begins one of them, never both" {
	touch eth/revert-bob-usdc btc/frozen-bob-btc
	printf '%s\n' '{"type":"policy","onFailure":"refund","retryMs":10,"retryMaxMs":100}' '{"type":"address","account":"bob","asset":"BTC","chain":"btc","address":"bob-btc"}' >>conf
	trade 1 | run_settle
	expect_status 1
	expect_equal "$(settle --state st --list | jq -r .code)" REFUND_FAILED
	rm eth/revert-bob-usdc btc/frozen-bob-btc
	cp -r st btc eth -t "$(mkdir -p other; echo other)"
	settle --state st --retry BTC-USDC:1
	run_settle </dev/null
	settle --state st --list --all >book.txt
	expect_equal "$(paid btc)$(states)" '[["alice-btc","1000000"],["bob-btc","1000000"]]["refunded"]'
	expect_equal "$(jq -c '[.blocks[].txs[] | .to]' eth/chain.json)" '["bob-usdc"]'
	# or the payment, where an operator names it
	cd other
	cp ../conf .
	settle --state st --retry BTC-USDC:1 --to BTC-USDC:1/2=bob-new
	run_settle </dev/null
	settle --state st --list --all >book.txt
	expect_equal "$(paid btc)$(states)" '[["alice-btc","1000000"]]["settled"]'
	expect_equal "$(jq -c '[.blocks[].txs[] | .to]' eth/chain.json)" '["bob-usdc","bob-new"]'
}

@test "a look at a confirmed payment is refused: it stays confirmed, and nothing is paid again" {
	patient
	rm eth/mining
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	mine eth 2
	wait_for out.txt 'select(.status == "confirmed" and .chain == "eth")'
	echo 'poll refused UNSUPPORTED' >eth/faults
	faults_used eth
	touch eth/mining
	let_end
	expect_status 0
	each_paid_once
}

@test "the adapter sees another transaction, or takes it under another id: held, not confirmed by it" {
	patient
	for said in 'poll say {"status":"mined","txId":"other","confirmations":9,"moved":"650005000","block":{"height":1,"hash":"x"},"fee":"1"}' \
		'poll say {"status":"failed","txId":"other","confirmations":9,"block":{"height":1,"hash":"x"}}' 'poll say {"status":"mined","txId":null,"confirmations":9}' \
		'submit say {"txId":"other"}'; do
		anew
		echo "$said" >eth/faults
		trade 1 | run_settle
		expect_status 1
		agree
		expect_equal "$(jq -r 'select(.type == "hold") | .code' out.txt)" BAD_ANSWER
		expect_equal "$(jq -c 'select(.txId == "other")' out.txt)" ""
		expect_equal "$(paid eth)" '[["bob-usdc","650005000"]]'
	done
}

@test "the adapter gives a second payment the first one's transaction: held, not taken for both" {
	patient
	rm eth/mining
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	jq -c 'select(.status == "submitted" and .chain == "eth") | "assemble say \({txId})"' out.txt | jq -r . >eth/faults
	trade 2 >&7
	wait_for out.txt 'select(.type == "hold" and .swap == "BTC-USDC:2")'
	touch eth/mining
	let_end
	expect_status 1
	agree
	expect_equal "$(paid btc)$(paid eth)" '[["alice-btc","1000000"]][["bob-usdc","650005000"]]'
}

@test "a bump that is none, a payment of another asset: held; nothing of it is signed" {
	touch eth/stuck
	echo 'bump say {"kind":"cancel"}' >eth/faults
	begin
	trade 1 >&7
	wait_for out.txt 'select(.type == "hold")'
	terminate
	expect_equal "$(codes)" "BAD_VERSION "
	expect_equal "$(paid eth)$(jq -c 'select(.kind == "cancel")' out.txt)" '[]'
	anew
	echo 'prepare say {"asset":"USDT"}' >eth/faults
	trade 1 | run_settle
	expect_equal "$(codes)$(paid btc)$(paid eth)" 'BAD_VERSION [][]'
}

@test "answers twice, cut off, for another operation, for another payment: asked again, each paid once" {
	printf '%s\n' 'info twice' 'prepare say {"job":"other"}' 'prepare twice' 'submit half' 'assemble say {"op":"sign"}' 'poll say {"id":4}' 'poll half' >btc/faults
	printf '%s\n' 'sign twice' 'assemble half' 'submit twice' 'poll say {"op":"balance"}' >eth/faults
	sed -i 's/"retryMaxMs":100/"retryMaxMs":30/' conf
	trade 1 | split timeout 40 settle --config conf --state st
	expect_status 0
	each_paid_once
	expect_equal "$(cat btc/faults eth/faults)" ""
}

@test "the node says that it has what it has not: the same bytes again, until they are there" {
	patient
	printf '%s\n' 'submit lie {"result":"known"}' 'submit lie {"result":"accepted"}' >eth/faults
	trade 1 | run_settle
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.chain == "eth" and .txId) | .txId' out.txt | sort -u | wc -l)" 1
}

@test "a replacement is made, and the original gets into the block: paid once" {
	touch eth/stuck
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	printf 'submit retry TIMEOUT\n%.0s' 1 2 3 4 5 6 7 8 9 >eth/faults
	wait_for out.txt 'select(.status == "signed" and .chain == "eth" and .version == 2)'
	rm eth/stuck
	let_end
	expect_status 0
	each_paid_once
	expect_equal "$(jq -r 'select(.status == "confirmed" and .chain == "eth") | .version' out.txt)" 1
}

@test "dust of a trade whose other side fails is not owed; its refund has no dust of others in it" {
	touch eth/frozen-bob-usdc
	trade 1 0.00000293 | run_settle
	expect_status 1
	rm eth/frozen-bob-usdc
	trade 2 0.00000293 | run_settle
	expect_status 0
	trade 3 0.00000293 | run_settle
	agree
	expect_equal "$(paid btc)" '[["alice-btc","586"]]'
	# 4 is carried; 5 pays it too, and fails on the other side
	trade 4 0.00000293 | run_settle
	touch eth/revert-bob-usdc
	printf '%s\n' '{"type":"policy","onFailure":"refund","retryMs":10,"retryMaxMs":100}' '{"type":"address","account":"bob","asset":"BTC","chain":"btc","address":"bob-btc"}' >>conf
	trade 5 | run_settle
	expect_equal "$(paid btc)" '[["alice-btc","1000293"],["alice-btc","586"],["bob-btc","1000000"]]'
}

@test "the payment that a refund rests on is undone by a reorganisation: the refund waits for it" {
	patient
	touch eth/revert-bob-usdc btc/poor-bob-btc
	rm btc/mining
	printf '%s\n' '{"type":"policy","onFailure":"refund","retryMs":10,"retryMaxMs":100}' '{"type":"address","account":"bob","asset":"BTC","chain":"btc","address":"bob-btc"}' >>conf
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "btc")'
	mine btc 2
	wait_for out.txt 'select(.status == "screened" and .direction == "refund")'
	do_chain btc '{"op":"x_reorg","id":1,"depth":2,"keep":true}'
	wait_for out.txt 'select(.code == "REORG")'
	rm btc/poor-bob-btc
	wait_for out.txt 'select(.status == "signed" and .direction == "refund")'
	touch btc/mining
	let_end
	settle --state st --list --all >book.txt
	expect_equal "$(states)$(paid btc)" '["refunded"][["alice-btc","1000000"],["bob-btc","1000000"]]'
	expect_equal "$(jq -sc '(map(.direction == "refund" and .status == "released") | index(true)) > (map(.account == "alice" and .status == "confirmed") | rindex(true))' out.txt)" true
}

@test "a reorganisation after the swap was over, and the nonce is gone: paid again, by a fresh transaction" {
	patient
	rm eth/mining
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	mine eth 2
	wait_for out.txt 'select(.status == "confirmed" and .chain == "eth")'
	wait_for out.txt 'select(.status == "confirmed" and .chain == "btc")'
	do_chain eth '{"op":"x_reorg","id":1,"depth":2,"keep":false}'
	do_chain eth '{"op":"x_alien","id":1,"spend":"wallet/0"}'
	wait_for out.txt 'select(.code == "REORG")'
	touch eth/mining
	wait_for out.txt 'select(.status == "confirmed" and .chain == "eth" and .version == 2)'
	let_end
	expect_status 0
	each_paid_once
}

@test "an address comes on the list while its payment waits for the other leg: not paid" {
	echo "{\"type\":\"screener\",\"command\":[\"$LEDGER\",\"eth\"],\"againMs\":50}" >>conf
	touch eth/poor
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "signed" and .chain == "btc")'
	sleep 0.3
	touch eth/listed-alice-btc
	rm eth/poor
	let_end
	expect_status 1
	agree
	expect_equal "$(paid btc)$(paid eth)$(states)" '[][]["void"]'
	expect_equal "$(codes)" "BLOCKED COUNTERPART "
}

@test "two assets of one wallet: the nonces of one are not the other's" {
	patient
	rm eth/mining
	cat >>conf <<-END
		{"type":"chain","chain":"eth-usdt","adapter":["$LEDGER","eth","asset=USDT"],"asset":"USDT","decimals":6,"feeAsset":"GAS","confirmations":2,"feeMax":"1000","pollMs":10,"stuckMs":60000}
		{"type":"address","account":"bob","asset":"USDT","chain":"eth-usdt","address":"bob-usdt"}
	END
	hold_open
	(trade 1; trade 2 | sed 's/BTC-USDC/BTC-USDT/'; trade 3; trade 4 | sed 's/BTC-USDC/BTC-USDT/') >&7
	wait_for out.txt 'select(.status == "released" and .swap == "BTC-USDC:3")'
	wait_for out.txt 'select(.status == "released" and .swap == "BTC-USDT:4")'
	touch eth/mining
	let_end
	expect_status 0
	expect_equal "$(jq -c '[.blocks[].txs[] | .spends[0]] | sort' eth/chain.json)" '["wallet/0","wallet/1","wallet/2","wallet/3"]'
	expect_equal "$(jq -r 'select(.status == "expired") | .leg' out.txt)" ""
}

@test "records that pretend to be others, addresses and answers without end: refused, and it goes on" {
	local forged='"swap":"X:1","digest":"d","ts":1,"legs":[{"leg":"X:1/1","account":"alice","chain":"btc","asset":"BTC","direction":"out","amount":"777","to":"mallory","status":"new"}]'
	(
		echo "{\"type\":\"address\",\"type\":\"swap\",$forged}"
		echo "{\"type\":\"swap\",\"type\":\"address\",$forged}"
		echo "{\"type\":\"swap\",$forged}"
		echo "{\"type\":\"address\",\"account\":\"bob\",\"asset\":\"USDC\",\"chain\":\"eth\",\"address\":\"$(printf '%0300d' 0)\"}"
		trade 1
	) | run_settle
	each_paid_once
	expect_equal "$(grep -c mallory st/*.wal)" 0
	anew
	printf 'prepare say {"unsigned":{"form":"test","payload":"%0800000d"}}\n' 0 >eth/faults
	trade 1 | run_settle
	expect_status 1
	expect_equal "$(codes)$(paid btc)$(paid eth)" 'BAD_ANSWER [][]'
}

@test "the same trade with another chain is a contradiction; a reader who has more than the log is told so" {
	(trade 1; trade 1 | sed 's/"side"/"chain":"eth","side"/') | run_settle
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "reject") | .reason' out.txt)" CONTRADICTION
	each_paid_once
	split settle --config conf --state st --resume-after 1000 </dev/null
	expect_status 100
}

@test "a second settle on the same state: 111; a chain that left the configuration: held, not silent" {
	patient
	rm eth/mining
	hold_open
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	local status=0
	trade 1 | timeout 20 settle --config conf --state st >second.txt 2>&1 || status=$?
	expect_equal "$status" 111
	touch eth/mining
	let_end
	each_paid_once
	anew
	rm in eth/mining
	begin
	trade 1 >&7
	wait_for out.txt 'select(.status == "submitted" and .chain == "eth")'
	terminate
	grep -v '"chain":"eth","adapter"' conf >less && mv less conf
	split timeout 20 settle --config conf --state st </dev/null
	expect_status 1
	expect_equal "$(settle --state st --list | jq -r .code)" NO_CHAIN
}
