# helper: what every .bats file loads. TRADEPIPE_BIN says which build is under test.
BIN=${TRADEPIPE_BIN:-$BATS_TEST_DIRNAME/../bin}
ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
export TRADEPIPE_SHARE=${TRADEPIPE_SHARE:-$ROOT/share}
PATH=$BIN:$ROOT/bin:$PATH
# sanitizer builds: every finding is a failure of its own, unlike any status of ours
export ASAN_OPTIONS=exitcode=99:detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
cd "$BATS_TEST_TMPDIR" 2>/dev/null || true

# Fail with a message.
fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# Run a command and keep status, stdout and stderr apart: $status, $out, $err (files out.txt and err.txt).
split() {
	status=0
	"$@" >out.txt 2>err.txt || status=$?
	# by file, for split may stand at the end of a pipeline
	echo "$status" >status.txt
	out=$(cat out.txt)
	err=$(cat err.txt)
}

expect_status() {
	status=$(cat status.txt)
	[ "$status" -eq "$1" ] || fail "status $status, expected $1" "stdout: $(head -c 600 out.txt 2>/dev/null)" "stderr: $(head -c 600 err.txt 2>/dev/null)"
}

expect_equal() {
	[ "$1" = "$2" ] || fail "got:      $1" "expected: $2"
}

# Every line of a file is in the log grammar of tool $2.
expect_grammar() {
	local bad names=$2
	# a glue script speaks with the voices of its pipeline
	case $2 in verify | verify-relay) names='verify|verify-relay|key-vault|okx-fetch|normalize|merkle-seal|merkle-verify|store' ;; esac
	bad=$(grep -vE "^($names|tradepipe): (error|warning|info): [a-z-]+( [A-Za-z_-]+=([A-Za-z0-9_./:@+#%-]+|\"([^\"\\\\]|\\\\.)*\"))*\$" "$1" | head -n 3)
	[ -z "$bad" ] || fail "not in the log grammar: $bad"
}

# Why the file's tests cannot run here. `skip` will not do in a setup_file: where there is a teardown_file, too, bats 1.8 calls that a failure.
# So a setup_file says `... || { was_told; return; }`, and setup says skip_if_told.
cannot_run() {
	printf '%s\n' "$1" >"$BATS_FILE_TMPDIR/cannot-run"
	return 1
}
was_told() { [ -s "$BATS_FILE_TMPDIR/cannot-run" ]; }
skip_if_told() { ! was_told || skip "$(cat "$BATS_FILE_TMPDIR/cannot-run")"; }

is_sanitized() {
	case $BIN in */san/* | */tsan/*) return 0 ;; esac
	return 1
}

# The places of a fault loop, 1 to N: all of them, or where the sanitizers make each slow, one in five.
every() {
	if is_sanitized; then seq 1 5 "$1"; else seq "$1"; fi
}

# The file $1 with its bit $3 flipped, as $2, which may be the same file.
flip_bit() {
	perl -e 'my ($from, $to, $bit) = @ARGV; local $/; open(F, "<:raw", $from) or die; $_ = <F>; substr($_, $bit >> 3, 1) ^= chr(1 << ($bit & 7));
		open(F, ">:raw", $to) or die; print F $_ or die; close F or die' "$1" "$2" "$3"
}

# EXT4_IOC_SHUTDOWN without flushing the journal: what was not synced is gone after the next mount.
pull_the_plug() {
	perl -e 'open(F, "<", $ARGV[0]) or die; $how = pack("L", 2); ioctl(F, 0x8004587D, $how) or die "$!\n"' "$1"
}

# A file system of its own, of size $1, in the file disk, for `mount -o loop disk mnt`. Skips the test where that cannot be.
make_disk() {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	command -v mkfs.ext4 >/dev/null || skip "needs mkfs.ext4"
	mkdir mnt
	truncate -s "$1" disk
	mkfs.ext4 -q disk
	mount -o loop disk mnt 2>/dev/null || skip "cannot mount a loop device"
	: >mnt/probe
	pull_the_plug mnt/probe 2>/dev/null || skip "the file system cannot be shut down"
	umount mnt
}
