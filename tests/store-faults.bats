#!/usr/bin/env bats
# Catches a store that acknowledges what a failing disk has not kept, or that leaves a row without its file, a file without its row, or
# damage without a name.
load helper

setup_file() {
	export SHARED=$BATS_FILE_TMPDIR
	cd "$SHARED" || return 1
	local more=
	case ${TRADEPIPE_BIN-} in */san/*) more=-DFAILING_WITHOUT_MEMORY ;; esac
	gcc -shared -fPIC $more -o failing.so "$BATS_TEST_DIRNAME/fault/failing.c"
	local bin=${TRADEPIPE_BIN:-$BATS_TEST_DIRNAME/../bin}
	for i in a b c; do jq -c --arg i $i '.meta.requestId = $i' "$BATS_TEST_DIRNAME/../examples/bundle.ndjson"; done | "$bin/merkle-seal" >all.ndjson
	head -n 1 all.ndjson | "$bin/store" --state base >/dev/null
	tail -n 2 all.ndjson >two.ndjson
}

setup() {
	cp -r "$SHARED"/base "$SHARED"/*.ndjson "$SHARED"/failing.so .
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
}

# Store two.ndjson into st (a copy of base) with the faults that the arguments set in the environment.
faulty() {
	rm -rf st
	cp -r base st
	status=0
	env FAIL_PATH=st LD_PRELOAD="$PWD/failing.so" "$@" store --state st <two.ndjson >acked.txt 2>err.txt || status=$?
}

# After whatever happened: fsck finds no damage, every row has its file and every file its row, what was acknowledged is there, and storing again
# gives the very state that a run without faults gives.
expect_sound() {
	local s=0 acked rows files id
	store --state st --fsck >fsck.txt 2>fsck.err || s=$?
	[ $s -eq 0 ] || [ $s -eq 1 ] || fail "$1: fsck says $s: $(cat fsck.txt fsck.err)"
	store --state st --fsck >fsck.txt 2>fsck.err || fail "$1: a second fsck is not clean: $(cat fsck.txt fsck.err)"
	rows=$(store --state st --find | wc -l)
	files=$(find st/reports/evidence -name 'evi_*.json' | wc -l)
	[ "$rows" -eq "$files" ] || fail "$1: $rows rows, $files files"
	[ "$(find st/reports/evidence -type f | wc -l)" -eq $((2 * files)) ] || fail "$1: $(find st/reports/evidence -type f)"
	acked=$(grep -c '"evidenceId"' acked.txt || true)
	[ "$rows" -ge $((1 + acked)) ] || fail "$1: acknowledged $acked, but there are $rows"
	for id in $(jq -r '.evidence.evidenceId' acked.txt 2>/dev/null); do
		store --state st --get "$id" >got.txt || fail "$1: $id is not there"
		grep -qxFf got.txt acked.txt || fail "$1: $id is not what was acknowledged"
	done
	store --state st <two.ndjson >again.txt 2>err2.txt || fail "$1: storing again failed: $(cat err2.txt)"
	expect_equal "$(store --state st --fsck 2>&1)" '{"type":"fsck","state":"clean","bundles":3,"mended":0,"damaged":0}' || fail "$1"
	cmp -s again.txt clean.txt || fail "$1: another chain than without faults"
}

# How many calls a run makes, and what it prints when nothing fails.
count_calls() {
	faulty FAIL_COUNT_FILE="$PWD/count" ${1:+FAIL_CALLS=$1}
	[ $status -eq 0 ] || fail "status $status without faults: $(cat err.txt)"
	cp acked.txt clean.txt
	N=$(cat count)
	[ "$N" -ge "${2:-20}" ] || fail "only $N calls are seen"
}

@test "every call failed once: 111 or no harm, never a false success" {
	count_calls '' 60
	for i in $(every "$N"); do
		faulty FAIL_AT="$i" FAIL_ERRNO=EIO
		[ $status -eq 0 ] || [ $status -eq 111 ] || [ $status -eq 102 ] || [ $status -eq 100 ] || fail "call $i: status $status: $(cat err.txt)"
		[ $status -ne 0 ] || [ "$(wc -l <acked.txt)" -eq 2 ] || fail "call $i: success without all records"
		expect_sound "call $i"
	done
}

@test "every call failed for good, as on a full disk" {
	count_calls '' 60
	for i in $(seq 1 $(is_sanitized && echo 12 || echo 3) "$N"); do
		faulty FAIL_AT="$i" FAIL_ERRNO=ENOSPC FAIL_STICKY=1
		[ $status -ne 0 ] || [ "$(wc -l <acked.txt)" -eq 2 ] || fail "call $i: success without all records"
		expect_sound "call $i on"
	done
}

@test "short writes are written to the end" {
	count_calls write,pwrite 5
	for i in $(every "$N"); do
		faulty FAIL_AT="$i" FAIL_SHORT=1 FAIL_CALLS=write,pwrite
		expect_sound "short write $i"
	done
}

@test "killed before and after every write, sync and rename" {
	local calls=write,pwrite,fsync,fdatasync,rename,link,unlink,ftruncate,mkdir
	count_calls $calls 20
	for i in $(every "$N"); do
		for when in 1 after; do
			faulty FAIL_AT="$i" FAIL_KILL=$when FAIL_CALLS=$calls
			[ $status -eq 137 ] || fail "call $i: status $status"
			expect_sound "killed $when call $i"
		done
	done
}

@test "a sync that fails is not tried again, and nothing is acknowledged after it" {
	count_calls fsync,fdatasync 4
	local ignored=0
	for i in $(every "$N"); do
		faulty FAIL_AT="$i" FAIL_CALLS=fsync,fdatasync FAIL_COUNT_FILE="$PWD/count"
		# SQLite does not look at how syncing the directory of its new write-ahead file went; what stands in that file is
		# moved into the database, and synced there, before anything is acknowledged
		if [ $status -eq 0 ] && [ $ignored -eq 0 ]; then
			ignored=1
			continue
		fi
		[ $status -eq 111 ] || fail "sync $i: status $status"
		[ ! -s acked.txt ] || fail "sync $i: acknowledged"
		[ "$(cat count)" -le $((i + 2)) ] || fail "sync $i: went on syncing"
	done
}

@test "a small file system that is full at every size" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir tiny
	mount -t tmpfs -o size=64k none tiny || skip "cannot mount"
	cp all.ndjson two.ndjson
	local good=0
	for kib in $(seq 16 $(is_sanitized && echo 96 || echo 12) 400); do
		mount -o remount,size=400m tiny
		rm -rf tiny/*
		mount -o remount,size="${kib}k" tiny
		status=0
		store --state tiny/st <all.ndjson >acked.txt 2>err.txt || status=$?
		mount -o remount,size=400m tiny
		case $status in
		0) good=$((good + 1)) ;;
		111 | 102) [ ! -s acked.txt ] || fail "$kib KiB: acknowledged: $(cat err.txt)" ;;
		*) umount tiny; fail "$kib KiB: status $status: $(cat err.txt)" ;;
		esac
		rm -rf st
		if [ -d tiny/st ]; then cp -r tiny/st st; fi
		store --state st --fsck >fsck.txt 2>&1 || [ $? -eq 1 ] || { umount tiny; fail "$kib KiB: $(cat fsck.txt)"; }
		store --state st <all.ndjson >again.txt
		[ "$(store --state st --fsck | jq -c '[.state, .bundles]')" = '["clean",3]' ] || { umount tiny; fail "$kib KiB"; }
	done
	umount tiny
	[ $good -ge 1 ]
}

@test "an evidence file, its root and head cut at every length: named, never clean" {
	store --state base <two.ndjson >/dev/null
	id=$(store --state base --find | jq -r .evidenceId | sed -n 2p)
	json=reports/evidence/2025-11-04/$id.json
	step=41
	! is_sanitized || step=400
	[ "$(wc -c <"base/$json")" -gt 1000 ]
	for n in $(seq 0 $step "$(($(wc -c <"base/$json") - 1))") $(($(wc -c <"base/$json") - 1)); do
		rm -rf st; cp -r base st
		truncate -s "$n" "st/$json"
		s=0; store --state st --fsck >fsck.txt 2>&1 || s=$?
		[ $s -eq 100 ] || fail "cut at $n: status $s"
		grep -q "$id" fsck.txt
	done
	for n in $(seq 0 9 66); do
		rm -rf st; cp -r base st
		truncate -s "$n" "st/${json%.json}.root"
		s=0; store --state st --fsck >fsck.txt 2>&1 || s=$?
		[ $s -eq 100 ] || fail "root cut at $n: status $s"
	done
	# head has two slots: one cut short leaves the other; both gone is noticed unless the file is empty
	for n in $(seq 1 101 1023); do
		rm -rf st; cp -r base st
		truncate -s "$n" st/head
		s=0; store --state st --fsck >fsck.txt 2>&1 || s=$?
		[ $s -eq 0 ] || [ $s -eq 100 ] || fail "head cut at $n: status $s"
	done
}

# The rows as text: what a flipped bit may not change unnoticed.
dump() { printf 'select * from %s;\n' users evidence orders audit_logs claims api_keys | sqlite3 -readonly "$1/db.sqlite" 2>&1; }

@test "one bit flipped anywhere in database, evidence, root or head: named, or without effect" {
	store --state base <two.ndjson >/dev/null
	dump base >want.txt
	jq -c '.meta.requestId = "d"' "$ROOT/examples/bundle.ndjson" | merkle-seal >more.ndjson
	flips=200
	is_sanitized && flips=60
	seen=0
	for file in $(cd base && find . -type f); do
		size=$(wc -c <"base/$file")
		n=20
		case $file in *db.sqlite) n=$flips ;; esac
		for bit in $(perl -e 'srand(7); print int(rand($ARGV[0] * 8)), "\n" for 1 .. $ARGV[1]' "$size" $n); do
			rm -rf st; cp -r base st
			flip_bit "st/$file" "st/$file" "$bit"
			s=0; store --state st --fsck >fsck.txt 2>fsck.err || s=$?
			case $s in
			0) dump st | cmp -s - want.txt || fail "$file bit $bit: clean, yet the rows differ" ;;
			# 102: the bit made it another version's database
			100 | 102) [ -s fsck.txt ] || [ -s fsck.err ]; seen=$((seen + 1)) ;;
			*) fail "$file bit $bit: status $s: $(cat fsck.txt fsck.err)" ;;
			esac
			# storing into it: refused, or done and sound
			if [ $((bit % 5)) -eq 0 ]; then
				s=0; store --state st <more.ndjson >out.txt 2>err.txt || s=$?
				[ $s -ne 0 ] || [ "$(wc -l <out.txt)" -eq 1 ]
				[ $s -ne 101 ] || fail "$file bit $bit: status 101: $(cat err.txt)"
			fi
		done
	done
	[ $seen -gt 100 ]
}
