# chains: stand-ins of chains for the tests of adapters (tests/peers/chains), and requests to adapters by hand. Load it after helper.

# Start peers/chains/$1.mjs with the other arguments; $port is where it listens. For setup_file; stop_chains ends all that were started.
start_chain() {
	local name=$1 fifo=$BATS_FILE_TMPDIR/$1.port
	shift
	command -v node >/dev/null || skip "no node"
	[ -d "$ROOT/tests/peers/node_modules" ] || skip "no node_modules: build-aux/need peers"
	mkfifo "$fifo"
	# not holding bats' own descriptors, which it waits for
	node "$ROOT/tests/peers/chains/$name.mjs" "$@" >"$fifo" 2>"$BATS_FILE_TMPDIR/$name.err" 3>&- 4>&- &
	echo $! >>"$BATS_FILE_TMPDIR/chains.pids"
	read -r -t 120 port <"$fifo" || fail "$name did not start: $(cat "$BATS_FILE_TMPDIR/$name.err")"
}

stop_chains() {
	local pid
	[ -f "$BATS_FILE_TMPDIR/chains.pids" ] || return 0
	while read -r pid; do
		kill "$pid" 2>/dev/null || true
	done <"$BATS_FILE_TMPDIR/chains.pids"
}

# One request to the adapter $adapter, as jq writes it from the arguments; the answer in $answer.
ask() {
	answer=$(jq -nc --argjson id 1 "$@" | $adapter 2>>adapter.err) || true
	[ -n "$answer" ] || fail "no answer: $(tail -n 3 adapter.err)"
}

# A member of the answer.
said() { jq -r "$1" <<<"$answer"; }

expect_ok() { [ "$(said .ok)" = true ] || fail "$answer"; }

expect_error() { # CLASS CODE
	expect_equal "$(said '[.ok, .error.class, .error.code] | map(tostring) | join(" ")')" "false $1 $2"
}

# An ed25519 private key in PEM out of a name, as OpenSSL reads it; for setup_file.
ed25519_key() {
	{ printf '302e020100300506032b657004220420'; printf 'sol %s' "$1" | sha256sum | cut -c 1-64; } | tr -d '\n' |
		perl -ne 'print pack("H*", $_)' | openssl pkey -inform DER -out "$BATS_FILE_TMPDIR/$1.pem" 2>/dev/null
}

# Sign a message with the key in $1.pem: 128 hex digits.
ed25519_sign() {
	openssl pkeyutl -sign -rawin -inkey "$BATS_FILE_TMPDIR/$1.pem" -in "$2" | od -An -v -tx1 | tr -d ' \n'
}
