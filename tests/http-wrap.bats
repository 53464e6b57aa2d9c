#!/usr/bin/env bats
# Catches an HTTP server that can be smuggled past, starved, filled up, talked into running something else, or made to answer whom it must not.
load helper
load http

setup() {
	# what the routes run
	mkdir -p commands page
	PATH=$PWD/commands:$PATH
	printf '#!/bin/sh\nfor a; do printf "%%s\\n" "$a"; done | jq -nRc "[inputs]"\n' >commands/show-args
	printf '#!/bin/sh\nprintf "%%s" "$1"; exit "$2"\n' >commands/say
	printf '#!/bin/sh\nenv -0 | jq -Rsc "split(\\"\\u0000\\") | sort"\n' >commands/show-env
	printf '#!/bin/sh\nls -l /proc/self/fd | grep -c " -> " | jq -c .\n' >commands/count-fds
	printf '#!/bin/sh\nsleep 30 & echo $! >sleeper; wait\n' >commands/hang
	printf '#!/bin/sh\nyes 0123456789\n' >commands/flood
	printf '#!/bin/sh\nkill -9 $$\n' >commands/die
	printf '#!/bin/sh\nprintf "{\\"error\\":{\\"code\\":\\"%%s\\"}}\\n" "$1"; exit 1\n' >commands/say-code
	chmod +x commands/*
	printf '<!doctype html>page\n' >page/index.html
	ln -s /etc/passwd page/link
	cat >routes <<-'END'
		GET  /healthz   healthz
		GET  /          file open page/index.html "text/html; charset=utf-8"
		GET  /link      file page/link text/plain
		POST /echo      run body=1048576 json -- cat
		POST /raw       run body=1048576 type=application/octet-stream -- cat
		POST /bare      run -- say 1 0
		POST /signed    run body=1000 json sign -- cat
		POST /signed2   run body=1000 json sign=2 -- cat
		GET  /args/{id} run -- show-args {id} --x={query.x} p{query.y}q
		GET  /env       run -- show-env
		GET  /fds       run -- count-fds
		GET  /exit/{n}  run -- say "" {n}
		GET  /both/{n}  run -- say 1 {n}
		GET  /list/{n}  run array -- seq {n}
		GET  /none      run array -- false
		GET  /hang      run timeout=1 -- hang
		GET  /flood     run -- flood
		GET  /die       run -- die
		GET  /code/{c}  run -- say-code {c}
	END
	printf '0123456789abcdef0123456789ABCDEF\n' >key-1
	printf 'fedcba9876543210FEDCBA9876543210' >key-2
	chmod 600 key-1 key-2
}

teardown() { unlisten; }

get() { printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\n%s\\r\\n' "$1" "${2-}"; }
post() { printf 'POST %s HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\n%sContent-Length: %s\\r\\n\\r\\n%s' "$1" "${3-}" "$(printf "$2" | wc -c)" "$2"; }

# ---- requests ---------------------------------------------------------------------------------------------------------------

@test "answers: health, a page with its headers, HEAD, 404, 405 with Allow" {
	ask "$(get /healthz)$(get /)HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n$(get /no)$(post /healthz '')$(get /healthz)"
	expect_status 0
	expect_equal "$(statuses)" "200 200 200 404 405 200"
	grep -q '^{"status":"ok"}$' out.txt
	grep -q "^Content-Security-Policy: default-src 'self'" out.txt
	expect_equal "$(grep -c '^X-Content-Type-Options: nosniff' out.txt)" 6
	expect_equal "$(grep -c '^Content-Length: 20' out.txt)" 2
	expect_equal "$(grep -c 'doctype' out.txt)" 1
	grep -q '^Allow: GET, HEAD' out.txt
	grep -q '"code":"NOT_FOUND"' out.txt
	expect_equal "$(jq -r .status err.txt | paste -sd ' ')" "200 200 200 404 405 200"
}

@test "malformed requests: the status that each must have, then the connection is closed" {
	while IFS=$'\t' read -r want text; do
		ask "$text$(get /healthz)"
		expect_equal "$want: $(statuses)" "$want: $want"
		case $want in *200) ;; *) grep -q '^Connection: close' out.txt; [ "$(cat status.txt)" -eq 1 ] ;; esac
	done <<-'END'
		200 200 200	GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5abc\r\n\r\nhello
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\nhello
		413	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551621\r\n\r\nhello
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n
		411	POST /raw HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n
		501	POST /raw HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\nhello
		400	POST /raw HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
		400	GET /healthz HTTP/1.1\r\n\r\n
		400	GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n
		400	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nhello
		400	GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello
		400	GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n
		400	GET /healthz HTTP/1.1\nHost: localhost\n\n
		400	GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n
		404 200	GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n
		505	GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n
		501	BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n
		417	POST /raw HTTP/1.1\r\nHost: localhost\r\nExpect: soon\r\nContent-Length: 5\r\n\r\nhello
		413	POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\nhello
		413	POST /bare HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello
		411	POST /raw HTTP/1.1\r\nHost: localhost\r\n\r\n
		415	POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}
	END
	# 100 headers, 20 kB of one header, 20 kB of URI
	ask "GET /healthz HTTP/1.1\r\nHost: localhost\r\n$(for i in $(seq 100); do printf 'X-%s: 1\\r\\n' "$i"; done)\r\n"
	expect_equal "$(statuses)" 431
	long=$(head -c 20000 /dev/zero | tr '\0' a)
	ask "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: $long\r\n\r\n"
	expect_equal "$(statuses)" 431
	ask "GET /$long HTTP/1.1\r\nHost: localhost\r\n\r\n"
	expect_equal "$(statuses)" 414
}

@test "Expect: 100, then the answer; no 100 where the head already fails" {
	ask "POST /raw HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
	expect_equal "$(statuses)" "100 400"
	listen
	expect_equal "$(curl -sS -m 5 -H 'Expect: 100-continue' --data-binary hello "$URL/raw")" hello
	curl -sS -m 5 -v -H 'Expect: 100-continue' --data-binary hello "$URL/no" 2>curl.txt >/dev/null
	! grep -q '100 Continue' curl.txt || false
}

@test "a connection: pipelined, one byte at a time, HTTP/1.0, close, a hundred requests and no more" {
	text=$(get /healthz)$(post /raw hello)$(get /healthz 'Connection: close\r\n')$(get /healthz)
	ask "$text"
	expect_equal "$(statuses)" "200 200 200"
	sed '/^Date\|^X-Request-Id/d' out.txt >block.txt
	printf "$text" | perl -e '$| = 1; while (read(STDIN, $b, 1)) { syswrite(STDOUT, $b) }' | split http-wrap --routes routes
	sed '/^Date\|^X-Request-Id/d' out.txt | cmp - block.txt
	ask "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n$(get /healthz)"
	expect_equal "$(statuses)" 200
	ask "$(for i in $(seq 120); do get /healthz; done)"
	expect_equal "$(statuses | wc -w)" 100
	ask ''
	expect_status 0
	[ -z "$out$err" ]
}

# ---- commands ---------------------------------------------------------------------------------------------------------------

@test "JSON in: one value, as one line; anything else is refused" {
	ask "$(post /echo '{\n "a" :\r\n [1,2]\n}')"
	expect_equal "$(body)" '{  "a" :   [1,2] }'
	for bad in '' '{' '{}{}' '{"a":"\x01"}' 'nul' '\xff' "$(head -c 100 /dev/zero | tr '\0' '[')"; do
		printf "$bad" >bad.txt
		{ printf 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %s\r\n\r\n' "$(wc -c <bad.txt)"; cat bad.txt; } |
			split http-wrap --routes routes
		expect_equal "$bad $(statuses)" "$bad 400"
		body | jq -e '.error | .code == "BAD_REQUEST" and (.msg | startswith("the body is not JSON")) and .hint' >/dev/null
	done
}

@test "variables become arguments, never options, never a shell's" {
	ask "$(get '/args/evi_1?x=a%%20b&y=2')"
	expect_equal "$(body)" '["evi_1","--x=a b","p2q"]'
	ask "$(get '/args/a')"
	expect_equal "$(body)" '["a"]'
	ask "$(get '/args/a?x=$(touch%%20x);%%60id%%60%%26|%%3Ex')"
	expect_equal "$(body)" '["a","--x=$(touch x);`id`&|>x"]'
	[ ! -e x ]
	for bad in /args/-rf /args/.. /args/..%%2f /args/a%%00 '/args/' '/args/a/b'; do
		ask "$(get "$bad")"
		expect_equal "$bad $(statuses)" "$bad 404"
	done
	for bad in 'x=%%0a' 'x=%%00' 'x=%%ff' 'z=1' 'x=1&x=2' 'x=%%'; do
		ask "$(get "/args/a?$bad")"
		expect_equal "$bad $(statuses)" "$bad 400"
	done
}

@test "a command gets a clean environment and three descriptors, and no secret" {
	export OKX_BASE_URL=http://x TRADEPIPE_STATE=/s JP_VERIFY_BASE_URL=u JP_VERIFY_HMAC_SECRET=marker-1 JP_VERIFY_HMAC_SECRET_FILE=f \
		TRADEPIPE_KEY_FD=3 OKX_PASSPHRASE=marker-2 LD_LIBRARY_PATH=/x OTHER=1 TCPREMOTEIP=127.0.0.9 TCPLOCALIP=127.0.0.1
	ask "$(get /env 'X-Request-Id: r-1\r\nX-Other: marker-3\r\n')" --secret-file key-1 --state st
	body | jq -r '.[]' >env.txt
	grep -qx OKX_BASE_URL=http://x env.txt
	grep -qx TRADEPIPE_STATE=/s env.txt
	grep -qx JP_VERIFY_HMAC_SECRET_FILE=f env.txt
	grep -qx REQUEST_METHOD=GET env.txt
	grep -qx REQUEST_ID=r-1 env.txt
	grep -qx REMOTE_ADDR=127.0.0.9 env.txt
	! grep -E 'marker|KEY_FD|LD_LIBRARY|OTHER|TCP' env.txt || false
	ask "$(get /fds)"
	# 0, 1, 2, and ls's own look at the directory
	expect_equal "$(body)" 4
}

@test "each end of a command has its status; each error code too" {
	echo 'GET /lost run -- no-such-command' >>routes
	while read -r want path; do
		ask "$(get "$path")"
		expect_equal "$path $(statuses)" "$path $want"
		body | jq -e . >/dev/null
	done <<-'END'
		500 /exit/0
		404 /exit/1
		400 /exit/100
		500 /exit/101
		500 /exit/102
		503 /exit/111
		200 /both/0
		200 /both/1
		200 /both/100
		500 /both/101
		503 /both/111
		500 /die
		500 /lost
		400 /code/BAD_REQUEST
		401 /code/AUTH_ERROR
		404 /code/NOT_FOUND
		409 /code/CONFLICT
		429 /code/RATE_LIMIT
		502 /code/REMOTE_4XX
		502 /code/REMOTE_5XX
		502 /code/NETWORK
		503 /code/UNAVAILABLE
		504 /code/TIMEOUT
		500 /code/INTERNAL
		500 /code/NEW
		200 /list/3
		200 /none
	END
	ask "$(get /list/3)"
	expect_equal "$(body)" '{"items":[1,2,3]}'
	ask "$(get /none)"
	expect_equal "$(body)" '{"items":[]}'
}

@test "a command that hangs is ended with all that it started; one that floods too" {
	ask "$(get /hang)$(get /healthz)"
	expect_equal "$(statuses)" "504 200"
	# who killed it does not wait for it: init does
	for _ in $(seq 100); do kill -0 "$(cat sleeper)" 2>/dev/null || break; sleep 0.02; done
	! kill -0 "$(cat sleeper)" 2>/dev/null || fail "it sleeps on"
	ask "$(get /flood)$(get /healthz)"
	expect_equal "$(statuses)" "500 200"
	grep -q '"reason":"the command printed too much' err.txt
	# a body that the command does not read, larger than a pipe
	head -c 1000000 /dev/zero >big
	{ printf 'POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n'; cat big; } | split http-wrap --routes routes
	sed '1,/^\r$/d' out.txt | cmp - big
}

@test "files: nothing outside the root, not by a link either" {
	ask "$(get /link)$(get /page/index.html)$(get //etc/passwd)$(get /%%2e%%2e/etc/passwd)"
	expect_equal "$(statuses)" "500 404 404 404"
	! grep -q root: out.txt || false
	mkdir elsewhere
	echo other >elsewhere/index.html
	printf 'GET / file index.html text/plain\n' >routes
	ask "$(get /)" --root elsewhere
	expect_equal "$(body)" other
}

# ---- who may ask ------------------------------------------------------------------------------------------------------------

@test "signatures: good and bad, both versions, two secrets, one body for every refusal" {
	options="--secret-file key-1 --secret-file key-2 --state st"
	b='{"a":1}'
	for key in key-1 key-2; do
		ask "$(post /signed "$b" "X-Signature: $(printf %s "$b" | sign $key)\r\n")" $options
		expect_equal "$(statuses) $(jq -r .key err.txt)" "200 $key"
		ask "$(post /signed "$b" "X-Signature: sha256=$(printf %s "$b" | sign $key | tr a-f A-F)\r\n")" $options
		expect_equal "$(statuses)" 200
	done
	sed -e '1,/^\r$/d' out.txt >good.txt
	printf 'another secret, thirty-two bytes' >key-3
	for bad in '' 'X-Signature:\r\n' 'X-Signature: 00\r\n' "X-Signature: $(printf x | sign key-1)\r\n" "X-Signature: $(printf %s "$b" | sign key-3)\r\n" \
		'X-Signature-V2: v2=00\r\n' "X-Signature: $(printf %s "$b" | sign key-1)\r\nX-Signature-V2: v2=$(printf x | sign key-1)\r\nX-Timestamp: $(date +%s)\r\nX-Nonce: 0123456789abcdef\r\n"; do
		ask "$(post /signed "$b" "$bad")" $options
		expect_equal "$(statuses)" 401
		body >>bodies.txt
	done
	expect_equal "$(sort -u bodies.txt | wc -l)" 1
	now=$(date +%s)
	v2() { printf 'X-Timestamp: %s\\r\\nX-Nonce: %s\\r\\nX-Signature-V2: %s\\r\\n' "$1" "$2" "$(printf %s "$b" | sign_2 "${3-key-1}" "$1" "$2" POST "${4-/signed2}")"; }
	ask "$(post /signed2 "$b" "$(v2 $now nonce-0123456789)")" $options
	expect_equal "$(statuses)" 200
	# the same again, in another process
	ask "$(post /signed2 "$b" "$(v2 $now nonce-0123456789)")" $options
	expect_equal "$(statuses)" 409
	ask "$(post /signed2 "$b" "$(v2 $now nonce-0123456780 key-2)")" $options
	expect_equal "$(statuses)" 200
	ask "$(post /signed2 "$b" "$(v2 $((now - 310)) nonce-0123456781)")" $options
	expect_equal "$(statuses)" 401
	ask "$(post /signed2 "$b" "$(v2 $((now + 310)) nonce-0123456782)")" $options
	expect_equal "$(statuses)" 401
	ask "$(post /signed2 "$b" "$(v2 $now nonce-0123456783 key-1 /signed)")" $options
	expect_equal "$(statuses)" 401
	ask "$(post /signed2 "$b" "X-Signature: $(printf %s "$b" | sign key-1)\r\n")" $options
	expect_equal "$(statuses)" 401
	# no 100 Continue for who does not even claim to know the secret
	ask "POST /signed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n" $options
	expect_equal "$(statuses)" 401
}

@test "a nonce is on the disk before its request is served" {
	command -v strace >/dev/null || skip "needs strace"
	b='{"a":1}'
	v2() { printf 'X-Timestamp: %s\\r\\nX-Nonce: %s\\r\\nX-Signature-V2: %s\\r\\n' "$1" "$2" "$(printf %s "$b" | sign_2 key-1 "$1" "$2" POST /signed2)"; }
	printf "$(post /signed2 "$b" "$(v2 $(date +%s) nonce-0123456789)")" |
		strace -f -y -qq -o trace.txt -e trace=fsync,fdatasync,execve http-wrap --routes routes --secret-file key-1 --state st >out.txt
	expect_equal "$(statuses)" 200
	# made: the file, then its directory; used: the nonce, then the command
	sed -nE 's/^[0-9]+ +(fsync|fdatasync)\([0-9]+<[^>]*\/(st|st\/http-[a-z]+)(\.[0-9a-f]+)?>.* = 0$/\1 \2/p; s/^[0-9]+ +execve\("[^"]*cat".* = 0$/cat/p' trace.txt | grep -v counters >steps.txt
	expect_equal "$(tr '\n' , <steps.txt)" "fsync st/http-nonces,fsync st,fdatasync st/http-nonces,cat,"
}

@test "from afar: nothing without a secret, nothing unsigned with one, but what is open" {
	export TCPREMOTEIP=192.0.2.7 TCPLOCALIP=192.0.2.1
	ask "$(get /healthz)"
	expect_equal "$(statuses)" 503
	expect_status 102
	ask "$(get /healthz)$(get /)$(get /env)" --secret-file key-1 --state st
	expect_equal "$(statuses)" "200 200 401"
	expect_equal "$(jq -r .ip err.txt | sort -u)" 192.0.2.7
	for address in 0.0.0.0:0 '[::]:0' 192.0.2.1:0; do
		split http-wrap --routes routes --listen "$address" </dev/null
		expect_status 102
		grep -q 'needs --secret-file' err.txt
	done
}

@test "secrets: too short, readable by others, missing: 102" {
	printf 0123456789abcdef0123456789ABCDE >short
	chmod 600 short
	cp key-1 open && chmod 644 open
	for file in short open none; do
		split http-wrap --routes routes --state st --secret-file $file </dev/null
		expect_status 102
		! grep -q 0123456789abcdef err.txt || false
	done
	split http-wrap --routes routes --secret-file key-1 </dev/null
	expect_status 102
}

@test "what a foreign page makes a browser send is refused" {
	ask "$(post /echo '{}' 'Origin: http://evil.example\r\n')"
	expect_equal "$(statuses)" 403
	ask "$(post /echo '{}' 'Origin: null\r\n')"
	expect_equal "$(statuses)" 403
	ask "$(post /echo '{}' 'Origin: http://localhost\r\n')"
	expect_equal "$(statuses)" 200
	ask "GET /env HTTP/1.1\r\nHost: evil.example\r\n\r\n"
	expect_equal "$(statuses)" 421
	ask "GET /env HTTP/1.1\r\nHost: My.Name:80\r\n\r\n" --host my.name
	expect_equal "$(statuses)" 200
}

# ---- time and crowds --------------------------------------------------------------------------------------------------------

@test "deadlines are absolute: first byte, head, body, idleness" {
	options='--first-timeout 1 --header-timeout 1 --body-timeout 1 --idle-timeout 1'
	drip() { perl -e '$| = 1; print $ARGV[0]; for (1 .. 25) { select undef, undef, undef, 0.1; print $ARGV[1] }' "$1" "$2" 2>/dev/null; }
	took() {
		local t0=$SECONDS
		split http-wrap --routes routes $options
		[ $((SECONDS - t0)) -le 2 ] || fail "took $((SECONDS - t0)) s"
	}
	sleep 2 | took
	[ -z "$(cat out.txt)" ]
	drip 'GET /healthz HT' 'T' | took
	expect_equal "$(statuses)" 408
	drip $'POST /raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n' x | took
	expect_equal "$(statuses)" 408
	{ printf "$(get /healthz)"; sleep 2; } | took
	expect_equal "$(statuses)" 200
}

@test "--listen: keep-alive, many at once, slow ones do not stop the others, SIGTERM ends it in order" {
	listen --state st --workers 4 --header-timeout 2 --first-timeout 2
	curl -sS -m 5 "$URL/healthz" "$URL/healthz" -v 2>curl.txt >/dev/null
	grep -q 'Re-using existing connection' curl.txt
	# more idle and slow connections than workers
	perl -MIO::Socket::INET -e 'for (1 .. 20) { my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or die; push @s, $s; print $s ($_ % 2 ? "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" : "GET /h") } sleep 6' \
		"127.0.0.1:$PORT" 3>&- 4>&- &
	slow=$!
	sleep 0.3
	for _ in 1 2 3 4 5; do expect_equal "$(curl -sS -m 12 "$URL/healthz")" '{"status":"ok"}'; done
	kill $slow 2>/dev/null || true
	kill -TERM $SERVICE
	wait $SERVICE
	SERVICE=
	! pgrep -f "listen 127.0.0.1:0.*$PWD" >/dev/null || false
}

@test "1,000 connections at once: all served or refused, memory bounded, and it lives" {
	listen --state st --workers 8
	perl -MIO::Socket::INET -MIO::Select -e '
		my (%s, $ok); my $sel = IO::Select->new;
		for (1 .. 1000) { my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 10) or next; print $s "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"; $sel->add($s); $n++ }
		my $end = time + 15;
		while ($sel->count && time < $end) { for my $s ($sel->can_read(1)) { my $k = sysread $s, my $b, 4096; $ok++ if $k && $b =~ /^HTTP\/1.1 200/; unless ($k) { $sel->remove($s); close $s } } }
		print "$n $ok\n"' "127.0.0.1:$PORT" >crowd.txt
	expect_equal "$(cat crowd.txt)" "1000 1000"
	if ! is_sanitized; then
		for pid in $(pgrep -P $SERVICE); do
			[ "$(awk '/VmRSS/ {print $2}' "/proc/$pid/status")" -lt 4000 ] || fail "$(grep Rss "/proc/$pid/status")"
		done
	fi
	expect_equal "$(curl -sS -m 5 "$URL/healthz")" '{"status":"ok"}'
}

@test "--per-source: who has too many connections gets 429; a worker that is killed is replaced" {
	listen --workers 4 --per-source 2
	exec 5<>"/dev/tcp/127.0.0.1/$PORT" 6<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET' >&5
	printf 'GET' >&6
	sleep 0.3
	expect_equal "$(curl -sS -m 5 -o /dev/null -w '%{http_code}' "$URL/healthz")" 429
	exec 5>&- 6>&-
	sleep 0.3
	expect_equal "$(curl -sS -m 5 -o /dev/null -w '%{http_code}' "$URL/healthz")" 200
	sleep 0.8
	for pid in $(pgrep -P $SERVICE); do kill -9 "$pid"; done
	sleep 1.5
	expect_equal "$(pgrep -P $SERVICE | wc -l)" 4
	expect_equal "$(curl -sS -m 5 -o /dev/null -w '%{http_code}' "$URL/healthz")" 200
}

# ---- traces -----------------------------------------------------------------------------------------------------------------

@test "metrics add up over processes; the log has a line a request, and of secrets nothing" {
	echo 'GET /metrics metrics' >>routes
	for i in 1 2 3; do ask "$(get /healthz)$(get /no)" --state st; done
	ask "$(get /code/REMOTE_4XX)$(get /code/REMOTE_5XX)$(get /code/RATE_LIMIT)" --state st
	ask "$(get /metrics)" --state st
	for line in 'requests_total{route="GET /healthz",code="200"} 3' 'requests_total{route="other",code="404"} 3' 'errors_total{class="4xx"} 4' \
		'errors_total{class="5xx"} 2' 'upstream_errors_total{class="4xx"} 2' 'upstream_errors_total{class="5xx"} 1' \
		'request_seconds_count{route="GET /healthz"} 3' 'request_seconds_bucket{route="GET /healthz",le="+Inf"} 3'; do
		grep -qF "tradepipe_http_$line" out.txt || fail "not there: $line" "$(grep -v '^#' out.txt)"
	done
	grep -qE '^tradepipe_http_request_seconds_p95\{route="GET /healthz"\} 0\.0' out.txt
	split http-wrap --routes routes </dev/null
	expect_status 102
	b='{"secretKey":"marker-4711","apiKey":"marker-4712"}'
	ask "$(post '/raw?x=marker-4713' "$b" 'Authorization: marker-4714\r\n')" --access-log log --state st
	ask "$(post /echo "$b" 'Cookie: marker-4715\r\nX-Signature: marker-4716\r\n')" --access-log log --secret-file key-1 --state st
	ask "$(get '/%%1b[31m\x22')" --access-log log --state st
	jq -es 'length == 3 and all(has("ts") and has("id") and has("ip") and has("status") and has("in") and has("out") and has("us") and has("key") and has("reason"))' log >/dev/null
	! grep -rE 'marker|0123456789abcdef' log err.txt st || false
}

# ---- super-servers ----------------------------------------------------------------------------------------------------------

# a port that was free a moment ago
free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:0")->sockport'; }

answers() {
	for _ in $(seq 100); do
		curl -sS -m 5 "http://127.0.0.1:$1/healthz" >got.txt 2>/dev/null && break
		sleep 0.05
	done
	expect_equal "$(cat got.txt)" '{"status":"ok"}'
	expect_equal "$(curl -sS -m 5 -H 'Content-Type: application/json' -d '{"a":1}' "http://127.0.0.1:$1/echo")" '{"a":1}'
}

@test "under tcpserver" {
	command -v tcpserver >/dev/null || skip "no tcpserver"
	port=$(free_port)
	tcpserver -RHl0 -c64 127.0.0.1 "$port" "$(command -v http-wrap)" --routes routes --state st --access-log log </dev/null >server.log 2>&1 3>&- 4>&- &
	SERVICE=$!
	answers "$port"
	expect_equal "$(head -n 1 log | jq -r .ip)" 127.0.0.1
}

@test "under xinetd, which makes standard error the connection too" {
	[ -x /usr/sbin/xinetd ] || skip "no xinetd"
	[ "$(id -u)" = 0 ] || skip "xinetd wants root"
	echo 'GET /lost run -- no-such-command' >>routes
	port=$(free_port)
	cat >xinetd.conf <<-END
		service http-wrap-test
		{
		type = UNLISTED
		socket_type = stream
		protocol = tcp
		port = $port
		bind = 127.0.0.1
		wait = no
		user = root
		flags = NODELAY
		env = PATH=$PATH ASAN_OPTIONS=$ASAN_OPTIONS
		server = $(command -v http-wrap)
		server_args = --routes $PWD/routes --state $PWD/st --access-log $PWD/log
		}
	END
	/usr/sbin/xinetd -dontfork -f "$PWD/xinetd.conf" -filelog "$PWD/server.log" -pidfile "$PWD/pid" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	SERVICE=$!
	answers "$port"
	# a command that complains does not complain into the answer
	expect_equal "$(curl -sS -m 5 -o got.txt -w '%{http_code}' "http://127.0.0.1:$port/lost")" 500
	jq -e .error got.txt >/dev/null
	expect_equal "$(head -n 1 log | jq -r .ip)" 127.0.0.1
}

@test "under systemd, with Accept=yes" {
	command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
	port=$(free_port)
	systemd-socket-activate --inetd -a -l "127.0.0.1:$port" -E PATH="$PATH" -E ASAN_OPTIONS="$ASAN_OPTIONS" "$(command -v http-wrap)" --routes routes --state st \
		--access-log log </dev/null >server.log 2>&1 3>&- 4>&- &
	SERVICE=$!
	answers "$port"
	expect_equal "$(head -n 1 log | jq -r .ip)" 127.0.0.1
}
