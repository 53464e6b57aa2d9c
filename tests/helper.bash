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

is_sanitized() {
	case $BIN in */san/*) return 0 ;; esac
	return 1
}

# The places of a fault loop, 1 to N: all of them, or where the sanitizers make each slow, one in five.
every() {
	if is_sanitized; then seq 1 5 "$1"; else seq "$1"; fi
}
