#!/usr/bin/env bats
# Catches an adapter for Tron whose transactions tronweb reads or signs otherwise, that pays twice or somebody else, or that takes a call's
# success for a payment. There is no Tron node to be had here: tronweb decodes and signs, the token runs on a real Ethereum virtual machine
# (tests/peers/chains/tron.mjs).
load helper
load chains

setup_file() {
	start_chain tron || { was_told; return; }
	export port
}

teardown_file() { stop_chains; }

setup() {
	skip_if_told
	# processes are slow to start with the sanitizers in; fuzzing and the unit tests have the parsers under them as well
	if is_sanitized && [ $((BATS_TEST_NUMBER % 3)) -ne 1 ]; then skip "thinned"; fi
	adapter=settle-tron
	node_says reset
	node_says tokens
	tokens=$body
	named() { said_of "$tokens" "$1"; }
	owner=$(named owner) receiver=$(named receiver) payer=$(named payer) token=$(named good)
	export TRON_RPC_URL=http://127.0.0.1:$port TRON_USDC_OWNER=$owner TRON_USDC_ADDRESS=$token
}

node_says() { # PATH BODY
	post "/x/$1" "${2:-{\}}"
	[[ $body != *'"Error"'* ]] || fail "$1: $body"
}

# prepare, sign, assemble: $prepared, $raw and $txid. $1: job, $2: amount, $3: to, $4: more members
make() {
	ask '"op":"prepare","job":"'"$1"'","asset":"USDC","to":"'"${3:-$receiver}"'","amount":"'"$2"'","attempt":1'"${4:+,$4}"
	expect_ok
	prepared=$answer
	sign_and_assemble owner
}

sign_and_assemble() {
	node_says sign '{"payload":"'"$(said_of "$prepared" payload)"'","name":"'"$1"'"}'
	signature='{"scheme":"ecdsa-recoverable",'${body#\{}
	assemble "[$signature]"
	[ "$1" != owner ] || expect_ok
	raw=$(said raw) txid=$(said txId)
}

assemble() { ask '"op":"assemble","unsigned":'"$(unsigned_of "$prepared")"',"signatures":'"$1"; }
submit() { ask '"op":"submit","raw":"'"$raw"'","txId":"'"$txid"'"'; }

poll() {
	local job from to amount payer_json=null
	read -r job from to amount < <(said_of "$prepared" job from to amount)
	if value_of "$prepared" payer; then payer_json=$json; fi
	ask '"op":"poll","job":"'"$job"'","asset":"USDC","from":"'"$from"'","to":"'"$to"'","amount":"'"$amount"'","payer":'"$payer_json"',"versions":[{"txId":"'"$txid"'","kind":"pay","spends":[],"expiry":'"$(expiry_of "$prepared")"'}]'
}

holds() { ask '"op":"balance","address":"'"$1"'","asset":"USDC"'; said amount; }
call() { node_says send "$1"; }
reorg() { node_says reorg "$1"; }
produce() { node_says produce; }
advance() { node_says advance "{\"blocks\":$1,\"seconds\":${2:-3}}"; }
set_node() { node_says set "$1"; }

@test "pays, and what is said of it is what tronweb and the chain have" {
	ask '"op":"info"'
	expect_ok
	expect_equal "$(said asset decimals contract wallet confirmations replaces)" \
		"USDC 6 $token $owner 20 false"
	make job-1 1500000
	node_says decode '{"payload":"'"$(said_of "$prepared" payload)"'"}'
	echo "$body" >decoded.json
	expect_equal "$(jq -r '.contract[0].type' decoded.json)" TriggerSmartContract
	expect_equal "$(jq -r '.contract[0].parameter.value.data' decoded.json | tr A-Z a-z | cut -c 1-8,73-)" "a9059cbb$(printf '%064x' 1500000)"
	# the fee: a limit with a margin over the trial, and the bytes; the expiry: the expiration in seconds
	expect_equal "$(jq .fee_limit decoded.json)" $(($(said_of "$prepared" fee) - 1000 * ($(said_of "$prepared" payload | tr -d '\n' | wc -c) / 2 + 144)))
	expect_equal "$(jq '(.expiration / 1000) | ceil' decoded.json)" "$(said_of "$(expiry_of "$prepared")" time)"
	submit
	expect_equal "$(said result)" accepted
	poll
	expect_equal "$(said status txId)" "pending $txid"
	produce
	poll
	expect_equal "$(said status txId confirmations moved)" "mined $txid 1 1500000"
	[ "$(said fee)" -gt 0 ] && [ "$(said fee)" -lt "$(said_of "$prepared" fee)" ]
	advance 18
	poll
	expect_equal "$(said confirmations)" 19
	advance 1
	poll
	expect_equal "$(said confirmations)" 20
	expect_equal "$(holds $receiver) $(holds $owner)" "1500000 999998500000"
	submit
	expect_equal "$(said result)" known
	produce
	expect_equal "$(holds $receiver)" 1500000
}

@test "two payments of one amount to one receiver in one block are two" {
	make job-1 100
	one=$txid
	submit
	make job-2 100
	[ "$txid" != "$one" ] || fail "one transaction for two jobs"
	submit
	expect_equal "$(said result)" accepted
	produce
	expect_equal "$(holds $receiver)" 200
}

@test "takes what a payer has approved, and no more" {
	call '{"from":"'$owner'","to":"'$token'","function":"transfer","values":["'$payer'","500"]}'
	ask '"op":"prepare","job":"j","asset":"USDC","to":"'$receiver'","amount":"100","payer":"'$payer'"'
	expect_error funds ALLOWANCE
	call '{"from":"'$payer'","to":"'$token'","function":"approve","values":["'$owner'","300"]}'
	ask '"op":"balance","address":"'$payer'","spender":"'$owner'","asset":"USDC"'
	expect_equal "$(said amount allowance)" "500 300"
	make job-1 100 $receiver '"payer":"'$payer'"'
	submit
	produce
	poll
	expect_equal "$(said status moved)" "mined 100"
	expect_equal "$(holds $payer)" 400
	# the same transaction, taken for one of our own tokens
	prepared=${prepared/"\"payer\":\"$payer\","/}
	poll
	expect_equal "$(said status code)" "failed MOVED_OTHER"
}

@test "expiry: late bytes are refused; dead only when the solid chain is past, and has none" {
	make job-1 100
	poll
	expect_equal "$(said status)" unknown
	advance 1 400
	submit
	expect_error expired TRANSACTION_EXPIRATION_ERROR
	poll
	expect_equal "$(said status)" unknown
	advance 19
	poll
	expect_equal "$(said status code)" "dead EXPIRED"
	prepared=${prepared/"$(expiry_of "$prepared")"/null}
	poll
	expect_equal "$(said status)" unknown
	# mined, and much later: never dead, whatever the solid node forgets
	make job-2 100
	submit
	produce
	advance 40 100
	set_node '{"lost":true}'
	poll
	expect_equal "$(said status confirmations)" "mined 19"
}

@test "an answer that is lost, a fork: the same bytes are sent again and pay once" {
	make job-1 100
	set_node '{"silent":true}'
	submit
	expect_error retry NETWORK
	set_node '{"silent":false}'
	submit
	expect_equal "$(said result)" known
	produce
	poll
	expect_equal "$(said status)" mined
	reorg '{"depth":3,"drop":true}'
	poll
	expect_equal "$(said status)" unknown
	expect_equal "$(holds $receiver)" 0
	# it names a solid block, so the fork has that too
	submit
	expect_equal "$(said result)" accepted
	produce
	reorg '{"depth":2}'
	poll
	expect_equal "$(said status)" pending
	produce
	poll
	expect_equal "$(said status)" mined
	expect_equal "$(holds $receiver)" 100
}

@test "a token that keeps a part, answers nothing, or answers false: only what moved counts" {
	for name in fee false silent; do
		export TRON_USDC_ADDRESS
		TRON_USDC_ADDRESS=$(named $name)
		[ $name != false ] || call '{"from":"'"$(named anvil)"'","to":"'"$TRON_USDC_ADDRESS"'","function":"breakDown","values":[true]}'
		make job-$name 1000
		submit
		produce
		poll
		said status code moved >>got.txt
	done
	expect_equal "$(paste -sd , got.txt)" "failed MOVED_OTHER -,failed MOVED_OTHER -,mined - 1000"
}

refuses() { # CLASS CODE TO AMOUNT [MEMBERS]
	ask '"op":"prepare","job":"j",'"${5:-\"asset\":\"USDC\"}"',"to":"'"$3"'","amount":"'"$4"'"'
	expect_error "$1" "$2"
}

@test "prepare refuses what cannot be paid, before anything is signed" {
	refuses funds FUNDS $receiver 1000000000001
	refuses refused ADDRESS ${receiver%?}1 1
	refuses refused RECEIVER $owner 1
	refuses refused RECEIVER $token 1
	refuses refused RECEIVER T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb 1
	refuses refused ASSET $receiver 1 '"asset":"USDT"'
	refuses refused FROM $receiver 1 '"asset":"USDC","from":"'$payer'"'
	refuses underpriced FEE_CAP $receiver 1 '"asset":"USDC","feeMax":"1000000"'
	TRON_FEE_LIMIT_MAX=1000000 refuses underpriced FEE_CAP $receiver 1
	set_node '{"balance":1000000}'
	refuses funds FEE_FUNDS $receiver 1
	# what is staked for need not be paid
	set_node '{"resources":{"EnergyLimit":100000,"freeNetLimit":600}}'
	ask '"op":"prepare","job":"j","asset":"USDC","to":"'$receiver'","amount":"1"'
	expect_ok
	set_node '{"balance":0,"resources":{}}'
	refuses funds FEE_FUNDS $receiver 1
	set_node '{"balance":1000000000}'
	call '{"from":"'"$(named anvil)"'","to":"'$token'","function":"blacklist","values":["'$receiver'",true]}'
	refuses refused REVERT $receiver 1
	expect_equal "$(said msg)" "Blacklistable: account is blacklisted"
}

@test "what reverts or runs out of energy in its block is failed" {
	make job-1 100
	submit
	call '{"from":"'"$(named anvil)"'","to":"'$token'","function":"pause","values":[true]}'
	produce
	poll
	expect_equal "$(said status code msg txId)" "failed REVERT REVERT opcode executed $txid"
	call '{"from":"'"$(named anvil)"'","to":"'$token'","function":"pause","values":[false]}'
	# energy is dearer than it was at the trial
	make job-2 100
	set_node '{"energyPrice":200}'
	submit
	produce
	poll
	expect_equal "$(said status code)" "failed OUT_OF_ENERGY"
	expect_equal "$(holds $receiver)" 0
}

@test "the contract: bad checksum, ended, not there, other decimals, not the network's: refused by name" {
	TRON_USDC_ADDRESS=${token%?}1 split settle-tron </dev/null
	expect_status 102
	grep -q 'TRON_USDC_ADDRESS.*checksum' err.txt
	TRON_USDC_ADDRESS=TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8 split settle-tron </dev/null
	expect_status 102
	grep -q 'ended in February 2025' err.txt
	TRON_USDC_OWNER=0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 split settle-tron </dev/null
	expect_status 102
	TRON_USDC_ADDRESS=$receiver ask '"op":"info"'
	expect_error config CONTRACT
	TRON_USDC_ADDRESS=$(named wide) ask '"op":"prepare","job":"j","asset":"USDC","to":"'$payer'","amount":"1"'
	expect_error config DECIMALS
	TRON_USDC_ADDRESS=$(named wide) TRON_USDC_DECIMALS=18 ask '"op":"info"'
	expect_ok
	TRON_USDC_ADDRESS= ask '"op":"info"'
	expect_error config SETTINGS
	adapter='settle-tron --asset USDT'
	TRON_USDT_ADDRESS=$token TRON_USDT_OWNER=$owner ask '"op":"info"'
	expect_ok
	set_node '{"genesis":"00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc"}'
	TRON_USDT_ADDRESS=$token TRON_USDT_OWNER=$owner ask '"op":"info"'
	expect_error config CONTRACT
}

@test "assemble: a signature of another key, none, or bytes that are not a transfer, are refused" {
	make job-1 100
	good=$raw
	sign_and_assemble payer
	expect_error refused SIGNATURE
	assemble '[]'
	expect_error refused SIGNATURE
	change prepared payload "\"$(said_of "$prepared" payload)520268690a\""
	assemble "[$signature]"
	expect_error refused UNSIGNED
	raw=$good txid=$(printf '%064d' 0)
	submit
	expect_error request TX_ID
	# nobody looked at the signature before it was sent
	raw=$(sed 's/1[bc]$/1b/; t' <<<"$good") txid=$(said_of "$prepared" digest)
	raw=${raw:0:${#raw}-12}000000000000
	submit
	expect_error refused SIGERROR
}

@test "a node that is busy, away or talks nonsense is asked again; nothing is replaced" {
	make job-1 100
	set_node '{"fail":429}'
	submit
	expect_error retry HTTP_429
	poll
	expect_error retry HTTP_429
	set_node '{"fail":0}'
	TRON_RPC_URL=http://127.0.0.1:1 submit
	expect_error retry NETWORK
	TRON_RPC_URL=http://127.0.0.1:$port/x/tokens poll
	expect_error retry HTTP_405
	ask '"op":"bump"'
	expect_error refused NOT_REPLACEABLE
	ask '"op":"cancel"'
	expect_error refused NOT_REPLACEABLE
	ask '"op":"height"'
	expect_ok
	[ "$(said height)" -gt 40 ]
	# the key of the node's owner is sent, and seen nowhere
	TRON_API_KEY=$'two\nlines' split settle-tron </dev/null
	expect_status 102
	! grep -q two err.txt || false
}

@test "sign-key reads the same payment in the transaction, and its signature is tronweb's" {
	hot_key 'tron owner'
	token_policy tron tron 40000000 $token '*'
	make job-1 1500000
	sign_request tron
	expect_ok
	assemble "$(signatures_of "$answer")"
	expect_equal "$(said raw txId)" "$raw $txid"
	change prepared amount '"2"'
	sign_request tron
	expect_equal "$(said class)" refused
}

@test "settle swaps bitcoin for a TRC-20 token with sign-key and settle-tron, killed and started again, and pays once" {
	hot_key 'tron owner'
	token_policy tron tron 40000000 $token $receiver
	swap_conf tron TRX 40000000 $receiver
	expect_swapped tron curl -sS "http://127.0.0.1:$port/x/produce" -d '{}'
	expect_equal "$(holds $receiver) $(holds $owner)" "650005000 999349995000"
}
