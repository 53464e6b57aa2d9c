# http: what tests need that talk to http-wrap. Load after helper.

# ask TEXT [OPTION...]: one connection under a super-server's conditions; printf's escapes in TEXT. Answer in out.txt, log in err.txt.
ask() {
	local text=$1
	shift
	# shellcheck disable=SC2059
	printf "$text" | split http-wrap --routes routes "$@"
}

# the statuses of the answers in out.txt
statuses() { grep -aoE 'HTTP/1\.1 [0-9]+' out.txt | cut -d ' ' -f 2 | paste -sd ' '; }

# the last answer's body
body() { sed -e '1,/^\r$/d' out.txt; }

# listen [OPTION...]: sets URL and PORT; the log goes to service.err
listen() {
	: >service.err
	http-wrap --routes routes --listen 127.0.0.1:0 "$@" </dev/null >/dev/null 2>>service.err 3>&- 4>&- &
	SERVICE=$!
	for _ in $(seq 200); do
		grep -q 'info: listening' service.err && break
		kill -0 $SERVICE 2>/dev/null || break
		sleep 0.02
	done
	PORT=$(sed -n 's/.*info: listening at=127.0.0.1://p' service.err)
	URL=http://127.0.0.1:$PORT
	[ -n "$PORT" ]
}

unlisten() {
	[ -n "${SERVICE-}" ] || return 0
	kill -TERM "$SERVICE" 2>/dev/null || true
	wait "$SERVICE" || true
	SERVICE=
}

# sign FILE < body: X-Signature's value
sign() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(secret_hex "$1")" | sed 's/.*= //'; }

secret_hex() { od -An -v -tx1 "$1" | tr -d ' \n' | sed 's/0a$//'; }

# sign_2 FILE TIMESTAMP NONCE METHOD TARGET < body: X-Signature-V2's value
sign_2() {
	local key
	key=$(printf 'toolchain hmac v2' | sign "$1")
	{ printf 'v2\n%s\n%s\n%s\n%s\n' "$2" "$3" "$4" "$5"; cat; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" | sed 's/.*= /v2=/'
}
