#!/usr/bin/env bats
# Catches a signer that signs what it should not: what the payload does not say, what the policy forbids, what was paid before,
# what a restart made it forget; and one that gives other signatures than the chains' own libraries.
load helper

VECTORS=$ROOT/tests/data/sign/vectors.ndjson # payloads and signatures of ethers, bitcoinjs, OpenSSL, tronweb: tests/peers/sign-vectors.mjs

setup() {
	(umask 077; printf '%064d\n' 7 >master.key)
	export TRADEPIPE_SIGN_KEY_FILE=master.key
	cp "$ROOT/tests/data/sign/policy" policy
	# the keys 46...46 and 01...01, as the test of key files makes them
	cp "$ROOT/tests/data/sign/hot.keys" .
}

# the request of one vector, changed by a jq program
request() { jq -c --arg job "$1" "select(.request.job == \$job) | .request | ${2:-.}" "$VECTORS"; }
# another version of one of the jobs: tests/data/sign/versions.ndjson
version() { jq -c --arg name "$1" "select(.name == \$name) | .request | ${2:-.}" "$ROOT/tests/data/sign/versions.ndjson"; }
sign() { sign-key sign --keys hot.keys --policy policy --state st "$@" 2>>sign.err; }
# "ok", or class and code
verdict() { jq -r 'if .ok then "ok" else .error | .class + " " + .code end'; }

@test "every form: the signatures that the chains' own libraries give" {
	jq -c .request "$VECTORS" | sign >out.txt
	jq -c .signatures "$VECTORS" >expected.txt
	jq -c .signatures out.txt | diff expected.txt -
	[ "$(wc -l <expected.txt)" -eq 13 ]
}

@test "the same payload again: the same signature, counted once, also after a restart" {
	jq -c .request "$VECTORS" >all.ndjson
	sign <all.ndjson >first.txt
	cat all.ndjson all.ndjson | sign --metrics-file m >again.txt
	cat first.txt first.txt | cmp - again.txt
	grep -qx 'dex_sign_total 0' m
	grep -qx 'dex_sign_again_total 26' m
	[ "$(wal-cat --state st | wc -l)" -eq 13 ]
}

@test "a request that says something else than its payload is refused" {
	{
		request transfer '.amount = "1500001"'
		request transfer '.to = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"'
		request transfer '.asset = "ETH"'
		request transfer '.payer = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"'
		request transferFrom 'del(.payer)'
		request transferFrom '.payer = .to'
		request transfer '.fee = "1949999999999999"'
		request transfer '.kind = "cancel"'
		request wpkh '.amount = "39000"'
		request wpkh '.fee = "999"'
		request wpkh '.kind = "child"'
		request sol-create '.to = "So11111111111111111111111111111111111111112"'
		request trc20 '.to = .from'
		request trx '.amount = "6"'
	} >asked.txt
	sign <asked.txt | verdict | sort | uniq -c >out.txt || true
	expect_equal "$(sed 's/^ *//' out.txt)" "14 refused MISMATCH"
	[ "$(wal-cat --state st | wc -l)" -eq 0 ]
}

@test "a digest that is not the payload's, a missing one, one too many, another scheme: refused" {
	{
		request transfer '.unsigned.digests[0].digest = "'"$(printf '%064d' 1)"'"'
		request transfer '.unsigned.digests = []'
		request transfer '.unsigned.digests += .unsigned.digests'
		request transfer '.unsigned.digests[0].scheme = "ecdsa"'
		request wpkh-3 '.unsigned.digests |= [.[1], .[0], .[2]]'
		request wpkh-3 '.unsigned.digests |= .[:2]'
		request p2tr '.unsigned.digests[0].scheme = "ecdsa"'
		request sol-create '.unsigned.digests[0].scheme = "ecdsa"'
	} >asked.txt
	sign <asked.txt | verdict | sort | uniq -c >out.txt || true
	expect_equal "$(sed 's/^ *//' out.txt)" "8 refused DIGEST"
}

@test "payloads that do more than pay, or are bent: refused" {
	{
		# approve(address,uint256); a call with bytes before the address; coins to the token; an access list; no chain id
		request transfer '.unsigned.payload |= sub("a9059cbb"; "095ea7b3")'
		request transfer '.unsigned.payload |= sub("a9059cbb00"; "a9059cbb01")'
		request transfer '.unsigned.payload |= sub("80b844"; "01b844")'
		request transfer '.unsigned.payload |= sub("c0$"; "c100")'
		request transfer '.unsigned.payload += "00"'
		request eip-155 '.unsigned.payload |= sub("018080$"; "808080")'
		request trc20 '.unsigned.payload += "0a00"'
		request sol-create '.unsigned.payload |= .[:-4]'
		request wpkh '.unsigned.payload |= .[:-4]'
	} >asked.txt
	sign <asked.txt | verdict >out.txt || true
	expect_equal "$(sort out.txt | uniq -c | sed 's/^ *//')" "9 refused PAYLOAD"
	request transfer '.unsigned.payload = "zz"' | sign | verdict >out.txt || true
	expect_equal "$(cat out.txt)" "request PAYLOAD"
}

@test "the policy: receivers, limits, fees, chains, assets; what no rule speaks of is refused" {
	n=0
	check() { # expected verdict, job, jq program for the policy; each third one where the sanitizers make it slow
		n=$((n + 1))
		if is_sanitized && [ $((n % 3)) -ne 1 ]; then return 0; fi
		jq -c "$3" <(grep -v '^#' "$ROOT/tests/data/sign/policy") >policy
		rm -rf st
		expect_equal "$(request "$2" | sign | verdict)" "$1"
	}
	check "ok" transfer .
	check "refused NOT_ALLOWED" transfer 'select(.type != "allow")'
	check "ok" transfer 'if .type == "allow" and .chain == "eth" then .address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" else . end'
	check "refused NOT_ALLOWED" transfer 'if .type == "allow" and .chain == "eth" then .address = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359" else . end'
	check "refused NOT_ALLOWED" transfer 'if .type == "allow" and .chain == "eth" then . + {address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", asset: "ETH"} else . end'
	check "refused TX_LIMIT" transfer 'if .type == "allow" and .chain == "eth" then . + {address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", txMax: "1499999"} else . end'
	check "refused TX_LIMIT" transfer 'if .asset == "USDC" then .txMax = "1499999" else . end'
	check "ok" transfer 'if .asset == "USDC" then .txMax = "1500000" else . end'
	check "funds DAY_LIMIT" transfer 'if .asset == "USDC" then .dayMax = "1499999" else . end'
	check "refused FEE_CAP" transfer 'if .type == "chain" then .feeMax = "1949999999999999" else . end'
	check "ok" transfer 'if .type == "chain" then .feeMax = "1950000000000000" else . end'
	check "funds FEE_DAY" transfer 'if .type == "chain" then .feeDayMax = "1949999999999999" else . end'
	check "refused CHAIN" transfer 'select(.chain != "eth")'
	check "refused CHAIN" transfer 'if .chain == "eth" and .type == "chain" then .chainId = 5 else . end'
	check "refused ASSET" transfer 'select(.contract != "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")'
	check "refused FEE_CAP" wpkh 'if .type == "chain" then .feeMax = "999" else . end'
	check "refused NOT_ALLOWED" sol-create 'if .type == "allow" and .chain == "sol" then .address = "So11111111111111111111111111111111111111112" else . end'
	check "ok" sol-create 'if .type == "allow" and .chain == "sol" then .address = "cGfHiC6Kgg3FpFZvgwGcswsCRtp4aBP2fzuXRQPizuN" else . end'
	check "refused TX_LIMIT" trc20 'if .asset == "USDC" then .txMax = "2499999" else . end'
}

@test "the day's limit holds over many jobs, and a restart" {
	sed -i 's/"dayMax":"400000000000"/"dayMax":"4500000"/' policy
	for n in 1 2 3 4; do request transfer ".job = \"t$n\""; done >asked.txt
	sign <asked.txt | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "ok,ok,ok,funds DAY_LIMIT,"
	request transfer '.job = "t5"' | sign | verdict >out.txt || true
	expect_equal "$(cat out.txt)" "funds DAY_LIMIT"
	# as far as it goes
	sed -i 's/"dayMax":"4500000"/"dayMax":"6000000"/' policy
	request transfer '.job = "t6"' | sign | verdict >out.txt
	expect_equal "$(cat out.txt)" "ok"
}

@test "a job is one payment: what could pay twice is refused, replacements are signed as the libraries sign them" {
	{
		request transfer
		version bump
		version "other nonce"    # both could be mined
		version "other receiver"
		request eip-155 '.job = "transfer"'
		request transfer-legacy '.job = "transfer"'
		request wpkh '.job = "transfer"'
		version cancel
		version bump
		request wpkh
		version rbf
		version "btc other input"
		version "btc cancel"
		version "btc child"
	} >asked.txt
	sign <asked.txt >answers.txt || true
	verdict <answers.txt >out.txt
	expect_equal "$(tr '\n' , <out.txt)" "ok,ok,refused JOB,refused JOB,refused JOB,refused JOB,refused JOB,ok,ok,ok,ok,refused JOB,ok,ok,"
	jq -c 'select(.name == ("bump", "cancel", "rbf", "btc cancel", "btc child")) | .signatures' "$ROOT/tests/data/sign/versions.ndjson" | sort >expected.txt
	sed -n '2p;8p;11p;13p;14p' answers.txt | jq -c .signatures | sort | cmp - expected.txt
}

@test "a new version counts once: its payment not at all, of its fee what is more" {
	# bump and transfer cost 2193750000000000 and 1950000000000000
	jq -c 'if .asset == "USDC" then .dayMax = "1500000" elif .type == "chain" then .feeDayMax = "2193749999999999" else . end' <(grep -v '^#' policy) >tight
	mv tight policy
	{ request transfer; version bump; } | sign | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "ok,funds FEE_DAY,"
	sed -i 's/2193749999999999/2193750000000000/' policy
	version bump | sign | verdict >out.txt
	expect_equal "$(cat out.txt)" "ok"
}

@test "Solana and Tron: another version not before the one before is too old" {
	later() { request sol-account ".job = \"$1\" | .unsigned.payload = \"$other\""; }
	other=$(request sol-account | jq -r .unsigned.payload | base64 -d | perl -0pe 's/\x03{32}/"\x04" x 32/e' | base64 -w0)
	{ request sol-account '.job = "s"'; later s; } | sign | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "ok,retry EARLY,"
	sed -i 's/"family":"solana"/"family":"solana","versionAfter":0/' policy
	request sol-account '.job = "n"' | sign | verdict >out.txt
	sleep 0.01
	later n | sign | verdict >>out.txt
	expect_equal "$(tr '\n' , <out.txt)" "ok,ok,"
}

@test "a second word about an output to be spent is refused" {
	version lie | sign | verdict >out.txt
	request wpkh | sign | verdict >>out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "ok,refused COIN,"
}

@test "change goes to our keys, or to addresses that the policy calls own" {
	version "multisig change" | sign | verdict >out.txt || true
	printf '%s\n' '{"type":"own","chain":"btc","address":"bcrt1qp84m6lkpdwvx5c78vl76g6su5hxljrnkvk8sgwdeg2geadzj0asqyvw07y"}' >>policy
	version "multisig change" | sign | verdict >>out.txt
	expect_equal "$(tr '\n' , <out.txt)" "refused MISMATCH,ok,"
}

@test "a cancel and a child pay nobody but ourselves" {
	{ request wpkh '.kind = "cancel"'; request wpkh '.kind = "child"'; request wpkh '.kind = "gift"'; version "btc child" '.kind = "pay"'; } | sign | verdict >out.txt || true
	expect_equal "$(tr '\n' , <out.txt)" "refused MISMATCH,refused MISMATCH,refused KIND,refused MISMATCH,"
}

@test "kill -9 at any moment: what went out is in the log" {
	request transfer 'range(200) as $n | .job = "k\($n)"' >asked.txt
	for printed in 1 20 60; do
		rm -rf out.txt
		# not by sign(): a function in the background is a shell, and who is to die is its child
		sign-key sign --keys hot.keys --policy policy --state st <asked.txt >out.txt 2>>sign.err & pid=$!
		until [ "$(wc -l <out.txt 2>/dev/null || echo 0)" -ge $printed ] || ! kill -0 $pid 2>/dev/null; do sleep 0.005; done
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		printed=$(jq -c 'select(.ok)' <out.txt 2>/dev/null | wc -l)
		logged=$(wal-cat --state st 2>/dev/null | wc -l)
		[ "$logged" -ge "$printed" ] || fail "printed $printed, logged $logged"
	done
	sign <asked.txt | verdict | sort | uniq -c | sed 's/^ *//' >out.txt
	expect_equal "$(cat out.txt)" "200 ok"
}

@test "a full disk: 111, and nothing signed that is not kept" {
	is_sanitized && skip "once is enough"
	make_disk 1M
	mount -o loop disk mnt
	mkdir mnt/st
	dd if=/dev/zero of=mnt/fill bs=1k 2>/dev/null || true
	split sign-key sign --keys hot.keys --policy policy --state mnt/st < <(request transfer)
	umount mnt
	expect_status 111
	[ -z "$out" ]
}

@test "over a socket: for its owner only, one connection after the other; SIGTERM ends it" {
	sign-key sign --keys hot.keys --policy policy --state st --listen sock 2>sign.err &
	pid=$!
	for _ in $(seq 100); do [ -S sock ] && break; sleep 0.05; done
	expect_equal "$(stat -c %a sock)" 600
	for _ in 1 2; do
		request transfer | perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "sock") or die; print $s $_ while <STDIN>; $s->shutdown(1); print while <$s>' >>out.txt
	done
	expect_equal "$(verdict <out.txt | tr '\n' ,)" "ok,ok,"
	kill -TERM $pid
	wait $pid
}

@test "the sandbox: no new files, sockets or programs" {
	is_sanitized && skip "sanitizer builds run without the sandbox"
	gcc -shared -fPIC -o intruder.so "$ROOT/tests/fault/intruder.c"
	for try in socket exec ptrace; do
		s=0
		request transfer | INTRUDE=$try LD_PRELOAD=$PWD/intruder.so sign-key sign --keys hot.keys --policy policy --state st >out.txt 2>err.txt || s=$?
		[ $s -eq 159 ] || fail "$try: status $s"
	done
}

@test "a key file: another master secret, a changed box, a key moved to another name are refused" {
	rm hot.keys
	printf '46%.0s' $(seq 32) | sign-key add --keys hot.keys hot >/dev/null
	printf '01%.0s' $(seq 32) | sign-key add --keys hot.keys --kind ed25519 sol >/dev/null
	sign-key list --keys hot.keys >made.txt
	sign-key list --keys "$ROOT/tests/data/sign/hot.keys" | cmp - made.txt
	printf '%064d\n' 8 >other.key
	chmod 600 other.key
	split sign-key list --keys hot.keys --master-key-file other.key
	expect_status 102
	sed 's/"name":"hot"/"name":"hat"/' hot.keys >moved.keys
	split sign-key list --keys moved.keys
	expect_status 102
	grep -q 'does not open' err.txt
	sed '2s/"box":"\(.\)/"box":"\1\1/; 2s/\(.\)"}$/"}/' hot.keys >bent.keys
	split sign-key list --keys bent.keys
	expect_status 102
	printf 'marker-secret-%s' x | split sign-key add --keys hot.keys n
	expect_status 100
	split sign-key add --keys hot.keys --generate hot
	expect_status 100
	expect_equal "$(stat -c %a hot.keys)" 600
	# no secret key in it, in any of these spellings
	! grep -q "$(printf '46%.0s' $(seq 32))" hot.keys || false
}

@test "a seed: from words, an xprv or hex digits; its accounts, and keys of its own for other chains; nothing of it in the file" {
	words="abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
	xprv=xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpxR86QEC8w35uxmGoggxtQTPvfUu
	echo "$words" | sign-key add --keys s.keys --kind hd --path 86h/0h/0h seed | jq -r .origin >out.txt
	expect_equal "$(cat out.txt)" "[73c5da0a/86h/0h/0h]xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ"
	echo $xprv | sign-key add --keys x.keys --kind hd seed | jq -r .public >out.txt
	expect_equal "$(cat out.txt)" "$(sign-key list --keys s.keys | jq -r .public)"
	# without the master secret there is a public key and no origin
	expect_equal "$(env -u TRADEPIPE_SIGN_KEY_FILE sign-key list --keys s.keys | jq -c '[.kind, .origin]')" '["hd",null]'
	sign-key add --keys s.keys --from seed --path 44h/60h/0h/0/0 evm | jq -r .evm >out.txt
	expect_equal "$(cat out.txt)" 0x9858EfFD232B4033E47d90003D41EC34EcaEda94
	printf TREZOR >phrase
	echo "$words" | sign-key add --keys s.keys --kind hd --seed-passphrase-fd 7 other 7<phrase | jq -r .origin >out.txt
	expect_equal "$(cut -c1-11 <out.txt)" "[b4e3f5ed]x"
	sign-key add --keys s.keys --kind hd --generate made >/dev/null
	expect_equal "$(sign-key list --keys s.keys | jq -r .kind | tr '\n' ' ')" "hd secp256k1 hd hd "
	! grep -qi -e abandon -e prv -e 1837c1be8e2995ec11cda2b066151be2 s.keys || false
	# another's box; words with a wrong checksum; a path without a seed behind it; nothing of a secret is said
	sed 's/"name":"other"/"name":"seed2"/' s.keys >moved.keys
	split sign-key list --keys moved.keys
	expect_status 102
	for secret in "$words about" "${words% *} abandon" "${xprv%U}V" 00; do
		echo "$secret" | split sign-key add --keys s.keys --kind hd n
		expect_status 100
		! grep -q -e abandon -e "${xprv:0:20}" err.txt || false
	done
	split sign-key add --keys s.keys --from evm --path 0 n
	expect_status 100
	split sign-key add --keys s.keys --from seed n
	expect_status 100
	# a policy that speaks of a seed that is not there
	printf '%s\n' '{"type":"path","chain":"btc","key":"hot","path":"84h/1h/0h","script":"p2wpkh","indexMax":9}' >>policy
	split sign-key sign --keys hot.keys --policy policy --state st </dev/null
	expect_status 102
	grep -q 'hot' err.txt
}

@test "two processes on one state: the second does not start, for each would allow a day's limit" {
	mkfifo to
	sign <to >out.txt &
	pid=$!
	exec 8>to
	request transfer >&8
	for _ in $(seq 200); do [ -s out.txt ] && break; sleep 0.05; done
	[ -s out.txt ]
	split sign-key sign --keys hot.keys --policy policy --state st < <(request transfer '.job = "other"')
	[ "$status" -ne 0 ]
	[ -z "$out" ]
	exec 8>&-
	wait $pid
	# and it can when the first has gone
	request transfer '.job = "other"' | sign | verdict >out.txt
	expect_equal "$(cat out.txt)" ok
}

@test "a passphrase seals, too" {
	is_sanitized && skip "scrypt takes long with the sanitizers in; cipher_test has it"
	printf 'correct horse battery\n' >phrase
	sign-key add --keys p.keys --generate --passphrase-fd 7 a 7<phrase >/dev/null
	sign-key list --keys p.keys --passphrase-fd 7 7<phrase | jq -r .name >out.txt
	expect_equal "$(cat out.txt)" a
	split sign-key list --keys p.keys
	expect_status 102
}

@test "a policy with one line that is not understood is none, and the line is named" {
	printf '%s\n' '{"type":"allow","chain":"eth","address":"0xa0b86991c6218b36c1D19D4a2e9Eb0cE3606eB48"}' >>policy
	split sign-key sign --keys hot.keys --policy policy --state st </dev/null
	expect_status 102
	grep -q 'line 19"' err.txt || fail "$err"
	cp "$ROOT/tests/data/sign/policy" policy
	printf '%s\n' '{"type":"allow","chain":"eth","adress":"*"}' >>policy
	split sign-key sign --keys hot.keys --policy policy --state st </dev/null
	expect_status 102
}

@test "PKCS#11: keys in SoftHSM sign for every chain but taproot, and the same again" {
	library=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1) || true
	[ -n "$library" ] && command -v softhsm2-util pkcs11-tool >/dev/null || skip "needs softhsm2 and opensc"
	mkdir tokens
	printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$PWD/tokens" >softhsm2.conf
	export SOFTHSM2_CONF=$PWD/softhsm2.conf
	softhsm2-util --init-token --free --label hot --pin 1234 --so-pin 5678 >/dev/null
	make_key() { pkcs11-tool --module "$library" --token-label hot --login --pin 1234 --keypairgen --key-type "$1" --label "$2" --id "$3" >/dev/null 2>&1; }
	make_key EC:secp256k1 k1 01
	make_key EC:edwards25519 ed 02
	(umask 077; echo 1234 >pin)
	token="--module $library --token hot --pin-file pin"
	sign-key add --keys t.keys --token-key k1 $token hot >key.json
	sign-key add --keys t.keys --kind ed25519 --token-key ed $token sol >>key.json
	evm=$(jq -r 'select(.name == "hot").evm' key.json)
	# the payload does not name the sender; the digest's key does
	request transfer ".from = \"$evm\" | .unsigned.digests[0].key = \"$evm\"" >asked.txt
	asan_token() { if is_sanitized; then sign-key "$@"; else sign-key "$@" --module-state tokens; fi; }
	for _ in 1 2; do asan_token sign --keys t.keys --policy policy --state st $token <asked.txt >>out.txt; done
	expect_equal "$(jq -c .signatures out.txt | sort -u | wc -l)" 1
	expect_equal "$(verdict <out.txt | tr '\n' ,)" "ok,ok,"
	expect_equal "$(jq -r '.signatures[0].publicKey' out.txt | sort -u)" "$(jq -r 'select(.name == "hot").public' key.json)"
	# without its token such a key is no key
	split sign-key sign --keys t.keys --policy policy --state st2 </dev/null
	expect_status 102
}

@test "no core dumps, no tracing, and keys nowhere in arguments and environment" {
	is_sanitized && skip "the sanitizers read /proc"
	mkfifo to
	sign <to >out.txt &
	pid=$!
	exec 8>to
	request transfer >&8
	for _ in $(seq 100); do [ -s out.txt ] && break; sleep 0.05; done
	child=$(pgrep -P $pid -x sign-key || echo $pid)
	# not dumpable: its files under /proc belong to root
	grep -q '^CapEff' /proc/$child/status
	tr '\0' '\n' <"/proc/$child/cmdline" >seen
	tr '\0' '\n' <"/proc/$child/environ" >>seen 2>/dev/null || true
	! grep -q "$(printf '46%.0s' $(seq 8))" seen || false
	grep -qE '^Max core file size +0 ' "/proc/$child/limits"
	exec 8>&-
	wait $pid
}
