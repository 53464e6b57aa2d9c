# okx: what tests need that talk to okx-replay. Load after helper.

# start_replay SCENARIO... [-- OPTION...]: sets OKX_BASE_URL; records go to replay.ndjson, commands to descriptor 9.
# It keeps OKX's limits only where a test says LIMITS=kept: a busy machine bunches requests that were sent apart, and what a test says
# of other errors must not depend on that.
start_replay() {
	local args=()
	[ "${LIMITS-}" = kept ] || args=(--no-limits)
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		case $1 in */*) args+=(--scenario "$1") ;; *) args+=(--scenario "$ROOT/examples/scenarios/$1.json") ;; esac
		shift
	done
	[ $# -gt 0 ] && shift
	rm -f replay.in
	mkfifo replay.in
	okx-replay "${args[@]}" "$@" <replay.in >replay.ndjson 2>replay.err 3>&- 4>&- &
	REPLAY=$!
	exec 9>replay.in
	for _ in $(seq 200); do
		[ -s replay.ndjson ] && break
		sleep 0.02
	done
	export OKX_BASE_URL
	OKX_BASE_URL=$(head -n 1 replay.ndjson | jq -r .url)
}

stop_replay() {
	[ -n "${REPLAY-}" ] || return 0
	exec 9>&-
	kill "$REPLAY" 2>/dev/null || true
	wait "$REPLAY" 2>/dev/null || true
	REPLAY=
}

# command JSON: tell okx-replay, and wait until it has answered
command_replay() {
	local before
	before=$(grep -c '"type":"ok"' replay.ndjson || true)
	printf '%s\n' "$1" >&9
	for _ in $(seq 200); do
		[ "$(grep -c '"type":"ok"' replay.ndjson || true)" -gt "$before" ] && return 0
		sleep 0.01
	done
	fail "okx-replay did not take: $1" "$(tail -n 3 replay.ndjson)"
}

# fault PATH KIND [MORE MEMBERS]
fault() {
	command_replay "{\"cmd\":\"fault\",\"path\":\"$1\",\"kind\":\"$2\"${3:+,$3}}"
}

# request_for SCENARIO [NAME [MORE]]: the verify request for the scenario's named order (default "open"); MORE is a jq object added to it
request_for() {
	local file=$1
	case $file in */*) ;; *) file=$ROOT/examples/scenarios/$1.json ;; esac
	head -n 1 replay.ndjson | jq -c --arg name "${2:-open}" --slurpfile s "$file" '
		$s[0].accounts[0] as $a
		| (.orders[] | select(.name == $name and .account == $a.name)) as $o
		| {exchange: "okx", instId: $o.instId, ordId: $o.ordId, keyMode: "inline", clientMeta: {requestId: "r-1"}}
		+ ($a | {apiKey, secretKey, passphrase}) + ('"${3:-{\}}"')'
}

# requests that okx-replay has answered, by path (a grep pattern)
asked() {
	grep -c "\"type\":\"request\".*\"path\":\"/api/v5/$1" replay.ndjson || true
}
