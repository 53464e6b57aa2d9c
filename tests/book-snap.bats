#!/usr/bin/env bats
# Catches a book that is not match's, a hole in the events that goes unseen, and a wrong book that passes for right.
load helper

setup_file() {
	local lib san=
	lib=$(dirname "$BIN")/lib.a
	[ -f "$lib" ] || lib=$ROOT/build/lib.a
	if is_sanitized; then san='-fsanitize=address,undefined -fno-sanitize-recover=all'; fi
	# shellcheck disable=SC2086
	gcc -D_GNU_SOURCE -O1 -g $san -iquote "$ROOT/src/lib" -o "$BATS_FILE_TMPDIR/sign-orders" "$ROOT/bench/sign-orders.c" "$lib" -lsodium -lsecp256k1
}

# Events of match over N random orders, with amends, cancels, icebergs, stops and an auction.
events() {
	{
		echo '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.1"}'
		echo '{"type":"symbol","symbol":"ETH-USDC","tickSz":"0.1","lotSz":"0.1"}'
		"$BATS_FILE_TMPDIR/sign-orders" orders ed25519 5 "$1" | jq -c '
			del(.sig, .pubkey, .nonce) | (.id[1:] | tonumber) as $n
			| if $n % 7 == 0 then {type: "cancel", id: "o\($n - 5)", account: "a\(($n - 5) % 5)", symbol, ts}
			  elif $n % 11 == 0 then {type: "amend", id: "o\($n - 10)", account: "a\(($n - 10) % 5)", symbol, sz: "0.2", ts}
			  elif $n % 13 == 0 then .sz = "3.7" | .displaySz = "0.5"
			  elif $n % 17 == 0 then .triggerPx = "65000"
			  elif $n % 500 == 1 then {type: "auction", symbol, phase: "open", ts}
			  elif $n % 500 == 99 then {type: "auction", symbol, phase: "uncross", ts}
			  elif $n % 19 == 0 then .symbol = "ETH-USDC"
			  elif $n % 23 == 0 then .ordType = "ioc" else . end'
	} | match >events.ndjson || true
}

@test "at the end the books hold exactly what is open, by match's own acks and dones" {
	events 3000
	split book-snap <events.ndjson
	expect_status 0
	[ ! -s err.txt ] || fail "$(head -n 3 err.txt)"
	expect_equal "$(jq -r .symbol out.txt | tr '\n' ' ')" "BTC-USDC ETH-USDC "
	# orders that have been acked (or triggered) and are not done, by jq
	jq -n 'reduce inputs as $e ({}; ($e.account + "/" + ($e.id // "")) as $k
		| if $e.type == "ack" and ($e.triggerPx | not) or $e.type == "triggered" then .[$k] = $e.symbol elif $e.type == "done" then del(.[$k]) else . end)
		| [.[]] | group_by(.) | map(length)' events.ndjson -c >open.json
	jq -s -c 'map([.bids[], .asks[]] | map(.[2]) | add)' out.txt | cmp - open.json
	jq -e '(.bids | length == 0) or (.asks | length == 0) or (.bids[0][0] | tonumber) < (.asks[0][0] | tonumber)' out.txt
}

@test "a printed book is right; with one figure changed it is not" {
	events 800
	book-snap --every 100 <events.ndjson >books.ndjson
	[ "$(wc -l <books.ndjson)" -gt 8 ]
	# each behind the event that it is of
	jq -s -c 'sort_by(.seq, (.type == "book"))[]' events.ndjson books.ndjson >merged.ndjson
	split book-snap --check <merged.ndjson
	expect_status 0
	[ -z "$out" ]
	[ ! -s err.txt ] || fail "$(head -n 3 err.txt)"
	jq -c 'if .type == "book" and (.bids | length) > 0 and (.seq > 400) then .bids[0][1] = "123" else . end' merged.ndjson >wrong.ndjson
	split book-snap --check <wrong.ndjson
	expect_status 1
	expect_equal "$(jq -r '.type + " " + .side + " " + .printed[1]' out.txt | sort -u)" "mismatch bids 123"
}

@test "the same books for any chunking, and books every N are those of the whole cut there" {
	events 400
	book-snap --every 50 <events.ndjson >whole.txt
	perl -e '$| = 1; while (read(STDIN, $b, 61)) { syswrite(STDOUT, $b) }' <events.ndjson | book-snap --every 50 | cmp - whole.txt
	seq=$(sed -n 3p whole.txt | jq .seq)
	head -n "$seq" events.ndjson | book-snap >cut.txt
	grep -qxF "$(sed -n 3p whole.txt)" cut.txt
	# a depth is a cut of it
	expect_equal "$(book-snap --depth 2 <events.ndjson | jq -c 'select(.symbol == "BTC-USDC") | .bids')" \
		"$(tail -n 2 whole.txt | jq -c 'select(.symbol == "BTC-USDC") | .bids[0:2]')"
}

@test "by the stream's time: the book as it was when the second came" {
	cat >in.ndjson <<-'END'
		{"type":"ack","seq":1,"in":1,"id":"a","symbol":"A-B","side":"buy","px":"1","sz":"1","ts":900000}
		{"type":"ack","seq":2,"in":2,"id":"b","symbol":"A-B","side":"buy","px":"1","sz":"1","ts":1000000}
		{"type":"ack","seq":3,"in":3,"id":"c","symbol":"A-B","side":"buy","px":"1","sz":"1","ts":5000000}
	END
	expect_equal "$(book-snap --period 1 <in.ndjson | jq -c '[.seq, .bids[0][2]]' | tr '\n' ' ')" "[1,1] [2,2] [3,3] "
}

@test "a hole is reported, told in the books behind it, and makes the status 1; so is an event that does not fit" {
	events 100
	sed 20d events.ndjson >holed.ndjson
	split book-snap <holed.ndjson
	expect_status 1
	grep -q 'warning: missed before=21 events=1' err.txt
	expect_equal "$(jq -c .missed out.txt | sort -u)" 1
	expect_grammar err.txt book-snap
	printf '%s\n' '{"type":"done","seq":1,"in":1,"id":"x","symbol":"A-B"}' | split book-snap
	expect_status 1
	grep -q inconsistent err.txt
}

@test "--resume goes on where it was, whatever is read again" {
	events 600
	book-snap --every 40 <events.ndjson >whole.txt
	head -n 300 events.ndjson >first.ndjson
	mkfifo in
	book-snap --every 40 --state st <in >one.txt &
	pid=$!
	exec 7>in
	cat first.ndjson >&7
	for _ in $(seq 100); do [ "$(tail -n 1 one.txt | jq .seq)" != "$(jq -c 'select(.seq <= 290) | .seq' whole.txt | tail -n 1)" ] || break; sleep 0.02; done
	sleep 0.3
	kill -TERM $pid
	wait $pid
	exec 7>&-
	head -n 1 st/books.ndjson | jq -e '.seq == 300'
	tail -n +250 events.ndjson | book-snap --every 40 --state st --resume >two.txt
	cat one.txt two.txt | cmp - whole.txt
	sed -i 2d st/books.ndjson
	split book-snap --state st --resume </dev/null
	expect_status 102
	expect_grammar err.txt book-snap
}

@test "on demand: by a line, and by SIGUSR1" {
	events 50
	{ cat events.ndjson; echo '{"type":"snap","symbol":"ETH-USDC"}'; echo '{"type":"snap"}'; echo '{"type":"snap","symbol":"NO-NE"}'; } >in.ndjson
	expect_equal "$(book-snap <in.ndjson | jq -r .symbol | tr '\n' ' ')" "ETH-USDC BTC-USDC ETH-USDC NO-NE "
	mkfifo in
	book-snap <in >live.txt &
	pid=$!
	exec 7>in
	cat events.ndjson >&7
	sleep 0.5
	[ ! -s live.txt ]
	kill -USR1 $pid
	for _ in $(seq 100); do [ "$(wc -l <live.txt)" -lt 2 ] || break; sleep 0.02; done
	expect_equal "$(wc -l <live.txt)" 2
	exec 7>&-
	wait $pid
}
