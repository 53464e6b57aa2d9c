#!/usr/bin/env bats
# Catches a match that breaks price-time priority, an order type, an auction, a pool, a quote or an rfq; that answers differently when the same
# input arrives differently; and a restart that does not go on where the output ended. Every kind of line at random: unit/market_model_test.c.
load helper

symbol='{"type":"symbol","symbol":"A-B","tickSz":"0.5","lotSz":"0.1"}'

# Lines in short: "buy 1 a 100.5 2 limit MORE" and the like, any other line as it is.
orders() {
	local verb id account px sz type more
	echo "$symbol"
	while read -r verb id account px sz type more; do
		case $verb in
		buy | sell)
			printf '{"type":"order","id":"%s",' "$id"
			[ "$account" = - ] || printf '"account":"%s",' "$account"
			[ "$px" = - ] || printf '"px":"%s",' "$px"
			printf '"symbol":"A-B","side":"%s","sz":"%s","ordType":"%s"%s}\n' "$verb" "$sz" "${type:-limit}" "${more:+,$more}"
			;;
		cancel) printf '{"type":"cancel","id":"%s","account":"%s","symbol":"A-B"}\n' "$id" "$account" ;;
		amend) printf '{"type":"amend","id":"%s","account":"%s","symbol":"A-B","px":"%s","sz":"%s"}\n' "$id" "$account" "$px" "$sz" ;;
		'') ;;
		*) printf '%s\n' "$verb $id $account $px $sz $type $more" | sed 's/ *$//' ;;
		esac
	done
}

# What came out, in short, from event $1 on.
short() {
	jq -r 'if .type == "ack" then "ack \(.id) \(.px // "-") \(.sz)"
		elif .type == "trade" then "trade \(.takerId)<\(.makerId) \(.px) \(.sz)"
		elif .type == "done" then "done \(.id) \(.reason) \(.accFillSz) \(.leftSz)"
		elif .type == "reject" then "reject \(.reason)"
		elif .type == "auction" then "auction \(.phase) \(.px // "-") \(.sz // "-")"
		elif .type == "triggered" then "triggered \(.id)"
		elif .type == "rfq" then "rfq \(.id) \(.state)"
		else .type end' | tail -n "+${1:-2}"
}

# $1: lines in short; $2: what is to come of them, without the symbol and, as far as they are acks, the first $3 lines.
expect() {
	local s=0
	orders <<<"$1" >in.ndjson
	match <in.ndjson >out.ndjson 2>err.txt || s=$?
	[ $s -le 1 ] || fail "status $s: $(cat err.txt)"
	short "$((2 + ${3:-0}))" <out.ndjson >got.txt
	diff got.txt <(printf '%s\n' "$2") || fail "$1"
	# no hole in seq, and none in tradeId
	[ "$(jq .seq out.ndjson | tr '\n' ' ')" = "$(seq -s ' ' "$(wc -l <out.ndjson)") " ]
	[ "$(jq -r 'select(.tradeId).tradeId' out.ndjson)" = "$(seq "$(grep -c '"tradeId"' out.ndjson)")" ]
}

@test "price first, then time; the resting price; a cancel in the middle of a queue" {
	expect 'sell 1 a 101 1
sell 2 a 100 1
sell 3 b 100 1
sell 4 c 100 1
cancel 3 b
buy 9 z 101 2.5' 'done 3 user 0 1
ack 9 101 2.5
trade 9<2 100 1
done 2 filled 1 0
trade 9<4 100 1
done 4 filled 1 0
trade 9<1 101 0.5
done 9 filled 2.5 0' 4
}

@test "each order type: nothing, a part, all" {
	expect 'buy 1 a 99 1 ioc
buy 2 a 99 1 fok
buy 3 a - 1 market
buy 4 a 99 1 post_only
sell 5 b 99.5 1
buy 6 c 99.5 2 fok
buy 7 c 99.5 2 ioc
sell 8 b 99.5 1
buy 9 c 99.5 1 fok
sell 10 b 99 0.5 post_only
sell 11 b - 3 market' 'ack 1 99 1
done 1 unfilled 0 1
ack 2 99 1
done 2 fok 0 1
ack 3 - 1
done 3 unfilled 0 1
ack 4 99 1
ack 5 99.5 1
ack 6 99.5 2
done 6 fok 0 2
ack 7 99.5 2
trade 7<5 99.5 1
done 5 filled 1 0
done 7 unfilled 1 1
ack 8 99.5 1
ack 9 99.5 1
trade 9<8 99.5 1
done 8 filled 1 0
done 9 filled 1 0
ack 10 99 0.5
done 10 post_only 0 0.5
ack 11 - 3
trade 11<4 99 1
done 4 filled 1 0
done 11 unfilled 1 2'
}

@test "amendments: what keeps its place, what loses it, what takes" {
	expect 'buy 1 a 100 5
buy 2 a 100 5
amend 1 a 100 2
sell 3 b 100 3
amend 2 a 100 6
buy 4 c 100 1
amend 2 a 100 6
sell 5 b 101 1
amend 2 a 101 6
amend 9 a 101 6
amend 2 a 101 0' 'ack 1 100 2
ack 3 100 3
trade 3<1 100 2
done 1 filled 2 0
trade 3<2 100 1
done 3 filled 3 0
ack 2 100 6
ack 4 100 1
ack 2 100 6
ack 5 101 1
ack 2 101 6
trade 2<5 101 1
done 5 filled 1 0
reject NOT_FOUND
reject SZ' 2
	expect 'sell 1 a 101 1
buy 2 b 100 1 post_only
amend 2 b 101 1' 'ack 2 101 1
done 2 post_only 0 1' 2
}

@test "self-trade prevention: who goes; own orders do not count for fok; strangers trade" {
	expect 'sell 1 a 100 1
sell 2 b 100 1
buy 3 a 100 2 fok
buy 4 a 100 1 fok
sell 5 a 100 1
buy 6 a 100 1 limit "stpMode":"cancel_taker"
buy 7 a 100 1 limit "stpMode":"cancel_both"
sell 8 - 100 1
buy 9 - 100 1' 'ack 3 100 2
done 3 fok 0 2
ack 4 100 1
done 1 stp 0 1
trade 4<2 100 1
done 2 filled 1 0
done 4 filled 1 0
ack 5 100 1
ack 6 100 1
done 6 stp 0 1
ack 7 100 1
done 5 stp 0 1
done 7 stp 0 1
ack 8 100 1
ack 9 100 1
trade 9<8 100 1
done 8 filled 1 0
done 9 filled 1 0' 2
}

@test "an iceberg shows its parts one after the other, each behind the others" {
	expect 'sell 1 a 100 3 limit "displaySz":"1"
sell 2 b 100 1
buy 3 c 100 2.5
sell 4 a 100 2000 limit "displaySz":"1"
sell 5 a 100 1 ioc "displaySz":"1"' 'ack 3 100 2.5
trade 3<1 100 1
trade 3<2 100 1
done 2 filled 1 0
trade 3<1 100 0.5
done 3 filled 2.5 0
reject DISPLAY
reject DISPLAY' 2
}

@test "stops wait, are set off by trades and by the oracle, and run after the line, in order" {
	expect 'buy 1 a - 1 market "triggerPx":"101"
buy 2 b 103 1 limit "triggerPx":"102"
sell 3 c 99 1 limit "triggerPx":"99","triggerPxType":"oracle"
sell 4 d 101 1
sell 5 d 102 2
buy 6 e 102 2
{"type":"price","symbol":"A-B","px":"99.01"}
{"type":"price","symbol":"A-B","px":"99.00"}
cancel 3 c' 'ack 6 102 2
trade 6<4 101 1
done 4 filled 1 0
trade 6<5 102 1
done 6 filled 2 0
triggered 1
trade 1<5 102 1
done 5 filled 2 0
done 1 filled 1 0
triggered 2
price
price
triggered 3
trade 3<2 103 1
done 2 filled 1 0
done 3 filled 1 0
reject NOT_FOUND' 5
}

@test "orders end at their time of the stream, before the line that brought it" {
	expect 'buy 1 a 100 1 limit "ts":5,"expireTs":10
buy 2 a 100 1 limit "ts":6,"expireTs":8
buy 3 a 100 1 limit "ts":7,"expireTs":7
sell 4 b 100 1 limit "ts":10
{"type":"watermark","ts":9}
{"type":"watermark","ts":11}' 'reject EXPIRED
done 2 expired 0 1
done 1 expired 0 1
ack 4 100 1
watermark
watermark' 2
	expect_equal "$(tail -n 1 out.ndjson | jq -c '[.ts,.in]')" '[11,7]'
}

@test "price bands: by the oracle's price, at entry and amendment; a market order stops at the edge" {
	symbol='{"type":"symbol","symbol":"A-B","tickSz":"0.5","lotSz":"0.1","maxDeviation":"0.01"}'
	expect 'sell 1 a 150 1
{"type":"price","symbol":"A-B","px":"100"}
sell 2 a 101 1
sell 3 a 101.5 1
buy 4 a 98.5 1
buy 5 b - 2 market
amend 1 a 140 1' 'price
ack 2 101 1
reject BAND
reject BAND
ack 5 - 2
trade 5<2 101 1
done 2 filled 1 0
done 5 band 1 1
reject BAND' 1
}

@test "an auction: the price of the most volume, least surplus, nearest to the reference" {
	expect '{"type":"auction","symbol":"A-B","phase":"open"}
buy 1 a 102 3
buy 2 a 101 2
sell 3 b 100 4
sell 4 b 101.5 2
buy 5 c - 1 market
{"type":"auction","symbol":"A-B","phase":"open"}
{"type":"auction","symbol":"A-B","phase":"uncross"}
{"type":"auction","symbol":"A-B","phase":"uncross"}' 'reject AUCTION
reject PHASE
auction uncross 100.5 4
trade 3<1 100.5 3
done 1 filled 3 0
trade 3<2 100.5 1
done 3 filled 4 0
reject PHASE' 5
	expect_equal "$(jq -c 'select(.type == "trade") | has("side")' out.ndjson | sort -u)" false
	expect '{"type":"auction","symbol":"A-B","phase":"open"}
{"type":"auction","symbol":"A-B","phase":"uncross"}' 'auction open - -
auction uncross - -'
}

@test "mass cancel: by account, by symbol, both, and what waits too" {
	expect 'buy 1 a 100 1
sell 2 a 110 1 limit "triggerPx":"90"
buy 3 b 100 1
{"type":"mass_cancel","account":"a"}
{"type":"mass_cancel","account":"nobody"}
{"type":"mass_cancel"}
{"type":"mass_cancel","symbol":"A-B"}
{"type":"mass_cancel","symbol":"X-Y"}' 'done 1 mass_cancel 0 1
done 2 mass_cancel 0 1
mass_cancel
mass_cancel
reject MISSING
done 3 mass_cancel 0 1
mass_cancel
reject SYMBOL_UNKNOWN' 3
}

@test "a pool: the better of book and pool at each step, exact amounts, fee in the input" {
	expect '{"type":"liquidity","account":"lp","symbol":"A-B","action":"add","base":"100","quote":"10000"}
sell 1 a 100.5 1
buy 2 b 101.5 1.5
sell 3 c 99 1 ioc
buy 4 b 100 1 post_only
{"type":"liquidity","account":"x","symbol":"A-B","action":"remove","shares":"1"}
{"type":"liquidity","account":"lp","symbol":"A-B","action":"remove","shares":"44721"}' 'liquidity
pool
ack 1 100.5 1
ack 2 101.5 1.5
trade 2<1 100.5 1
done 1 filled 1 0
trade 2<pool:A-B 101 0.5
done 2 filled 1.5 0
ack 3 99 1
done 3 unfilled 0 1
ack 4 100 1
reject LIQUIDITY
reject LIQUIDITY'
	orders >in.ndjson <<-'END'
		{"type":"liquidity","account":"lp","symbol":"A-B","action":"add","base":"100","quote":"10000","feeRate":"0.003"}
		buy 1 b 101 10 ioc
		sell 2 b 99 10 ioc
		{"type":"liquidity","account":"x","symbol":"A-B","action":"remove","shares":"1"}
		{"type":"liquidity","account":"lp","symbol":"A-B","action":"add","base":"0","quote":"1"}
	END
	match <in.ndjson >out.ndjson || true
	jq -c 'select(.type == "trade") | [.px,.sz,.quoteSz,.fee,.feeCcy,.side,.makerId,.makerAccount]' out.ndjson >got.txt
	expect_equal "$(head -n 1 got.txt)" '["101","0.3","30.2","0.1","B","buy","pool:A-B","pool:A-B"]'
	expect_equal "$(grep -c LIQUIDITY out.ndjson)" 2
}

@test "quotes replace the maker's earlier ones as a whole, or not at all" {
	expect '{"type":"quote","id":"q1","account":"m","symbol":"A-B","bids":[["99","1"],["98","2"]],"asks":[["101","1"]]}
{"type":"quote","id":"q2","account":"m","symbol":"A-B","bids":[["99.3","1"]],"asks":[]}
{"type":"quote","id":"q2","account":"m","symbol":"A-B","bids":[["99","1"]],"asks":[["98","1"]]}
{"type":"quote","id":"q2","account":"m","symbol":"A-B","bids":[["99.5","1"]],"asks":[["100",1]]}
sell q2:b2 m 103 1
{"type":"quote","id":"q3","account":"m","symbol":"A-B","bids":[],"asks":[]}' 'quote
ack q1:b1 99 1
ack q1:b2 98 2
ack q1:a1 101 1
reject PX_OFF_TICK
reject QUOTE
quote
done q1:b1 replaced 0 1
done q1:b2 replaced 0 2
done q1:a1 replaced 0 1
ack q2:b1 99.5 1
ack q2:a1 100 1
ack q2:b2 103 1
quote
done q2:b1 replaced 0 1
done q2:a1 replaced 0 1'
}

@test "an rfq: only who is asked may answer, only what was answered can be taken, until its time" {
	expect '{"type":"rfq","id":"r","account":"u","symbol":"A-B","side":"buy","sz":"100","px":"101","accounts":["m","n"],"expireTs":9,"ts":1}
{"type":"rfq_quote","id":"x1","account":"o","symbol":"A-B","rfq":"r","requester":"u","px":"100"}
{"type":"rfq_quote","id":"m1","account":"m","symbol":"A-B","rfq":"r","requester":"u","px":"101.5"}
{"type":"rfq_quote","id":"m2","account":"m","symbol":"A-B","rfq":"r","requester":"u","px":"100.5"}
{"type":"rfq_accept","id":"r","account":"u","symbol":"A-B","maker":"m","quote":"m1"}
{"type":"rfq_accept","id":"r","account":"m","symbol":"A-B","maker":"m","quote":"m2"}
{"type":"rfq_accept","id":"r","account":"u","symbol":"A-B","maker":"m","quote":"m2"}
{"type":"rfq_accept","id":"r","account":"u","symbol":"A-B","maker":"m","quote":"m2"}
{"type":"rfq","id":"r","account":"u","symbol":"A-B","side":"sell","sz":"1","accounts":["m"],"expireTs":9,"ts":2}
{"type":"watermark","ts":9}
{"type":"rfq","id":"s","account":"u","symbol":"A-B","side":"sell","sz":"1","accounts":["m"],"expireTs":90}
cancel s u' 'rfq r open
reject NOT_FOUND
reject RFQ
rfq_quote
reject NOT_FOUND
reject NOT_FOUND
trade r<m2 100.5 100
rfq r filled
reject NOT_FOUND
rfq r open
rfq r expired
watermark
rfq s open
rfq s canceled'
	expect_equal "$(jq -c 'select(.type == "trade").rfq' out.ndjson)" true
}

@test "numbers: off the grid, too large, badly written; names; members; symbols" {
	expect 'buy 1 a 100.25 1
buy 1 a 100 0.15
buy 1 a 1e2 1
buy 1 a +1 1
buy 1 a 01 1
buy 1 a 1. 1
buy 1 a -1 1
buy 1 a 0 1
buy 1 a 1000000000000000000 1
buy 1 a 1 99999999999999999.9
buy 1 a 100.500 1.10
buy 1 a 100 1
{"type":"order","id":"","symbol":"A-B","side":"buy","ordType":"limit","px":"1","sz":"1"}
{"type":"order","id":7,"symbol":"A-B","side":"buy","ordType":"limit","px":"1","sz":"1"}
{"type":"order","id":"x","symbol":"A-B","side":"hold","ordType":"limit","px":"1","sz":"1"}
{"type":"order","id":"x","symbol":"A-B","side":"buy","ordType":"limit","px":"1","px":"1","sz":"1"}
{"type":"order","id":"x","symbol":"A-B","side":"buy","ordType":"market","px":"1","sz":"1"}
{"type":"order","id":"x","symbol":"A-B","side":"buy","ordType":"limit","px":"1"}
{"type":"order","id":"x","symbol":"A-C","side":"buy","ordType":"limit","px":"1","sz":"1"}
{"type":"symbol","symbol":"AB","tickSz":"1","lotSz":"1"}
{"type":"symbol","symbol":"A-B","tickSz":"1","lotSz":"1"}
{"type":"symbol","symbol":"A-C","tickSz":"0","lotSz":"1"}
{"type":"watermark","ts":4"}
{"type":"watermark","ts":"4"}
{"type":"watermark","ts":04}
{"type":"quote","id":"q","account":"a","symbol":"A-B","bids":1,"asks":[]}
{"type":"quote","id":"q","account":"a","symbol":"A-B","bids":"[]","asks":1}
{"type":"end","count":22}
{"type":"end","count":29}' 'reject PX_OFF_TICK
reject SZ_OFF_LOT
reject PX
reject PX
reject PX
reject PX
reject PX
reject PX
reject PX_LARGE
ack 1 1 99999999999999999.9
reject DUPLICATE_ID
reject DUPLICATE_ID
reject NAME
reject NAME
reject MEMBER
reject TWICE
reject PX
reject MISSING
reject SYMBOL_UNKNOWN
reject SYMBOL_NAME
reject SYMBOL_CHANGED
reject PX
reject JSON_SYNTAX
reject MEMBER
reject JSON_NUMBER
reject MEMBER
reject MEMBER
reject END_COUNT
end'
}

@test "escapes, white space and other key orders say the same" {
	orders <<<'buy 1 a 100 1' >in.ndjson
	match <in.ndjson >plain.txt
	printf '%s\n' "$symbol" ' { "sz" : "1", "p\u0078":"100","side":"\u0062uy","x":[{"y":null}],"ordType":"limit","symbol":"A\u002dB","account":"\u0061","id":"1","type":"order"}  ' |
		match | cmp - plain.txt
}

@test "what order-intake refused is told in its place, once, and again by a replay" {
	{
		echo "$symbol"
		echo '{"type":"reject","in":2,"id":"x","account":"al","nonce":5,"reason":"LIMIT","msg":"m","input":"{\"a\":1}"}'
		echo ' {"seq":9,"passed":7,"\u0069n":77,"id":"","bids":[1,{"b":null}],"msg":"\ud83d\ude00","symbol":"none","type":"reject"}'
		echo '{"type":"reject"}'
		echo '{"type":"reject","in":"1"}'
		echo '{"type":"reject","in":007}'
		echo '{"type":"end","count":6}'
	} >in.ndjson
	split match --state st <in.ndjson
	# line 6 is no JSON
	expect_status 1
	expect_equal "$(sed -n 2p out.txt)" \
		'{"type":"reject","seq":2,"in":2,"passed":2,"id":"x","account":"al","nonce":5,"reason":"LIMIT","msg":"m","input":"{\"a\":1}"}'
	expect_equal "$(sed -n 3p out.txt)" \
		'{"type":"reject","seq":3,"in":3,"passed":77,"id":"","bids":[1,{"b":null}],"msg":"\ud83d\ude00","symbol":"none"}'
	expect_equal "$(jq -c '[.seq,.in,.passed,.reason]' out.txt | tail -n 4 | tr '\n' ' ')" \
		'[4,4,0,null] [5,5,0,null] [6,6,null,"JSON_NUMBER"] [7,7,null,null] '
	match --state st --resume-after 0 </dev/null | cmp - out.txt
	split match < <(sed 6d in.ndjson | sed 's/:6}/:5}/')
	expect_status 0
	# as long as one of order-intake can be; and longer
	printf '%s\n{"type":"reject","msg":"%028000d"}\n{"type":"reject","msg":"%029000d"}\n' "$symbol" 0 0 | match >out.txt || [ $? = 1 ]
	expect_equal "$(jq -c '[.passed,.reason]' out.txt | tail -n 2 | tr '\n' ' ')" '[0,null] [null,"TOO_LONG"] '
}

@test "the survey's cases" {
	local cases=${TRADEPIPE_SHARED:-$ROOT/../shared}/data/match-edge-cases.json n=0 name
	[ -f "$cases" ] || skip "the cases are not at hand"
	for i in $(seq 0 "$(($(jq '.cases | length' "$cases") - 1))"); do
		name=$(jq -r ".cases[$i].case" "$cases")
		jq -e ".cases[$i].expected" "$cases" >/dev/null || continue
		jq -c ".cases[$i].messages | {type: \"symbol\", symbol: \"A-B\", tickSz: \"1\", lotSz: \"1\"}, (.[]
			| {id: \"\(.[4])\", symbol: \"A-B\"} + if .[0] == 0 then
				{type: \"order\", side: [\"buy\", \"sell\"][.[1]], ordType: [\"limit\", \"ioc\"][.[2]], px: \"\(.[5])\", sz: \"\(.[3])\"}
			elif .[0] == 1 then {type: \"cancel\"} else {type: \"amend\", px: \"\(.[5])\", sz: \"\(.[3])\"} end)" "$cases" >in.ndjson
		match <in.ndjson >out.ndjson || [ $? -eq 1 ]
		# the side of what was canceled stands in its order; a change is reported behind its trades
		jq -sr --slurpfile in <(tail -n +2 in.ndjson) '
			(reduce .[] as $e ({}; if $e.type == "ack" then .[$e.id] = {s: (if $e.side == "buy" then 0 else 1 end), px: $e.px} else . end)) as $last
			| [foreach .[] as $e ({};
				if $e.type == "ack" then .at[$e.id] = {s: (if $e.side == "buy" then 0 else 1 end), px: $e.px} else . end;
				. as $known | $e + {known: $known.at})]
			| map(select(.in > 1)) | group_by(.in)[] | (.[0].in - 2) as $n | $in[$n] as $m
			| (.[] | select(.type == "ack" and (.amended | not)) | "0,\($n),\(.known[.id].s),\(.id),\(.px),\(.sz)"),
			  (.[] | select(.type == "trade") | "1,\($n),\(.px),\(.sz),\(.makerId),\(.takerId)"),
			  (.[] | select(.type == "ack" and .amended) | "3,\($n),\(.known[.id].s),\(.id),\(.px),\($m.sz)"),
			  (.[] | select(.type == "done" and .state == "canceled") | "2,\($n),\(.known[.id].s),\(.id),\(.known[.id].px)"),
			  (.[] | select(.type == "reject") | "\(if $m.type == "cancel" then 4 else 5 end),\($n),\($m.id)")' out.ndjson >got.txt
		diff got.txt <(jq -r ".cases[$i].expected[]" "$cases") || fail "$name"
		n=$((n + 1))
	done
	[ $n -eq 33 ] || fail "$n cases were run"
}

@test "one order sweeps five thousand, level by level and along one level" {
	{
		echo "$symbol"
		seq 5000 | sed 's/.*/{"type":"order","id":"&","symbol":"A-B","side":"sell","ordType":"limit","px":"&","sz":"1"}/'
		echo '{"type":"order","id":"t","symbol":"A-B","side":"buy","ordType":"limit","px":"5000","sz":"5000"}'
		seq 5000 | sed 's/.*/{"type":"order","id":"&","symbol":"A-B","side":"sell","ordType":"limit","px":"7","sz":"1"}/'
		echo '{"type":"order","id":"t","symbol":"A-B","side":"buy","ordType":"limit","px":"7","sz":"5000"}'
	} | match >out.ndjson
	expect_equal "$(jq -r 'select(.type == "trade").makerId' out.ndjson | tr '\n' ' ')" "$(seq -s ' ' 5000) $(seq -s ' ' 5000) "
	[ "$(tail -n 1 out.ndjson | jq -r '.state + .accFillSz')" = filled5000 ]
}

# ---- how it arrives, and what is kept ----

# Lines of all kinds.
mixture() {
	orders <<-'END'
		{"type":"liquidity","account":"lp","symbol":"A-B","action":"add","base":"1000","quote":"100000"}
		sell 1 a 101 3 limit "displaySz":"1","ts":1
		buy 2 b 99 2 limit "ts":2,"expireTs":20
		buy 3 c 103 1 limit "triggerPx":"101","ts":3
		{"type":"quote","id":"q","account":"m","symbol":"A-B","bids":[["98.5","1"]],"asks":[["102","2"]],"ts":4}
		garbage
		buy 4 d 101.5 2 limit "ts":5
		{"type":"rfq","id":"r","account":"u","symbol":"A-B","side":"buy","sz":"9","accounts":["m"],"expireTs":30,"ts":6}
		{"type":"price","symbol":"A-B","px":"100.3","ts":7}
		{"type":"auction","symbol":"A-B","phase":"open","ts":8}
		sell 5 e 98 4 limit "ts":9
		{"type":"auction","symbol":"A-B","phase":"uncross","ts":10}
		sell 6 e - 1 market "ts":11
		{"type":"rfq_quote","id":"m1","account":"m","symbol":"A-B","rfq":"r","requester":"u","px":"100","ts":12}
		amend 1 a 101 2
		{"type":"rfq_accept","id":"r","account":"u","symbol":"A-B","maker":"m","quote":"m1","ts":13}
		buy 7 f 110 5 fok "ts":14
		{"type":"watermark","ts":40}
		{"type":"mass_cancel","symbol":"A-B"}
		{"type":"end","count":20}
	END
}

@test "any chunking gives the same bytes, with and without a log, in every mode of syncing" {
	mixture >in.ndjson
	match <in.ndjson >plain.txt || [ $? -eq 1 ]
	[ "$(wc -l <plain.txt)" -gt 30 ]
	perl -e '$| = 1; while (read(STDIN, $b, 1)) { syswrite(STDOUT, $b) }' <in.ndjson | match >got.txt || true
	cmp got.txt plain.txt
	perl -e '$| = 1; while (read(STDIN, $b, 7)) { syswrite(STDOUT, $b) }' <in.ndjson | match --state s1 >got.txt || true
	cmp got.txt plain.txt
	for mode in batch always off; do
		match --state "s-$mode" --sync $mode <in.ndjson >got.txt || [ $? -eq 1 ]
		cmp got.txt plain.txt
		wal-cat --state "s-$mode" | cmp - in.ndjson
	done
	split match --sync never </dev/null
	expect_status 100
}

@test "a flood is read ahead: the same bytes as in small pieces; SIGTERM leaves nothing that was read unanswered" {
	local pid s=0
	awk 'BEGIN {
		print "{\"type\":\"symbol\",\"symbol\":\"A-B\",\"tickSz\":\"0.1\",\"lotSz\":\"0.01\"}"
		for (i = 1; i <= 20000; i++) {
			id = i % 50 == 0 ? "\\u0041" i : i
			if (i % 97 == 0) print "no order " i
			else if (i % 3 == 0) printf "{\"type\":\"cancel\",\"id\":\"%d\",\"symbol\":\"A-B\",\"ts\":%d}\n", i - i % 7, i
			else printf "{\"type\":\"order\",\"id\":\"%s\",\"account\":\"a%d\",\"symbol\":\"A-B\",\"side\":\"%s\",\"ordType\":\"limit\",\"px\":\"%d.%d\",\"sz\":\"0.%02d\",\"ts\":%d}\n",
				id, i % 9, i % 2 ? "buy" : "sell", 100 + i * 7 % 13, i % 10, 1 + i % 99, i
		}
	}' >flood.ndjson
	match <flood.ndjson >one.txt || s=$?
	[ $s -eq 1 ]
	tail -n 1 one.txt | jq -e '.in == 20001'
	dd if=flood.ndjson bs=777 status=none | match >two.txt || s=$?
	cmp one.txt two.txt
	{ head -c 700000 flood.ndjson; sleep 0.1; tail -c +700001 flood.ndjson; } | match --state st --snapshot-every 15000 >three.txt || s=$?
	cmp one.txt three.txt
	match --state st --resume-after 5000 </dev/null | cmp - <(tail -n +5001 one.txt)
	rm -rf st
	while cat flood.ndjson; do :; done 2>cat.txt | { match --state st >four.txt & echo $! >pid; wait $! || true; } &
	until [ -s four.txt ]; do sleep 0.01; done
	pid=$(cat pid)
	kill -TERM "$pid"
	wait
	match --state st --input-done >done.txt
	tail -n 1 four.txt | jq -e ".in == $(cat done.txt)"
	wal-cat --state st | cmp -n 100000 - flood.ndjson
}

@test "a restart at every line goes on with the next seq; snapshots at every few; any part of the output again" {
	mixture >in.ndjson
	match <in.ndjson >plain.txt || true
	n=$(wc -l <in.ndjson)
	for k in $(seq 1 "$n"); do
		rm -rf st
		{
			head -n "$k" in.ndjson | match --state st --snapshot-every 3 || [ $? -eq 1 ]
			expect_equal "$(match --state st --input-done)" "$k" >&2
			tail -n "+$((k + 1))" in.ndjson | match --state st --snapshot-every 1 || [ $? -eq 1 ]
		} >got.txt
		cmp got.txt plain.txt || fail "restarted after line $k"
	done
	[ "$(ls st/snapshot-* | wc -l)" -ge 1 ]
	rm -rf st
	match --state st <in.ndjson >/dev/null || true
	for k in 0 1 7 "$(wc -l <plain.txt)"; do
		match --state st --resume-after "$k" </dev/null >got.txt || [ $? -eq 1 ]
		tail -n "+$((k + 1))" plain.txt | cmp - got.txt
	done
	split match --state st --resume-after "$(($(wc -l <plain.txt) + 1))" </dev/null
	expect_status 100
	expect_equal "$out" ""
	expect_grammar err.txt match
}

@test "who is started often has snapshots, too, and a log that is cut" {
	echo '{"type":"symbol","symbol":"A-B","tickSz":"1","lotSz":"1"}' >in.ndjson
	for ((i = 1; i < 40; i++)); do echo "{\"type\":\"order\",\"id\":\"$i\",\"account\":\"a\",\"symbol\":\"A-B\",\"side\":\"buy\",\"ordType\":\"limit\",\"px\":\"1\",\"sz\":\"1\"}"; done >>in.ndjson
	for ((i = 0; i < 40; i += 4)); do
		head -n $((i + 4)) in.ndjson | tail -n 4 | match --state st --snapshot-every 10 >>out.ndjson
	done
	[ "$(ls st/snapshot-* | sed 's/.*snapshot-0*//; s/\..*//' | sort -n | tail -n 1)" -ge 30 ]
	match <in.ndjson | cmp - out.ndjson
}

@test "a snapshot on SIGUSR1; a damaged one is passed over; the newest alone is not enough to lose the log" {
	mixture >in.ndjson
	match <in.ndjson >plain.txt || true
	mkfifo to
	match --state st <to >got.txt &
	pid=$!
	exec 8>to
	head -n 8 in.ndjson >&8
	until [ "$(tail -n 1 got.txt | jq .in 2>/dev/null)" = 8 ]; do sleep 0.02; done
	kill -USR1 $pid
	until ls st/snapshot-*8.ndjson 2>/dev/null; do sleep 0.02; done
	tail -n +9 in.ndjson >&8
	exec 8>&-
	wait $pid || true
	cmp got.txt plain.txt
	sed -i 's/"open":\([0-9]\)/"open":9\1/' st/snapshot-*8.ndjson
	split match --state st --resume-after 0 </dev/null
	grep -q 'warning: snapshot .*damaged' err.txt
	cmp out.txt plain.txt
}

# Ask match for a snapshot until these are kept; to ask again where there is one already changes nothing.
ask_for_snapshots() {
	local kept
	for _ in $(seq 3000); do
		kill -USR1 $pid
		kept=$(find st -name 'snapshot-*.ndjson' | sed 's/.*snapshot-0*//; s/\..*//' | sort -n | xargs)
		[ "$kept" != "$1" ] || return 0
		sleep 0.02
	done
	fail "kept: $kept, expected $1"
}

@test "a snapshot asked for soon after another takes its place; the older one is left behind, but not for ever" {
	local in=1 kept
	mkfifo to
	match --state st --snapshot-every 2 <to >got.txt &
	pid=$!
	exec 8>to
	echo '{"type":"symbol","symbol":"A-B","tickSz":"1","lotSz":"1"}' >&8
	for kept in 2 3 "3 4" "3 5" "3 6" "6 7" "6 8"; do
		in=$((in + 1))
		echo '{"type":"order","id":"'$in'","account":"a","symbol":"A-B","side":"buy","ordType":"limit","px":"1","sz":"1"}' >&8
		until grep -q '"in":'$in, got.txt; do sleep 0.02; done
		ask_for_snapshots "$kept"
	done
	exec 8>&-
	wait $pid
	sed -i 's/"open":1/"open":91/' st/snapshot-*8.ndjson
	split match --state st --resume-after 6 </dev/null
	expect_status 0
	grep -q 'warning: snapshot .*damaged' err.txt
	tail -n 2 got.txt | cmp - out.txt
}

@test "lines that are too long, at every place in the buffer, are logged, rejected, and rejected again by a replay" {
	for size in 1048574 1048575 1048576 1048577 1100000 3000000; do
		{ orders <<<'buy 1 a 100 1'; head -c $size /dev/zero | tr '\0' x; echo; printf '{"type":"watermark","ts":9}'; } >in.ndjson
		rm -rf st
		match --state st <in.ndjson >first.txt || [ $? -eq 1 ]
		[ "$(wc -l <first.txt)" -eq 4 ]
		tail -n 1 first.txt | grep -q '"type":"watermark","seq":4,"in":4'
		expect_equal "$(sed -n 3p first.txt | jq -r .reason)" "$([ $size -lt 1048576 ] && echo JSON_SYNTAX || echo TOO_LONG)"
		match --state st --resume-after 0 </dev/null >again.txt || [ $? -eq 1 ]
		cmp first.txt again.txt
	done
}

@test "a log torn at every byte: what is left of it goes on to the same output" {
	orders <<<'sell 1 a 100 1
buy 2 b 100 2
cancel 2 b' >in.ndjson
	match --state whole --sync always <in.ndjson >plain.txt
	log=whole/0000000001.wal
	# a line a batch: where batch i + 1 begins, line i is whole
	mapfile -t begin < <(grep -abo '^{"s":' $log | cut -d: -f1)
	[ ${#begin[@]} -eq 5 ]
	for n in 0 1 2 3 4; do seen[n]=$(jq -c "select(.in <= $n)" plain.txt | wc -l); done
	# in memory, where a sync costs nothing, for each start makes several
	st=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo .)")
	for k in 0 "${begin[@]}" $(every "$(stat -c %s $log)"); do
		n=0
		while [ $n -lt 4 ] && [ "$k" -ge "${begin[n + 1]}" ]; do n=$((n + 1)); done
		resume=$((k % (seen[n] + 1)))
		rm -f "$st"/*
		head -c "$k" $log >"$st/0000000001.wal"
		{
			head -n $resume plain.txt
			tail -n "+$((n + 1))" in.ndjson | match --state "$st" --resume-after $resume 2>err.txt
		} >got.txt || fail "torn at byte $k: $(cat err.txt)"
		cmp got.txt plain.txt || fail "torn at byte $k"
		[ "$k" -le "${begin[0]}" ] || [[ " ${begin[*]} $(stat -c %s $log) " = *" $k "* ]] || ls "$st"/*.torn-* >/dev/null
	done
	rm -rf "$st"
}

@test "a standby follows a log and takes over when its writer is killed" {
	mixture >in.ndjson
	match <in.ndjson >plain.txt || true
	mkfifo to
	match --state one <to >first.txt &
	pid=$!
	exec 8>to
	until [ -f one/0000000001.wal ]; do sleep 0.02; done
	tail -n +12 in.ndjson >rest.ndjson
	mkfifo rest
	match --state two --follow one <rest >second.txt 2>err.txt &
	standby=$!
	exec 7>rest
	head -n 11 in.ndjson >&8
	until [ "$(tail -n 1 second.txt | jq .in 2>/dev/null)" = 11 ]; do sleep 0.02; done
	kill -KILL $pid
	wait $pid || true
	until grep -q '^match: info: takeover in=11 seq=' err.txt; do sleep 0.02; done
	split match --state one --input-done
	expect_status 111 # nobody else may go on with it
	cat rest.ndjson >&7
	exec 7>&- 8>&-
	wait $standby || true
	cmp second.txt plain.txt
	wal-cat --state two | cmp - in.ndjson
	split match --follow nowhere </dev/null
	expect_status 102
}

@test "metrics" {
	mixture | match --metrics-file m.prom >/dev/null || true
	grep -qx 'tradepipe_lines_total 21' m.prom
	grep -qx 'tradepipe_rejects_total 1' m.prom
	grep -q '^tradepipe_match_latency_us_bucket{le="+Inf"} 21$' m.prom
}
