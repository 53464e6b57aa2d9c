#!/usr/bin/env bats
# Catches settle-evm starting with a setting that is wrong, crashing on a request, or, against a real EVM (anvil), paying twice, paying
# what nobody asked for, or calling a payment done that is not.
load helper

setup() {
	export ETH_RPC_URL=http://127.0.0.1:1 ETH_USDC_HOT_WALLET=0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359
}

refused_setting() {
	split env "$@" settle-evm --chain "${chain:-eth}" </dev/null
	expect_status 102
	name=${1%%=*}
	grep -q "^settle-evm: error: settings .*$name" err.txt || fail "$1: $err"
	expect_grammar err.txt settle-evm
}

@test "a wrong setting is refused by its name, before anything is asked" {
	# the seed's own spelling of the contract
	refused_setting ETH_USDC_ADDRESS=0xA0b86991c6218b36c1d19d4a2e9eb0ce3606eb48
	grep -q 'EIP-55' err.txt
	refused_setting ETH_USDC_ADDRESS=0xa0b8
	refused_setting ETH_USDC_HOT_WALLET=
	refused_setting ETH_USDC_HOT_WALLET=0x0000000000000000000000000000000000000000
	refused_setting ETH_USDC_DECIMALS=37
	refused_setting ETH_USDC_DECIMALS=six
	refused_setting ETH_CHAIN_ID=0
	refused_setting ETH_CONFIRMATIONS=0
	refused_setting ETH_GAS_PRICE_MAX=1e9
	refused_setting ETH_TX_TYPE=1559
	refused_setting ETH_RPC_URL=ftp://127.0.0.1
	refused_setting ETH_RPC_URL=http://192.0.2.1
	for name in CHAIN_ID USDC_ADDRESS USDC_HOT_WALLET USDC_DECIMALS RPC_URL; do
		chain=sepolia refused_setting SEPOLIA_$name= \
			$(for other in CHAIN_ID=11155111 USDC_ADDRESS=$ETH_USDC_HOT_WALLET USDC_HOT_WALLET=$ETH_USDC_HOT_WALLET USDC_DECIMALS=6 RPC_URL=http://127.0.0.1:1; do
				[ "${other%%=*}" = $name ] || echo "SEPOLIA_$other"
			done)
	done
}

@test "without --chain, or with one that cannot be a name: usage or settings" {
	split settle-evm </dev/null
	expect_status 100
	split settle-evm --chain 'e th' </dev/null
	expect_status 102
}

@test "addresses: checksummed, or refused; no node is needed" {
	split settle-evm --chain eth <<-'END'
		{"op":"address","id":1,"address":"0xde709f2102306220921060314715629080e2fb77"}
		{"op":"address","id":2,"address":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","asset":"USDC"}
		{"op":"address","id":3,"address":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeD"}
		{"op":"address","id":4,"address":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}
		{"op":"address","id":5,"address":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","asset":"BTC"}
		{"op":"address","id":6}
	END
	expect_status 1
	expect_equal "$(jq -c '[.id, .address, .error.class, .error.code]' out.txt)" '[1,"0xde709f2102306220921060314715629080e2fb77",null,null]
[2,"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",null,null]
[3,null,"refused","BAD_CHECKSUM"]
[4,null,"refused","BAD_ADDRESS"]
[5,null,"refused","ASSET"]
[6,null,"request","MEMBER"]'
}

@test "requests that are none: one answer each, class request" {
	unsigned='"unsigned":{"form":"evm-1559","payload":"02c0","digests":[]}'
	{
		echo '{"op":"submit","id":1}'
		echo '{"op":"submit","id":2,"raw":"zz","txId":"0x"}'
		echo '{"op":"submit","id":3,"raw":"02c0","txId":"0x'"$(printf %064d 0)"'"}'
		echo "{\"op\":\"assemble\",\"id\":4,$unsigned,\"signatures\":[{}]}"
		echo '{"op":"assemble","id":5,"unsigned":{},"signatures":[]}'
		echo '{"op":"prepare","id":6,"job":"j","asset":"USDC","to":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","amount":"-1"}'
		echo '{"op":"poll","id":7,"job":"j","asset":"USDC","to":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","amount":"1","versions":[]}'
		echo '{"op":"poll","id":8,"job":"j","asset":"USDC","to":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","amount":"1","versions":[{"txId":"0x1","spends":[]}]}'
		echo '{"op":"bump","id":9,"job":"j","asset":"USDC","to":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","amount":"1","versions":[{"txId":"a","spends":["b"]}]}'
		echo '{"op":"transfers","id":10,"fromHeight":-1,"toHeight":2}'
		echo '{"op":"steal","id":11}'
		echo 'nonsense'
	} >requests.ndjson
	split settle-evm --chain eth <requests.ndjson
	expect_status 1
	expect_equal "$(jq -r .error.class out.txt | sort | uniq -c | tr -s ' ')" " 12 request"
	# what was well formed has no node to ask
	split settle-evm --chain eth <<<'{"op":"height","id":1}'
	expect_equal "$(jq -c '[.error.class,.error.code]' out.txt)" '["retry","NETWORK"]'
}

on_chain() {
	local status=0
	[ -d "$ROOT/tests/peers/node_modules/@foundry-rs" ] || skip "no anvil: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	TRADEPIPE_BIN=$(cd "$BIN" && pwd) node --test --test-reporter=tap "$ROOT/tests/peers/chains/$1.test.mjs" >peer.txt 2>&1 3>&- 4>&- || status=$?
	[ $status -eq 0 ] || fail "$(grep -vE '^(ok|# Subtest|  (---|\.\.\.|duration_ms.*)$)' peer.txt | cut -c 1-400 | head -n 80)" "status $status"
	grep -qE '^# pass [1-9]' peer.txt || fail "nothing ran" "$(tail -n 20 peer.txt)"
}

@test "against a real EVM: payments, versions, cancels, gaps, reorgs, spikes, lies, lost answers, kills" {
	on_chain settle_evm
}

@test "with settle and sign-key: trades settled on two real EVM chains, also with any of them killed over and over" {
	on_chain settle_evm_whole
}
