#!/usr/bin/env bats
# Catches files in etc/ that do not work where they are meant to: units that are open, a super-server's file that starts nothing, a TLS front that
# is not one, a setting that is not told of; and a jp-verify that cannot be moved to another host by settings alone.
load helper
load okx
load services
load tls

teardown() {
	stop_services
	[ -z "${STUNNEL-}" ] || stop_stunnel
	[ -z "${XINETD-}" ] || kill "$XINETD" 2>/dev/null || true
	stop_replay
	for p in ${INSIDE-}; do kill "$p" 2>/dev/null || true; done
	[ -z "${SPACE-}" ] || { ip netns del "$SPACE-us"; ip netns del "$SPACE-jp"; } 2>/dev/null || true
}

@test "every setting that a program or script looks at stands in etc/env.example, and no other" {
	# tests' own, and what the system sets
	own='TRADEPIPE_BIN|TRADEPIPE_SHARED'
	{
		grep -ohE '"(TRADEPIPE|OKX|JP_VERIFY)_[A-Z_]+"' "$ROOT"/src/*/*.c | tr -d '"'
		for script in "$ROOT"/bin/* "$ROOT"/share/glue.sh; do
			if head -c 2 "$script" | grep -q '^#'; then grep -v '^ *#' "$script" | grep -ohE '\b(TRADEPIPE|OKX|JP_VERIFY)_[A-Z_]+\b' || true; fi
		done
	} | grep -vE "^($own)$|_\$" | sort -u >used
	[ "$(wc -l <used)" -gt 12 ]
	grep -oE '^#?(TRADEPIPE|OKX|JP_VERIFY)_[A-Z_]+=' "$ROOT/etc/env.example" | tr -d '#=' | sort >told
	[ -z "$(uniq -d told)" ] || fail "told twice: $(uniq -d told)"
	# refused wherever it stands
	grep -vx JP_VERIFY_HMAC_SECRET used | diff - told || fail "< looked at, > told of"
	grep -q 'JP_VERIFY_HMAC_SECRET, the secret itself' "$ROOT/etc/env.example"
	# and every one that a page tells of, but what systemd, a super-server or a terminal sets
	sed -n 's/^\.It Ev \([A-Z_a-z0-9]*\).*/\1/p' "$ROOT"/man/*.1 | sort -u | grep -vxE 'COLUMNS|NO_COLOR|CREDENTIALS_DIRECTORY|REQUEST_ID|TCPREMOTEIP' >documented
	[ "$(wc -l <documented)" -gt 50 ]
	grep -oE '^#?[A-Z][A-Z_0-9]+=' "$ROOT/etc/env.example" | tr -d '#=' | sort -u | comm -23 documented - >missing
	[ ! -s missing ] || fail "not told of: $(cat missing)"
}

@test "route files and settings of all services are good" {
	for service in jp-verify us-backend us-frontend; do
		http-wrap --routes "$ROOT/share/routes/$service.routes" --root "$ROOT/share" --check
	done
	split start-service tokyo
	expect_status 100
	TRADEPIPE_STATE= split start-service jp-verify
	expect_status 102
	TRADEPIPE_STATE=$PWD/st JP_VERIFY_HMAC_SECRET=0123456789abcdef0123456789abcdef split start-service jp-verify
	expect_status 102
	# the page's own word about what a browser may do with it is what the route says
	want=$(sed -n '/^Content-Security-Policy: /,/^\.Ed/p' "$ROOT/man/tradepipe-page.7" | grep -v '^\.' | tr -d '\n' | sed 's/^Content-Security-Policy: //')
	have=$(sed -n 's/.*"csp=\([^"]*\)".*/\1/p' "$ROOT/share/routes/us-frontend.routes")
	expect_equal "$have" "$want"
	# settings from a file; what the environment says comes first
	printf '# x\nTRADEPIPE_STATE=%s/from-file\nJP_VERIFY_HMAC_SECRET_FILE=none\n' "$PWD" >env
	printf 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n' | JP_VERIFY_HMAC_SECRET_FILE= start-service --inetd --env env us-frontend >out.txt
	grep -q '"status":"ok"' out.txt
	[ -d from-file/http/us-frontend ]
}

@test "systemd units: sound, and exposed to 2.0 at most" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
	mkdir units
	# where this tree has what an installation puts into /usr/local
	for unit in "$ROOT"/etc/systemd/*.service "$ROOT"/etc/systemd/*.socket; do
		sed "s|/usr/local/libexec/tradepipe/|$ROOT/bin/|" "$unit" >"units/${unit##*/}"
	done
	cd units
	SYSTEMD_UNIT_PATH=$PWD:/lib/systemd/system systemd-analyze verify --man=no ./*.socket ./*.service 2>&1 | grep -F tradepipe >../complaints || true
	[ ! -s ../complaints ] || fail "$(cat ../complaints)"
	for unit in *.service; do
		systemd-analyze security --offline=true --threshold=20 "$unit" >../report 2>&1 || fail "$unit: $(tail -n 1 ../report)"
		grep -q 'Overall exposure' ../report || fail "$(cat ../report)"
	done
}

@test "xinetd with our file: health, a signed verification" {
	command -v xinetd >/dev/null || skip "no xinetd here"
	[ "$(id -u)" = 0 ] || skip "xinetd wants root"
	start_replay full-liquidation
	request_for full-liquidation open '{noCache: true}' >request.json
	(umask 077; printf 'the services share this secret, it is long\n' >hmac)
	port=$(free_port)
	printf 'TRADEPIPE_STATE=%s/state\nJP_VERIFY_HMAC_SECRET_FILE=%s/hmac\nOKX_BASE_URL=%s\n' "$PWD" "$PWD" "$OKX_BASE_URL" >env
	sed -e "s|/usr/local/libexec/tradepipe/start-service|$ROOT/bin/start-service|" -e "s|/etc/tradepipe/env|$PWD/env|" -e "s|8082|$port|" -e 's|= tradepipe$|= root|' \
		-e 's|SYSLOG daemon info|FILE '"$PWD"'/xinetd.log|' -e '/rlimit_as/d' -e "s|disable  *= no|env = TRADEPIPE_BIN=$BIN TRADEPIPE_SHARE=$TRADEPIPE_SHARE PATH=$BIN:$PATH ASAN_OPTIONS=$ASAN_OPTIONS|" \
		"$ROOT/etc/xinetd.d/tradepipe-jp-verify" >xinetd.conf
	xinetd -f "$PWD/xinetd.conf" -dontfork -filelog "$PWD/xinetd.all" -pidfile "$PWD/xinetd.pid" </dev/null >xinetd.out 2>&1 3>&- 4>&- 9>&- &
	XINETD=$!
	for _ in $(seq 100); do curl -s "http://127.0.0.1:$port/healthz" >health && break; sleep 0.05; done
	grep -q '"status":"ok"' health || fail "$(cat xinetd.all xinetd.out)"
	post "http://127.0.0.1:$port/api/verify" request.json
	expect_equal "$code" 401
	post "http://127.0.0.1:$port/api/verify" request.json -H "$(signed request.json)"
	expect_equal "$code $(jq -r .normalized.position.liquidated answer.json)" "200 true"
	get "http://127.0.0.1:$port/metrics"
	grep -q 'code="200"' answer.json || fail "each connection counts for itself"
}

@test "stunnel with our file before jp-verify: TLS by an authority of our own, and nothing else" {
	start_replay full-liquidation
	request_for full-liquidation open '{noCache: true}' >request.json
	make_authority
	make_certificate localhost
	start_services
	front=$(free_port)
	start_stunnel "$front" "${JP##*:}"
	expect_equal "$(curl -sS --cacert ca.pem "https://localhost:$front/healthz")" '{"status":"ok"}'
	split curl -sS "https://localhost:$front/healthz"
	expect_status 60
	split curl -sS --cacert ca.pem --tls-max 1.1 "https://localhost:$front/healthz"
	[ "$status" -ne 0 ]
	# behind a front every caller seems to be local: unsigned ones are refused all the same
	post "https://localhost:$front/api/verify" request.json --cacert ca.pem
	expect_equal "$code" 401
	JP_VERIFY_BASE_URL=https://localhost:$front JP_VERIFY_CA_FILE=ca.pem verify-relay <request.json >answer.json
	expect_equal "$(jq -c '[.perf.target, .normalized.position.liquidated]' answer.json)" '["jp",true]'
}

# in WHERE COMMAND...: run in the host us or jp
in_host() { local host=$1; shift; ip netns exec "$SPACE-$host" "$@"; }

# behind HOST FILE COMMAND...: the same in the background, its output in FILE
behind() {
	local host=$1 file=$2
	shift 2
	ip netns exec "$SPACE-$host" "$@" </dev/null >"$file" 2>"$file.err" 3>&- 4>&- 9>&- &
	INSIDE="${INSIDE-} $!"
}

# wait_for HOST URL [CURL OPTION...]
wait_for() {
	local host=$1 url=$2
	shift 2
	for _ in $(seq 150); do in_host "$host" curl -s -m 2 "$@" "$url" >/dev/null && return; sleep 0.05; done
	fail "no answer: $url" "$(cat ./*.err)"
}

@test "jp-verify on another host is a change of settings alone; when that host is lost, in the middle too, the answer comes from here and says so" {
	SPACE=tp$$
	if ! { ip netns add "$SPACE-us" && ip netns add "$SPACE-jp"; } 2>/dev/null; then SPACE=; skip "network namespaces are not permitted here"; fi
	ip link add "us$$" netns "$SPACE-us" type veth peer name "jp$$" netns "$SPACE-jp" 2>/dev/null || skip "no veth here"
	for host in us jp; do
		in_host $host ip link set lo up
		in_host $host ip link set "$host$$" up
	done
	in_host us ip address add 10.99.0.1/24 dev "us$$"
	in_host jp ip address add 10.99.0.2/24 dev "jp$$"
	make_authority
	make_certificate jp.test 10.99.0.2
	(umask 077; printf 'the services share this secret, it is long\n' >hmac)
	# OKX is to be reached from both: the same account at the same place, and the same moment
	mkfifo jp.in us.in
	now=$(date +%s)000
	for host in jp us; do
		behind $host okx-$host.ndjson sh -c "exec okx-replay --listen 127.0.0.1:18090 --now $now --no-limits --scenario '$ROOT/examples/scenarios/full-liquidation.json' <$host.in"
	done
	exec 7>jp.in 8>us.in
	for _ in $(seq 100); do [ -s okx-jp.ndjson ] && [ -s okx-us.ndjson ] && break; sleep 0.05; done
	cp okx-us.ndjson replay.ndjson
	request_for full-liquidation open '{noCache: true}' >request.json
	# the settings, and all that differs
	cat >common.env <<-END
		OKX_BASE_URL=http://127.0.0.1:18090
		JP_VERIFY_HMAC_SECRET_FILE=$PWD/hmac
	END
	{ cat common.env; echo "TRADEPIPE_STATE=$PWD/jp"; } >jp.env
	{ cat common.env; echo "TRADEPIPE_STATE=$PWD/us"; echo JP_VERIFY_TIMEOUT=2; } >here.env
	{ cat here.env; echo JP_VERIFY_BASE_URL=https://10.99.0.2:8082; echo "JP_VERIFY_CA_FILE=$PWD/ca.pem"; } >moved.env
	unset OKX_BASE_URL JP_VERIFY_BASE_URL TRADEPIPE_STATE
	behind jp jp-verify.log start-service --env jp.env jp-verify
	NETNS=$SPACE-jp start_stunnel 8082 8082 10.99.0.2
	verify_there() { in_host us curl -sS -m 60 -o answer.json -w '%{http_code}' -H 'Content-Type: application/json' --data-binary @request.json "$@"; }
	# before: all on one host
	behind us jp-here.log start-service --env here.env jp-verify
	behind us us-here.log start-service --env here.env --listen 127.0.0.1:18080 us-backend
	wait_for us http://127.0.0.1:18080/healthz
	wait_for us http://127.0.0.1:8082/healthz
	expect_equal "$(verify_there http://127.0.0.1:18080/verify/okx)" 200
	expect_equal "$(jq -c '[.perf.target, .perf.fallback]' answer.json)" '["jp",false]'
	# after: two lines more
	expect_equal "$(diff here.env moved.env | grep -c '^>')" 2
	behind us us-moved.log start-service --env moved.env us-backend
	wait_for us http://127.0.0.1:8080/healthz
	wait_for us https://10.99.0.2:8082/healthz --cacert ca.pem
	before=$(grep -c '"type":"request"' okx-jp.ndjson || true)
	expect_equal "$(verify_there http://127.0.0.1:8080/verify/okx)" 200
	expect_equal "$(jq -c '[.perf.target, .perf.fallback, .normalized.position.liquidated]' answer.json)" '["jp",false,true]'
	[ "$(grep -c '"type":"request"' okx-jp.ndjson)" -gt "$before" ] || fail "the other host did not ask"
	# lost in the middle: the question is there, the answer on its way
	printf '{"cmd":"fault","path":"trade/order","kind":"delay","delayMs":1200,"times":1}\n' >&7
	sleep 0.1
	verify_there http://127.0.0.1:8080/verify/okx >status &
	asking=$!
	sleep 0.6
	in_host jp ip link set "jp$$" down
	wait $asking
	expect_equal "$(cat status)" 200
	expect_equal "$(jq -c '[.perf.target, .perf.fallback, .perf.fallbackReason, .normalized.position.liquidated]' answer.json)" '["local",true,"Timeout was reached",true]'
	# gone altogether
	expect_equal "$(verify_there http://127.0.0.1:8080/verify/okx)" 200
	expect_equal "$(jq -c '[.perf.target, .perf.fallback]' answer.json)" '["local",true]'
	expect_equal "$(merkle-verify <answer.json | jq -r .result)" good
	grep -q '^verify-relay: warning: fallback ' us-moved.log.err
	# back again
	in_host jp ip link set "jp$$" up
	wait_for us https://10.99.0.2:8082/healthz --cacert ca.pem
	expect_equal "$(verify_there http://127.0.0.1:8080/verify/okx)" 200
	expect_equal "$(jq -c '[.perf.target, .perf.fallback]' answer.json)" '["jp",false]'
	expect_equal "$(TRADEPIPE_STATE=$PWD/us store --fsck | jq -c '[.state, .bundles]')" '["clean",5]'
	exec 7>&- 8>&-
}
