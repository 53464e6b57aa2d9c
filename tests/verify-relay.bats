#!/usr/bin/env bats
# Catches a relay that sends another body than it signed, falls back when it must not or keeps silent about it, changes what was answered, or
# believes a target that lies.
load helper
load okx

setup() {
	start_replay full-liquidation
	request_for full-liquidation open '{clientMeta: {source: "t", requestId: "r-1"}, live: true, noCache: true}' >request.json
	echo 'run 200 verify --no-store' >mode
	perl "$ROOT/tests/fault/target.pl" port 2>target.err 3>&- 4>&- 9>&- &
	TARGET=$!
	for _ in $(seq 200); do [ -s port ] && break; sleep 0.02; done
	export JP_VERIFY_BASE_URL=http://127.0.0.1:$(cat port)
}

teardown() {
	kill "$TARGET" 2>/dev/null || true
	stop_replay
}

# what a good answer looks like, once a test
good_answer() { verify --no-store <request.json >good.json; }

# relay [OPTION...]: with the local pipeline behind
relay() { split verify-relay "$@" -- verify --no-store <request.json; }

# The answer was refused for this reason, and nothing of it came out.
expect_refused() {
	expect_status 1
	jq -e --arg why "$1" '.error.code == "REMOTE_5XX" and (.error.msg | contains($why)) and .normalized == null and .raw == {} and (has("evidence") | not)
		and .perf.fallback == false' out.txt >/dev/null || fail "not refused for: $1" "$(jq -c '[.error, .perf]' out.txt)"
	grep -q '^verify-relay: error: answer-refused' err.txt
	expect_grammar err.txt verify-relay
}

@test "the target's answer, byte for byte, but for who answered in perf" {
	good_answer
	echo 'answer 200 good.json' >mode
	relay
	expect_status 0
	expect_equal "$(jq -c '[.perf.target, .perf.fallback, .perf.fallbackReason, (.perf.relayMs | type)]' out.txt)" '["jp",false,null,"number"]'
	# take our members out again: what is left is what was sent
	perl -pe 's/,"target":"jp","fallback":false,"fallbackReason":null,"relayMs":\d+\}/}/' out.txt | cmp - good.json
	expect_equal "$(merkle-verify <out.txt | jq -r .result)" good
	cmp request.body <(tr -d '\n' <request.json)
}

@test "X-Signature is the HMAC of the very body; X-Signature-V2 signs the request as a whole; never both" {
	printf 'a secret of more than thirty-two bytes\n' >secret
	chmod 600 secret
	secret=$(head -c -1 secret)
	mac() { openssl dgst -sha256 -mac HMAC -macopt "$1" | sed 's/.* //'; }
	JP_VERIFY_HMAC_SECRET_FILE=secret relay
	expect_status 0
	expect_equal "$(sed -n 's/^X-Signature: //p' request.head | tr -d '\r')" "$(mac "key:$secret" <request.body)"
	! grep -qi 'v2\|nonce' request.head || false
	relay --secret-fd 7 --sign v2 7<secret
	expect_status 0
	! grep -qi '^X-Signature:' request.head || false
	header() { sed -n "s/^$1: //p" request.head | tr -d '\r'; }
	key=$(printf 'toolchain hmac v2' | mac "key:$secret")
	expect_equal "$(header X-Signature-V2)" "v2=$({ printf 'v2\n%s\n%s\nPOST\n/api/verify\n' "$(header X-Timestamp)" "$(header X-Nonce)"; cat request.body; } | mac "hexkey:$key")"
	first=$(header X-Nonce)
	JP_VERIFY_SIGNATURE=v2 relay --secret-file secret
	[ "$(header X-Nonce)" != "$first" ] || fail "a nonce twice"
	mkdir credentials
	cp secret credentials/jp-verify-hmac
	CREDENTIALS_DIRECTORY=$PWD/credentials relay
	grep -q '^X-Signature: ' request.head
}

@test "secrets that are no secrets: in the environment, readable by others, short, missing: 102, and nothing is sent" {
	printf 'a secret of more than thirty-two bytes\n' >secret
	chmod 644 secret
	relay --secret-file secret
	expect_status 102
	chmod 600 secret
	JP_VERIFY_HMAC_SECRET=0123456789abcdef0123456789abcdef relay
	expect_status 102
	! grep -q 0123456789abcdef err.txt || false
	printf 'short' >brief
	chmod 600 brief
	relay --secret-file brief
	expect_status 102
	relay --secret-file none
	expect_status 102
	JP_VERIFY_BASE_URL=https://192.0.2.1:8082 relay
	expect_status 102
	grep -q 'needed for a target that is not on this machine' err.txt
	JP_VERIFY_BASE_URL=http://192.0.2.1:8082 relay --secret-file secret
	expect_status 102
	[ ! -e requests ]
}

@test "no answer, half an answer, none in time, 5xx: the local pipeline answers, and perf says why" {
	good_answer
	for try in 'reset' 'cut good.json' 'answer 500 good.json' 'answer 503 request.json' 'raw request.json'; do
		echo "$try" >mode
		relay
		expect_status 0
		jq -e '.perf.target == "local" and .perf.fallback and (.perf.fallbackReason | length) > 3 and .normalized.position.liquidated' out.txt >/dev/null || fail "$try: $(jq -c .perf out.txt)"
		expect_equal "$(merkle-verify <out.txt | jq -r .result)" good
		grep -q '^verify-relay: warning: fallback ' err.txt || fail "$try: $(cat err.txt)"
		expect_grammar err.txt verify-relay
	done
	echo silent >mode
	relay --target-timeout 1
	expect_equal "$(jq -c '[.perf.target, .perf.fallbackReason]' out.txt)" '["local","Timeout was reached"]'
	JP_VERIFY_BASE_URL=http://127.0.0.1:1 relay
	expect_equal "$(jq -r .perf.fallbackReason out.txt)" "Couldn't connect to server"
	echo 'answer 502 error.json' >mode
	jq -c '.apiKey = "wrong-key-x"' request.json | verify --no-store >error.json 2>/dev/null || true
	relay
	expect_equal "$(jq -r .perf.fallbackReason out.txt)" "HTTP 502 AUTH_ERROR"
}

@test "without a local pipeline: the target's own error, or one of ours" {
	echo reset >mode
	split verify-relay <request.json
	expect_status 1
	expect_equal "$(jq -c '[.error.code, .perf.target, .meta.ordId, .meta.requestId]' out.txt)" "$(jq -c '["NETWORK", "jp", .ordId, "r-1"]' request.json)"
	echo silent >mode
	split verify-relay --target-timeout 1 <request.json
	expect_equal "$(jq -r .error.code out.txt)" TIMEOUT
	echo 'answer 503 request.json' >mode
	split verify-relay <request.json
	expect_equal "$(jq -r .error.code out.txt)" REMOTE_5XX
	jq -c '.apiKey = "wrong-key-x"' request.json | verify --no-store >error.json 2>/dev/null || true
	for status in 401 502; do
		echo "answer $status error.json" >mode
		split verify-relay <request.json
		expect_status 1
		expect_equal "$(jq -c '[.error.code, .perf.target, (.evidence | type)]' out.txt)" '["AUTH_ERROR","jp","object"]'
	done
}

@test "an error of the request is the target's to answer: no fallback" {
	jq -c 'del(.ordId)' request.json >bad.json
	echo 'run 400 verify --no-store' >mode
	split verify-relay -- verify --no-store <bad.json
	expect_status 1
	expect_equal "$(jq -c '[.error.code, .perf.target, .meta.ordId]' out.txt)" '["BAD_REQUEST","jp",null]'
	expect_equal "$(wc -l <requests)" 1
}

@test "a refused signature is no reason to fall back, and says what to do" {
	echo '{"error":{"code":"AUTH_ERROR","msg":"signature","hint":""}}' >no.json
	echo 'answer 401 no.json' >mode
	relay
	expect_refused 'HTTP 401: the secret here and there must be the same'
	printf '<html>moved</html>' >page.html
	echo 'answer 302 page.html' >mode
	relay
	expect_refused 'HTTP 302, and no record'
	echo 'answer 200 page.html' >mode
	relay
	expect_refused 'it is no JSON'
}

@test "a target that lies is found out, whatever it lies about" {
	good_answer
	# what each lie is, and what is said of it
	lie() {
		jq -c "$1" good.json >lie.json
		! cmp -s lie.json good.json || fail "no lie: $1"
		echo "answer 200 lie.json" >mode
		relay
		expect_refused "$2"
	}
	reseal() { jq -c "del(.evidence) | $1" good.json | merkle-seal >lie.json; echo "answer 200 lie.json" >mode; relay; expect_refused "$2"; }
	lie '.normalized.position.liquidated = false' 'its evidence does not hold: a value was changed'
	lie '.raw["trade/order"].data[0].state = "canceled"' 'its evidence does not hold'
	lie '.evidence.root = "0x" + ("0" * 64)' 'its evidence does not hold'
	lie 'del(.raw["trade/order"])' 'its evidence does not hold: nobody can tell'
	lie 'del(.evidence)' 'evidence is no object'
	lie '.meta.instId = "ETH-USDT-SWAP"' 'another order'
	lie '.meta.requestId = "r-2"' 'another request'
	lie '.meta.live = false' 'as it was asked for'
	lie '.meta.exchange = "kraken"' 'another order'
	lie '.clientMeta.userId = "mallory"' "clientMeta is not the request's"
	lie '.perf.target = "jp"' 'perf says already'
	lie '.note = "Demo-Pass-1"' 'repeats a key'
	lie 'del(.normalized.position)' 'normalized or raw'
	lie '.error = {code: "FINE", msg: "", hint: ""}' 'error is not'
	# whole and well sealed, and yet not the answer to this
	reseal '.meta.ordId = "1"' 'another order'
	reseal '.meta.verifiedAt = "2026-01-01T00:00:00Z"' 'verifiedAt is not now'
	sed 's/"perf":/"perf":{},"perf":/' good.json >lie.json
	echo "answer 200 lie.json" >mode
	relay
	expect_refused 'a member twice'
	{ cat good.json; cat good.json; } >lie.json
	relay
	expect_refused 'it is no JSON'
	echo 'answer 404 good.json' >mode
	relay
	expect_refused 'status contradicts'
	echo 'huge 9000000' >mode
	relay
	expect_refused 'longer than a bundle'
}

@test "a pretty-printed answer becomes one line and holds; a missing clientMeta is the request's" {
	good_answer
	jq 'del(.clientMeta)' good.json >pretty.json
	echo 'answer 200 pretty.json' >mode
	relay
	expect_status 0
	expect_equal "$(wc -l <out.txt)" 1
	expect_equal "$(jq -c .clientMeta out.txt)" '{"source":"t","requestId":"r-1"}'
	expect_equal "$(merkle-verify <out.txt | jq -r .result)" good
}

@test "many requests: one connection, one answer each, in order" {
	for i in 1 2 3 4 5; do jq -c --arg i "$i" '.clientMeta.requestId = $i' request.json; done >many.ndjson
	sed -i '3s/.*/garbage/' many.ndjson
	split verify-relay -- verify --no-store <many.ndjson
	expect_status 1
	expect_equal "$(jq -c '[.meta.requestId, .error.code]' out.txt | tr '\n' ' ')" '["1",null] ["2",null] [null,"BAD_REQUEST"] ["4",null] ["5",null] '
	expect_equal "$(sort -u requests)" "connection 1"
	expect_equal "$(wc -l <requests)" 4
}

@test "the target is asked for nothing with --target local; a COMMAND that fails is an error, and one that lies is refused" {
	relay --target local
	expect_status 0
	expect_equal "$(jq -c '[.perf.target, .perf.fallback]' out.txt)" '["local",false]'
	[ ! -e requests ]
	split verify-relay --target local -- false <request.json
	expect_equal "$(jq -c '[.error.code, .error.msg]' out.txt)" '["INTERNAL","the local pipeline failed: it has ended"]'
	split verify-relay --target local --deadline 1 -- sleep 9 <request.json
	expect_equal "$(jq -r .error.msg out.txt)" "the local pipeline failed: it did not answer in time"
	split verify-relay --target local -- cat <request.json
	expect_refused 'normalized or raw'
	split verify-relay --target local <request.json
	expect_status 100
	split verify-relay --target tokyo <request.json
	expect_status 100
}

@test "TLS: the authority that was named, and its name, or no answer" {
	tls=$ROOT/tests/tls.bash
	. "$tls"
	make_authority
	make_certificate localhost
	front=$(free_port)
	start_stunnel "$front" "$(cat port)"
	export JP_VERIFY_BASE_URL=https://localhost:$front
	split verify-relay --ca ca.pem <request.json
	expect_status 0
	expect_equal "$(jq -r .perf.target out.txt)" jp
	split verify-relay <request.json
	expect_equal "$(jq -c '[.error.code, .error.msg]' out.txt)" '["NETWORK","no answer of jp-verify: SSL peer certificate or SSH remote key was not OK"]'
	printf 'a secret of more than thirty-two bytes' >secret
	chmod 600 secret
	# the same machine under a name that the certificate does not have
	JP_VERIFY_BASE_URL=https://127.0.0.1:$front split verify-relay --secret-file secret --ca ca.pem <request.json
	expect_equal "$(jq -r .error.code out.txt)" NETWORK
	stop_stunnel
}

@test "the relay cannot start programs once it reads" {
	is_sanitized && skip "sanitizer builds run without the sandbox"
	gcc -shared -fPIC -o intruder.so "$ROOT/tests/fault/intruder.c"
	s=0
	INTRUDE=exec LD_PRELOAD=$PWD/intruder.so verify-relay --target local -- true <request.json >out.txt 2>err.txt || s=$?
	expect_equal "$s" 159
}

@test "a request that comes with an error (an alias that could not be opened) is answered with it, and nobody is asked" {
	jq -c '. + {error: {code: "BAD_REQUEST", msg: "no such alias", hint: "see key-vault list"}}' request.json >failed.json
	split verify-relay -- verify --no-store <failed.json
	expect_status 1
	expect_equal "$(jq -c '[.error.msg, .meta.ordId]' out.txt)" "$(jq -c '["no such alias", .ordId]' request.json)"
	! grep -q 'Demo-Pass-1' out.txt || false
	[ ! -e requests ]
	# one of another form is not the vault's
	jq -c '. + {error: "x"}' request.json | split verify-relay -- verify --no-store
	expect_equal "$(jq -r .error.code out.txt)" BAD_REQUEST
}
