#!/usr/bin/env bats
# Catches units that look well and do not work: a system that systemd itself has booted, the steps of the pages as they are printed, and then the
# verify services and settlement as their units start them, with all that these forbid.
load helper
load okx
load container
load chains

follow_page() { # PAGE WHICH...: those of its steps that this command lets through
	commands_of "$1" 'Under systemd' | "${@:2}" >steps
	[ -s steps ]
	inside bash -euxc "$(cat steps)" >steps.out 2>&1 || fail "$(tail -n 3 steps.out)"
}

setup_file() {
	start_container || { was_told; return; }
	cd "$BATS_FILE_TMPDIR"
	follow_page start-service.1 cat
}

setup() { skip_if_told; }
teardown() { stop_replay; }
teardown_file() {
	stop_chains
	end_container
}

no_unit_failed() {
	inside systemctl --failed --no-legend --plain >failed
	[ ! -s failed ] || fail "$(cat failed)" "$(inside journalctl --no-pager -n 20 -o cat)"
}

@test "after the steps of start-service(1), as they are printed, an order is verified through all three" {
	okx-replay() { on_its_network "$BIN/okx-replay" "$@"; }
	start_replay full-liquidation
	printf 'OKX_BASE_URL=%s\n' "$OKX_BASE_URL" >>"$container/etc/tradepipe/env"
	request_for full-liquidation >request
	for port in 8082 8080 5173; do expect_equal "$(on_its_network curl -sS -m 20 "http://127.0.0.1:$port/healthz")" '{"status":"ok"}'; done
	# the browser's way: page, backend, jp-verify, OKX; nobody signs for jp-verify but the backend
	expect_equal "$(on_its_network curl -sS -m 20 -o refused.json -w '%{http_code}' -H 'Content-Type: application/json' --data-binary @request http://127.0.0.1:8082/api/verify)" 401
	on_its_network curl -sS -m 60 -H 'Content-Type: application/json' --data-binary @request http://127.0.0.1:5173/verify/okx >answer.json
	expect_equal "$(jq -c '[.normalized.position.liquidated, .normalized.position.reason, .perf.target, .perf.fallback]' answer.json)" '[true,"forced-liquidation","jp",false]'
	expect_equal "$(merkle-verify <answer.json | jq -r .result)" good
	id=$(jq -r .evidence.evidenceId answer.json)
	expect_equal "$(on_its_network curl -sS -m 20 "http://127.0.0.1:8080/evidence/$id" | jq -r .evidence.root)" "$(jq -r .evidence.root answer.json)"
	expect_equal "$(inside /usr/local/libexec/tradepipe/store --state /var/lib/tradepipe --fsck | jq -r .state)" clean
	expect_equal "$(inside stat -c '%U %a' /var/lib/tradepipe)" 'tradepipe 700'
	# memory was locked, files were synced, nothing that the units forbid was wanted
	inside journalctl --no-pager -o cat -u 'tradepipe-*' >log
	grep -q '"path":"/api/verify","status":200' log
	! grep -E ': (warning|error): ' log || fail "see above"
	! grep -qF "$(jq -r .secretKey request)" log || fail "a secret in the journal"
	no_unit_failed
}

@test "after those of settle(1) trades are settled between settle, sign-key and screen, each a user of its own" {
	follow_page settle.1 grep -v 'enable --now'
	# writes what is an operator's own
	start_chain settle_units "$container" "$leader" "$BATS_FILE_TMPDIR/house" || skip_if_told
	follow_page settle.1 grep 'enable --now'
	expect_equal "$(inside systemctl is-enabled tradepipe-settle.service)" enabled
	for scenario in swap killed stopped locked; do
		curl -sS -m 120 "http://127.0.0.1:$port/$scenario" >said
		[ "$(cat said)" = ok ] || fail "$(cut -c 1-600 said | head -n 40)" "$(inside journalctl --no-pager -n 30 -o cat -u 'tradepipe-s*')"
	done
	inside journalctl --no-pager -o cat -u 'tradepipe-s*' >log
	! grep -E ': error: ' log || fail "see above"
	no_unit_failed
}

@test "ws-push's unit: page and bars for one subscriber a process" {
	printf '{"type":"trade","tradeId":"%s","symbol":"BTC-USDC","px":"65000.5","sz":"0.1","side":"buy","ts":17000%s000000}\n' 1 00040 2 00099 3 00100 |
		kline-agg --intervals 1m >bars.ndjson
	inside install -d -o tradepipe -m 700 /var/lib/tradepipe
	inside setpriv --reuid tradepipe --clear-groups /usr/local/libexec/tradepipe/stream-keep /var/lib/tradepipe/stream <bars.ndjson >/dev/null
	inside systemctl enable -q --now tradepipe-ws-push.socket
	expect_equal "$(on_its_network curl -sS -m 20 -o page.html -w '%{http_code}' http://127.0.0.1:8090/)" 200
	grep -q '<html' page.html
	on_its_network curl -sN -m 2 'http://127.0.0.1:8090/stream?interval=1m' >events || true
	grep -q snapshot events || fail "$(head -c 300 events)" "$(inside journalctl --no-pager -n 10 -o cat -u 'tradepipe-ws-push*')"
	no_unit_failed
}
