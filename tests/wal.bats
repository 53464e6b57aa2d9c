#!/usr/bin/env bats
# Catches a log that loses an acknowledged line, or gains one, when calls fail, processes die, disks fill up or the power goes; and a
# wal-cat that prints what is not there.
load helper

setup_file() {
	local lib san=
	lib=$(dirname "$BIN")/lib.a
	[ -f "$lib" ] || lib=$ROOT/build/lib.a
	if is_sanitized; then san='-fsanitize=address,undefined -fno-sanitize-recover=all -DFAILING_WITHOUT_MEMORY'; fi
	# shellcheck disable=SC2086
	gcc -D_GNU_SOURCE -O1 -g $san -iquote "$ROOT/src/lib" -o "$BATS_FILE_TMPDIR/wal_writer" "$ROOT/tests/fault/wal_writer.c" "$lib"
	gcc -O1 -shared -fPIC ${san:+-DFAILING_WITHOUT_MEMORY} -o "$BATS_FILE_TMPDIR/failing.so" "$ROOT/tests/fault/failing.c"
}

setup() {
	writer=$BATS_FILE_TMPDIR/wal_writer
	shim=$BATS_FILE_TMPDIR/failing.so
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	# logs that are made by the hundred, in memory: a sync costs nothing there
	if [ -w /dev/shm ]; then fast=$(mktemp -d /dev/shm/wal.XXXXXX); else fast=$PWD/fast; fi
	mkdir -p log "$fast"
}

teardown() {
	mountpoint -q mnt 2>/dev/null && umount mnt
	rm -rf "$fast"
}

# The lines of the tests: $1 of them.
lines() {
	seq "$1" | sed 's/.*/{"type":"order","id":"A&","px":"65000.5","sz":"0.1"}/'
}

# A log of 40 lines in three files or more, in DIR; the last batch is marked unless the writer is killed.
make_log() {
	lines 40 >in.ndjson
	"$writer" "$1" 1500 3 <in.ndjson >acks.txt
}

# Write on in DIR after whatever happened: nothing acknowledged (in acks.txt) is lost, and in the end the log is the input.
expect_recovery() {
	local before after s=0
	before=$(tail -n 1 acks.txt)
	"$writer" "$1" "${2:-600}" <in.ndjson >again.txt 2>again.err || s=$?
	[ $s -eq 0 ] || { fail "restart: status $s" "$(cat again.err)"; return 1; }
	after=$(head -n 1 again.txt)
	[ "$after" -ge "${before:-0}" ] || { fail "acknowledged $before, recovered $after"; return 1; }
	wal-cat --state "$1" >log.txt || { fail "wal-cat: status $?"; return 1; }
	cmp log.txt in.ndjson
}

# Flip one bit of FILE at offset $2.
flip() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# ---- wal-cat ----

@test "prints the lines of a directory and of a file, with headers, from a line" {
	make_log log
	[ "$(ls log | wc -l)" -ge 3 ]
	wal-cat --state log >out.txt
	cmp out.txt in.ndjson
	for f in log/*; do wal-cat <"$f"; done >out.txt
	cmp out.txt in.ndjson
	for from in 1 2 3 4 20 39 40; do
		wal-cat --state log --from $from >out.txt
		tail -n +$from in.ndjson | cmp - out.txt
	done
	split wal-cat --state log --from 41
	expect_status 0
	expect_equal "$out" ""
	wal-cat --state log --state log | cmp - <(cat in.ndjson in.ndjson)
	wal-cat --state log --headers | grep '^{"file"' >headers.txt
	expect_equal "$(jq -s 'map(.n) | add' headers.txt)" 40
	expect_equal "$(jq -c 'keys_unsorted' headers.txt | sort -u)" '["file","offset","s","n","d","b"]'
	# each header stands where it says
	jq -r '[.file, .offset, .s] | @tsv' headers.txt | while read -r file offset seq; do
		tail -c +$((offset + 1)) "log/$file" | head -n 1 | grep -q "^{\"s\":$seq,"
	done
	wal-cat --headers <log/0000000001.wal | head -n 1 | grep -q '^{"file":null,"offset":65,"s":1,"n":3,"d":0,'
}

@test "the verdict: clean, torn, corrupt; and what it prints of each" {
	make_log log
	last=$(ls log | tail -n 1)
	split wal-cat --state log --check
	expect_status 0
	expect_equal "$(jq -c '[.type,.state,.lines,.first,.last,.durable,.file,.offset,.why]' out.txt)" \
		"[\"wal\",\"clean\",40,1,40,40,\"$last\",$(stat -c %s "log/$last"),null]"
	expect_equal "$(jq .files out.txt)" "$(ls log | wc -l)"
	size=$(stat -c %s "log/$last")
	printf '{"s":41,"n":1,"d":40,"p":"' >>"log/$last"
	split wal-cat --state log --check
	expect_status 1
	expect_equal "$(jq -c '[.state,.last,.file,.offset]' out.txt)" "[\"torn\",40,\"$last\",$size]"
	grep -q "^wal-cat: warning: wal-torn file=$last off=$size seq=41 bytes=26 why=" err.txt
	expect_grammar err.txt wal-cat
	split wal-cat --state log
	expect_status 1
	cmp out.txt in.ndjson
	flip log/0000000001.wal 200
	split wal-cat --state log --check
	expect_status 100
	expect_equal "$(jq -c '[.state,.last,.file,.offset]' out.txt)" '["corrupt",0,"0000000001.wal",65]'
	grep -q '^wal-cat: error: wal-corrupt file=0000000001.wal off=65 seq=1 why=".*" hint=' err.txt
	expect_grammar err.txt wal-cat
	flip log/0000000001.wal 200
	rm log/0000000002.wal
	split wal-cat --state log --check
	expect_status 100
	expect_equal "$(jq -c '[.state,.file]' out.txt)" '["corrupt","0000000002.wal"]'
	rm log/0000000001.wal
	split wal-cat --state log --from 1
	expect_status 100
	expect_equal "$out" ""
	grep -q 'begins after the line asked for' err.txt
}

@test "an empty directory and an empty file are empty logs; garbage and other programs' files are none" {
	split wal-cat --state log --check
	expect_status 0
	expect_equal "$(jq -c '[.state,.files,.last,.file]' out.txt)" '["clean",0,0,null]'
	split wal-cat </dev/null
	expect_status 0
	expect_equal "$out$err" ""
	for garbage in '{}' 'x' '' '{"wal":1,"salt":"' "$(head -c 3000 /dev/zero | tr '\0' x)"; do
		split wal-cat <<<"$garbage"
		expect_status 100
		expect_equal "$out" ""
		grep -q 'why="not a log file"' err.txt
		expect_grammar err.txt wal-cat
	done
	head -c 100000 /dev/urandom >random
	split wal-cat <random
	expect_status 100
	expect_equal "$out" ""
	echo notes >log/README
	split wal-cat --state log
	expect_status 0
	: >log/0000000001.wal # made, and then the power went
	split wal-cat --state log --check
	expect_status 1
	expect_equal "$(jq -r .state out.txt)" torn
}

@test "usage, a missing directory, and the pipe contract" {
	make_log log
	for bad in "--follow" "--durable" "--from 0" "--from x" "--from" "--check --headers --state log" "--follow --state log --state log" "log"; do
		# shellcheck disable=SC2086
		split wal-cat $bad </dev/null
		expect_status 100
		grep -q '^wal-cat: error: usage' err.txt
	done
	split wal-cat --state nowhere </dev/null
	expect_status 102
	s=0; wal-cat --state log >/dev/full 2>err.txt || s=$?
	[ $s -eq 111 ]
	expect_grammar err.txt wal-cat
	s=0; wal-cat <log/0000000001.wal >/dev/full 2>err.txt || s=$?
	[ $s -eq 111 ]
	s=0; wal-cat --state log --check >/dev/full 2>err.txt || s=$?
	[ $s -eq 111 ]
	s=0; wal-cat --state log >&- 2>err.txt || s=$?
	[ $s -eq 111 ]
	s=0; wal-cat <&- >out.txt 2>err.txt || s=$?
	[ $s -eq 111 ]
	s=0; wal-cat </ >out.txt 2>err.txt || s=$?
	[ $s -eq 111 ]
	expect_grammar err.txt wal-cat
	lines 20000 | "$writer" "$fast" 0 100 >/dev/null
	wal-cat --state "$fast" 2>err.txt | head -n 1 >out.txt
	expect_equal "$(cat out.txt err.txt)" "$(lines 1)"
	perl -e '$| = 1; while (read(STDIN, $b, 1)) { syswrite(STDOUT, $b) }' <log/0000000001.wal | wal-cat | cmp - <(wal-cat <log/0000000001.wal)
}

@test "a batch on a pipe comes out before the next one goes in; SIGTERM ends the wait" {
	make_log log
	mkfifo to from
	wal-cat <to >from &
	pid=$!
	exec 8>to 9<from
	offset=$(wal-cat --headers <log/0000000001.wal | jq -r 'select(.file == null and .s == 4) | .offset' | head -n 1)
	head -c "$offset" log/0000000001.wal >&8
	for i in 1 2 3; do IFS= read -r -t 20 line <&9; done
	expect_equal "$line" "$(sed -n 3p in.ndjson)"
	kill -TERM $pid
	wait $pid
	exec 8>&- 9<&-
}

@test "follow: each line once, through new files and restarts, and it ends when nobody listens" {
	lines 3000 >in.ndjson
	wal-cat --state log --follow >followed.txt &
	follower=$!
	wal-cat --state log --follow --durable >durable.txt &
	durable=$!
	for n in 500 1000 3000; do
		head -n $n in.ndjson | "$writer" log 20000 50 >/dev/null
		printf 'a write cut short' >>"log/$(ls log/*.wal | tail -n 1 | xargs basename)"
	done
	"$writer" log </dev/null >/dev/null 2>err.txt
	for i in $(seq 100); do
		[ "$(wc -l <followed.txt)" -eq 3000 ] && [ "$(wc -l <durable.txt)" -eq 3000 ] && break
		sleep 0.1
	done
	kill -TERM $follower $durable
	wait $follower
	wait $durable
	cmp followed.txt in.ndjson
	cmp durable.txt in.ndjson
	timeout 20 wal-cat --state log --follow | head -n 1 >out.txt
	[ "${PIPESTATUS[0]}" -ne 124 ]
}

@test "durable: lines that no later batch vouches for are left out" {
	lines 9 >in.ndjson
	# killed where it would sync the third run, whose batch is written: one sync was for the file's first line
	s=0
	FAIL_CALLS=fdatasync FAIL_AT=4 FAIL_KILL=1 LD_PRELOAD=$shim "$writer" "$fast" 0 3 <in.ndjson >acks.txt || s=$?
	[ $s -eq 137 ]
	expect_equal "$(tail -n 1 acks.txt)" 6
	wal-cat --state "$fast" | cmp - in.ndjson
	wal-cat --state "$fast" --durable | cmp - <(lines 6)
}

@test "a second writer is told so, and a reader is not in the way" {
	mkfifo to
	"$writer" log <to >acks.txt &
	exec 8>to
	lines 3 >&8
	for i in $(seq 100); do [ "$(tail -n 1 acks.txt)" = 3 ] && break; sleep 0.05; done
	split "$writer" log </dev/null
	expect_status 111
	grep -q 'wal-busy why="another process writes this log"' err.txt
	wal-cat --state log | cmp - <(lines 3)
	exec 8>&-
	wait
	split "$writer" log </dev/null
	expect_status 0
	expect_equal "$out" 3
}

# The commands of a page that can run anywhere ($ in the first column), up to the first that needs a log of its own, and what they print.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$ROOT/man/$1" | sed -e '/^\./d' -e 's/\\e/\\/g' -e '/^[A-Z].*:$/d'
}

@test "the examples of the pages run, and print what the pages say" {
	for page in wal-cat.1 wal.5; do
		mkdir "$page.d"
		examples $page | sed -n 's/^\$ //p' >commands.sh
		examples $page | grep -v '^\$ ' >expected.txt
		[ -s commands.sh ]
		[ -s expected.txt ]
		(cd "$page.d" && sh -e ../commands.sh) | cmp - expected.txt
	done
}

# ---- failing calls ----

# Run the writer with these settings of the shim, for each counted call that it makes: $1 FAIL_CALLS (empty: all), the rest settings.
# Then restart and compare. $begin, if set, prepares the directory.
each_call() {
	local calls=$1 total n s
	shift
	new_log() { rm -rf "${fast:?}/log"; mkdir "$fast/log"; : >acks.txt; [ -z "${begin:-}" ] || "$begin"; }
	new_log
	env FAIL_COUNT_FILE="$PWD/n" ${calls:+FAIL_CALLS=$calls} FAIL_PATH="${path-$fast}" LD_PRELOAD="$shim" \
		"$writer" "$fast/log" 600 ${run:-1} <in.ndjson >/dev/null 2>err.txt
	total=$(($(cat n)))
	[ $total -le "${first_calls:-999}" ] || total=$first_calls
	[ $total -gt 2 ] || { fail "only $total calls"; return 1; }
	for n in $(every $total); do
		new_log
		s=0
		env FAIL_AT="$n" "$@" ${calls:+FAIL_CALLS=$calls} FAIL_PATH="${path-$fast}" LD_PRELOAD="$shim" \
			"$writer" "$fast/log" 600 ${run:-1} <in.ndjson >>acks.txt 2>err.txt || s=$?
		case $s in
		0 | 111 | 137) ;;
		*) fail "call $n: status $s" "$(cat err.txt)"; return 1 ;;
		esac
		[ $s -ne 137 ] || [ "${kills:-}" ] || { fail "call $n: killed"; return 1; }
		expect_recovery "$fast/log" || { fail "call $n of $total, $*"; return 1; }
		cases=$((${cases:-0} + 1))
	done
	echo "# $*: $total calls" >&3
}

@test "each call failed, once and for good: nothing acknowledged is lost, nothing is invented" {
	lines 12 >in.ndjson
	each_call '' FAIL_ERRNO=EIO
	each_call '' FAIL_ERRNO=EIO FAIL_STICKY=1
	each_call write,writev,fdatasync,fsync,openat FAIL_ERRNO=ENOSPC
	run='1 threads'
	each_call write,writev,fdatasync,fsync FAIL_ERRNO=EIO
}

@test "a write or a sync that failed is the end: no later acknowledgement" {
	lines 12 >in.ndjson
	for call in writev fdatasync; do
		rm -rf "$fast/log"; mkdir "$fast/log"
		s=0
		FAIL_AT=7 FAIL_CALLS=$call LD_PRELOAD=$shim "$writer" "$fast/log" 0 <in.ndjson >acks.txt 2>err.txt || s=$?
		[ $s -eq 111 ]
		[ "$(tail -n 1 acks.txt)" -lt 12 ]
		expect_recovery "$fast/log"
	done
}

@test "each call interrupted, or half done: goes on as if nothing had been" {
	lines 12 >in.ndjson
	for how in FAIL_ERRNO=EINTR FAIL_SHORT=1; do
		rm -rf "$fast/log"; mkdir "$fast/log"
		FAIL_COUNT_FILE=$PWD/n FAIL_PATH=$fast FAIL_CALLS=read,pread,write,writev,fdatasync,flock LD_PRELOAD=$shim "$writer" "$fast/log" 600 <in.ndjson >/dev/null
		for n in $(every $(($(cat n)))); do
			rm -rf "$fast/log"; mkdir "$fast/log"
			env FAIL_AT=$n $how FAIL_PATH="$fast" FAIL_CALLS=read,pread,write,writev,fdatasync,flock LD_PRELOAD="$shim" "$writer" "$fast/log" 600 <in.ndjson >acks.txt
			expect_equal "$(tail -n 1 acks.txt)" 12
			wal-cat --state "$fast/log" | cmp - in.ndjson
		done
	done
	rm -rf "$fast/log"; mkdir "$fast/log"
	FAIL_AT=1 FAIL_STICKY=1 FAIL_SHORT=1 FAIL_PATH=$fast LD_PRELOAD=$shim "$writer" "$fast/log" 600 <in.ndjson >acks.txt
	wal-cat --state "$fast/log" | cmp - in.ndjson
}

@test "killed before, after and in the middle of each call" {
	lines 12 >in.ndjson
	kills=1
	each_call '' FAIL_KILL=1
	each_call '' FAIL_KILL=after
	each_call write,writev FAIL_KILL=after FAIL_SHORT=1
}

# A log whose last write was cut short.
torn_log() {
	head -n 5 in.ndjson | "$writer" "$fast/log" 600 >acks.txt
	head -c 70 in.ndjson >>"$(ls "$fast"/log/*.wal | tail -n 1)"
}

# A log whose next file was only begun.
begun_log() {
	head -n 5 in.ndjson | "$writer" "$fast/log" 600 >acks.txt
	printf '{"wal":1,"sa' >"$fast/log/$(printf %010d $(($(ls "$fast/log" | wc -l) + 1))).wal"
}

@test "recovery itself fails or is killed at each call" {
	lines 12 >in.ndjson
	first_calls=32
	# the calls after recovery have had their turn above
	for begin in torn_log begun_log; do
		each_call '' FAIL_ERRNO=EIO
		each_call '' FAIL_ERRNO=ENOSPC FAIL_STICKY=1
		kills=1 each_call '' FAIL_KILL=1
		kills=1 each_call '' FAIL_KILL=after
	done
}

@test "no memory, at each allocation" {
	is_sanitized && skip "the sanitizer has its own allocator"
	lines 12 >in.ndjson
	path=
	each_call malloc,calloc,realloc FAIL_ERRNO=ENOMEM
	each_call malloc,calloc,realloc FAIL_ERRNO=ENOMEM FAIL_STICKY=1
}

@test "reading fails: wal-cat says so, and prints nothing that is not there" {
	make_log log
	FAIL_COUNT_FILE=n FAIL_PATH=log LD_PRELOAD=$shim wal-cat --state log >/dev/null
	[ $(($(cat n))) -gt 5 ]
	for n in $(every $(($(cat n)))); do
		s=0
		FAIL_AT=$n FAIL_PATH=log LD_PRELOAD=$shim wal-cat --state log >out.txt 2>err.txt || s=$?
		case $s in 0 | 102 | 111) ;; *) fail "call $n: status $s" ;; esac
		expect_grammar err.txt wal-cat
		[ $s -ne 0 ] || cmp out.txt in.ndjson
		head -c "$(stat -c %s out.txt)" in.ndjson | cmp - out.txt
	done
}

# What the writer does to files, one word and a name a call; acknowledgements are writes to stdout.
trace() {
	strace -f -y -qq -o trace.txt -e trace=openat,write,writev,pwrite64,fdatasync,fsync,ftruncate,renameat,unlinkat "$writer" "$@" >acks.txt 2>/dev/null
	sed -nE -e 's/^[0-9]+ +//' -e '/O_CREAT/s/^openat\([^"]*"([^"]*)".*/create \1/p' \
		-e 's/^write\(1<.*/acknowledge/p' -e 's/^renameat\([^"]*"([^"]*)".*/rename \1/p' \
		-e '/<\/.*log/s/^(write|writev|pwrite64|fdatasync|fsync|ftruncate)\([0-9]+<([^>]*\/)?([^>]*)>.*/\1 \3/p' trace.txt | tr '\n' ';'
}

@test "nothing is acknowledged before it is synced, and no file is used before its name is" {
	is_sanitized && skip "the same calls"
	command -v strace >/dev/null || skip "needs strace"
	lines 3 >in.ndjson
	first='create 0000000001.wal;write 0000000001.wal;fdatasync 0000000001.wal;fsync log;acknowledge;'
	line='writev 0000000001.wal;fdatasync 0000000001.wal;acknowledge;'
	mark='writev 0000000001.wal;fdatasync 0000000001.wal;'
	expect_equal "$(trace log 350 <in.ndjson)" "$first$line$line"\
'fdatasync 0000000001.wal;'"$mark"'create 0000000002.wal;write 0000000002.wal;fdatasync 0000000002.wal;fsync log;'\
'writev 0000000002.wal;fdatasync 0000000002.wal;acknowledge;fdatasync 0000000002.wal;writev 0000000002.wal;fdatasync 0000000002.wal;'
	# a restart writes again what the log does not vouch for (the last mark), before it believes it
	expect_equal "$(trace log </dev/null)" 'pwrite64 0000000002.wal;fdatasync 0000000002.wal;fsync log;acknowledge;fdatasync 0000000002.wal;'
	# a torn end is kept aside before it is cut
	size=$(stat -c %s log/0000000002.wal)
	printf 'cut short' >>log/0000000002.wal
	torn=0000000002.wal.torn-$size
	expect_equal "$(trace log </dev/null)" "create $torn.tmp;write $torn.tmp;fsync $torn.tmp;rename $torn.tmp;fsync log;"\
'ftruncate 0000000002.wal;fsync 0000000002.wal;pwrite64 0000000002.wal;fdatasync 0000000002.wal;'\
'create 0000000003.wal;write 0000000003.wal;fdatasync 0000000003.wal;fsync log;acknowledge;fdatasync 0000000003.wal;'
	expect_equal "$(cat "log/$torn")" 'cut short'
}

# ---- processes and disks ----

@test "SIGKILL at random times" {
	lines 200000 >in.ndjson
	n=0
	for i in $(seq "${WAL_KILLS:-$(is_sanitized && echo 8 || echo 40)}"); do
		[ $n -lt 190000 ] || { rm -rf log; mkdir log; }
		"$writer" log 100000 20 threads <in.ndjson >acks.txt 2>err.txt &
		pid=$!
		sleep "0.0$((RANDOM % 60 + 10))"
		kill -KILL $pid 2>/dev/null || true # or it is through
		wait $pid 2>/dev/null || true
		before=$(tail -n 1 acks.txt)
		n=$("$writer" log </dev/null 2>/dev/null | head -n 1)
		[ "$n" -ge "${before:-0}" ]
		wal-cat --state log >log.txt
		head -n "$n" in.ndjson | cmp - log.txt
	done
	[ "$n" -gt 0 ]
	echo "# $i kills" >&3
}

@test "a disk that is full, of each small size" {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	mkdir mnt
	mount -t tmpfs -o size=8k tmpfs mnt 2>/dev/null || skip "cannot mount tmpfs"
	umount mnt
	lines 3000 >in.ndjson
	for pages in $(seq 1 24); do
		mount -t tmpfs -o size=$((pages * 4096)) tmpfs mnt
		s=0
		"$writer" mnt 30000 7 <in.ndjson >acks.txt 2>err.txt || s=$?
		[ $s -eq 111 ]
		# still full: says so again, and gives nothing up
		s=0
		"$writer" mnt 30000 7 <in.ndjson >>acks.txt 2>err.txt || s=$?
		[ $s -eq 111 ]
		mount -o remount,size=16m mnt
		expect_recovery mnt 30000
		umount mnt
	done
}

@test "a power cut of a real file system" {
	make_disk 32M
	lines 100000 >in.ndjson
	for i in $(seq "${WAL_CUTS:-$(is_sanitized && echo 4 || echo 15)}"); do
		mount -o loop disk mnt
		rm -rf mnt/log
		mkdir mnt/log
		: >mnt/probe
		sync -f mnt
		"$writer" mnt/log 60000 10 threads <in.ndjson >live.txt 2>err.txt &
		pid=$!
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))5"
		cp live.txt acks.txt # what was acknowledged before the cut: a sync in flight may return after it
		pull_the_plug mnt/probe
		wait $pid || true
		umount mnt
		mount -o loop disk mnt
		before=$(tail -n 1 acks.txt)
		n=$("$writer" mnt/log 60000 </dev/null 2>err.txt | head -n 1)
		[ "$n" -ge "${before:-0}" ] || fail "acknowledged $before, recovered $n"
		wal-cat --state mnt/log >log.txt
		head -n "$n" in.ndjson | cmp - log.txt
		torn_ends=$((${torn_ends:-0} + $(grep -c wal-torn err.txt || true)))
		umount mnt
	done
	echo "# $i power cuts, $torn_ends torn, $n lines in the last log" >&3
}
