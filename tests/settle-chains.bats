#!/usr/bin/env bats
# Catches what no stand-in shows: a trade is settled between settle, settle-btc, settle-evm and sign-key as they are, on a Bitcoin node in
# regtest (npm's bcoin) and an EVM with a token (npm's anvil), and both chains and books are counted afterwards.
load helper

swap() {
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	TRADEPIPE_BIN=$(cd "$BIN" && pwd) timeout 150 node "$ROOT/tests/peers/chains/settle_swap.mjs" "$1" "$PWD/swap" >said.txt 2>&1 || true
	[ "$(tail -n 1 said.txt)" = ok ] || fail "$(cut -c 1-600 said.txt | head -n 40)"
}

@test "on real chains: settled once each, also with settle killed at every state, blocks reorganised, gas ten times as dear" {
	# kills take their time, and sanitizers see no more in them here than in settle.bats
	if is_sanitized; then swap swap,reorg; else swap swap,kills,reorg,spike; fi
}
