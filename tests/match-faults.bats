#!/usr/bin/env bats
# Catches a match that answers what a failing disk or a kill has not kept, or whose output before and after a crash, joined, is not that of one run.
load helper

setup_file() {
	local more=
	if is_sanitized; then more=-DFAILING_WITHOUT_MEMORY; fi
	gcc -shared -fPIC $more -o "$BATS_FILE_TMPDIR/failing.so" "$BATS_TEST_DIRNAME/fault/failing.c"
}

setup() {
	shim=$BATS_FILE_TMPDIR/failing.so
	st=st
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	{
		echo '{"type":"symbol","symbol":"A-B","tickSz":"0.5","lotSz":"0.1"}'
		echo '{"type":"liquidity","account":"lp","symbol":"A-B","action":"add","base":"1000","quote":"100000"}'
		for i in 1 2 3; do
			echo '{"type":"order","id":"s'$i'","account":"a","symbol":"A-B","side":"sell","ordType":"limit","px":"10'$i'","sz":"2","displaySz":"0.5","ts":'$i'}'
			echo '{"type":"order","id":"t'$i'","account":"b","symbol":"A-B","side":"buy","ordType":"market","sz":"1","triggerPx":"10'$i'","ts":'$i'}'
			echo '{"type":"order","id":"b'$i'","account":"c","symbol":"A-B","side":"buy","ordType":"limit","px":"10'$i'","sz":"1","ts":'$i',"expireTs":9}'
			echo 'no order'
		done
		echo '{"type":"watermark","ts":9}'
		echo '{"type":"mass_cancel","symbol":"A-B"}'
	} >in.ndjson
	s=0
	match <in.ndjson >plain.txt || s=$?
	[ $s -eq 1 ]
}

teardown() {
	if mountpoint -q mnt; then umount mnt; fi
}

# One run over st with the faults that the arguments set in the environment: status, and whole lines in first.txt.
faulty() {
	rm -rf "$st"
	mkdir "$st"
	[ "$st" = st ] || sync -f "$st"
	status=0
	env LD_PRELOAD="$shim" "$@" match --state "$st" --sync "${mode:-always}" --snapshot-every 5 <in.ndjson >out.txt 2>err.txt || status=$?
	# a write that was cut short may end in half a line, which a reader leaves alone
	head -c "$(($(wc -c <out.txt) - $(tail -n 1 out.txt | tr -d '\n' | wc -c)))" out.txt >first.txt
	[ "$(tail -c 1 out.txt | od -An -tx1)" != " 0a" ] || cp out.txt first.txt
}

# What was answered is kept, and both parts together are one run's output.
expect_joined() {
	local seq done
	cmp -n "$(wc -c <first.txt)" first.txt plain.txt || fail "$1: invented an answer"
	seq=$(wc -l <first.txt)
	done=$(match --state "$st" --input-done 2>err2.txt) || fail "$1: $(cat err2.txt)"
	[ "$seq" -eq 0 ] || [ "$done" -ge "$(tail -n 1 first.txt | jq .in)" ] || fail "$1: lost what was answered"
	tail -n "+$((done + 1))" in.ndjson | match --state "$st" --resume-after "$seq" >second.txt 2>err2.txt || [ $? -eq 1 ] || fail "$1: $(cat err2.txt)"
	cat first.txt second.txt | cmp - plain.txt || fail "$1: not joined"
	wal-cat --state "$st" | cmp - <(tail -n "$(wal-cat --state "$st" | wc -l)" in.ndjson) || fail "$1: the log is not the input"
}

count_calls() {
	faulty FAIL_COUNT_FILE="$PWD/count" FAIL_CALLS="$1"
	[ $status -eq 1 ] || fail "status $status without faults: $(cat err.txt)"
	cmp first.txt plain.txt
	N=$(cat count)
	[ "$N" -ge "$2" ] || fail "only $N calls are seen"
}

calls=write,writev,fsync,fdatasync,rename,unlink

@test "killed before and after every write, sync, rename and unlink" {
	count_calls $calls 45
	for i in $(every "$N"); do
		for when in 1 after; do
			faulty FAIL_AT="$i" FAIL_KILL=$when FAIL_CALLS=$calls
			[ $status -eq 137 ] || fail "call $i: status $status"
			expect_joined "killed $when call $i"
		done
	done
}

@test "killed in the middle of a write, syncing by batch" {
	mode=batch
	for i in 1 2 3 4 5 6; do
		faulty FAIL_AT="$i" FAIL_KILL=after FAIL_SHORT=1 FAIL_CALLS=write,writev
		expect_joined "half of write $i"
	done
}

@test "every write and sync failed once: 111 and nothing answered after it" {
	count_calls $calls 45
	for i in $(seq 1 2 "$N"); do
		for e in EIO ENOSPC; do
			faulty FAIL_AT="$i" FAIL_ERRNO=$e FAIL_CALLS=$calls
			[ $status -eq 111 ] || [ $status -eq 1 ] || fail "call $i $e: status $status: $(cat err.txt)"
			[ $status -eq 111 ] || cmp first.txt plain.txt || fail "call $i: success without all"
			expect_joined "$e at call $i"
		done
	done
}

@test "a sync that fails is not tried again" {
	count_calls fdatasync 12
	for i in 2 5 9; do
		faulty FAIL_AT="$i" FAIL_CALLS=fdatasync FAIL_COUNT_FILE="$PWD/count"
		[ $status -eq 111 ]
		[ "$(cat count)" -eq "$i" ] || fail "went on to sync: $(cat count)"
		expect_joined "sync $i"
	done
}

@test "a power cut before and after every sync and rename, on a real file system" {
	make_disk 16M
	mount -o loop disk mnt
	: >mnt/probe
	st=mnt/st
	barriers=fsync,fdatasync,rename
	count_calls $barriers 20
	for i in $(every "$N"); do
		for when in 1 after; do
			[ $when = 1 ] || [ $((i % 3)) = 0 ] || continue # most of these are as before the next one
			faulty FAIL_AT="$i" FAIL_KILL=$when FAIL_CALLS=$barriers
			[ $status -eq 137 ] || fail "barrier $i: status $status"
			pull_the_plug mnt/probe
			umount mnt
			mount -o loop disk mnt
			expect_joined "power cut $when barrier $i"
		done
	done
	umount mnt
}

@test "a power cut at any time of a busy market: what was answered is kept, and goes on as if nothing had been" {
	make_disk 64M
	gcc -O1 -o orders "$ROOT/bench/orders.c"
	./orders 60000 >in.ndjson
	match <in.ndjson >plain.txt
	st=mnt/st
	for i in $(seq "${MATCH_CUTS:-$(is_sanitized && echo 2 || echo 6)}"); do
		mount -o loop disk mnt
		rm -rf mnt/st
		: >mnt/probe
		sync -f mnt
		perl -e '$| = 1; while (<STDIN>) { print; select(undef, undef, undef, 0.001) if $. % 100 == 0 }' <in.ndjson |
			match --state mnt/st --snapshot-every 5000 >live.txt 2>err.txt &
		pid=$!
		sleep "0.$((1 + RANDOM % 5))$((RANDOM % 10))"
		cp live.txt answered.txt # before the cut: a sync in flight may return after it
		pull_the_plug mnt/probe
		wait $pid || true
		umount mnt
		mount -o loop disk mnt
		head -n "$(wc -l <answered.txt)" answered.txt >first.txt
		answers=$((${answers:-0} + $(wc -l <first.txt)))
		expect_joined "cut $i"
		umount mnt
	done
	[ "$answers" -gt 1000 ] || fail "only $answers answers before the cuts"
	echo "# $i power cuts after $answers answers" >&3
}

@test "a bit flipped in the log: refused with the place, or mended without losing what was answered" {
	match --state good --sync always <in.ndjson >/dev/null || true
	size=$(stat -c %s good/0000000001.wal)
	for off in $(seq 3 $((size / 40)) "$size"); do
		rm -rf st
		cp -r good st
		byte=$(od -An -tu1 -j "$off" -N 1 st/0000000001.wal)
		# shellcheck disable=SC2059
		printf "\\x$(printf %02x $((byte ^ 1)))" | dd of=st/0000000001.wal bs=1 seek="$off" conv=notrunc status=none
		split match --state st --resume-after 0 </dev/null
		case $status in
		100) grep -q 'wal-corrupt file=0000000001.wal' err.txt; [ -z "$out" ] ;;
		0 | 1) cmp out.txt plain.txt ;;
		*) fail "at $off: status $status" ;;
		esac
	done
}

@test "two at once: the second is refused" {
	mkfifo to
	match --state st <to >/dev/null &
	pid=$!
	exec 8>to
	until [ -f st/0000000001.wal ]; do sleep 0.02; done
	split match --state st </dev/null
	exec 8>&-
	wait $pid
	expect_status 111
	expect_grammar err.txt match
}
