#!/usr/bin/env bats
# Catches a redaction that leaves the value or its salt behind, changes the root, or lets an unredacted record through.
load helper

setup() {
	printf 'a key of 32 bytes for the test..' >key
	merkle-seal --redactable 'raw.*' --redactable normalized.order --key-fd 3 <"$ROOT/examples/bundle.ndjson" 3<key >sealed.json
}

@test "value and salt go, hash and root stay, and the record still holds" {
	merkle-redact raw.trade/order normalized.order <sealed.json >redacted.json
	! grep -q 65000.5 redacted.json || false
	expect_equal "$(jq -c '[.evidence | .root, .bundleHash, .evidenceId]' redacted.json)" "$(jq -c '[.evidence | .root, .bundleHash, .evidenceId]' sealed.json)"
	hash=$(jq -r '.evidence.leaves[] | select(.path == "raw.trade/order") | .hash' sealed.json)
	expect_equal "$(jq -c '.raw["trade/order"]' redacted.json)" "{\"\$redacted\":\"$hash\"}"
	expect_equal "$(jq -c '[.evidence.leaves[] | select(.salt) | .path]' redacted.json)" '["raw.account/positions"]'
	split merkle-verify <redacted.json
	expect_status 0
	expect_equal "$(jq -c '[.result, .leaves]' out.txt)" '["good",{"open":3,"redacted":2,"missing":0}]'
}

@test "redacting twice is the same as once; in steps is the same as at once" {
	merkle-redact raw.trade/order raw.account/positions <sealed.json >once.json
	merkle-redact raw.trade/order <sealed.json | merkle-redact raw.account/positions raw.trade/order >steps.json
	cmp once.json steps.json
}

@test "what cannot be redacted is not passed on" {
	for path in normalized.position raw.nothing perf; do
		split merkle-redact "$path" <sealed.json
		expect_status 1
		jq -e '.error.code == "BAD_REQUEST" and (has("raw") | not)' out.txt
	done
	jq -c '.raw["trade/order"].code = "1"' sealed.json | split merkle-redact raw.trade/order
	expect_status 1
	! grep -q ordId out.txt || false
	split merkle-redact raw.x <"$ROOT/examples/bundle.ndjson"
	expect_status 1
	split merkle-redact meta </dev/null
	expect_status 100
	split merkle-redact </dev/null
	expect_status 100
}

@test "a redacted value cannot be found by trying: its salt is needed" {
	merkle-redact raw.trade/order <sealed.json >redacted.json
	hash=$(jq -r '.raw["trade/order"]["$redacted"]' redacted.json)
	# the very value, hashed without the salt, is another leaf
	unsalted=$(merkle-seal <"$ROOT/examples/bundle.ndjson" | jq -r '.evidence.leaves[] | select(.path == "raw.trade/order") | .hash')
	[ "$hash" != "$unsalted" ]
}

@test "a public value cannot be passed off as redacted" {
	hash=$(jq -r '.evidence.leaves[] | select(.path == "normalized.position") | .hash' sealed.json)
	jq -c --arg h "$hash" '.normalized.position = {"$redacted": $h}' sealed.json | split merkle-verify
	expect_status 1
}
