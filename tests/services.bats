#!/usr/bin/env bats
# Catches services that do not keep the contract over HTTP: a field missing, an error code without its status, an answer that is not stored, a key
# that gets out anywhere.
load helper
load okx
load services

setup() {
	start_replay full-liquidation
	request_for full-liquidation open '{live: true, fresh: true, noCache: true, uid: "700000000000000001", clientMeta: {source: "us-frontend", requestId: "uuid-1"}}' >request.json
	jq -c --slurpfile s "$ROOT/examples/scenarios/full-liquidation.json" '.uid = $s[0].accounts[0].config.uid' request.json >with-uid.json
	mv with-uid.json request.json
}

teardown() {
	stop_services
	stop_replay
}

@test "the contract, field by field, through each of the three services" {
	start_services
	post "$JP/api/verify" request.json -H "$(signed request.json)"
	expect_equal "$code" 200
	expect_equal "$(jq -r --argjson asked "$(cat request.json)" -f "$ROOT/tests/services.jq" answer.json)" ""
	expect_equal "$(jq 'has("perf") and (.perf | has("target"))' answer.json)" false
	for url in "$US/verify/okx" "$PAGE/verify/okx" "$US/verify/okx?target=jp"; do
		post "$url" request.json
		expect_equal "$code" 200
		expect_equal "$(jq -r --argjson asked "$(cat request.json)" -f "$ROOT/tests/services.jq" answer.json)" ""
		expect_equal "$(jq -c '[.perf.target, .perf.fallback]' answer.json)" '["jp",false]'
		expect_equal "$(merkle-verify <answer.json | jq -r .result)" good
	done
	post "$PAGE/verify/okx?target=local" request.json
	expect_equal "$(jq -c '[.perf.target, .perf.fallback]' answer.json)" '["local",false]'
	# stored, every one of them, chained, and to be had again, byte for byte
	expect_equal "$(store --state state --find | wc -l)" 4
	id=$(jq -r .evidence.evidenceId answer.json)
	for url in "$US" "$PAGE"; do
		get "$url/evidence/$id"
		expect_equal "$code" 200
		cmp answer.json state/reports/evidence/*/"$id.json"
		get "$url/orders?ordId=$(jq -r .ordId request.json)&verdict=liquidated&limit=3"
		expect_equal "$code" 200
		expect_equal "$(jq -c '[(.items | length), .items[0].evidenceId]' answer.json)" "[3,\"$id\"]"
		get "$url/orders?instId=ETH-USDT-SWAP"
		expect_equal "$(cat answer.json)" '{"items":[]}'
	done
	# without raw the answer is short, what is stored is whole, and the rest can still be checked
	post "$PAGE/verify/okx?raw=trim" request.json
	expect_equal "$code $(jq -c .raw answer.json)" "200 {}"
	merkle-verify <answer.json >trimmed.json || true
	expect_equal "$(jq -c '[.result, (.checked | index("root") != null)]' trimmed.json)" '["unknown",true]'
	get "$PAGE/evidence/$(jq -r .evidence.evidenceId answer.json)"
	expect_equal "$(merkle-verify --root "$(jq -r .evidence.root answer.json)" <answer.json | jq -r .result)" good
	expect_equal "$(store --state state --fsck | jq -r .state)" clean
}

@test "every error code, with its status, through all three; where jp-verify is at a loss, us-backend tries itself and says so" {
	impatient
	start_services
	# NAME CODE STATUS FALLBACK: the request is in request-NAME.json, else request.json
	expect_error() {
		local body=request.json
		[ ! -f "request-$1.json" ] || body=request-$1.json
		post "$JP/api/verify" $body -H "$(signed $body)"
		expect_equal "$1 $code $(jq -r .error.code answer.json)" "$1 $3 $2"
		jq -e '(.error.msg | length) > 0 and (.error.hint | length) > 0 and .normalized.position.liquidated == null' answer.json >/dev/null || fail "$(cat answer.json)"
		post "$PAGE/verify/okx" $body
		expect_equal "$1 $code $(jq -r .error.code answer.json)" "$1 $3 $2"
		expect_equal "$1 $(jq -r .perf.fallback answer.json)" "$1 $4"
		if [ "$4" = true ]; then expect_equal "$(jq -r .perf.fallbackReason answer.json)" "HTTP $3 $2"; fi
		jq -e '.evidence.root and (.meta.requestId == "uuid-1")' answer.json >/dev/null || fail "$(cat answer.json)"
		printf '{"cmd":"clear"}\n' >&9
		sleep 0.05
	}
	jq -c '.apiKey = "wrong-key-x"' request.json >request-key.json
	expect_error key AUTH_ERROR 401 false
	jq -c '.ordId = "12345"' request.json >request-order.json
	expect_error order NOT_FOUND 404 false
	jq -c '.instId = ""' request.json >request-empty.json
	expect_error empty BAD_REQUEST 400 false
	fault trade/order code '"code":"50011","status":429,"times":0'
	expect_error limit RATE_LIMIT 429 false
	fault trade/order code '"code":"50005","status":410,"times":0'
	expect_error gone REMOTE_4XX 502 true
	fault trade/order html '"status":502,"times":0'
	expect_error html REMOTE_5XX 502 true
	fault trade/order delay '"delayMs":900,"times":0'
	expect_error slow TIMEOUT 504 true
	fault trade/order reset '"times":0'
	expect_error reset NETWORK 502 true
	expect_equal "$(store --state state --find --verdict error | wc -l)" 8
}

@test "what is no request is refused before anything is asked" {
	start_services
	printf 'not json' >bad
	post "$PAGE/verify/okx" bad
	expect_equal "$code" 400
	post "$US/verify/okx" bad
	expect_equal "$code $(jq -r .error.code answer.json)" "400 BAD_REQUEST"
	jq . request.json >pretty.json
	post "$US/verify/okx?target=tokyo" pretty.json
	expect_equal "$code" 400
	post "$US/verify/okx?raw=some" pretty.json
	expect_equal "$code" 400
	post "$JP/api/verify" request.json
	expect_equal "$code" 401
	post "$JP/api/verify" request.json -H 'X-Signature: 00'
	expect_equal "$code" 401
	post "$JP/api/verify" pretty.json -H "$(signed request.json)"
	expect_equal "$code" 401
	head -c 70000 /dev/zero | tr '\0' ' ' >long
	post "$US/verify/okx" long
	expect_equal "$code" 413
	get "$US/verify/okx"
	expect_equal "$code" 405
	for base in "$US" "$PAGE"; do
		get "$base/evidence/evi_20260101_0123456789abcdef"
		expect_equal "$code $(jq -r .error.code answer.json)" "404 NOT_FOUND"
		get "$base/evidence/..%2fdb.sqlite"
		expect_equal "$code" 404
		get "$base/orders?from=yesterday"
		expect_equal "$code" 400
		get "$base/nothing"
		expect_equal "$code" 404
	done
	expect_equal "$(grep -c '"type":"request"' replay.ndjson || true)" 0
	# as a person would write it: with line breaks
	post "$PAGE/verify/okx" pretty.json
	expect_equal "$code $(jq -r .normalized.position.liquidated answer.json)" "200 true"
}

@test "jp-verify is lost: us-backend answers itself and says so; a secret that differs is no reason to" {
	start_services
	kill "${SERVICES# }" 2>/dev/null || kill "$(echo $SERVICES | cut -d ' ' -f 1)"
	for _ in $(seq 100); do curl -s "$JP/healthz" >/dev/null || break; sleep 0.02; done
	post "$PAGE/verify/okx" request.json
	expect_equal "$code $(jq -c '[.perf.target, .perf.fallback, .perf.fallbackReason, .normalized.position.liquidated]' answer.json)" \
		"200 [\"local\",true,\"Couldn't connect to server\",true]"
	grep -q '^verify-relay: warning: fallback ' us-backend.log
	(umask 077; printf 'another secret, also quite long enough' >hmac)
	unset JP_VERIFY_BASE_URL
	start_service jp-verify
	jp=$URL
	(umask 077; printf 'yet another secret, also long enough!' >hmac)
	JP_VERIFY_BASE_URL=$jp start_service us-backend
	post "$URL/verify/okx" request.json
	expect_equal "$code $(jq -c '[.error.code, .perf.fallback]' answer.json)" '502 ["REMOTE_5XX",false]'
	jq -e '.error.msg | contains("the secret here and there")' answer.json
}

@test "keys by alias: the vault at us-backend, or at jp-verify, by a setting; claims are listed" {
	start_services
	(umask 077; openssl rand -hex 32 >master)
	export TRADEPIPE_VAULT_KEY_FILE=$PWD/master
	jq -c '{apiKey, secretKey, passphrase, uid}' request.json >key.json
	key-vault add --state vault okx-main-001 <key.json >added.json
	jq -c 'del(.apiKey, .secretKey, .passphrase, .uid) + {keyMode: "alias", keyAlias: "okx-main-001"}' request.json >alias.json
	# nowhere
	post "$US/verify/okx" alias.json
	expect_equal "$code $(jq -r .error.code answer.json)" "400 BAD_REQUEST"
	# where us-backend is
	TRADEPIPE_VAULT=$PWD/vault start_service us-backend
	post "$URL/verify/okx" alias.json
	expect_equal "$code $(jq -r '[.perf.target, .normalized.position.liquidated] | join(" ")' answer.json)" "200 jp true"
	jq -c '.keyAlias = "nobody"' alias.json >other.json
	post "$URL/verify/okx" other.json
	expect_equal "$code $(jq -r .error.code answer.json)" "400 BAD_REQUEST"
	# where jp-verify is
	TRADEPIPE_VAULT=$PWD/vault start_service jp-verify
	JP_VERIFY_BASE_URL=$URL start_service us-backend
	post "$URL/verify/okx" alias.json
	expect_equal "$code $(jq -r '[.perf.target, .normalized.position.liquidated] | join(" ")' answer.json)" "200 jp true"
	claim open --state state --order "$(jq -r .ordId request.json)" >claim.json
	for base in "$US" "$PAGE"; do
		get "$base/claims?status=pending"
		expect_equal "$code $(jq -c '.items | length' answer.json)" "200 1"
		get "$base/claims?status=paid"
		expect_equal "$(cat answer.json)" '{"items":[]}'
	done
}

@test "health and metrics of all three; the page" {
	start_services
	post "$PAGE/verify/okx" request.json
	for base in "$JP" "$US" "$PAGE"; do
		get "$base/healthz"
		expect_equal "$code $(jq -r .status answer.json)" "200 ok"
		get "$base/metrics"
		expect_equal "$code" 200
		grep -q '^tradepipe_http_requests_total{route=.*verify.*code="200"} 1' answer.json || fail "$(grep requests_total answer.json)"
		grep -q '^tradepipe_http_request_seconds_p95' answer.json
	done
	get "$PAGE/"
	expect_equal "$code" 200
	head -n 1 answer.json | grep -qi '^<!doctype html>'
	for file in $(grep -oE '(href|src)="[a-z.]+"' answer.json | cut -d '"' -f 2); do
		get "$PAGE/$file"
		expect_equal "$file $code" "$file 200"
	done
}

@test "the seed's self-test, against the running services" {
	start_services
	JP_VERIFY_BASE_URL=$JP "$ROOT/examples/self-test-http" request.json >self.txt 2>&1 || fail "$(cat self.txt)"
	grep -q '"liquidated": true' self.txt
	grep -q 'evidence: good' self.txt
	# and through us-backend, where nothing is to be signed
	US_BACKEND=$US "$ROOT/examples/self-test-http" request.json >self.txt 2>&1 || fail "$(cat self.txt)"
	grep -q 'evidence: good' self.txt
	# as the seed has it: no secret, one machine, curl
	unset JP_VERIFY_HMAC_SECRET_FILE JP_VERIFY_BASE_URL
	start_service jp-verify
	curl -s "$URL/healthz" | jq -e '.status == "ok"'
	JP_VERIFY_BASE_URL=$URL "$ROOT/examples/self-test-http" request.json >self.txt 2>&1 || fail "$(cat self.txt)"
	grep -q 'evidence: good' self.txt
}

# Keys and the services' secret are markers; then every place is searched for them, raw, hex and base64.
@test "marker secrets: in no argument, environment, log, answer, file, database or core of the whole service" {
	key=MARKERKEY-5d41402abc4b2a76 secret=MARKERSECRETB9719D911017C592AE2 pass=MARKER-Passphrase-9
	HMAC_SECRET=MARKER-hmac-0123456789abcdef0123456789
	jq -c --arg k $key --arg s $secret --arg p $pass '.accounts[0] += {apiKey: $k, secretKey: $s, passphrase: $p}' "$ROOT/examples/scenarios/full-liquidation.json" >marked.json
	stop_replay
	start_replay "$PWD/marked.json"
	request_for "$PWD/marked.json" open '{fresh: true, noCache: true}' >request.json
	ulimit -c unlimited 2>/dev/null || true
	start_services
	mkdir -p seen
	fault trade/order delay '"delayMs":900,"times":1'
	curl -sS -m 60 -o seen/answer -H 'Content-Type: application/json' --data-binary @request.json "$PAGE/verify/okx" &
	asking=$!
	sleep 0.5
	for p in $(service_processes); do
		# some are gone by now
		{ tr '\0' '\n' <"/proc/$p/cmdline" >"seen/cmdline.$p"; tr '\0' '\n' <"/proc/$p/environ" >"seen/environ.$p"; } 2>/dev/null || true
	done
	grep -l 'verify-relay' seen/cmdline.* | grep -q .
	grep -l 'okx-fetch' seen/cmdline.* | grep -q .
	wait $asking
	jq -e '.normalized.position.liquidated' seen/answer
	# wrong keys, refused ones, misplaced ones, broken bodies, and jp-verify gone
	ask() { post "$PAGE/verify/okx" "$@"; cat answer.json >>seen/answers; }
	jq -c '.passphrase = "MARKER-Passphrase-9x"' request.json >wrong.json; ask wrong.json
	jq -c '.clientMeta.note = .secretKey' request.json >wrong.json; ask wrong.json
	! grep -qF -e "$secret" -e "$pass" replay.ndjson replay.err || false
	# this one OKX gets to see, in a query: the caller has named an instrument like that
	jq -c '.instId = .secretKey' request.json >wrong.json; ask wrong.json
	jq -c 'del(.exchange)' request.json >wrong.json; ask wrong.json
	jq -c '.apiKey' request.json >wrong.json; ask wrong.json
	{ cat request.json; printf x; } >wrong.json; ask wrong.json
	kill "$(echo $SERVICES | cut -d ' ' -f 1)"
	for _ in $(seq 100); do curl -s "$JP/healthz" >/dev/null || break; sleep 0.02; done
	ask request.json
	expect_equal "$(jq -c '[.perf.target, .normalized.position.liquidated]' answer.json)" '["local",true]'
	for base in "$US" "$PAGE"; do for path in metrics orders; do get "$base/$path"; cat answer.json >>seen/answers; done; done
	rm -f wrong.json
	[ -z "$(find . -name 'core*')" ] || fail "core file: $(find . -name 'core*')"
	# what the searching itself has in its arguments does not count
	for s in "$key" "$secret" "$pass" "$HMAC_SECRET"; do
		hex=$(printf %s "$s" | od -An -tx1 | tr -d ' \n')
		b64=$(printf %s "$s" | base64 -w 0 | tr -d '=\n')
		for form in "$s" "$hex" "${b64:2:16}"; do
			! grep -rlaF -- "$form" seen state ./*.log ./*.out answer.json || fail "found $form"
		done
	done
}
