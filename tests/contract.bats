#!/usr/bin/env bats
# Catches a program of bin/ that breaks the pipe contract: wrong status, lost output, held-back lines, a crash on garbage.
# Every test here runs every program; tests/contract.tsv says how each is called.
load helper

setup() {
	mkdir -p state
	(umask 077; printf '%064d\n' 7 >master.key)
	printf '{}\n' >one.ndjson
	# an adapter's own: no node, and nothing here needs one
	export BTC_RPC_URL=http://127.0.0.1:1
	export BTC_WALLET='wpkh([00000000/84h/0h/0h]xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ/<0;1>/*)'
	export ETH_RPC_URL=http://127.0.0.1:1 ETH_USDC_HOT_WALLET=0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359
}

# rows: program, arguments, kind; only those whose kind matches $1
rows() {
	grep -v '^#' "$ROOT/tests/contract.tsv" | awk -F'\t' -v kinds="$1" '$3 ~ "^(" kinds ")$" {print $1 "\t" $2 "\t" $3}'
}

# Call $2 for each program of the kinds $1 with: name, arguments.
each() {
	local name args kind failed=0
	while IFS=$'\t' read -r name args kind; do
		[ "$args" != - ] || args=
		eval "set -- $args"
		# not within || or if, where a failing command in the middle of a check would not count
		set +e
		(set -e; "$check" "$name" "$@")
		[ $? -eq 0 ] || { echo "contract broken by: $name $args ($kind)" >&2; failed=1; }
		set -e
	done < <(rows "$1")
	[ $failed -eq 0 ]
}
all='filter|durable|clock|none'
reads='filter|durable|clock'

input_for() {
	local sample=$ROOT/tests/data/contract/$1.ndjson
	[ -f "$sample" ] && cat "$sample" || printf '{}\n'
}

@test "every program in bin/ is held to the contract, and has a manual page" {
	for p in "$BIN"/* "$ROOT"/bin/*; do
		[ -f "$p" ] || continue
		name=$(basename "$p")
		[ "$name" != tradepipe ] || { [ -f "$ROOT/man/tradepipe.7" ]; continue; }
		grep -q "^$name	" "$ROOT/tests/contract.tsv" || fail "no row in contract.tsv: $name"
		[ -f "$ROOT/man/$name.1" ] || fail "no page: $name"
	done
}

@test "--help and --version: 0, one screen" {
	check() {
		local lines
		"$1" --help >out.txt </dev/null || return 1
		lines=$(wc -l <out.txt)
		[ "$lines" -le 50 ] || fail "help of $lines lines"
		head -n 1 out.txt | grep -q "^usage: $1" || fail "help begins with: $(head -n 1 out.txt)"
		"$1" --version </dev/null | grep -qE "^$1 \(tradepipe\) [0-9]+\.[0-9]+\.[0-9]+$"
	}
	check=check each "$all"
}

@test "unknown option: 100, usage on stderr, nothing on stdout" {
	check() {
		split "$1" --no-such-option </dev/null
		expect_status 100
		[ -z "$out" ]
		grep -q '^usage: ' err.txt
		head -n 1 err.txt >first.txt
		expect_grammar first.txt "$1"
	}
	check=check each "$all"
}

@test "unexpected operand: 100" {
	check() {
		case $1 in merkle-redact | verify-relay) return 0 ;; esac # takes any number; takes a command
		split "$@" one two three </dev/null
		expect_status 100
	}
	check=check each "$all"
}

@test "empty stdin: 0 and no output" {
	check() { split "$@" </dev/null; expect_status 0; [ -z "$out" ]; }
	check=check each "$reads"
}

@test "stdout full: 111" {
	check() {
		local s=0
		input_for "$1" | "$@" >/dev/full 2>err.txt || s=$?
		[ $s -eq 111 ] || fail "status $s"
		s=0
		"$1" --help >/dev/full 2>err.txt </dev/null || s=$?
		[ $s -eq 111 ] || fail "--help: status $s"
	}
	check=check each "$reads"
}

@test "stdout closed: 111; stdin closed: 111; stdin a directory: 111" {
	check() {
		local s=0
		input_for "$1" | "$@" >&- 2>err.txt || s=$?
		[ $s -eq 111 ] || fail "stdout closed: $s"
		s=0
		"$@" <&- >out.txt 2>err.txt || s=$?
		[ $s -eq 111 ] || fail "stdin closed: $s"
		s=0
		"$@" </ >out.txt 2>err.txt || s=$?
		[ $s -eq 111 ] || fail "stdin a directory: $s"
	}
	check=check each "$reads"
}

@test "over-long line: rejected, the lines around it go through" {
	{ printf '{}\n'; head -c 10000000 /dev/zero | tr '\0' 'x'; printf '\n{}\n'; } >long.ndjson
	check() {
		split "$@" <long.ndjson
		[ "$status" -eq 1 ] || [ "$status" -eq 100 ] || fail "status $status"
		expect_grammar err.txt "$1"
		[ "$(wc -l <out.txt)" -eq 3 ] || fail "lines out: $(wc -l <out.txt)"
	}
	check=check each "$reads"
}

@test "NUL, 0xFF, bad UTF-8, depth 10000, empty line: rejected, not crashed" {
	{
		printf '{"a":"\0"}\n'
		printf '\377\376\n'
		printf '{"a":"\300\257"}\n'
		printf '%*s\n' 10000 '' | tr ' ' '['
		printf '\n'
		printf '{"a":1}garbage\n'
		printf '"a string"\n'
		printf '[]\n'
		printf '{"a":'
	} >garbage.ndjson
	check() {
		split "$@" <garbage.ndjson
		[ "$status" -eq 1 ] || [ "$status" -eq 100 ] || fail "status $status"
		expect_grammar err.txt "$1"
		[ "$(wc -l <out.txt)" -eq 9 ] || fail "lines out: $(wc -l <out.txt)"
		jq -e . <out.txt >/dev/null || fail "prints what is no JSON"
	}
	check=check each "$reads"
}

@test "head -n1 behind it: quiet" {
	check() {
		local s
		for i in $(seq 300); do input_for "$1"; done >many.ndjson
		for i in 1 2 3 4 5; do cat many.ndjson; done >more.ndjson
		"$@" <more.ndjson 2>err.txt | head -n 1 >out.txt
		[ "$(wc -l <out.txt)" -eq 1 ] || fail "no line came"
		! grep -qiE 'pipe|sigpipe' err.txt || grep -q durable <(rows durable | grep "^$1	") || fail "$(grep -i pipe err.txt)"
	}
	check=check each "$reads"
}

@test "one byte at a time gives the same as one block; two runs, LC_ALL and TZ do not matter" {
	check() {
		{ input_for "$1"; printf '{"a":1}\nx\n'; input_for "$1"; } >in.ndjson
		"$@" <in.ndjson >block.txt 2>/dev/null || true
		"$@" <in.ndjson >again.txt 2>/dev/null || true
		cmp block.txt again.txt || return 1
		LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo "$@" <in.ndjson >elsewhere.txt 2>/dev/null || true
		cmp block.txt elsewhere.txt || return 1
		perl -e '$| = 1; while (read(STDIN, $b, 1)) { syswrite(STDOUT, $b) }' <in.ndjson | "$@" >bytes.txt 2>/dev/null || true
		cmp block.txt bytes.txt
	}
	check=check each filter
}

@test "a live line comes out before the next one goes in" {
	check() {
		local line s=0
		mkfifo to from
		"$@" <to >from 2>/dev/null &
		exec 8>to 9<from
		for i in 1 2 3; do
			input_for "$1" | head -n 1 >&8
			IFS= read -r -t 20 line <&9 || s=1
		done
		exec 8>&- 9<&-
		wait || true
		rm to from
		[ $s -eq 0 ] || fail "held a line back"
	}
	check=check each "$reads"
}

@test "a last line without its newline is a record like any other" {
	check() {
		input_for "$1" | head -n 1 >with.ndjson
		printf '%s' "$(cat with.ndjson)" >without.ndjson
		"$@" <with.ndjson >a.txt 2>/dev/null || true
		"$@" <without.ndjson >b.txt 2>/dev/null || true
		cmp a.txt b.txt
		[ -s a.txt ]
	}
	check=check each filter
}

@test "SIGTERM between records: ends in order" {
	check() {
		local s=0 pid line
		mkfifo to from
		"$@" <to >from 2>/dev/null &
		pid=$!
		exec 8>to 9<from
		input_for "$1" | head -n 1 >&8
		IFS= read -r -t 20 line <&9 || fail "no answer"
		kill -TERM $pid
		wait $pid || s=$?
		exec 8>&- 9<&-
		rm to from
		case $s in 0 | 1 | 100 | 111) ;; *) fail "status $s" ;; esac
	}
	check=check each "$reads"
}

@test "a pure filter is killed when it tries to open a file, a socket or a program after start-up" {
	is_sanitized && skip "sanitizer builds run without the sandbox"
	gcc -shared -fPIC -o intruder.so "$ROOT/tests/fault/intruder.c"
	check() {
		local s try
		for try in open socket exec ptrace; do
			s=0
			input_for "$1" | INTRUDE=$try LD_PRELOAD=$PWD/intruder.so "$@" >out.txt 2>err.txt || s=$?
			[ $s -eq 159 ] || fail "$try: status $s, expected 159 (SIGSYS)"
		done
	}
	check=check each filter
}
