#!/usr/bin/env bats
# Catches a proof that does not hold, one for what is not there, or one that a forged value passes.
load helper

setup() { merkle-seal <"$ROOT/examples/bundle.ndjson" >sealed.json; }

@test "a proof of every leaf holds against the root, and says which value" {
	root=$(jq -r .evidence.root sealed.json)
	for path in meta normalized.order normalized.position raw.account/positions raw.trade/order '#manifest'; do
		split merkle-proof "$path" <sealed.json
		expect_status 0
		merkle-verify --root "$root" <out.txt | jq -e '.result == "good"' || fail "$path"
	done
	merkle-proof normalized.order <sealed.json >proof.json
	expect_equal "$(jq -c '[.value, .path, .salt]' proof.json)" '[{"side":"buy","px":"65000.5"},"normalized.order","0x0000000000000000000000000000000000000000000000000000000000000000"]'
	expect_equal "$(jq -c '.manifest.value.count' proof.json)" 5
}

@test "a forged proof is bad: value, path, salt, sibling, order, root, an extra or a missing hash" {
	merkle-proof normalized.order <sealed.json >proof.json
	root=$(jq -r .root proof.json)
	for edit in '.value.px = "1"' '.path = "normalized.position"' '.salt = .root' '.proof[0] = .root' '.proof |= reverse' '.proof += [.root]' \
		'.proof |= .[1:]' '.proof = []' '.valueHash = .root' '.manifest.value.count = 4' '.manifest.proof = []' '.manifest.path = "meta"'; do
		jq -c "$edit" proof.json | split merkle-verify --root "$root"
		expect_status 1 || fail "$edit"
	done
	jq -c '.root = .hash | .proof = []' proof.json | split merkle-verify --root "$root"
	expect_status 1
}

@test "no proof for what is missing, redacted, forged or unsealed" {
	printf 'a key of 32 bytes for the test..' >key
	merkle-seal --redactable raw.trade/order --key-fd 3 <"$ROOT/examples/bundle.ndjson" 3<key | merkle-redact raw.trade/order >redacted.json
	for case in 'raw.none sealed.json' 'raw.trade/order redacted.json'; do
		set -- $case
		split merkle-proof "$1" <"$2"
		expect_status 1
	done
	# the others of a redacted record can still be proved
	merkle-proof normalized.order <redacted.json | merkle-verify | jq -e '.result == "good"'
	jq -c '.normalized.order.px = "1"' sealed.json | split merkle-proof normalized.position
	expect_status 1
	split merkle-proof meta <"$ROOT/examples/bundle.ndjson"
	expect_status 1
}
