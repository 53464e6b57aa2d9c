#!/usr/bin/env bats
# Catches a seal that differs from the published vector, changes a byte of what it seals, or seals what two records could share.
load helper

seal() { merkle-seal "$@"; }

@test "the published vector" {
	expect_equal "$(seal <"$ROOT/examples/bundle.ndjson" | jq -c '[.evidence.root, .evidence.bundleHash, .evidence.evidenceId, .evidence.parentRoot, .evidence.rootAlgo]')" \
		'["0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104","0x8f8af8913a1c8cc8d97083078c67713b833e0ae2c9be6359a49bd8fc306d6f78","evi_20251104_66581ec2adfcb028",null,"keccak256-merkle-v1"]'
	expect_equal "$(seal <"$ROOT/examples/bundle.ndjson" | jq -r '.evidence.leaves[-1] | .path + " " + .hash')" \
		'#manifest 0xea0eb62e3de1ce66b64d28be4360a68af6fcab74f30c7492de085de124f4bdbe'
}

@test "what stood in the record stays byte for byte; evidence is appended" {
	printf ' { "meta" : {"verifiedAt":"2026-01-02T03:04:05Z"} , "raw":{"x": {"px":1.10,"n" :"\\u0041" }},"other":[1, 2]}\n' >in.ndjson
	seal <in.ndjson >out.txt
	grep -qF '{ "meta" : {"verifiedAt":"2026-01-02T03:04:05Z"} , "raw":{"x": {"px":1.10,"n" :"\u0041" }},"other":[1, 2],"evidence":{' out.txt
}

@test "the three Keccak paths seal to the same bytes" {
	for path in scalar avx2 avx512; do
		for i in 1 2 3; do cat "$ROOT/tests/data/contract/normalize.ndjson" "$ROOT/examples/bundle.ndjson"; done | TRADEPIPE_KECCAK=$path seal >$path.txt
	done
	cmp scalar.txt avx2.txt
	cmp scalar.txt avx512.txt
}

@test "volatile members do not change the bundle hash; anything else does" {
	hash() { seal | jq -r .evidence.bundleHash; }
	base=$(hash <"$ROOT/examples/bundle.ndjson")
	for edit in '.meta.verifiedAt = "2026-01-01T00:00:00Z"' '.meta.requestId = "other"' '.raw["trade/order"].fetchedAt = "x"' \
		'.raw["trade/order"].bodySha256 = "00"' '.raw["trade/order"].request = "GET /"' '.raw["public/time"] = {"a": 1}' '.raw["public/time#2"] = {"a": 1}' '.perf = {}'; do
		expect_equal "$(jq -c "$edit" "$ROOT/examples/bundle.ndjson" | hash)" "$base" || fail "$edit"
	done
	for edit in '.meta.live = false' '.raw["trade/order"].code = "1"' '.normalized.position.liquidated = false' '.error = {"code": "X"}' 'del(.raw["trade/order"])' \
		'.raw["public/timer"] = {}' '.meta.ordId = "1"'; do
		[ "$(jq -c "$edit" "$ROOT/examples/bundle.ndjson" | hash)" != "$base" ] || fail "$edit"
	done
}

@test "two records that differ never share a root: lossy numbers, twins, false redaction are refused, and passed on unsealed" {
	for bad in '"raw":{"x":{"id":2940071038556348417}}' '"raw":{"x":{"a":1,"a":2}}' '"raw":{"x":1,"x":2}' \
		'"raw":{"x":{"$redacted":"0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104"}}' '"raw":[]' '"normalized":1'; do
		printf '{"meta":{"verifiedAt":"2026-01-02T03:04:05Z"},%s}\n' "$bad" >in.ndjson
		split seal <in.ndjson
		expect_status 1 || fail "$bad"
		jq -e 'has("evidence") | not' out.txt
		expect_equal "$(jq -r .error.code out.txt)" BAD_REQUEST
	done
}

@test "the first error stays: sealing does not hide why fetching failed, and the error is a leaf" {
	jq -c '.error = {"code": "TIMEOUT", "msg": "m", "hint": "h"}' "$ROOT/examples/bundle.ndjson" >in.ndjson
	split seal <in.ndjson
	expect_status 1
	expect_equal "$(jq -c '[.error.code, (.evidence.leaves | map(.path) | index("error") != null)]' out.txt)" '["TIMEOUT",true]'
}

@test "a record that is sealed already is refused" {
	seal <"$ROOT/examples/bundle.ndjson" | split seal
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt)" BAD_REQUEST
}

@test "redactable leaves: salts by the key, none without it, and the key stays inside" {
	printf 'a key of 32 bytes for the test..' >key
	seal --redactable 'raw.*' --key-fd 3 <"$ROOT/examples/bundle.ndjson" 3<key >out.txt
	expect_equal "$(jq -c '[.evidence.leaves[] | select(.salt) | .path]' out.txt)" '["raw.account/positions","raw.trade/order"]'
	# HMAC-SHA256(key, KEC(JCS(meta)) || 00 || path), with openssl; KEC(JCS(meta)) is the valueHash in a proof of meta
	meta=$(merkle-proof meta <out.txt | jq -r '.valueHash[2:]')
	want=$(printf '%s00%s' "$meta" "$(printf 'raw.trade/order' | od -An -tx1 | tr -d ' \n')" | perl -ne 'print pack("H*", $_)' |
		openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(od -An -tx1 key | tr -d ' \n')" | sed 's/.* //')
	expect_equal "$(jq -r '.evidence.leaves[] | select(.path == "raw.trade/order") | .salt' out.txt)" "0x$want"
	! grep -q 'a key of' out.txt || false
	split seal --redactable raw.x <"$ROOT/examples/bundle.ndjson"
	expect_status 100
	printf short >key
	split seal --redactable raw.x --key-fd 3 <"$ROOT/examples/bundle.ndjson" 3<key
	expect_status 102
	split seal --redactable meta --key-fd 3 <"$ROOT/examples/bundle.ndjson" 3<key
	expect_status 100
}

@test "records that fail do not hold up those around them" {
	{ cat "$ROOT/examples/bundle.ndjson"; echo '{"meta":1}'; echo 'x'; cat "$ROOT/examples/bundle.ndjson"; } >in.ndjson
	split seal <in.ndjson
	expect_status 1
	expect_equal "$(jq -c '.evidence.root // .error.code' out.txt | cut -c1-14 | tr '\n' ' ')" '"0x66581ec2adf "BAD_REQUEST" "BAD_REQUEST" "0x66581ec2adf '
}

@test "many large records: memory is bounded and the filter's sandbox holds" {
	jq -nc '{meta: {verifiedAt: "2026-01-02T03:04:05Z"}, raw: ([range(300)] | map({key: "e\(.)", value: {data: [range(50) | {id: "\(.)"}]}}) | from_entries)}' >big.json
	for i in $(seq 20); do cat big.json; done >in.ndjson
	split seal <in.ndjson
	expect_status 0
	expect_equal "$(jq -r .evidence.root out.txt | sort -u | wc -l)" 1
	expect_equal "$(head -n 1 out.txt | jq '.evidence.leaves | length')" 302
}

@test "a tree large enough for two threads is the same tree" {
	jq -c '.raw = ([range(6000)] | map({key: "trade/order#\(. + 2)", value: {n: .}}) | from_entries)' "$ROOT/examples/bundle.ndjson" >many.ndjson
	merkle-seal <many.ndjson >sealed.ndjson
	# merkle-verify computes alone
	expect_equal "$(merkle-verify <sealed.ndjson | jq -r '.checked | contains(["root"])')" true
	cmp sealed.ndjson <(taskset 1 merkle-seal <many.ndjson)
}
