#!/usr/bin/env bats
# Catches a page that judges evidence otherwise than merkle-verify, keeps or leaks a key, fetches anything from elsewhere, cannot be used
# without a mouse, on a phone or by a screen reader, or breaks when it is opened from a file.
load helper

peer() {
	local status=0
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	TRADEPIPE_BIN=$(cd "$BIN" && pwd) TMPDIR=$BATS_TEST_TMPDIR node --test --test-reporter=tap "$ROOT/tests/peers/$1.mjs" >peer.txt 2>&1 || status=$?
	[ $status -eq 0 ] || fail "$(grep -vE '^(ok|# Subtest|  (---|\.\.\.|duration_ms.*)$|    (async )?[A-Za-z.]+ \()' peer.txt | cut -c 1-600 | head -n 80)" "status $status"
	grep -qE '^# pass [1-9]' peer.txt || fail "nothing ran" "$(tail -n 20 peer.txt)"
}

setup() {
	# the page is no C: once is enough
	if is_sanitized; then skip "the page is the same in every build"; fi
}

# Run other tests with a merkle-verify that keeps what it is given.
record_cases() {
	mkdir -p cases recorder
	for tool in "$BIN"/*; do ln -s "$tool" recorder/; done
	rm recorder/merkle-verify
	cat >recorder/merkle-verify <<-EOF
		#!/bin/bash
		case=\$(mktemp "$PWD/cases/XXXXXXXX")
		cat >"\$case.in"
		printf '%s\n' "\$@" >"\$case.args"
		[ \$# -gt 0 ] || : >"\$case.args"
		exec "$BIN/merkle-verify" "\$@" <"\$case.in"
	EOF
	chmod +x recorder/merkle-verify
	local t pids=() pid
	for t in merkle-verify merkle-proof merkle-redact; do
		TRADEPIPE_BIN=$PWD/recorder TMPDIR=$PWD bats "$ROOT/tests/$t.bats" >"recorded.$t" 2>&1 &
		pids+=($!)
	done
	TRADEPIPE_BIN=$PWD/recorder TMPDIR=$PWD node --test "$ROOT/tests/peers/attacks.test.mjs" >recorded.attacks 2>&1 &
	pids+=($!)
	for pid in "${pids[@]}"; do wait "$pid" || fail "$(tail -n 8 recorded.*)"; done
}

@test "check.js says what merkle-verify says, of everything" {
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	command -v node >/dev/null || skip "no node"
	record_cases
	[ "$(find cases -name '*.in' | wc -l)" -gt 100 ] || fail "only $(find cases -name '*.in' | wc -l) inputs were recorded"
	TRADEPIPE_CASES=$PWD/cases peer page_check
}

@test "in Chromium: verified, checked, private, reachable, on a desk, a phone and from a file" {
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || skip "no chromium: build-aux/need test"
	HOME=$BATS_TEST_TMPDIR peer page_browser
}
