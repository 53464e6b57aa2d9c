# tls: a certificate authority of the tests' own, and stunnel in front of a service. Load after helper.

free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => $ARGV[0], LocalPort => 0)->sockport' "${1:-127.0.0.1}"; }

# make_authority: ca.pem and ca.key
make_authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=tradepipe tests" -keyout ca.key -out ca.pem 2>/dev/null
}

# make_certificate NAME [ADDRESS]: server.pem, certificate and key, for NAME (and ADDRESS)
make_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout server.key -out server.csr 2>/dev/null
	printf 'subjectAltName=DNS:%s%s\n' "$1" "${2:+,IP:$2}" >server.ext
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt 2>/dev/null
	cat server.crt server.key >server.pem
	chmod 600 server.pem
}

# stunnel_settings PORT SERVICE [ADDRESS]: the settings of etc/stunnel, with these places
stunnel_settings() {
	sed -e "s|^accept = .*|accept = ${3:-127.0.0.1}:$1|" -e "s|^connect = .*|connect = 127.0.0.1:$2|" -e "s|^cert = .*|cert = $PWD/server.pem|" \
		-e 's|^foreground = .*|foreground = yes|' -e '/^setuid/d; /^setgid/d; /^pid/d' "$ROOT/etc/stunnel/jp-verify.conf"
}

# start_stunnel PORT SERVICE [ADDRESS]
start_stunnel() {
	stunnel_settings "$@" >stunnel.conf
	${NETNS:+ip netns exec $NETNS} stunnel stunnel.conf >stunnel.log 2>&1 3>&- 4>&- 9>&- &
	STUNNEL=$!
	for _ in $(seq 200); do grep -q 'Configuration successful' stunnel.log && break; sleep 0.02; done
}

stop_stunnel() {
	kill "$STUNNEL" 2>/dev/null || true
	wait "$STUNNEL" 2>/dev/null || true
}
