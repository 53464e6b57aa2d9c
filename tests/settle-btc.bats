#!/usr/bin/env bats
# Catches settle-btc starting with a setting that is wrong, crashing on a request or on what a node says, or, against a real regtest node
# (bcoin), making a transaction that others read otherwise or the node refuses, losing one in a reorganisation, or calling a payment done that is
# not.
load helper

# BIP86's own account
key='[73c5da0a/86h/0h/0h]xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ'

setup_file() {
	local peers=$BATS_TEST_DIRNAME/peers
	[ -d "$peers/node_modules/bcoin" ] || return 0
	export NODE_PORT=$((20000 + $$ % 9000 + RANDOM % 3000))
	node "$peers/chains/bcoin-regtest.cjs" $NODE_PORT >"$BATS_FILE_TMPDIR/node.txt" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/node.pid"
	for _ in $(seq 100); do
		grep -q up "$BATS_FILE_TMPDIR/node.txt" && break
		sleep 0.1
	done
	node "$peers/chains/btc_drive.mjs" start $NODE_PORT 3>&-
}

teardown_file() {
	[ ! -f "$BATS_FILE_TMPDIR/node.pid" ] || kill "$(cat "$BATS_FILE_TMPDIR/node.pid")"
}

setup() {
	export BTC_RPC_URL=http://127.0.0.1:1 BTC_WALLET="tr($key/<0;1>/*)"
}

refused_setting() {
	split env "$@" settle-btc </dev/null
	expect_status 102
	grep -q "^settle-btc: error: settings .*${1%%=*}" err.txt || fail "$1: $err"
	expect_grammar err.txt settle-btc
}

# One scenario of tests/peers/chains/btc_drive.mjs; bitcoinjs-lib signs.
drive() {
	[ -n "${NODE_PORT:-}" ] || skip "no node_modules: build-aux/need peers"
	unset BTC_RPC_URL BTC_WALLET
	BTC=$BIN/settle-btc SIGN=$BIN/sign-key timeout 60 node "$ROOT/tests/peers/chains/btc_drive.mjs" "$1" "$NODE_PORT" >drive.txt 2>&1 || fail "$(head -n 20 drive.txt)"
	[ "$(tail -n 1 drive.txt)" = ok ]
}

@test "a wrong setting is refused by its name, before anything is asked" {
	refused_setting BTC_WALLET=
	refused_setting BTC_WALLET="pkh($key/<0;1>/*)"
	refused_setting BTC_WALLET="tr($key/0/*)"
	refused_setting BTC_WALLET="tr(${key%?}R/<0;1>/*)"
	refused_setting BTC_WALLET="tr(${key#*]}/<0;1>/*)"
	refused_setting BTC_WALLET="tr($key/<0;1>/*)#qqqqqqqq"
	refused_setting BTC_WALLET="tr($key/<0;1>/*))"
	refused_setting BTC_WALLET="wsh(sortedmulti(3,$key/<0;1>/*,$key/<0;1>/*))"
	refused_setting BTC_POOL=0
	refused_setting BTC_POOL=1001
	refused_setting BTC_FEE_MAX=1e6
	refused_setting BTC_FEE_FALLBACK=-1
	refused_setting BTC_PSBT_VERSION=1
	refused_setting BTC_BIRTH_HEIGHT=x
	refused_setting BTC_RPC_URL=ftp://127.0.0.1
	refused_setting BTC_RPC_URL=http://192.0.2.1
	split settle-btc --network moon </dev/null
	expect_status 100
	# a key of the main network elsewhere
	split settle-btc --network regtest </dev/null
	expect_status 102
	# a secret key
	secret=xprv9xgqHN7yz9MwCkxsBPN5qetuNdQSUttZNKw1dcYTV4mkaAFiBVGQziHs3NRSWMkCzvgjEe3n9xV8oYywvM8at9yRqyaZVz6TYYhX98VjsUk
	refused_setting BTC_WALLET="tr([73c5da0a/86h/0h/0h]$secret/<0;1>/*)"
	! grep -q xprv err.txt || false
}

@test "without a node: addresses, deposits and contracts; all else is to be asked again" {
	split settle-btc <<-'END'
		{"op":"address","id":1,"address":"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"}
		{"op":"address","id":2,"address":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"}
		{"op":"address","id":3,"address":"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"}
		{"op":"address","id":4,"address":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","asset":"USDC"}
		{"op":"deposit","id":5,"index":0}
		{"op":"deposit","id":6,"index":20}
		{"op":"height","id":7}
		{"op":"prepare","id":8,"job":"a","asset":"BTC","to":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4","amount":"10000"}
		{"op":"submit","id":9,"raw":"00","txId":"00"}
		{"op":"assemble","id":10,"unsigned":{"form":"psbt","payload":"AAAA"},"signatures":[]}
		{"op":"fly","id":11}
	END
	expect_status 1
	expect_equal "$(jq -c '[.id, .address, .error.class, .error.code]' out.txt | head -n 6)" '[1,"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",null,null]
[2,null,"refused","BAD_ADDRESS"]
[3,null,"refused","BAD_ADDRESS"]
[4,null,"refused","ASSET"]
[5,"bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",null,null]
[6,null,"refused","POOL"]'
	expect_equal "$(jq -r .error.class out.txt | tail -n 5 | xargs)" "retry retry request request request"
}

@test "P2WPKH: paid, signed by bitcoinjs-lib, the same bytes, taken by the node" {
	drive wpkh
}

@test "P2TR: the same" {
	drive tr
}

@test "P2WSH, 2 of 3: by signatures, and by two PSBTs combined" {
	drive wsh
}

@test "replaced, pulled along, cancelled; the dead are dead" {
	drive bump
}

@test "reorganisations: back and forward, and the same bytes again" {
	drive reorg
}

@test "contracts: claimed with the preimage, refunded after the lock and not before" {
	drive htlc
}

@test "BIP84: deposits of the pool, spent by sign-key with a seed; change that is ours by its word alone is refused" {
	drive bip84
}

@test "BIP86: the same" {
	drive bip86
}

@test "books: deposits, transfers, several payments at once, and a late start" {
	drive books
}
