#!/usr/bin/env bats
# Catches a check that calls a changed record good, a good one bad, or hides what it could not check.
load helper

setup() {
	merkle-seal <"$ROOT/tests/data/contract/normalize.ndjson" >/dev/null 2>&1 || true
	normalize <"$ROOT/tests/data/contract/normalize.ndjson" | merkle-seal >real.json
	merkle-seal <"$ROOT/examples/bundle.ndjson" >sealed.json
	printf 'a key of 32 bytes for the test..' >key
}

result() { merkle-verify "$@" 2>/dev/null | jq -r .result; }

@test "good: status 0, and all that was checked is named" {
	split merkle-verify <real.json
	expect_status 0
	expect_equal "$(jq -c '[.result, .checked]' out.txt)" '["good",["coverage","leaves","bundleHash","manifest","root","evidenceId","bodySha256"]]'
	expect_equal "$(jq -c '.notChecked | length' out.txt)" 2
}

@test "any value changed anywhere: bad, and the place is named" {
	jq -r 'paths(scalars) | select(.[0] == "meta" or .[0] == "raw" or .[0] == "normalized") | @json' real.json >paths.txt
	# every path would take minutes: each seventh, and all of normalized
	awk 'NR % 7 == 0 || /normalized/' paths.txt >some.txt
	[ "$(wc -l <some.txt)" -gt 60 ]
	while read -r path; do jq -c --argjson p "$path" 'setpath($p; "forged")' real.json; done <some.txt >forged.ndjson
	split merkle-verify <forged.ndjson
	expect_status 1
	expect_equal "$(jq -r .result out.txt | sort | uniq -c | awk '{print $1, $2}')" "$(wc -l <some.txt) bad"
	jq -es 'map(has("failed")) | all' out.txt
}

@test "members added, taken away, renamed or doubled: bad or cannot tell, never good" {
	for edit in '.raw.new = {}' '.normalized.extra = 1' '.error = {"code": "X"}' '.raw |= with_entries(.key |= sub("order"; "ordor"))' \
		'.evidence.leaves |= .[1:]' '.evidence.leaves |= reverse' '.evidence.leaves[0].path = "meto"' '.evidence.leaves += [.evidence.leaves[0]]' \
		'.evidence.root = "0x" + ("0" * 64)' '.evidence.bundleHash = .evidence.root' '.evidence.evidenceId = "evi_20251104_0000000000000000"' \
		'.evidence.rootAlgo = "sha256"' '.evidence.leaves[0].hash = .evidence.root' '.evidence = []' '.evidence.leaves[0].salt = .evidence.root' \
		'.meta.verifiedAt = "2025-11-05T09:10:11Z"'; do
		got=$(jq -c "$edit" sealed.json | result)
		[ "$got" = bad ] || fail "$edit: $got"
	done
}

@test "a trimmed record: unknown and status 100, as the rest still leads to the root" {
	jq -c 'del(.raw["trade/order"])' sealed.json >in.json
	split merkle-verify <in.json
	expect_status 100
	expect_equal "$(jq -c '[.result, .leaves.missing]' out.txt)" '["unknown",1]'
	jq -e '.notChecked | map(startswith("bundleHash")) | any' out.txt
	# but a trimmed and changed one is bad
	jq -c 'del(.raw["trade/order"]) | .normalized.order.px = "1"' sealed.json >in.json
	expect_equal "$(result <in.json)" bad
}

@test "not sealed, or no record: cannot tell, 100; one bad among them: 1" {
	split merkle-verify <"$ROOT/examples/bundle.ndjson"
	expect_status 100
	echo garbage | split merkle-verify
	expect_status 100
	{ cat "$ROOT/examples/bundle.ndjson"; jq -c '.meta.live = 1' sealed.json; } >in.json
	split merkle-verify <in.json
	expect_status 1
}

@test "the root that one trusts: --root" {
	root=$(jq -r .evidence.root sealed.json)
	expect_equal "$(result --root "$root" <sealed.json)" good
	expect_equal "$(result --root "${root%4}5" <sealed.json)" bad
	split merkle-verify --root 0x12 <sealed.json
	expect_status 100
}

@test "the chain of stored records: --chain tells a missing or exchanged one" {
	for i in 1 2 3 4; do jq -c --arg i "$i" '.meta.requestId = $i' "$ROOT/examples/bundle.ndjson"; done | merkle-seal | store --state st >chain.ndjson
	split merkle-verify --chain <chain.ndjson
	expect_status 0
	sed 2d chain.ndjson | split merkle-verify --chain
	expect_status 1
	jq -es '.[1].failed | test("parentRoot")' out.txt
	for n in 1 3 2 4; do sed -n ${n}p chain.ndjson; done | split merkle-verify --chain
	expect_status 1
}

@test "bodySha256: a body kept as text is held to it" {
	jq -c '.raw["x"] = {body: "<html>", bodyEncoding: "utf8", httpStatus: 200, bodySha256: $h}' --arg h "$(printf '<html>' | sha256sum | cut -d' ' -f1)" "$ROOT/examples/bundle.ndjson" | merkle-seal >a.json
	expect_equal "$(result <a.json)" good
	jq -c '.raw["x"] = {body: "<HTML>", bodyEncoding: "utf8", httpStatus: 200, bodySha256: $h}' --arg h "$(printf '<html>' | sha256sum | cut -d' ' -f1)" "$ROOT/examples/bundle.ndjson" | merkle-seal >b.json
	expect_equal "$(result <b.json)" bad
}

@test "every single bit of a sealed record flipped: never good unless its meaning is the same" {
	perl -e '
		local $/; my $r = <STDIN>; chomp $r; my $n = length $r;
		for (my $i = 0; $i < 8 * $n; $i += 3) { my $c = $r; substr($c, $i >> 3, 1) ^= chr(1 << ($i & 7)); next if substr($c, $i >> 3, 1) eq "\n"; print "$c\n"; }
	' <sealed.json >flipped.ndjson
	merkle-verify <flipped.ndjson 2>/dev/null >out.txt || true
	expect_equal "$(wc -l <out.txt)" "$(wc -l <flipped.ndjson)"
	# those still called good must be the same record to everybody who reads it: only perf and parentRoot (which no leaf covers) may differ
	paste -d'\n' flipped.ndjson out.txt | awk 'NR % 2 {line = $0; next} /"result":"good"/ {print line}' >good.ndjson
	jq -c 'del(.perf, .evidence.parentRoot) | with_entries(select(.key | IN("meta", "raw", "normalized", "error", "evidence")))' good.ndjson | sort -u >same.txt
	jq -c 'del(.perf, .evidence.parentRoot) | with_entries(select(.key | IN("meta", "raw", "normalized", "error", "evidence")))' sealed.json >want.txt
	! grep -vxFf want.txt same.txt >odd.txt || fail "$(head -c 400 odd.txt)"
	[ "$(wc -l <good.ndjson)" -lt 40 ]
}
