#!/usr/bin/env bats
# Catches an order-intake that lets in what it should not, changes or reorders what it lets in, or forgets a nonce or a limit over a crash.
load helper

setup_file() {
	local lib san=
	lib=$(dirname "$BIN")/lib.a
	[ -f "$lib" ] || lib=$ROOT/build/lib.a
	if is_sanitized; then san='-fsanitize=address,undefined -fno-sanitize-recover=all'; fi
	# shellcheck disable=SC2086
	gcc -D_GNU_SOURCE -O1 -g $san -iquote "$ROOT/src/lib" -o "$BATS_FILE_TMPDIR/sign-orders" "$ROOT/bench/sign-orders.c" "$lib" -lsodium -lsecp256k1
	gcc -O1 -shared -fPIC ${san:+-DFAILING_WITHOUT_MEMORY} -o "$BATS_FILE_TMPDIR/failing.so" "$ROOT/tests/fault/failing.c"
}

setup() {
	PATH=$PATH:$BATS_FILE_TMPDIR
	fast=
	shim=$BATS_FILE_TMPDIR/failing.so
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
}

teardown() {
	[ -z "$fast" ] || rm -rf "$fast"
}

# N signed orders of 3 accounts, both schemes, in orders.ndjson; their accounts.
signed() {
	sign-orders accounts both 3 >accounts.ndjson
	sign-orders orders both 3 "$1" >orders.ndjson
}

reasons() { jq -r 'if .type == "reject" then .reason else "ok" end' out.txt | tr '\n' ' '; }

# An unsigned order: ID ACCOUNT SIDE PX SZ
order() {
	printf '{"type":"order","id":"%s","account":"%s","symbol":"BTC-USDC","ordType":"limit","side":"%s","px":"%s","sz":"%s"}\n' "$@"
}

@test "signed orders of both schemes pass, to the byte and in order, whatever the number of threads" {
	signed 600
	for threads in 1 2 7; do
		split order-intake --accounts accounts.ndjson --threads $threads <orders.ndjson
		expect_status 0
		cmp orders.ndjson out.txt
	done
}

@test "one changed byte anywhere in an order: not let in" {
	signed 1
	line=$(cat orders.ndjson)
	: >hostile.ndjson
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1}
		case $c in 0) d=1 ;; [1-9]) d=0 ;; a) d=b ;; *) d=a ;; esac
		printf '%s%s%s\n' "${line:0:i}" "$d" "${line:i+1}" >>hostile.ndjson
	done
	split order-intake --accounts accounts.ndjson <hostile.ndjson
	expect_status 1
	[ "$(wc -l <out.txt)" -eq ${#line} ]
	! jq -e 'select(.type != "reject")' out.txt >/dev/null || fail "let in: $(jq -c 'select(.type != "reject")' out.txt | head -n 1)"
	expect_grammar err.txt order-intake
}

@test "hostile keys, signatures and numbers: rejected, and the line after them goes through" {
	signed 2
	head -n 1 orders.ndjson >one.ndjson
	{
		jq -c '.sig = .sig[0:126]' one.ndjson
		jq -c '.sig = (.sig | ascii_upcase)' one.ndjson
		jq -c '.sig = "zz" + .sig[2:]' one.ndjson
		jq -c '.sig = ""' one.ndjson
		jq -c '.sig = 5' one.ndjson
		jq -c 'del(.sig)' one.ndjson
		jq -c 'del(.pubkey)' one.ndjson
		jq -c 'del(.nonce)' one.ndjson
		jq -c '.nonce = "99999999999999999999999"' one.ndjson
		jq -c '.account = "nobody"' one.ndjson
		jq -c '.account = "a0"' one.ndjson
		jq -c '.pubkey = "0100000000000000000000000000000000000000000000000000000000000000"' one.ndjson
		jq -c '.sz = "1e5"' one.ndjson
		sed 's/"ts":[0-9]*/"ts":99999999999999999999/' one.ndjson
		sed 's/"type":"order"/"type":"order","type":"order"/' one.ndjson
		sed 's/"type":"order"/"type":"order","x":{"a":1,"a":2}/' one.ndjson
		sed 's/"type":"order"/"type":"order","x":12345678901234567890/' one.ndjson
		cat one.ndjson
	} >hostile.ndjson
	split order-intake --accounts accounts.ndjson <hostile.ndjson
	expect_status 1
	expect_equal "$(reasons)" "BAD_SIGNATURE BAD_SIGNATURE BAD_SIGNATURE BAD_SIGNATURE MEMBER UNSIGNED MEMBER MEMBER MEMBER UNKNOWN_ACCOUNT UNKNOWN_KEY UNKNOWN_KEY MEMBER MEMBER MEMBER MEMBER MEMBER ok "
	expect_equal "$(tail -n 1 out.txt)" "$(cat one.ndjson)"
}

@test "a nonce is used once: a replayed order is refused, also after a restart, also where the first was refused by a limit" {
	signed 3
	split order-intake --accounts accounts.ndjson --limit BTC:0 --state st <orders.ndjson
	expect_equal "$(reasons)" "LIMIT LIMIT LIMIT "
	expect_equal "$(jq -c '[.in, .nonce, .account]' out.txt | head -n 1)" '[1,1,"a1"]'
	split order-intake --accounts accounts.ndjson --state st <orders.ndjson
	expect_equal "$(reasons)" "NONCE NONCE NONCE "
	expect_equal "$(jq -c '[.in, .nonce]' out.txt | tail -n 1)" '[6,null]'
	sign-orders orders both 3 3 4 >more.ndjson
	split order-intake --accounts accounts.ndjson --state st <more.ndjson
	expect_status 0
	cmp more.ndjson out.txt
}

@test "accounts: status, roles, keys; read again on SIGHUP, and a bad file changes nothing" {
	signed 4
	sed -i 's/"account":"a1","status":"active"/"account":"a1","status":"frozen"/; s/"account":"a2","status":"active"/"account":"a2","status":"closed"/' accounts.ndjson
	mkfifo in
	order-intake --accounts accounts.ndjson <in >live.txt 2>err.txt &
	pid=$!
	exec 7>in
	head -n 3 orders.ndjson >&7
	for _ in $(seq 100); do [ "$(wc -l <live.txt)" -lt 3 ] || break; sleep 0.05; done
	expect_equal "$(jq -r '.reason // "ok"' live.txt | tr '\n' ' ')" "FROZEN CLOSED ok "
	sign-orders accounts both 3 >fresh.ndjson
	mv fresh.ndjson accounts.ndjson
	kill -HUP $pid
	for _ in $(seq 100); do ! grep -q reloaded err.txt || break; sleep 0.05; done
	head -n 1 orders.ndjson >&7
	for _ in $(seq 100); do [ "$(wc -l <live.txt)" -lt 4 ] || break; sleep 0.05; done
	expect_equal "$(jq -r '.reason // "ok"' live.txt | tail -n 1)" ok
	echo '{"account":' >accounts.ndjson
	kill -HUP $pid
	for _ in $(seq 100); do ! grep -q 'line=1' err.txt || break; sleep 0.05; done
	tail -n 1 orders.ndjson | sed 's/x/x/' >&7
	exec 7>&-
	status=0
	wait $pid || status=$?
	[ $status -eq 1 ]
	expect_equal "$(jq -r '.reason // "ok"' live.txt | tail -n 1)" ok
	expect_grammar err.txt order-intake
	split order-intake --accounts accounts.ndjson </dev/null
	expect_status 102
	split order-intake </dev/null
	expect_status 102
}

@test "blacklist: an account or a key, not its neighbour" {
	signed 3
	printf '# bad ones\na1 # by name\n%s\n' "$(jq -r 'select(.account == "a2") | .keys[0].pubkey' accounts.ndjson)" >black
	split order-intake --accounts accounts.ndjson --blacklist black <orders.ndjson
	expect_equal "$(reasons)" "BLACKLISTED BLACKLISTED ok "
}

@test "unsigned lines pass only where that is asked for; what match prints never does" {
	{ order 1 al buy 1 1; echo '{"type":"symbol","symbol":"A-B"}'; echo '{"type":"trade","seq":1,"symbol":"A-B"}'; } >plain.ndjson
	split order-intake --allow-unsigned <plain.ndjson
	expect_equal "$(reasons)" "ok ok TYPE "
	signed 1
	split order-intake --accounts accounts.ndjson <plain.ndjson
	expect_equal "$(reasons)" "UNSIGNED UNSIGNED TYPE "
}

@test "limits: open orders count, fills count, what is done does not; events come back from match" {
	{
		echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'
		order 1 al buy 100 6
		order 2 al buy 100 5
		order 3 al buy 100 4
		order 1 bo sell 100 8
	} >orders.ndjson
	: >events
	split order-intake --allow-unsigned --limit BTC:10 --events events --state st <orders.ndjson
	expect_equal "$(reasons)" "ok ok LIMIT ok ok "
	jq -c 'select(.type != "reject")' out.txt | match >events || fail "$(cat events)"
	# al bought 6 and 2, bo sold 8; 2 of al's are open
	{ order 5 al buy 1 0.1; order 6 al sell 1000 18; order 7 al sell 1000 0.1; order 8 bo sell 1000 2; order 9 bo sell 1000 0.1; } >second.ndjson
	split order-intake --allow-unsigned --limit BTC:10 --events events --state st <second.ndjson
	expect_equal "$(reasons)" "LIMIT ok LIMIT ok LIMIT "
	# read again from the log, the same
	split order-intake --allow-unsigned --limit BTC:10 --events events --state st <second.ndjson
	expect_equal "$(reasons)" "LIMIT DUPLICATE_ID LIMIT DUPLICATE_ID LIMIT "
	expect_equal "$(order-intake --state st --events-done)" "$(tail -n 1 events | jq .seq)"
	sed 2d events >holed
	split order-intake --allow-unsigned --events holed --limit BTC:10 </dev/null
	expect_status 1
	grep -q 'events-missed' err.txt
}

@test "in front of match: line for line in one stream; its own rejects coming back answer nothing" {
	{
		echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'
		order 1 al buy 100 2
		for sz in 20 9; do echo '{"type":"amend","id":"1","account":"al","symbol":"BTC-USDC","sz":"'$sz'"}'; done
		echo '{"type":"order"'
		order 1 bo sell 200 1
	} >orders.ndjson
	: >events
	split order-intake --allow-unsigned --limit BTC:10 --events events --state st <orders.ndjson
	expect_equal "$(reasons)" "ok ok LIMIT ok JSON ok "
	match <out.txt >said
	expect_equal "$(jq -c '[.in,.passed,.reason // .type]' said | tr '\n' ' ')" \
		'[1,null,"symbol"] [2,null,"ack"] [3,3,"LIMIT"] [4,null,"ack"] [5,5,"JSON"] [6,null,"ack"] '
	# what match said of line 3 came back, what it said of line 4 did not: 9 are still at stake
	head -n 3 said >events
	order 2 al buy 100 5 >second.ndjson
	split order-intake --allow-unsigned --limit BTC:10 --events events --state st <second.ndjson
	expect_equal "$(reasons)" "LIMIT "
}

@test "a cancel storm: no orders until it has cooled down, cancels all the same" {
	{
		for i in 1 2 3; do echo '{"type":"cancel","id":"x","account":"al","symbol":"A-B","ts":'$((i * 100000))'}'; done
		order 1 al buy 1 1
		order 1 bo buy 1 1
		echo '{"type":"cancel","id":"x","account":"al","symbol":"A-B","ts":400000}'
		order 2 al buy 1 1 | sed 's/}$/,"ts":5399999}/'
		order 2 al buy 1 1 | sed 's/}$/,"ts":5400000}/'
	} >storm.ndjson
	split order-intake --allow-unsigned --storm 3:1:5 <storm.ndjson
	expect_equal "$(reasons)" "ok ok ok COOLDOWN ok ok COOLDOWN ok "
}

@test "through a named pipe with match: no deadlock, nothing lost, exposure back to the fills" {
	signed 6000
	mkfifo events
	{ echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'; cat orders.ndjson; } >all.ndjson
	order-intake --allow-unsigned --accounts accounts.ndjson --events events --limit USDC:1000000000 --metrics-file m.prom <all.ndjson |
		match | tee events >matched.txt
	grep -q '"type":"done"' matched.txt
	expect_equal "$(jq -r 'select(.type == "ack") | .id' matched.txt | sort -u | wc -l)" 6000
	grep -q '^tradepipe_intake_verified_total{scheme="ed25519"} [1-9]' m.prom
	grep -q '^tradepipe_intake_verified_total{scheme="secp256k1"} [1-9]' m.prom
	grep -q '^tradepipe_intake_latency_us_count 6001$' m.prom
}

@test "five seconds at a steady rate through order-intake and match, both with logs: every order is answered" {
	local rate=2000
	! is_sanitized || rate=200
	gcc -D_GNU_SOURCE -O1 -o paced "$ROOT/bench/paced.c" -lpthread
	signed $((rate * 5))
	{ echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'; cat orders.ndjson; } >lines
	cat >run.sh <<-'END'
		set -e -o pipefail
		mkfifo events
		order-intake --allow-unsigned --accounts accounts.ndjson --limit USDC:1000000000 --state intake --events events | match --state match | tee events
	END
	split ./paced $rate bash run.sh <lines
	expect_status 0
	grep -q " 0 lost;" out.txt
	expect_equal "$(order-intake --state intake --input-done)" "$(match --state match --input-done)"
	expect_equal "$(order-intake --state intake --input-done)" $((rate * 5 + 1))
	# a match without a past: all is printed again, and its events come back meanwhile
	order-intake --allow-unsigned --accounts accounts.ndjson --limit USDC:1000000000 --state intake --events events --resume-after 0 </dev/null |
		timeout 60 match --state other | tee events >again.txt
	expect_equal "$(match --state other --input-done)" $((rate * 5 + 1))
	wal-cat --state match >one.txt
	wal-cat --state other | cmp - one.txt
}

@test "metrics count invalid orders and risk drops apart" {
	{ order 1 al buy 1 5; echo x; order 2 al buy 1 50; } >in.ndjson
	split order-intake --allow-unsigned --limit BTC:10 --metrics-file m.prom <in.ndjson
	grep -qx 'tradepipe_intake_invalid_orders_total 1' m.prom
	grep -qx 'tradepipe_intake_risk_drops_total 1' m.prom
	grep -qx 'tradepipe_intake_rejects_total{reason="LIMIT"} 1' m.prom
}

# ---- the log ----

@test "killed at every write and sync: nothing printed is lost, and output before and after is that of a run without a crash" {
	# in memory: a sync costs nothing there
	if [ -w /dev/shm ]; then fast=$(mktemp -d /dev/shm/intake.XXXXXX); cd "$fast"; fi
	for i in $(seq 6); do order $i al buy 1 1; echo "not json $i"; done >in.ndjson
	order-intake --allow-unsigned --limit BTC:4 --state whole <in.ndjson >whole.txt || true
	FAIL_COUNT_FILE=$PWD/n FAIL_CALLS=write,fdatasync,fsync LD_PRELOAD=$shim order-intake --allow-unsigned --limit BTC:4 --state st0 <in.ndjson >/dev/null || true
	for after in 1 after; do
		for at in $(seq $(($(tr -d '\0\n' <n) + 2))); do
			rm -rf st
			FAIL_AT=$at FAIL_KILL=$after FAIL_CALLS=write,fdatasync,fsync LD_PRELOAD=$shim order-intake --allow-unsigned --limit BTC:4 --state st <in.ndjson >first.txt 2>/dev/null || true
			complete=$(wc -l <first.txt)
			head -n "$complete" first.txt >joined.txt
			done=$(order-intake --state st --input-done)
			[ "$done" -ge "$complete" ] || fail "at $at: printed $complete, kept $done"
			tail -n +$((done + 1)) in.ndjson | order-intake --allow-unsigned --limit BTC:4 --state st --resume-after "$complete" >>joined.txt 2>/dev/null || true
			cmp joined.txt whole.txt || fail "killed at $at ($after)"
		done
	done
}

@test "a failing write or sync of the log: 111, and nothing printed that is not kept" {
	for i in $(seq 5); do order $i al buy 1 1; done >in.ndjson
	for call in pwrite,write,writev fdatasync; do
		for errno in EIO ENOSPC; do
			rm -rf st
			status=0
			FAIL_AT=2 FAIL_ERRNO=$errno FAIL_CALLS=$call FAIL_PATH=.wal LD_PRELOAD=$shim order-intake --allow-unsigned --state st <in.ndjson >out.txt 2>err.txt || status=$?
			[ $status -eq 111 ] || fail "$call $errno: status $status" "$(cat err.txt)"
			[ "$(order-intake --state st --input-done)" -ge "$(wc -l <out.txt)" ]
			expect_grammar err.txt order-intake
		done
	done
}

@test "the log is what was printed; two runs over the same lines print the same" {
	signed 50
	{ cat orders.ndjson; echo junk; head -n 3 orders.ndjson; } >in.ndjson
	order-intake --accounts accounts.ndjson --state a <in.ndjson >a.txt || true
	perl -e '$| = 1; while (read(STDIN, $b, 97)) { syswrite(STDOUT, $b) }' <in.ndjson | order-intake --accounts accounts.ndjson --state b >b.txt || true
	cmp a.txt b.txt
	wal-cat --state a | cmp - a.txt
	order-intake --accounts accounts.ndjson --state a --resume-after 0 </dev/null | cmp - a.txt
	split order-intake --accounts accounts.ndjson --state a --resume-after 55 </dev/null
	expect_status 100
}
