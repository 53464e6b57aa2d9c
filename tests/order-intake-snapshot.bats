#!/usr/bin/env bats
# Catches an order-intake that after a snapshot decides otherwise than after a replay of its whole log, or forgets a nonce or an open order with it;
# that takes a damaged one, stops where one cannot be written, or counts exposure from nothing without a word.
load helper

setup_file() {
	local san=
	if is_sanitized; then san=-DFAILING_WITHOUT_MEMORY; fi
	gcc -O1 -shared -fPIC $san -o "$BATS_FILE_TMPDIR/failing.so" "$ROOT/tests/fault/failing.c"
}

setup() {
	shim=$BATS_FILE_TMPDIR/failing.so
	fast=
	# in memory: a sync costs nothing there
	if [ -w /dev/shm ]; then fast=$(mktemp -d /dev/shm/intake.XXXXXX); cd "$fast"; fi
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
}

teardown() {
	[ -z "$fast" ] || rm -rf "$fast"
}

# Orders of two accounts with nonces, some of which are used already, an amend, a cancel, and lines that are none: in.ndjson.
mixture() {
	local i
	echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'
	for ((i = 1; i <= $1; i++)); do
		printf '{"type":"order","id":"%d","account":"al","symbol":"BTC-USDC","ordType":"limit","side":"buy","px":"%d","sz":"1","ts":%d,"nonce":%d}\n' $i $((100 + i % 5)) $i $((i - (i % 6 == 0)))
		printf '{"type":"order","id":"%d","account":"bo","symbol":"BTC-USDC","ordType":"limit","side":"sell","px":"102","sz":"2","ts":%d}\n' $((i % 4)) $i
		case $((i % 4)) in
		0) echo "not json $i" ;;
		1) echo '{"type":"amend","id":"'$i'","account":"al","symbol":"BTC-USDC","sz":"3","ts":'$i'}' ;;
		2) echo '{"type":"cancel","id":"'$((i - 1))'","account":"al","symbol":"BTC-USDC","ts":'$i'}' ;;
		esac
	done
}

intake() { order-intake --allow-unsigned --limit BTC:9 --storm 2:1:1 "$@"; }

# Lines $1 to $2 of in.ndjson through order-intake and match, whose events the next lines find in the file events.
pass() {
	sed -n "$1,$2p" in.ndjson >part
	intake --events events --state st --snapshot-every 7 <part >out.part || [ $? -eq 1 ]
	match --state market <out.part >>events || [ $? -eq 1 ]
	cat out.part >>out.all
}

snapshots() { find "${1:-st}" -name 'snapshot-*.ndjson' | sort; }

# Until a command succeeds, at most a minute.
await() {
	for _ in $(seq 6000); do
		if "$@"; then return 0; fi
		sleep 0.01
	done
	fail "waited for $*"
}

has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

@test "at many points: a restart from a snapshot prints what one from the whole log prints, and so do both about what is done" {
	mixture 24 >in.ndjson
	n=$(wc -l <in.ndjson)
	: >events
	local step=9
	! is_sanitized || step=25
	for ((k = 1; k <= n; k += step)); do
		pass $k $((k + step - 1))
		rm -rf whole
		cp -r st whole
		[ $k -eq 1 ] || [ -n "$(snapshots whole)" ] || fail "no snapshot"
		rm -f whole/snapshot-*
		cp -r st again
		for dir in again whole; do
			expect_equal "$(order-intake --state $dir --input-done) $(order-intake --state st --events-done)" \
				"$(order-intake --state st --input-done) $(order-intake --state $dir --events-done)"
			cat in.ndjson | intake --events events --state $dir --resume-after $((k / 2)) >$dir.txt || [ $? -eq 1 ]
		done
		cmp again.txt whole.txt || fail "after line $k"
		rm -rf again
	done
	jq -r '.reason // "ok"' out.all | sort | uniq -c >reasons
	for reason in ok NONCE LIMIT COOLDOWN JSON; do grep -q "$reason" reasons || fail "no $reason: $(cat reasons)"; done
	tail -n +$((1 + n / 2)) out.all | cmp - <(order-intake --allow-unsigned --state whole --resume-after $((n / 2)) </dev/null | head -n $((n - n / 2)))
}

@test "killed before and after every write, sync, rename and unlink: nothing is lost, and no nonce free again" {
	mixture 3 >in.ndjson
	grep '"nonce":3}' in.ndjson >again
	cat again >>in.ndjson
	intake --state whole <in.ndjson >whole.txt || true
	tail -n 1 whole.txt | grep -q '"reason":"NONCE"'
	local calls=write,fdatasync,fsync,rename,unlink
	FAIL_COUNT_FILE=$PWD/n FAIL_CALLS=$calls LD_PRELOAD=$shim intake --state st --snapshot-every 3 <in.ndjson >/dev/null || true
	[ "$(snapshots | wc -l)" -eq 2 ]
	N=$(tr -d '\0\n' <n)
	[ "$N" -ge 25 ] || fail "only $N calls"
	for after in 1 after; do
		for at in $(every "$N"); do
			[ $after = 1 ] || [ $((at % 5)) = 0 ] || continue # most of these are as before the next one
			rm -rf st
			status=0
			FAIL_AT=$at FAIL_KILL=$after FAIL_CALLS=$calls LD_PRELOAD=$shim intake --state st --snapshot-every 3 <in.ndjson >first.txt 2>/dev/null || status=$?
			[ $status -eq 137 ] || fail "at $at: status $status"
			complete=$(wc -l <first.txt)
			head -n "$complete" first.txt >joined.txt
			done=$(order-intake --state st --input-done)
			[ "$done" -ge "$complete" ] || fail "at $at: printed $complete, kept $done"
			tail -n +$((done + 1)) in.ndjson | intake --state st --snapshot-every 3 --resume-after "$complete" >>joined.txt 2>/dev/null || true
			cmp joined.txt whole.txt || fail "killed at $at ($after)"
			# the snapshots are what is needed, and nothing else is left
			rm -f st/*.wal.torn-*
			expect_equal "$(find st -type f -not -name '*.wal' | wc -l)" "$(snapshots | wc -l)"
		done
	done
}

@test "kill -9 of a busy one, at some instant: what was printed is kept, and goes on as if nothing had been" {
	mixture 300 >in.ndjson
	intake --state whole <in.ndjson >whole.txt || true
	for i in 1 2 3 4 5; do
		rm -rf st
		mkfifo to$i
		order-intake --allow-unsigned --limit BTC:9 --storm 2:1:1 --state st --snapshot-every 20 <to$i >first.txt 2>/dev/null &
		pid=$!
		while read -r line; do echo "$line"; done <in.ndjson >to$i 2>/dev/null &
		feeder=$!
		await has_lines first.txt $((i * 100))
		kill -9 $pid
		wait $pid $feeder || true
		complete=$(wc -l <first.txt)
		[ "$complete" -ge $((i * 100)) ]
		head -n "$complete" first.txt >joined.txt
		done=$(order-intake --state st --input-done)
		[ "$done" -ge "$complete" ] || fail "printed $complete, kept $done"
		[ -n "$(snapshots)" ]
		tail -n +$((done + 1)) in.ndjson | intake --state st --resume-after "$complete" >>joined.txt || true
		cmp joined.txt whole.txt || fail "killed after $complete lines"
	done
}

@test "a damaged snapshot is named, and the one before is used; without any the whole log; without that no start" {
	mixture 12 >in.ndjson
	intake --state st --snapshot-every 8 <in.ndjson >whole.txt || true
	newest=$(snapshots | tail -n 1) older=$(snapshots | head -n 1)
	[ "$newest" != "$older" ]
	cp -r st good
	for at in 0 30 $(($(wc -c <"$newest") / 2)) $(($(wc -c <"$newest") - 2)); do
		rm -rf st
		cp -r good st
		perl -e 'open F, "+<", $ARGV[0] or die; seek F, $ARGV[1], 0; read F, $c, 1; seek F, $ARGV[1], 0; print F $c ^ "\x10"' "$newest" "$at"
		split intake --state st <in.ndjson
		expect_status 1
		grep -q "warning: snapshot file=$(basename "$newest") .*damaged" err.txt || fail "$(cat err.txt)"
		expect_grammar err.txt order-intake
		expect_equal "$(jq -r 'select(.reason != "NONCE" and .nonce != null) | .nonce' out.txt)" ""
	done
	: >"$older" # torn
	split intake --state st <in.ndjson
	[ "$(grep -c damaged err.txt)" -eq 2 ] || fail "$(cat err.txt)"
	expect_equal "$(jq -r 'select(.reason != "NONCE" and .nonce != null) | .nonce' out.txt)" ""
	# a snapshot that is whole, and says that the log was longer
	rm -rf st
	cp -r good st
	rm st/*.wal
	split intake --state st <in.ndjson
	expect_status 100
	cmp "$newest" good/"$(basename "$newest")"
}

@test "no space for a snapshot: a warning, the service goes on, and what there was stays good" {
	mixture 12 >in.ndjson
	intake --state whole <in.ndjson >whole.txt || true
	head -n 12 in.ndjson | intake --state st --snapshot-every 10 >first.txt || true
	before=$(snapshots)
	[ -n "$before" ]
	for errno in ENOSPC EIO; do
		for call in write fsync open,openat rename; do
			rm -rf now
			cp -r st now
			status=0
			tail -n +13 in.ndjson | FAIL_AT=1 FAIL_STICKY=1 FAIL_ERRNO=$errno FAIL_CALLS=$call FAIL_PATH=.tmp LD_PRELOAD=$shim intake --state now --snapshot-every 10 >second.txt 2>err.txt || status=$?
			[ $status -eq 1 ] || fail "$call $errno: status $status" "$(cat err.txt)"
			cat first.txt second.txt | cmp - whole.txt || fail "$call $errno"
			grep -q 'warning: snapshot ' err.txt || fail "$call $errno: no warning"
			expect_grammar err.txt order-intake
			expect_equal "$(cd now && snapshots .)" "$(cd st && snapshots .)"
			# and later, when there is room again
			split intake --state now --snapshot-every 10 <in.ndjson
			[ "$(snapshots now | tail -n 1)" != "now/$(basename "$before")" ] || fail "$call $errno: no snapshot after"
		done
	done
}

@test "SIGUSR1 asks for a snapshot, of events too; soon after another it takes its place" {
	mkfifo to
	: >events
	order-intake --allow-unsigned --limit BTC:9 --events events --state st <to >got.txt &
	pid=$!
	exec 8>to
	echo '{"type":"order","id":"1","account":"al","symbol":"A-B","side":"buy","px":"1","sz":"1","nonce":1}' >&8
	await [ -s got.txt ]
	kill -USR1 $pid
	await [ -e st/snapshot-000000000000000001.ndjson ]
	echo '{"type":"done","seq":1,"in":1,"id":"1","account":"al","symbol":"A-B"}' >>events
	await grep -q '"done"' st/0000000001.wal
	kill -USR1 $pid
	await [ -e st/snapshot-000000000000000002.ndjson ]
	exec 8>&-
	wait $pid
	expect_equal "$(snapshots)" st/snapshot-000000000000000002.ndjson
	head -n 1 st/snapshot-000000000000000002.ndjson | jq -e '.lines == 1 and .events == 1 and .exposure == "open"' >/dev/null
	! grep -q '"order"' st/snapshot-000000000000000002.ndjson || fail "the order is done"
}

# A state whose log was cut: st, made with the options given.
cut_log() {
	perl -e 'for (1 .. 84) { printf qq({"type":"order","id":"%d","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1","nonce":%d,"x":"%s"}\n), $_, $_, "x" x 1000000 }' |
		order-intake --allow-unsigned "$@" --state st --snapshot-every 7 >/dev/null
	[ ! -e st/0000000001.wal ]
	[ -e st/0000000002.wal ]
	[ "$(snapshots | wc -l)" -eq 2 ]
}

@test "the log before the older snapshot is removed; the state is not; and what needs it is refused by name" {
	: >events
	cut_log --limit BTC:1000 --events events
	wal-cat --state st --check
	expect_equal "$(order-intake --state st --input-done)" 84
	{
		for i in 83 84 85; do echo '{"type":"order","id":"'$i'","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1","nonce":'$i'}'; done
		echo '{"type":"order","id":"1","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1"}'
		echo '{"type":"order","id":"e","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"16"}'
		echo '{"type":"order","id":"f","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"15"}'
	} >more.ndjson
	cp -r st again
	split order-intake --allow-unsigned --limit BTC:100 --events events --state again <more.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "NONCE NONCE ok DUPLICATE_ID LIMIT ok "
	order-intake --allow-unsigned --limit BTC:100 --events events --state again --resume-after 84 </dev/null | cmp - out.txt
	# print again what is gone
	split order-intake --allow-unsigned --limit BTC:100 --events events --state st --resume-after 1 </dev/null
	expect_status 100
	grep -q 'error: resume ' err.txt || fail "$(cat err.txt)"
	# options that ask for what no snapshot has
	split order-intake --allow-unsigned --limit BTC:100 --state st </dev/null
	expect_status 102
	grep -q 'error: exposure .*recount' err.txt || fail "$(cat err.txt)"
	expect_grammar err.txt order-intake
	# without exposure it will do, and nonces stay used
	split order-intake --allow-unsigned --state st <more.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "NONCE NONCE ok ok ok ok "
	# neither snapshot nor the log's beginning: nothing is begun anew
	rm st/snapshot-*
	split order-intake --allow-unsigned --state st <more.ndjson
	expect_status 100
	[ ! -s out.txt ]
}

@test "limits that are asked for later: from the whole log while it is there, else only by --recount, and then by all events" {
	cut_log
	cp -r st early
	split order-intake --allow-unsigned --limit BTC:100 --state st </dev/null
	expect_status 102
	# match's events, all of them: 84 orders, of which 80 are done
	for i in $(seq 84); do
		echo '{"type":"ack","seq":'$((2 * i - 1))',"in":'$i',"id":"'$i'","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1"}'
		echo '{"type":"'"$([ $i -gt 80 ] && echo watermark || echo done)"'","seq":'$((2 * i))',"in":'$i',"id":"'$i'","account":"al","symbol":"BTC-USDC"}'
	done >events
	{
		echo '{"type":"order","id":"a","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"97"}'
		echo '{"type":"order","id":"84","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1"}'
		echo '{"type":"order","id":"b","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"96","nonce":84}'
	} >more.ndjson
	split order-intake --allow-unsigned --limit BTC:100 --events events --state st --recount <more.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "LIMIT DUPLICATE_ID NONCE "
	# once is enough
	sed -i 's/"nonce":84/"nonce":85/' more.ndjson
	split order-intake --allow-unsigned --limit BTC:100 --events events --state st <more.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "LIMIT DUPLICATE_ID ok "
	split order-intake --allow-unsigned --limit BTC:100 --events events --state st <more.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "LIMIT DUPLICATE_ID NONCE "
	# as long as the log is whole it is asked
	for i in 1 2 3; do echo '{"type":"order","id":"'$i'","account":"al","symbol":"BTC-USDC","side":"buy","px":"1","sz":"1"}'; done >in.ndjson
	order-intake --allow-unsigned --state young --snapshot-every 2 <in.ndjson >/dev/null
	[ -n "$(snapshots young)" ]
	split order-intake --allow-unsigned --limit BTC:4 --events /dev/null --state young <in.ndjson
	expect_equal "$(jq -r '.reason // "ok"' out.txt | tr '\n' ' ')" "DUPLICATE_ID DUPLICATE_ID DUPLICATE_ID "
	grep -q 'warning: snapshot .*exposure=none wanted=open' err.txt || fail "$(cat err.txt)"
}
