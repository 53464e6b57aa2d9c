# services: jp-verify, us-backend and us-frontend on ports of their own. Load after helper and okx.

# impatient: the same pipeline with shorter pauses and time-outs in okx-fetch, so that a test of what goes wrong need not wait for it
impatient() {
	mkdir -p impatient
	printf '#!/bin/sh\nexec %s/okx-fetch --backoff 1 --request-timeout 250 --deadline 3 "$@"\n' "$BIN" >impatient/okx-fetch
	chmod +x impatient/okx-fetch
	for tool in "$BIN"/*; do [ -e "impatient/${tool##*/}" ] || ln -s "$tool" impatient/; done
	export TRADEPIPE_BIN=$PWD/impatient
}

# start_service NAME [OPTION...]: sets URL
start_service() {
	local name=$1
	shift
	rm -f "$name.log"
	start-service --listen 127.0.0.1:0 "$name" -- --workers 8 "$@" </dev/null >"$name.out" 2>"$name.log" 3>&- 4>&- 9>&- &
	SERVICES="${SERVICES-} $!"
	for _ in $(seq 250); do
		URL=$(sed -n 's/^http-wrap: info: listening .*at=\([0-9.:]*\).*/\1/p' "$name.log" | head -n 1)
		[ -z "$URL" ] || break
		sleep 0.02
	done
	[ -n "$URL" ] || fail "$name did not start" "$(cat "$name.log")"
	URL=http://$URL
}

# all three, with a secret between the first two: sets JP, US and PAGE
start_services() {
	export TRADEPIPE_STATE=$PWD/state JP_VERIFY_HMAC_SECRET_FILE=$PWD/hmac
	(umask 077; printf '%s\n' "${HMAC_SECRET:-the services share this secret, it is long}" >hmac)
	start_service jp-verify
	JP=$URL
	export JP_VERIFY_BASE_URL=$JP
	start_service us-backend
	US=$URL
	export TRADEPIPE_BACKEND_URL=$US
	start_service us-frontend
	PAGE=$URL
}

stop_services() {
	[ -z "${SERVICES-}" ] || kill $SERVICES 2>/dev/null || true
	[ -z "${SERVICES-}" ] || wait $SERVICES 2>/dev/null || true
	SERVICES=
}

# post URL FILE [CURL OPTION...]: the body goes to answer.json, the status to $code
post() {
	local url=$1 file=$2
	shift 2
	code=$(curl -sS -m 60 -o answer.json -w '%{http_code}' -H 'Content-Type: application/json' --data-binary @"$file" "$@" "$url")
}

# get URL [CURL OPTION...]
get() {
	local url=$1
	shift
	code=$(curl -sS -m 60 -o answer.json -w '%{http_code}' "$@" "$url")
}

# signed FILE: the header that jp-verify wants
signed() { printf 'X-Signature: %s' "$(openssl dgst -sha256 -mac HMAC -macopt "key:$(head -c -1 hmac)" <"$1" | sed 's/.* //')"; }

# service_processes: the services, and all that they have started
service_processes() {
	ps -eo pid=,ppid= | awk -v roots="$SERVICES" '
		BEGIN { n = split(roots, r, " "); for (i = 1; i <= n; i++) ours[r[i]] = 1 }
		{ parent[$1] = $2 }
		END {
			do {
				found = 0
				for (p in parent) if (!(p in ours) && parent[p] in ours) { ours[p] = 1; found = 1 }
			} while (found)
			for (p in ours) print p
		}'
}
