#!/usr/bin/env bats
# Catches a program of ours that disagrees with somebody else's: npm's Merkle trees and canonical JSON, OpenZeppelin's contract on an
# Ethereum virtual machine, a JavaScript engine's numbers, ccxt's signatures.
load helper

peer() {
	local status=0
	[ -f "$ROOT/tests/peers/$1.test.mjs" ] || skip "no $1.test.mjs"
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	if is_sanitized; then export PEERS_FEW=1; fi
	TRADEPIPE_BIN=$(cd "$BIN" && pwd) node --test --test-reporter=tap "$ROOT/tests/peers/$1.test.mjs" >peer.txt 2>&1 || status=$?
	[ $status -eq 0 ] || fail "$(grep -vE '^(ok|# Subtest|  (---|\.\.\.|duration_ms.*)$|    (async )?[A-Za-z.]+ \()' peer.txt | cut -c 1-400 | head -n 80)" "status $status"
	grep -qE '^# pass [1-9]' peer.txt || fail "nothing ran" "$(tail -n 20 peer.txt)"
}

# Most of these is node's own time, and what they ask of our programs other files ask of the sanitized ones, too.
once() { if is_sanitized; then skip "once is enough"; fi; }

@test "every peer test is run from here" {
	for f in "$ROOT"/tests/peers/*.test.mjs; do
		name=$(basename "$f" .test.mjs)
		grep -qx "	peer $name" "$BATS_TEST_FILENAME" || fail "not run: $name"
	done
}

@test "no registry is named in the lock file: packages come from wherever npm is told to" {
	cd "$ROOT/tests/peers"
	! grep -n '"resolved"' package-lock.json || fail "a source is named"
	! grep -nE 'https?://[^/"]*(registry|npmjs)' package-lock.json package.json .npmrc || fail "a registry is named"
}

@test "merkle: evidence is what npm computes; a changed record is never good" {
	peer merkle
}

@test "proof: proofs hold with OpenZeppelin's library and contract; forged ones nowhere" {
	once
	peer proof
}

@test "attacks: each succeeds against the naive scheme and fails against ours" {
	once
	peer attacks
}

@test "jcs: numbers and names are what ECMAScript prints" {
	peer jcs
}

@test "ccxt: requests are signed as ccxt signs them" {
	once
	peer ccxt
}

@test "push: handshake, frames, resume, what is skipped, slow subscribers; the client is npm ws" {
	peer push
}

@test "kline: every bar is exactly DuckDB's" {
	peer kline
}

@test "intake: what npm signs is let in, and nothing else" {
	peer intake
}
