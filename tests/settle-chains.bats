#!/usr/bin/env bats
# Catches what no stand-in for a single program shows: trades are settled between settle, the adapters, sign-key and screen as they are, on a
# Bitcoin node in regtest (npm's bcoin), an EVM with a token (npm's anvil), Solana's virtual machine with its token program (npm's litesvm) and
# Tron as tronweb and an EVM have it; chains and books are counted afterwards, and settle-recon counts too.
load helper
load chains

setup_file() {
	export TRADEPIPE_BIN
	TRADEPIPE_BIN=$(cd "$BIN" && pwd)
	start_chain settle_swap "$BATS_FILE_TMPDIR/houses" || { was_told; return; }
	export port
}

setup() { skip_if_told; }

teardown_file() {
	stop_chains
	[ -z "${SWAP_TIMES-}" ] || cat "$BATS_FILE_TMPDIR/settle_swap.err" >"$SWAP_TIMES"
}

play() { # CHAIN SCENARIOS
	curl -sS -m 240 "http://127.0.0.1:$port/$1/$2" >said.txt
	[ "$(cat said.txt)" = ok ] || fail "$(cut -c 1-600 said.txt | head -n 40)"
}

# kills take their time, and sanitizers see no more in them here than in settle.bats
@test "an EVM: settled once each, also with every program killed at every state, blocks reorganised, gas ten times as dear" {
	if is_sanitized; then play eth swap,reorg; else play eth swap,kills,deaths,reorg,spike; fi
}

@test "an EVM: who is blocked is not paid, before and after the list was read again; books and chain are equal, or a record says where not" {
	play eth screen,recon
}

@test "settle(1)'s runbook: every command works as it is printed" {
	play eth runbook
}

@test "Solana: settled once each, also with every program killed, and blocks that had never been" {
	if is_sanitized; then play sol swap,reorg; else play sol swap,reorg,deaths; fi
}

@test "Solana: who is blocked is not paid; books and chain are equal, or a record says where not" {
	play sol screen,recon
}

@test "Tron: settled once each, also with every program killed, and blocks reorganised" {
	if is_sanitized; then play tron swap,reorg; else play tron swap,reorg,deaths; fi
}

@test "Tron: who is blocked is not paid; books and chain are equal, or a record says where not" {
	play tron screen,recon
}
