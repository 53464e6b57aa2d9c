#!/usr/bin/env bats
# Catches a pipeline whose parts do not fit, that says yes when a part failed, or that lets a key out anywhere.
load helper
load okx

teardown() { stop_replay; }

@test "an order end to end: decided, sealed, stored, checked" {
	start_replay full-liquidation
	request_for full-liquidation | split verify --state st
	expect_status 0
	expect_equal "$(jq -c '[.normalized.position.liquidated, .error, .evidence.parentRoot]' out.txt)" '[true,null,null]'
	cat st/reports/evidence/*/evi_*.json | merkle-verify --root "$(cat st/reports/evidence/*/evi_*.root)" | jq -e '.result == "good"'
	store --state st --find | jq -e '.liquidated == true'
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
}

@test "verifying again while the ledgers answer the same: another root (another time), the same bundle hash" {
	start_replay full-liquidation -- --now "$(date +%s)000"
	request_for full-liquidation open '{noCache: true}' >r.json
	verify --state st <r.json >a.json
	sleep 1.1
	verify --state st <r.json >b.json
	expect_equal "$(jq -r .evidence.bundleHash a.json)" "$(jq -r .evidence.bundleHash b.json)"
	[ "$(jq -r .evidence.root a.json)" != "$(jq -r .evidence.root b.json)" ]
	expect_equal "$(jq -r .evidence.parentRoot b.json)" "$(jq -r .evidence.root a.json)"
}

@test "many requests, good and bad: one answer each, in order, all stored, status 1" {
	start_replay full-liquidation manual-close
	{ request_for full-liquidation; echo 'garbage'; request_for manual-close; echo '{"exchange":"okx"}'; request_for full-liquidation open '{live: false}'; } >in.ndjson
	split verify --state st <in.ndjson
	expect_status 1
	expect_equal "$(jq -c '[.normalized.position.liquidated, .error.code]' out.txt | tr '\n' ' ')" '[true,null] [null,"BAD_REQUEST"] [false,null] [null,"BAD_REQUEST"] [true,null] '
	expect_equal "$(store --state st --find | wc -l)" 5
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
}

@test "a part that fails fails the whole, and nothing unsound is stored" {
	start_replay full-liquidation
	mkdir broken
	for part in okx-fetch normalize merkle-seal store; do
		rm -rf broken/* st
		for tool in okx-fetch normalize merkle-seal store merkle-verify; do ln -s "$BIN/$tool" broken/$tool; done
		rm broken/$part
		printf '#!/bin/sh\nexit 111\n' >broken/$part
		chmod +x broken/$part
		request_for full-liquidation | TRADEPIPE_BIN=$PWD/broken split verify --state st
		[ "$(cat status.txt)" -ne 0 ] || fail "$part failed unnoticed"
		[ ! -e st/db.sqlite ] || [ -z "$(sqlite3 st/db.sqlite 'select 1 from orders where liquidated is not null')" ] || [ "$part" = okx-fetch ]
	done
}

@test "a key on a descriptor" {
	start_replay full-liquidation
	request_for full-liquidation | jq -c 'del(.apiKey, .secretKey, .passphrase)' >r.json
	request_for full-liquidation | jq -c '{apiKey, secretKey, passphrase}' >key.json
	TRADEPIPE_KEY_FD=7 split verify --state st <r.json 7<key.json
	expect_status 0
	jq -e '.normalized.position.liquidated' out.txt
}

@test "a stop signal: the order in hand is finished and stored, no more is begun" {
	start_replay full-liquidation
	fault trade/order delay '"delayMs":700,"times":1'
	request_for full-liquidation open '{noCache: true}' >r.json
	mkfifo to
	verify --state st <to >out.txt 2>err.txt &
	pid=$!
	exec 8>to
	cat r.json >&8
	# in hand: the clock has been asked, the order not been told
	for _ in $(seq 500); do
		[ "$(asked public/time)" -eq 0 ] || break
		sleep 0.02
	done
	kill -TERM $pid
	cat r.json >&8 2>/dev/null || true
	status=0
	wait $pid || status=$?
	exec 8>&-
	[ $status -eq 0 ] || [ $status -eq 1 ] || fail "status $status"
	expect_equal "$(wc -l <out.txt)" 1
	expect_equal "$(store --state st --find | wc -l)" 1
}

# Three markers as keys; then every place is searched for them, raw, hex and base64.
@test "marker secrets: not in argv, environments, logs, outputs, state, evidence, SQLite or core files" {
	key=MARKERKEY-5d41402abc4b2a76 secret=MARKERSECRETB9719D911017C592AE2 pass=MARKER-Passphrase-9
	jq -c --arg k $key --arg s $secret --arg p $pass '.accounts[0] += {apiKey: $k, secretKey: $s, passphrase: $p}' "$ROOT/examples/scenarios/full-liquidation.json" >marked.json
	start_replay "$PWD/marked.json"
	fault trade/order delay '"delayMs":700,"times":1'
	request_for "$PWD/marked.json" >request.json
	ulimit -c unlimited 2>/dev/null || true
	mkdir -p seen
	verify --state st <request.json >out.txt 2>err.txt 9>&- &
	pid=$!
	sleep 0.4
	for p in $pid $(pgrep -P $pid); do
		tr '\0' '\n' <"/proc/$p/cmdline" >"seen/cmdline.$p"
		tr '\0' '\n' <"/proc/$p/environ" >"seen/environ.$p"
	done
	[ "$(ls seen | wc -l)" -ge 8 ]
	wait $pid
	jq -e '.normalized.position.liquidated' out.txt
	# and again with wrong keys, refused ones, and ones in the wrong place
	jq -c '.passphrase = "MARKER-Passphrase-9x"' request.json | verify --state st >>out.txt 2>>err.txt || true
	jq -c '.clientMeta.note = .secretKey' request.json | verify --state st >>out.txt 2>>err.txt || true
	jq -c 'del(.exchange)' request.json | verify --state st >>out.txt 2>>err.txt || true
	jq -c '.apiKey' request.json | verify --state st >>out.txt 2>>err.txt || true
	cp request.json garbage && printf 'x' >>garbage
	verify --state st <garbage >>out.txt 2>>err.txt || true
	# handed to the wrong tools altogether
	for tool in 'store --state st' merkle-verify; do $tool <request.json >>out.txt 2>>err.txt || true; done
	for tool in normalize merkle-seal; do $tool <request.json >/dev/null 2>>err.txt || true; done
	# a crash in the middle leaves no core
	fault trade/order delay '"delayMs":1000,"times":1'
	okx-fetch <request.json >>out.txt 2>>err.txt 9>&- &
	pid=$!
	sleep 0.3
	kill -SEGV $pid
	wait $pid || true
	[ -z "$(find . -name 'core*')" ] || fail "core file: $(find . -name 'core*')"
	for s in "$key" "$secret" "$pass"; do
		hex=$(printf %s "$s" | od -An -tx1 | tr -d ' \n')
		b64=$(printf %s "$s" | base64 | tr -d '=\n')
		for form in "$s" "$hex" "${b64:2:16}"; do
			! grep -rlaF -- "$form" seen st out.txt err.txt || fail "found $form"
		done
	done
	# the stand-in itself does not print them either, but for the key's name
	! grep -qF -e "$secret" -e "$pass" replay.ndjson replay.err || false
}
