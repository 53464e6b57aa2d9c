# chains: stand-ins of chains for the tests of adapters (tests/peers/chains), and requests to adapters by hand. Load it after helper.

# Start peers/chains/$1.mjs with the other arguments; $port is where it listens. For setup_file; where it cannot be, cannot_run says so. stop_chains ends all that were started.
start_chain() {
	local name=$1 fifo=$BATS_FILE_TMPDIR/$1.port
	shift
	command -v node >/dev/null || cannot_run "no node" || return
	[ -d "$ROOT/tests/peers/node_modules" ] || cannot_run "no node_modules: build-aux/need peers" || return
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

# JSON is put together and taken apart by bash alone here: a jq for each request and each member takes longer than all else.

# One request to the adapter $adapter, of these members; the answer in $answer.
ask() { ask_line "{\"id\":1,$1}"; }

ask_line() {
	answer=$($adapter <<<"$1" 2>>adapter.err) || true
	[ -n "$answer" ] || fail "no answer: $(tail -n 3 adapter.err)"
}

# Members of a text, each the first of its name at whatever depth, with spaces between; - where there is none.
said_of() { # TEXT NAME...
	local text=$1 name out=
	shift
	for name; do
		value_of "$text" "$name" || value=-
		out+="${out:+ }$value"
	done
	printf '%s\n' "$out"
}

value_of() { # TEXT NAME: $value, and $json as it stands there
	[[ $1 =~ \"$2\":(\"([^\"]*)\"|[^],}]*) ]] || return 1
	json=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]:-${json//\"/}}
}

# Members of the answer.
said() { said_of "$answer" "$@"; }

# Give a member of the JSON text in the variable $1 another value.
change() { # VARIABLE NAME JSON
	value_of "${!1}" "$2" || fail "no $2 in ${!1}"
	printf -v "$1" %s "${!1/"\"$2\":$json"/"\"$2\":$3"}"
}

# unsigned and expiry of an answer to prepare, whole.
unsigned_of() { [[ $1 =~ \"unsigned\":(.*)',"spends":' ]] && printf '%s' "${BASH_REMATCH[1]}"; }
expiry_of() { [[ $1 =~ \"expiry\":(\{[^\}]*\}|null) ]] && printf '%s' "${BASH_REMATCH[1]}"; }

expect_ok() { [[ $answer == *'"ok":true'* ]] || fail "$answer"; }

expect_error() { # CLASS CODE
	expect_equal "$(said ok class code)" "false $1 $2"
}

# POST to the stand-in at $port; the answer's body in $body.
post() { # PATH BODY
	local fd LC_ALL=C
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf 'POST %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' "$1" ${#2} "$2" >&"$fd"
	body=$(cat <&"$fd")
	exec {fd}>&-
	body=${body#*$'\r\n\r\n'}
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

# ---- sign-key and settle ----

# A key for sign-key: hot in hot.keys, under master.key. Its secret is the hash of a text, as the stand-ins make theirs.
hot_key() { # TEXT [OPTION...]
	local text=$1
	shift
	openssl rand -hex 32 >master.key
	chmod 600 master.key
	printf %s "$text" | sha256sum | cut -c 1-64 | sign-key add --keys hot.keys --master-key-file master.key "$@" hot >/dev/null
}

# sign-key's policy: one token on one chain, and who may be paid.
token_policy() { # CHAIN FAMILY FEE_MAX CONTRACT ADDRESS
	cat >policy <<-END
		{"type":"chain","chain":"$1","family":"$2","feeMax":"$3","feeDayMax":"500000000"}
		{"type":"asset","chain":"$1","asset":"USDC","contract":"$4","txMax":"1000000000","dayMax":"1000000000"}
		{"type":"allow","chain":"$1","address":"$5"}
	END
}

# Ask sign-key for the signature under what was prepared.
sign_request() { # CHAIN
	adapter='sign-key sign --keys hot.keys --policy policy --state st --master-key-file master.key' \
		ask_line "{\"chain\":\"$1\",\"version\":1,${prepared/'{"op":"prepare"'/'"op":"sign"'}"
}

# Its signatures, for assemble.
signatures_of() { # ANSWER
	local rest=[${1#*\"signatures\":[}
	printf '%s' "${rest%\}}"
}

# settle's configuration: bitcoin on a ledger of the tests, USDC by settle-CHAIN and sign-key.
swap_conf() { # CHAIN FEE_ASSET FEE_MAX RECEIVER
	local ledger=$ROOT/tests/settle/ledger-adapter
	mkdir -p btc
	touch btc/mining
	cat >conf <<-END
		{"type":"chain","chain":"btc","adapter":["$ledger","btc","asset=BTC","decimals=8","chain=btc"],"asset":"BTC","decimals":8,"dust":"294","confirmations":2,"feeMax":"1000","pollMs":10,"signer":["$ledger","btc"]}
		{"type":"chain","chain":"$1","adapter":["settle-$1"],"asset":"USDC","decimals":6,"feeAsset":"$2","confirmations":2,"feeMax":"$3","pollMs":50}
		{"type":"signer","command":["sign-key","sign","--keys","hot.keys","--policy","policy","--state","keys","--master-key-file","master.key"]}
		{"type":"policy","retryMs":10,"retryMaxMs":100}
		{"type":"address","account":"alice","asset":"BTC","chain":"btc","address":"alice-btc"}
		{"type":"address","account":"bob","asset":"USDC","chain":"$1","address":"$4"}
	END
}

# One trade through settle, killed after a second and started again, while a command moves the chain on: paid on it, and once.
expect_swapped() { # CHAIN COMMAND...
	local moving settling chain=$1
	shift
	echo '{"type":"trade","seq":1,"tradeId":"1","symbol":"BTC-USDC","px":"65000.5","sz":"0.01","side":"buy","makerId":"m","takerId":"t","makerAccount":"bob","takerAccount":"alice","ts":1}' >trade
	(while sleep 0.3; do "$@" >/dev/null; done) 3>&- 4>&- &
	moving=$!
	settle --config conf --state st <trade >first.txt 2>>settle.err 3>&- 4>&- &
	settling=$!
	sleep 1
	kill -KILL $settling 2>/dev/null || true
	# until it is gone, its log is its own
	wait $settling || true
	split timeout 20 settle --config conf --state st <trade
	kill $moving
	expect_status 0
	jq -es --arg chain "$chain" 'map(select(.type == "receipt" and .chain == $chain and .status == "confirmed")) | length == 1' first.txt out.txt >/dev/null ||
		fail "$(cat first.txt out.txt)"
}
