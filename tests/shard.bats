#!/usr/bin/env bats
# Catches a shard that loses a line, sends a symbol to two places, or moves symbols that need not move.
load helper

symbols() { for i in $(seq "$1"); do printf '{"type":"order","id":"%s","symbol":"S%s-USDC"}\n' "$i" $((i % 37)); done; }

@test "the shares of N filters are what --to writes, and together the whole; a symbol is in one place" {
	symbols 500 >in.ndjson
	shard --to a,b,c <in.ndjson
	for i in 0 1 2; do shard --of 3 --index $i <in.ndjson >share.$i; done
	cmp a share.0
	cmp b share.1
	cmp c share.2
	sort a b c >together.txt
	sort in.ndjson | cmp - together.txt
	for i in 0 1 2; do jq -r .symbol share.$i | sort -u; done | sort | uniq -d >twice.txt
	[ ! -s twice.txt ]
	# descriptors
	shard --to 1,5,6 <in.ndjson >d.1 5>d.5 6>d.6
	cmp d.1 a
	cmp d.5 b
	cmp d.6 c
}

@test "order is kept within a share; records without a symbol go to all" {
	{ symbols 50; echo '{"type":"watermark","ts":5}'; symbols 50; echo '{"type":"end","count":101}'; } >in.ndjson
	for i in 0 1 2 3; do
		shard --of 4 --index $i <in.ndjson >share
		expect_equal "$(jq -r 'select(.type != "order") | .type' share | tr '\n' ' ')" "watermark end "
		grep -nxFf share in.ndjson >/dev/null
		jq -r 'select(.id) | .id' share >ids
		# each half rises
		awk '$1 < last {falls++} {last = $1} END {exit falls > 1}' ids
	done
}

@test "what somebody before has refused is passed on once" {
	{ symbols 5; echo '{"type":"reject","in":6,"reason":"LIMIT","msg":"m","input":"x"}'; } >in.ndjson
	shard --to a,b,c <in.ndjson
	expect_equal "$(grep -c reject a b c | tr '\n' ' ')" "a:1 b:0 c:0 "
	match <a >events || [ $? = 1 ]
	expect_equal "$(tail -n 1 events | jq .passed)" 6
}

@test "--numbers says which line of the whole each line of the share was" {
	symbols 100 >in.ndjson
	echo x >>in.ndjson
	for i in 0 1; do
		shard --of 2 --index $i <in.ndjson >share || true
		shard --of 2 --index $i --numbers <in.ndjson >numbers || true
		expect_equal "$(wc -l <share)" "$(wc -l <numbers)"
		while read -r n; do sed -n "${n}p" in.ndjson; done <numbers | grep -v '^x$' >looked-up
		grep -v '"reject"' share | cmp - looked-up
	done
}

@test "what is no record is rejected once, in shard 0" {
	printf 'x\n[]\n{"symbol":5}\n{"symbol":"A","symbol":"B"}\n{"symbol":"A-B"}\n' >in.ndjson
	split shard --of 2 --index 0 <in.ndjson
	expect_status 1
	expect_equal "$(jq -r 'select(.type == "reject") | "\(.in) \(.reason)"' out.txt | tr '\n' ' ')" "1 JSON 2 MEMBER 3 MEMBER 4 MEMBER "
	shard --of 2 --index 1 <in.ndjson >one || true
	! grep reject one || false
	# an escaped name is the name
	printf '{"symbol":"\\u0042TC-USDC"}\n' | shard --of 4 --index 1 | grep -q u0042
}

@test "usage: half of what is needed, or too much, is 100; a reader that is gone ends it" {
	for options in "" "--of 2" "--index 1" "--of 2 --index 2" "--of 65 --index 0" "--of 2 --index 0 --to a" "--to a --numbers"; do
		# shellcheck disable=SC2086
		split shard $options </dev/null
		expect_status 100
	done
	split shard --to /nonexistent/x </dev/null
	expect_status 102
	split shard --to 9,8 </dev/null
	expect_status 102
}
