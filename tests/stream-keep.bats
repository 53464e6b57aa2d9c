#!/usr/bin/env bats
# Catches a stream that tears, loses or doubles a record, grows without bound, or has a snapshot that is not the newest state of things.
load helper

bar() { # START VERSION CLOSE [SYMBOL]
	printf '{"type":"kline","symbol":"%s","interval":"1m","windowStart":%d,"open":"1","high":"9","low":"1","close":"%s","version":%d}\n' "${4:-BTC-USDC}" "$1" "$3" "$2"
}
newest() {
	ls st | sort | tail -n 1
}

@test "records are passed on as they are, and stand in the stream in their order" {
	{ bar 60 1 2; printf '{ "x":1.50,"type":"trade","symbol":"A-B" }\n'; echo '{"type":"end","count":2}'; } >in.ndjson
	split stream-keep st <in.ndjson
	expect_status 0
	cmp in.ndjson out.txt
	expect_equal "$(sed -n 's/^{"s":[0-9]*,"r":\(.*\)}$/\1/p' st/*)" "$(cat in.ndjson)"
	expect_equal "$(jq -c 'select(.s).s' st/* | tr '\n' ' ')" '1 2 3 '
}

@test "a live record is in the stream before it is printed" {
	mkfifo in
	stream-keep st <in >out.txt &
	exec 7>in
	for i in 1 2 3; do
		bar $i 1 $i >&7
		for _ in $(seq 200); do [ "$(wc -l <out.txt)" -lt $i ] || break; sleep 0.02; done
		expect_equal "$(wc -l <out.txt)" $i
		expect_equal "$(grep -c '^{"s"' st/*)" $i
	done
	exec 7>&-
	wait
}

@test "the snapshot is the newest version of the newest bars, of any interleaving" {
	{ bar 60 1 1; bar 120 1 2; bar 60 3 6; bar 60 2 5; bar 180 1 3; bar 240 1 4; bar 60 4 7; bar 120 2 8 ETH-USDC; } | stream-keep --bars 3 st >/dev/null
	stream-keep --bars 3 st </dev/null
	expect_equal "$(jq -c 'select(.s and .s<9)|.r|[.symbol,.windowStart,.version,.close]' "st/$(newest)" | sort | tr '\n' ' ')" \
		'["BTC-USDC",120,1,"2"] ["BTC-USDC",180,1,"3"] ["BTC-USDC",240,1,"4"] ["ETH-USDC",120,2,"8"] '
	expect_equal "$(head -n 1 "st/$(newest)")" '{"stream":1,"first":9,"snapshot":4}'
}

@test "files: a new one when the last is full, the oldest deleted, numbers without a hole" {
	for ((i = 1; i <= 2000; i++)); do bar $i 1 $i; done >in.ndjson
	stream-keep --file-bytes 8192 --files 3 --bars 10 st <in.ndjson >out.txt
	cmp in.ndjson out.txt
	expect_equal "$(ls st | wc -l)" 3
	last=
	for f in st/*; do
		first=$((10#$(basename "$f" .ndjson)))
		[ -z "$last" ] || expect_equal "$first" $((last + 1))
		expect_equal "$(jq -s --argjson first "$first" '[.[]|select(.s and .s>=$first).s]|. == [range($first;$first+length)]' "$f")" true
		last=$(tail -n 1 "$f" | jq .s)
	done
	expect_equal "$last" 2000
}

@test "kill -9 at any moment: whole lines, numbers without a hole, nothing printed that is not kept" {
	for ((i = 1; i <= 3000; i++)); do bar $i 1 $i; done >in.ndjson
	for round in 1 2 3 4; do
		(while read -r line; do echo "$line"; done <in.ndjson) | stream-keep --file-bytes 16384 --files 1000 st >>out.txt &
		keep=$!
		sleep "0.0$((round * 2))"
		kill -9 $keep 2>/dev/null || true
		wait $keep 2>/dev/null || true
	done
	stream-keep --files 1000 st </dev/null
	expect_equal "$(for f in st/*; do first=$((10#$(basename "$f" .ndjson))); jq -c --argjson f "$first" 'select(.s and .s>=$f).s' "$f"; done | awk '$1 != NR {print "hole at " NR; exit}')" ''
	kept=$(for f in st/*; do first=$((10#$(basename "$f" .ndjson))); jq -c --argjson f "$first" 'select(.s and .s>=$f).s' "$f"; done | wc -l)
	[ "$(wc -l <out.txt)" -le "$kept" ] || fail "printed $(wc -l <out.txt), kept $kept"
}

@test "a torn end is left where it is, and belongs to nobody" {
	bar 60 1 1 | stream-keep st >/dev/null
	printf '{"s":2,"r":{"type":' >>st/00000000000000000001.ndjson
	bar 120 1 2 | stream-keep st >/dev/null
	expect_equal "$(newest)" 00000000000000000002.ndjson
	expect_equal "$(tail -n 1 "st/$(newest)" | jq -c '[.s,.r.close]')" '[2,"2"]'
}

@test "a full disk ends it with 111, and nothing is printed that is not kept" {
	bar 60 1 1 >in.ndjson
	stream-keep st <in.ndjson >/dev/null
	for ((i = 1; i <= 3000; i++)); do bar $i 1 $i; done >in.ndjson
	set +e; (ulimit -f 64; trap '' XFSZ; stream-keep st <in.ndjson 2>err.txt | cat >out.txt; echo "${PIPESTATUS[0]}" >status.txt); set -e
	expect_status 111
	grep -q 'File too large' err.txt
	kept=$(cat st/*2.ndjson | grep -c '}}$')
	[ "$(wc -l <out.txt)" -lt 3000 ]
	[ "$(wc -l <out.txt)" -le "$kept" ] || fail "printed $(wc -l <out.txt), kept $kept"
	stream-keep st </dev/null
}

@test "two writers: the second ends with 111" {
	mkfifo in
	stream-keep st <in >/dev/null &
	exec 7>in
	for _ in $(seq 200); do [ ! -e st/00000000000000000001.ndjson ] || break; sleep 0.02; done
	split stream-keep st </dev/null
	expect_status 111
	exec 7>&-
	wait
}

@test "what is no record is rejected and not kept" {
	{ echo 'x'; bar 60 1 1; echo '{"type":"kline","symbol":"A-B"}'; printf '{"type":"book","symbol":"A-B","x":"%070000d"}\n' 1; } >in.ndjson
	split stream-keep st <in.ndjson
	expect_status 1
	expect_equal "$(jq -r .type out.txt | tr '\n' ' ')" 'reject kline reject reject '
	expect_equal "$(grep -c '^{"s"' st/*)" 1
}
