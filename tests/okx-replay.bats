#!/usr/bin/env bats
# Catches a stand-in that is kinder than OKX: one that forgives a signature, a page rule, an age or a limit would let okx-fetch pass tests
# that the exchange would fail.
load helper

SECRET=00112233445566778899AABBCCDDEEFF
NOW=1795236282000

teardown() {
	exec 7>&-
	[ -z "${PID-}" ] || wait "$PID" || true
}

# start ARGUMENT...: run it until the test ends; $URL, commands go to descriptor 7, records to log
start() {
	mkfifo commands
	okx-replay "$@" <commands >log 2>err.txt 3>&- &
	PID=$!
	exec 7>commands
	for _ in $(seq 100); do [ -s log ] && break; sleep 0.05; done
	URL=$(head -n 1 log | jq -r .url)
	[ -n "$URL" ] || fail "does not listen: $(cat err.txt)"
}

# tell COMMAND: carried out when this returns
tell() {
	local before
	before=$(grep -c '"type":"\(ok\|reject\)"' log || true)
	printf '%s\n' "$1" >&7
	for _ in $(seq 100); do
		[ "$(grep -c '"type":"\(ok\|reject\)"' log || true)" -gt "$before" ] && break
		sleep 0.02
	done
	grep '"type":"\(ok\|reject\)"' log | tail -n 1 >told
}

sign() { # TIMESTAMP METHOD TARGET SECRET
	printf '%s' "$1$2$3" | perl -MDigest::SHA=hmac_sha256_base64 -e 'local $/; print hmac_sha256_base64(scalar <STDIN>, $ARGV[0]), "="' "$4"
}

# ask TARGET [CURL OPTION...]: a signed GET as account KEY; prints the body, leaves the HTTP status in $BATS_TEST_TMPDIR/http
ask() {
	local target=/api/v5/$1 t
	shift
	t=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
	curl -sS -g -o body -w '%{http_code}' -H "OK-ACCESS-KEY: ${KEY:-k}" -H "OK-ACCESS-SIGN: $(sign "$t" GET "$target" $SECRET)" \
		-H "OK-ACCESS-TIMESTAMP: $t" -H 'OK-ACCESS-PASSPHRASE: p' "$@" "$URL$target" >http || return
	cat body
}

codes() { # TARGET...: the code of each
	for target; do ask "$target" | jq -r .code; done | paste -sd ' '
}

# scenario [JQ PROGRAM]: an account "a" with one instrument, changed by the program
scenario() {
	jq -cn --arg secret $SECRET "{accounts:[{name:\"a\",apiKey:\"k\",secretKey:\$secret,passphrase:\"p\",config:{uid:\"77\"}}],
		instruments:[{instId:\"BTC-USDT-SWAP\",ctVal:\"0.01\"}]} | ${1:-.}" >s.json
}

order='{instId:"BTC-USDT-SWAP",side:"buy",sz:"1",state:"filled",accFillSz:"1",avgPx:"65000",tdMode:"cross"}'
fill='{instId:"BTC-USDT-SWAP",side:"buy",fillSz:"1",fillPx:"65000",ordId:"5",subType:"1",tradeId:"1"}'
bill='{type:"2",subType:"1",ccy:"USDT",balChg:"-1"}'
closed='{instId:"BTC-USDT-SWAP",posId:"1",mgnMode:"cross",type:"2",direction:"long",openMaxPos:"1",closeTotalPos:"1"}'

# ---- who may read ----

@test "headers, key, clock, signature and passphrase are checked, in that order, with OKX's codes and without data" {
	# catches a request that is served, or refused for a later reason, although an earlier check fails
	scenario
	start --scenario s.json
	refused() { # CODE HEADER...
		local code=$1 args=()
		shift
		for h; do args+=(-H "$h"); done
		curl -sS -o body -w '%{http_code}' "${args[@]}" "$URL/api/v5/account/config" >http
		expect_equal "$(cat http) $(jq -c '[.code,has("data")]' body)" "401 [\"$code\",false]"
	}
	t=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
	old=$(date -u -d '-40 sec' +%Y-%m-%dT%H:%M:%S.000Z)
	target=/api/v5/account/config
	good=$(sign "$t" GET $target $SECRET)
	refused 50103
	refused 50106 'OK-ACCESS-KEY: other'
	refused 50107 'OK-ACCESS-KEY: other' 'OK-ACCESS-SIGN: x'
	refused 50104 'OK-ACCESS-KEY: other' 'OK-ACCESS-SIGN: x' 'OK-ACCESS-TIMESTAMP: x'
	refused 50111 'OK-ACCESS-KEY: other' 'OK-ACCESS-SIGN: x' 'OK-ACCESS-TIMESTAMP: x' 'OK-ACCESS-PASSPHRASE: x'
	refused 50119 'OK-ACCESS-KEY: 37c541a1-0000-0000-0000-10fe7a038418' 'OK-ACCESS-SIGN: x' 'OK-ACCESS-TIMESTAMP: x' 'OK-ACCESS-PASSPHRASE: x'
	for bad in x 1795236282.123 "${t%.000Z}Z" "${t%Z}" "${t%.000Z}.000000Z" 2026-02-30T00:00:00.000Z; do
		refused 50112 'OK-ACCESS-KEY: k' 'OK-ACCESS-SIGN: x' "OK-ACCESS-TIMESTAMP: $bad" 'OK-ACCESS-PASSPHRASE: x'
	done
	refused 50102 'OK-ACCESS-KEY: k' "OK-ACCESS-SIGN: $(sign "$old" GET $target $SECRET)" "OK-ACCESS-TIMESTAMP: $old" 'OK-ACCESS-PASSPHRASE: p'
	refused 50113 'OK-ACCESS-KEY: k' 'OK-ACCESS-SIGN: x' "OK-ACCESS-TIMESTAMP: $t" 'OK-ACCESS-PASSPHRASE: x'
	refused 50113 'OK-ACCESS-KEY: k' "OK-ACCESS-SIGN: $(sign "$t" GET $target 00)" "OK-ACCESS-TIMESTAMP: $t" 'OK-ACCESS-PASSPHRASE: p'
	refused 50113 'OK-ACCESS-KEY: k' "OK-ACCESS-SIGN: $(sign "$t" POST $target $SECRET)" "OK-ACCESS-TIMESTAMP: $t" 'OK-ACCESS-PASSPHRASE: p'
	refused 50105 'OK-ACCESS-KEY: k' "OK-ACCESS-SIGN: $good" "OK-ACCESS-TIMESTAMP: $t" 'OK-ACCESS-PASSPHRASE: x'
	expect_equal "$(ask account/config | jq -r '.data[0].uid')" 77
}

@test "what is signed are the bytes that came: both spellings of a comma, and no other query" {
	# catches a check over a decoded or re-printed target
	scenario
	start --scenario s.json
	expect_equal "$(codes 'trade/orders-history?instType=SWAP&ordType=fok,ioc' 'trade/orders-history?instType=SWAP&ordType=fok%2Cioc' \
		'trade/orders-history?ordType=fok%2cioc&instType=SWAP')" '0 0 0'
	t=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
	sig=$(sign "$t" GET '/api/v5/trade/orders-history?instType=SWAP&ordType=fok,ioc' $SECRET)
	expect_equal "$(curl -sS -H 'OK-ACCESS-KEY: k' -H "OK-ACCESS-SIGN: $sig" -H "OK-ACCESS-TIMESTAMP: $t" -H 'OK-ACCESS-PASSPHRASE: p' \
		"$URL/api/v5/trade/orders-history?instType=SWAP&ordType=fok%2Cioc" | jq -r .code)" 50113
}

@test "demo keys, bound addresses and permissions" {
	# catches a key that works where OKX would not let it
	scenario '.accounts += [(.accounts[0]|.name="demo"|.apiKey="kd"|.simulated=true),
		(.accounts[0]|.name="bound"|.apiKey="kb"|.ipWhitelist=["10.0.0.1"]), (.accounts[0]|.name="here"|.apiKey="kh"|.ipWhitelist=["10.0.0.1","127.0.0.1"]),
		(.accounts[0]|.name="trade"|.apiKey="kt"|.perm="trade")]'
	start --scenario s.json --no-limits
	KEY=k ask account/config -H 'x-simulated-trading: 1' >/dev/null
	expect_equal "$(cat http) $(jq -r .code body)" '401 50101'
	expect_equal "$(KEY=k ask account/config -H 'x-simulated-trading: 0' | jq -r .code)" 0
	expect_equal "$(KEY=kd codes account/config)" 50101
	expect_equal "$(KEY=kd ask account/config -H 'x-simulated-trading: 1' | jq -r .code)" 0
	KEY=kb ask account/config >/dev/null
	expect_equal "$(cat http) $(jq -r .code body) $(grep -o 'Your IP 127.0.0.1 is' body)" '401 50110 Your IP 127.0.0.1 is'
	expect_equal "$(KEY=kh codes account/config)" 0
	KEY=kt ask account/config >/dev/null
	expect_equal "$(cat http) $(jq -r .code body)" '200 50120'
}

@test "public endpoints need no key; unknown paths and other methods are refused as OKX refuses them" {
	# catches a 404 whose code is a string, and a POST that is taken for a GET
	scenario
	start --scenario s.json
	expect_equal "$(curl -s "$URL/api/v5/public/instruments?instType=SWAP" | jq -r '.data[0]|.instId,.settleCcy,.instIdCode')" "$(printf 'BTC-USDT-SWAP\nUSDT\n10459')"
	expect_equal "$(curl -s -w ' %{http_code}' "$URL/api/v5/account/nothing")" \
		'{"code":404,"data":{},"detailMsg":"","error_code":"404","error_message":"Not Found","msg":"Not Found"} 404'
	expect_equal "$(curl -s "$URL/public/time" | jq -c .code)" 404
	expect_equal "$(curl -s -X POST -d '{"a":1}' -w ' %{http_code}' "$URL/api/v5/account/config")" '{"code":"50115","msg":"Invalid request method."} 405'
	off=$(($(curl -s "$URL/api/v5/public/time" | jq -r '.data[0].ts') - $(date +%s%3N)))
	[ ${off#-} -lt 2000 ] || fail "clock off by $off"
}

@test "no record holds a secret, a passphrase or a signature" {
	# catches credentials in the log of a demonstration
	scenario '.accounts[0].passphrase="Pass-Phrase-In-Log"'
	start --scenario s.json
	t=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
	sig=$(sign "$t" GET /api/v5/account/config $SECRET)
	for pass in Pass-Phrase-In-Log Pass-Phrase-Wrong; do
		curl -s -o body -H 'OK-ACCESS-KEY: k' -H "OK-ACCESS-SIGN: $sig" -H "OK-ACCESS-TIMESTAMP: $t" -H "OK-ACCESS-PASSPHRASE: $pass" "$URL/api/v5/account/config"
	done
	expect_equal "$(jq -rc 'select(.type=="request")|[.seq,.method,.path,.status,.code,.account]' log | paste -sd ' ')" \
		'[1,"GET","/api/v5/account/config",200,"0","a"] [2,"GET","/api/v5/account/config",401,"50105","a"]'
	! grep -qE "$SECRET|Pass-Phrase" log err.txt || fail "$(cat log)"
	! grep -qF "$sig" log err.txt || false
}

# ---- which rows ----

# pages TARGET MEMBER: follow `after` to the end; one id a line
pages() {
	local after=
	while :; do
		ask "$1${after:+&after=$after}" | jq -r ".data[].$2" >page
		[ -s page ] || break
		cat page
		after=$(tail -n 1 page)
	done
}

@test "250 bills: all pages together are all rows, newest first, once each, at any page size" {
	# catches a page edge that loses or repeats a row
	scenario ".accounts[0].bills=[range(250)|$bill+{billId:\"@id-\\(.*7)m/\\(.%3)\",ts:\"@t-\\(.*7)m\"}]"
	start --scenario s.json --no-limits --now $NOW
	okx-replay --resolve --scenario s.json --now $NOW | jq -r '.accounts[0].bills[].billId' >all
	[ "$(wc -l <all)" -eq 250 ]
	sort -rnu all | cmp - all
	for limit in 100 99 1; do
		[ $limit -ne 1 ] || sed -i '31,$d' all
		pages "account/bills?limit=$limit" billId | head -n "$(wc -l <all)" >got
		cmp got all || fail "limit $limit"
	done
	ask account/bills | jq -e '.data|length == 100' >/dev/null
}

@test "after and before exclude, begin and end include, and what is too much is cut at the right end" {
	# catches each of OKX's paging rules turned round
	scenario ".accounts[0].bills=[range(1;251)|$bill+{billId:\"\\(.)\",ts:\"@t-\\(250-.)s\"}] |
		.accounts[0].fills=[range(1;251)|$fill+{billId:\"\\(.)\",ts:\"@t-\\(250-.)s\"}] |
		.accounts[0].orders=[range(1;251)|$order+{ordId:\"\\(.)\",cTime:\"@t-\\(250-.)s\"}]"
	start --scenario s.json --no-limits --now $NOW
	span() { ask "$1" | jq -r '.data|map(.billId // .ordId)|if length==0 then "none" else "\(.[0])-\(.[-1]) \(length)" end'; }
	at() { echo $((NOW - (250 - $1) * 1000)); }
	for e in account/bills?x= account/bills-archive?x= trade/orders-history?instType=SWAP trade/orders-history-archive?instType=SWAP \
		trade/fills?x= trade/fills-history?instType=SWAP; do
		expect_equal "$e $(span "$e")" "$e 250-151 100"
		expect_equal "$e $(span "$e&after=100")" "$e 99-1 99"
		expect_equal "$e $(span "$e&after=151&limit=7")" "$e 150-144 7"
		expect_equal "$e $(span "$e&before=100")" "$e 200-101 100"
		expect_equal "$e $(span "$e&before=248")" "$e 250-249 2"
		expect_equal "$e $(span "$e&before=250")" "$e none"
		expect_equal "$e $(span "$e&after=60&before=50")" "$e 59-51 9"
		expect_equal "$e $(span "$e&after=60&before=50&limit=3")" "$e 59-57 3"
		expect_equal "$e $(span "$e&after=61&before=59&limit=1")" "$e 60-60 1"
		expect_equal "$e $(span "$e&begin=$(at 20)&end=$(at 29)")" "$e 29-20 10"
		expect_equal "$e $(span "$e&end=$(at 29)&limit=5")" "$e 29-25 5"
		expect_equal "$e $(span "$e&begin=$(at 20)&end=$(at 29)&limit=4")" "$e 29-26 4"
		expect_equal "$e $(span "$e&begin=$(at 20)&end=$(at 29)&after=25")" "$e 24-20 5"
		case $e in
		*fills*) expect_equal "$e $(span "$e&begin=$(at 20)&limit=5")" "$e 250-246 5" ;;
		*) expect_equal "$e $(span "$e&begin=$(at 20)&limit=5")" "$e 24-20 5" ;;
		esac
	done
	expect_equal "$(codes account/bills?limit=0 account/bills?limit=101 account/bills?limit=x account/bills?after=x account/bills?before=-1 \
		account/bills?begin=1.5 account/bills?end=99999999999999999999)" '51000 51000 51000 51000 51000 51000 51000'
}

@test "positions-history: all rows with the uTime of the last come along, and before alone gives the newest" {
	# catches rows of one moment that are lost at the edge of a page
	scenario ".accounts[0].positionsHistory=[range(12)|$closed+{posId:\"\\(.+1)\",cTime:\"@t-9h\",uTime:\"@t-\\((./4|floor)+1)h\"}]"
	start --scenario s.json --no-limits --now $NOW
	count() { ask "$1" | jq -r '.data|"\(length) \(.[0].posId)-\(.[-1].posId)"'; }
	hour() { echo $((NOW - $1 * 3600000)); }
	expect_equal "$(count account/positions-history)" '12 1-12'
	expect_equal "$(count 'account/positions-history?limit=1')" '4 1-4'
	expect_equal "$(count 'account/positions-history?limit=5')" '8 1-8'
	expect_equal "$(count "account/positions-history?after=$(hour 1)&limit=1")" '4 5-8'
	expect_equal "$(count "account/positions-history?before=$(hour 3)&limit=1")" '4 1-4'
	expect_equal "$(count "account/positions-history?after=$(($(hour 1) + 1))&limit=2")" '4 1-4'
}

@test "each endpoint forgets its rows when OKX does" {
	# catches a ledger that still shows what OKX has dropped, or drops it a moment early
	ages='1m 119m 121m 71h 73h 167h 169h 2159h 2161h'
	scenario ".accounts[0] += ([\"${ages// /\",\"}\"]|to_entries|{
		orders:([.[]|$order+{ordId:\"\\(.key+1)\",clOrdId:.value,cTime:\"@t-\\(.value)\"}]+
			[.[]|$order+{ordId:\"\\(.key+101)\",clOrdId:\"never\\(.value)\",cTime:\"@t-\\(.value)\",state:\"canceled\",accFillSz:\"0\",avgPx:\"\"}]),
		fills:[.[]|$fill+{billId:\"\\(.key+1)\",clOrdId:.value,ts:\"@t-\\(.value)\"}],
		bills:[.[]|$bill+{billId:\"\\(.key+1)\",clOrdId:.value,ts:\"@t-\\(.value)\"}],
		positionsHistory:[.[]|$closed+{lever:\"\\(.key+1)\",cTime:\"@t-2200h\",uTime:\"@t-\\(.value)\"}]})"
	start --scenario s.json --no-limits --now $NOW
	ages() { ask "$1" | jq -r '[.data[].clOrdId]|sort|join(" ")'; }
	three_months='119m 121m 167h 169h 1m 2159h 71h 73h'
	expect_equal "$(ages trade/orders-history?instType=SWAP)" '119m 121m 167h 1m 71h 73h never119m never1m'
	expect_equal "$(ages trade/orders-history-archive?instType=SWAP)" "$three_months"
	expect_equal "$(ages trade/fills)" '119m 121m 1m 71h'
	expect_equal "$(ages trade/fills-history?instType=SWAP)" "$three_months"
	expect_equal "$(ages account/bills)" '119m 121m 167h 1m 71h 73h'
	expect_equal "$(ages account/bills-archive)" "$three_months"
	expect_equal "$(ask account/positions-history | jq -r '[.data[].lever]|join(" ")')" '1 2 3 4 5 6 7 8'
	order() { codes "trade/order?instId=BTC-USDT-SWAP&ordId=$1"; }
	expect_equal "$(order 8) $(order 9) $(order 101) $(order 102) $(order 103)" '0 51603 0 0 51603'
}

@test "trade/order: what is missing, malformed, unknown, expired; and of one clOrdId the latest" {
	# catches an order that OKX would not show
	scenario ".instruments += [{instId:\"BTC-USDT-@ymd-1d\",expTime:\"@t-1h\"},{instId:\"BTC-USDT-@ymd+9d\"}] | .accounts[0].orders=[
		$order+{ordId:\"@id-2h/1\",clOrdId:\"c\",cTime:\"@t-2h\"}, $order+{ordId:\"@id-1h/1\",clOrdId:\"c\",cTime:\"@t-1h\"},
		$order+{instId:\"BTC-USDT-@ymd-1d\",ordId:\"7\",cTime:\"@t-3h\"}, $order+{instId:\"BTC-USDT-@ymd+9d\",ordId:\"8\",cTime:\"@t-3h\"},
		$order+{ordId:\"9\",cTime:\"@t-30d\",state:\"live\",accFillSz:\"0\",avgPx:\"\"}]"
	start --scenario s.json --no-limits --now $NOW
	ask trade/order >/dev/null
	expect_equal "$(cat http) $(jq -c '[.code,.data,.msg]' body)" '400 ["50014",[],"Parameter instId can not be empty."]'
	expect_equal "$(codes trade/order?instId=BTC-USDT-SWAP 'trade/order?instId=BTC-USDT-SWAP&ordId=' 'trade/order?instId=BTC-USDT-SWAP&ordId=x1' \
		'trade/order?instId=ETH-USDT-SWAP&ordId=1' 'trade/order?instId=BTC-USDT-SWAP&ordId=1' 'trade/order?instId=BTC-USDT-SWAP&ordId=8')" \
		'50015 50015 51000 51001 51603 51603'
	expect_equal "$(cat http)" 200
	expect_equal "$(ask 'trade/order?instId=BTC-USDT-SWAP&clOrdId=c' | jq -r '.data[0].cTime')" $((NOW - 3600000))
	expect_equal "$(codes 'trade/order?instId=BTC-USDT-SWAP&ordId=9' 'trade/order?instId=BTC-USDT-261120&ordId=7' 'trade/order?instId=BTC-USDT-261130&ordId=8')" '0 51001 0'
	expect_equal "$(ask trade/orders-history?instType=FUTURES | jq -r '[.data[].ordId]|join(" ")')" '8 7'
	expect_equal "$(ask trade/orders-history?instType=SWAP | jq -r '.data|length')" 2
	expect_equal "$(codes trade/orders-history trade/orders-history-archive trade/fills-history trade/fills public/instruments \
		'public/instruments?instType=OPTION' 'public/instruments?instType=X' 'public/instruments?instType=SWAP&instId=X-Y-SWAP')" '50014 50014 50014 0 50014 50015 51000 51001'
}

@test "filters: what a request names is what it gets" {
	# catches a parameter that is ignored
	scenario ".instruments += [{instId:\"ETH-USD-SWAP\"}] | .accounts[0].orders=[
			$order+{ordId:\"1\",cTime:\"@t-3h\",category:\"full_liquidation\"}, $order+{ordId:\"2\",cTime:\"@t-2h\",state:\"canceled\",ordType:\"fok\"},
			$order+{ordId:\"3\",cTime:\"@t-1h\",instId:\"ETH-USD-SWAP\",ordType:\"ioc\"}, $order+{ordId:\"4\",cTime:\"@t-1h\",instId:\"BTC-USDT\",instType:\"MARGIN\"}] |
		.accounts[0].fills=[$fill+{billId:\"1\",ts:\"@t-1h\"}, $fill+{billId:\"2\",ts:\"@t-1h\",ordId:\"6\",subType:\"104\"}, $fill+{billId:\"3\",ts:\"@t-1h\",instId:\"ETH-USD-SWAP\"}] |
		.accounts[0].bills=[$bill+{billId:\"1\",ts:\"@t-1h\"}, $bill+{billId:\"2\",ts:\"@t-1h\",type:\"5\",subType:\"104\",instId:\"BTC-USDT-SWAP\",mgnMode:\"isolated\"},
			$bill+{billId:\"3\",ts:\"@t-1h\",ccy:\"ETH\",instId:\"ETH-USD-SWAP\",mgnMode:\"cross\"}] |
		.accounts[0].positionsHistory=[$closed+{posId:\"1\",cTime:\"@t-1h\",uTime:\"@t-1h\"}, $closed+{posId:\"2\",cTime:\"@t-1h\",uTime:\"@t-30m\",type:\"3\",mgnMode:\"isolated\"}] |
		.accounts[0].positions=[{instId:\"BTC-USDT-SWAP\",posId:\"1\",cTime:\"@t-1h\",mgnMode:\"cross\",pos:\"0\"}, {instId:\"BTC-USDT-SWAP\",posId:\"2\",cTime:\"@t-40d\",mgnMode:\"isolated\",pos:\"0.0\"},
			{instId:\"ETH-USD-SWAP\",posId:\"3\",cTime:\"@t-40d\",mgnMode:\"cross\",pos:\"-2\"}]"
	start --scenario s.json --no-limits --now $NOW
	ids() { ask "$1" | jq -r 'if .code=="0" then [.data[]|.billId // .ordId // .posId]|join(" ") else .code end'; }
	while read -r target expected; do
		expect_equal "$target: $(ids "$target")" "$target: $expected"
	done <<-END
		trade/orders-history?instType=SWAP 3 2 1
		trade/orders-history?instType=MARGIN 4
		trade/orders-history?instType=SWAP&instId=BTC-USDT-SWAP 2 1
		trade/orders-history?instType=SWAP&instFamily=ETH-USD 3
		trade/orders-history?instType=SWAP&ordType=fok,ioc 3 2
		trade/orders-history?instType=SWAP&state=canceled 2
		trade/orders-history?instType=SWAP&state=live 51000
		trade/orders-history?instType=SWAP&category=full_liquidation 1
		trade/orders-history?instType=SWAP&category=normal 51000
		trade/fills?ordId=6 2
		trade/fills?subType=104 2
		trade/fills?instFamily=ETH-USD 3
		trade/fills-history?instType=SWAP&instId=BTC-USDT-SWAP 2 1
		trade/fills-history?instType=SPOT
		account/bills?type=5 2
		account/bills?type=2&ccy=ETH 3
		account/bills?instType=SWAP 3 2
		account/bills?mgnMode=isolated 2
		account/bills?ctType=inverse 3
		account/bills-archive?subType=104&instId=BTC-USDT-SWAP 2
		account/positions-history?type=3 2
		account/positions-history?type=7 51000
		account/positions-history?posId=1&mgnMode=cross 1
		account/positions 3
		account/positions?instId=BTC-USDT-SWAP 1
		account/positions?posId=2,3 3
		account/positions?instType=FUTURES
		account/positions?instId=1,2,3,4,5,6,7,8,9,10,11 50025
	END
	expect_equal "$(ask 'account/subtypes?type=5,9' | jq -c '[.data[]|[.type,(.subTypeDetails|length)]]')" '[["5",10],["9",4]]'
	expect_equal "$(ask account/subtypes | jq '.data|length > 10')" true
}

@test "public trades: newest first, by id and by time, up to three months" {
	# catches a trade that paging skips, or a second page that begins where the first did
	scenario '.trades={"BTC-USDT-SWAP":{generate:{count:1200,everyMs:1000,endMs:"@t-1s",firstTradeId:501}},"OLD":[{px:"1",sz:"1",tradeId:"1",ts:"@t-91d"},{px:"1",sz:"1",tradeId:"2",ts:"@t-89d"}]}'
	start --scenario s.json --no-limits --now $NOW
	get() { curl -s -g "$URL/api/v5/market/$1" | jq -r 'if .code=="0" then "\(.data|length) \(.data[0].tradeId)-\(.data[-1].tradeId)" else .code end'; }
	expect_equal "$(get 'trades?instId=BTC-USDT-SWAP')" '100 1700-1601'
	expect_equal "$(get 'trades?instId=BTC-USDT-SWAP&limit=500')" '500 1700-1201'
	expect_equal "$(get 'trades?instId=BTC-USDT-SWAP&limit=501') $(get trades) $(get 'trades?instId=X-Y')" '51000 50014 51001'
	expect_equal "$(get 'history-trades?instId=BTC-USDT-SWAP&after=601')" '100 600-501'
	expect_equal "$(get 'history-trades?instId=BTC-USDT-SWAP&before=1690')" '10 1700-1691'
	expect_equal "$(get "history-trades?instId=BTC-USDT-SWAP&type=2&after=$((NOW - 1000000))&limit=2")" '2 700-699'
	expect_equal "$(get "history-trades?instId=BTC-USDT-SWAP&type=2&before=1") $(get 'history-trades?instId=BTC-USDT-SWAP&limit=101')" '50039 51000'
	expect_equal "$(get 'history-trades?instId=OLD')" '1 2-2'
	expect_equal "$(curl -s "$URL/api/v5/market/trades?instId=BTC-USDT-SWAP&limit=1" | jq -c '.data[0]|keys_unsorted,.instId')" \
		"$(printf '["instId","px","side","source","sz","tradeId","ts"]\n"BTC-USDT-SWAP"')"
}

@test "limits: one request too many is refused with 429 and no data, for that user and endpoint only, until two seconds have passed" {
	# catches a client that is never told to slow down
	scenario '.accounts += [(.accounts[0]|.name="b"|.apiKey="kb"|.config.uid="78")]'
	start --scenario s.json
	# each burst is one curl's, so that its requests come within two seconds of each other
	t=$(date -u +%Y-%m-%dT%H:%M:%S.000Z) url=$URL/api/v5/account/config
	curl -sS -w '\n%{http_code} ' -H "OK-ACCESS-KEY: k" -H "OK-ACCESS-SIGN: $(sign "$t" GET /api/v5/account/config $SECRET)" \
		-H "OK-ACCESS-TIMESTAMP: $t" -H 'OK-ACCESS-PASSPHRASE: p' "$url" "$url" "$url" "$url" "$url" "$url" >burst
	expect_equal "$(grep -oE '^(200|429) ' burst | tr -d '\n')" '200 200 200 200 200 429 '
	tail -n 2 burst | grep -qF '{"code":"50011","msg":"Too Many Requests"}'
	expect_equal "$(KEY=kb codes account/config) $(codes account/positions)" '0 0'
	sleep 2.1
	expect_equal "$(codes account/config)" 0
	curl -s "$URL/api/v5/public/time?[1-11]" | jq -r .code | sort | uniq -c | awk '{print $1, $2}' | paste -sd ' ' >counts
	expect_equal "$(cat counts)" '10 0 1 50011'
}

# ---- what goes wrong ----

@test "every kind of fault does what its name says" {
	# catches a fault that is accepted and not committed
	scenario ".accounts[0].bills=[range(3)|$bill+{billId:\"\\(.+1)\",ts:\"@t-\\(3-.)h\",notes:\"a, [b] {c}: \\u0022\"}]"
	start --scenario s.json --no-limits
	fault() { tell "{\"cmd\":\"fault\",\"path\":\"account/bills\",$1}" && jq -e '.type=="ok"' told >/dev/null || fail "$(cat told)"; }
	fault '"kind":"code","code":"50026"'
	ask account/bills >/dev/null
	expect_equal "$(cat http) $(jq -c '[.code,.data]' body)" '500 ["50026",[]]'
	fault '"kind":"code","code":"50011","status":200,"msg":"slow down"'
	ask account/bills >/dev/null
	expect_equal "$(cat http) $(jq -c . body)" '200 {"code":"50011","msg":"slow down"}'
	for status in 502 503 403 200; do
		fault "\"kind\":\"html\",\"status\":$status"
		ask account/bills >/dev/null
		expect_equal "$(cat http) $(head -c 15 body)" "$status <!DOCTYPE html>"
	done
	fault '"kind":"cut"'
	s=0
	ask account/bills >/dev/null 2>&1 || s=$?
	expect_equal "$s $(cat http)" '18 200'
	fault '"kind":"cutjson"'
	ask account/bills >/dev/null
	! jq . body >/dev/null 2>&1 || fail "still JSON"
	fault '"kind":"reset"'
	s=0
	ask account/bills >/dev/null 2>&1 || s=$?
	expect_equal "$s" 56
	fault '"kind":"delay","delayMs":400'
	expect_equal "$(ask account/bills -w '%{time_starttransfer}' | jq -r .code) $(cut -c 1-3 http)" '0 0.4'
	fault '"kind":"slow","delayMs":20,"bytes":200'
	expect_equal "$(ask account/bills -w '%{http_code}%{time_total}' | jq '.data|length')" 3
	awk '{t = substr($0, 4); exit !(t > 0.1 && t < 5)}' http || fail "took $(cut -c 4- http)"
	fault '"kind":"oversize","bytes":5000000'
	ask account/bills | jq -e '.code=="0"' >/dev/null
	expect_equal "$(stat -c %s body)" 5000000
	fault '"kind":"notutf8"'
	ask account/bills >/dev/null
	! iconv -f utf-8 -t utf-8 body >/dev/null 2>&1 || fail "still UTF-8"
	fault '"kind":"emptydata"'
	expect_equal "$(ask account/bills)" '{"code":"0","msg":"","data":[]}'
	fault '"kind":"dupkeys"'
	ask account/bills >/dev/null
	expect_equal "$(grep -o '"data":' body | wc -l) $(jq '.data|length' body)" '2 0'
	fault '"kind":"numbers"'
	ask account/bills | grep -q ':12345678901234567891}'
	ask account/bills >plain
	fault '"kind":"space"'
	ask account/bills >/dev/null
	[ "$(wc -l <body)" -gt 100 ]
	jq -c . body | cmp - <(jq -c . plain)
	fault '"kind":"drop_rows","rows":2'
	expect_equal "$(ask account/bills | jq -c '[.data[].billId]')" '["1"]'
	tell '{"cmd":"fault","path":"public/time","kind":"skew","ms":-45000}'
	off=$(($(curl -s "$URL/api/v5/public/time" | jq -r '.data[0].ts') - $(date +%s%3N)))
	[ $off -lt -44000 ] && [ $off -gt -46000 ] || fail "skew of $off"
	tell '{"cmd":"fault","path":"account/bills","kind":"skew","ms":45000}'
	expect_equal "$(codes account/bills account/bills)" '50102 0'
	expect_equal "$(jq -r 'select(.fault)|.fault' log | sort -u | paste -sd ' ')" \
		'code cut cutjson delay drop_rows dupkeys emptydata html notutf8 numbers oversize reset skew slow space'
}

@test "a fault meets the requests that it names, as often as it says, after as many as it says" {
	# catches a fault that leaks into other requests of a test
	scenario '.accounts += [(.accounts[0]|.name="b"|.apiKey="kb"|.config.uid="78")] | .faults=[{path:"account/config",kind:"code",code:"50001",times:2,after:1}]'
	start --scenario s.json --no-limits
	expect_equal "$(codes account/config account/config account/config account/config)" '0 50001 50001 0'
	tell '{"cmd":"fault","path":"*","account":"b","kind":"emptydata","times":0}'
	expect_equal "$(KEY=kb ask account/config) $(ask account/config | jq '.data|length')" '{"code":"0","msg":"","data":[]} 1'
	tell '{"cmd":"fault","path":"account/bills","query":"type=5","kind":"code","code":"50013","times":0}'
	expect_equal "$(codes account/bills 'account/bills?type=5' 'account/bills?type=9' 'account/bills?limit=1&type=5')" '0 50013 0 50013'
	tell '{"cmd":"clear"}'
	expect_equal "$(codes 'account/bills?type=5') $(KEY=kb ask account/config | jq '.data|length')" '0 1'
	# spent faults make room for others; sixty-four that wait are the most
	for _ in $(seq 64); do echo '{"cmd":"fault","path":"account/bills","kind":"space"}'; done >&7
	tell '{"cmd":"fault","path":"account/bills","kind":"space"}'
	expect_equal "$(jq -r .type told)" reject
	codes account/bills
	tell '{"cmd":"fault","path":"account/bills","kind":"code","code":"50001"}'
	expect_equal "$(codes account/bills account/bills)" '50001 0'
}

@test "others are served while one request waits" {
	# catches a server that sleeps
	scenario '.faults=[{path:"account/config",kind:"delay",delayMs:1500},{path:"account/config",kind:"slow",delayMs:100,bytes:1}]'
	start --scenario s.json
	ask account/config >slow.txt 2>&1 3>&- 7>&- &
	sleep 0.2
	t=$(curl -s -o time.txt -w '%{time_total}' "$URL/api/v5/public/time")
	awk -v t="$t" 'BEGIN {exit !(t < 1.2)}' || fail "waited $t s"
}

@test "ledgers change by command, whole or not at all; a row of the future comes when its time has" {
	# catches half a command carried out
	scenario ".accounts[0].bills=[$bill+{billId:\"1\",ts:\"@t-1h\"}]"
	start --scenario s.json --no-limits
	ids() { ask account/bills | jq -r '[.data[].billId]|join(" ")'; }
	rows() { jq -cn "{cmd:\"$1\",account:\"a\",table:\"bills\",rows:[$2]}"; }
	tell "$(rows add "$bill+{billId:\"3\",ts:\"@t-1m\"},$bill+{billId:\"2\",ts:\"@t-2m\"}")"
	expect_equal "$(ids)" '3 2 1'
	tell "$(rows add "$bill+{billId:\"4\",ts:\"@t-1m\"},$bill+{billId:\"2\",ts:\"@t-2m\"}")"
	expect_equal "$(jq -c '[.type,.reason,.msg]' told) $(ids)" '["reject","BAD_COMMAND","rows: billId 2 is there already"] 3 2 1'
	tell "$(rows set "$bill+{billId:\"9\",ts:\"x\"}")"
	expect_equal "$(jq -r .msg told) $(ids)" 'rows[0].ts: not milliseconds since 1970 3 2 1'
	tell "$(rows set "$bill+{billId:\"9\",ts:\"@t\"},$bill+{billId:\"10\",ts:\"@t+5000\"}")"
	expect_equal "$(ids)" 9
	for _ in {1..100}; do
		[ "$(ids)" = 9 ] || break
		sleep 0.2
	done
	expect_equal "$(ids)" '10 9'
	tell '{"cmd":"set","table":"instruments","rows":[]}'
	expect_equal "$(codes 'trade/order?instId=BTC-USDT-SWAP&ordId=1')" 51001
	for bad in '{}' '{"cmd":"set"}' '{"cmd":"set","account":"b","table":"bills","rows":[]}' '{"cmd":"set","account":"a","table":"x","rows":[]}' \
		'{"cmd":"set","account":"a","table":"bills"}' '{"cmd":"clear","x":1}' '{"cmd":"fault","kind":"cut"}' '{"cmd":"fault","path":"*"}' \
		'{"cmd":"fault","path":"*","kind":"nap"}' '{"cmd":"fault","path":"/api/v5/account/bills","kind":"cut"}' '{"cmd":"fault","path":"*","kind":"delay"}' '{"cmd":"fault","path":"*","kind":"cut","bytes":1}' \
		'{"cmd":"fault","path":"*","kind":"code","code":50001}' '{"cmd":"fault","path":"*","kind":"cut","times":-1}' '{"cmd":"cut"}' '{"cmd":"clear","cmd":"clear"}' '["clear"]'; do
		tell "$bad"
		jq -e '.type=="reject" and (.msg|length) > 0' told >/dev/null || fail "accepted: $bad"
	done
	exec 7>&-
	s=0
	wait $PID || s=$?
	PID=
	expect_equal $s 1
}

# ---- scenarios ----

@test "a scenario with a fault in it: 102, the file and the place named" {
	# catches a misspelt member that would silently test nothing
	bad() { # PLACE JQ-PROGRAM
		scenario "$2"
		split okx-replay --resolve --scenario s.json
		expect_status 102
		[ -z "$out" ]
		expect_grammar err.txt okx-replay
		grep -qF "file=s.json path=$1 why=" err.txt || fail "expected $1: $err"
	}
	one=".accounts[0].orders=[$order+{ordId:\"1\",cTime:\"@t-1h\"}]"
	bad '"accounts[0].orders[0].cTime"' "$one | del(.accounts[0].orders[0].cTime)"
	bad '"accounts[0].orders[0].cTime"' "$one | .accounts[0].orders[0].cTime=1795236282000"
	bad '"accounts[0].orders[0].cTime"' "$one | .accounts[0].orders[0].cTime=\"@t-1y\""
	bad '"accounts[0].orders[0].ordId"' "$one | .accounts[0].orders[0].ordId=\"@id-5h/33554432\""
	bad '"accounts[0].orders[0].ordId"' "$one | .accounts[0].orders[0].ordId=\"@id-9999d\""
	bad '"accounts[0].orders[0].ordid"' "$one | .accounts[0].orders[0].ordid=\"2\""
	bad '"accounts[0].orders[0].sz"' "$one | .accounts[0].orders[0].sz=\"1e3\""
	bad '"accounts[0].orders[0].side"' "$one | .accounts[0].orders[0].side=\"long\""
	bad '"accounts[0].orders[0].linkedAlgoOrd"' "$one | .accounts[0].orders[0].linkedAlgoOrd=\"\""
	bad '"accounts[0].orders"' "$one | .accounts[0].orders+=.accounts[0].orders"
	bad '"accounts[0].orders"' '.accounts[0].orders={}'
	bad '"accounts[0].config.uid"' 'del(.accounts[0].config.uid)'
	bad '"accounts[0].config.autoLoan"' '.accounts[0].config.autoLoan="false"'
	bad '"accounts[0]"' 'del(.accounts[0].secretKey)'
	bad '"accounts[1]"' '.accounts+=.accounts'
	bad '"accounts[0].key"' '.accounts[0].key="x"'
	bad '"instruments[0].instIdCode"' '.instruments[0].instIdCode="1"'
	bad '"instruments[1].instId"' '.instruments+=[{instId:7}]'
	bad '"faults[0]"' '.faults=[{path:"*",kind:"x"}]'
	bad trades.X '.trades={X:{generate:{count:1}}}'
	bad account '.account=.accounts'
	printf '{"accounts":[}' >s.json
	split okx-replay --resolve --scenario s.json
	expect_status 102
	grep -q 'unexpected byte at byte 13' err.txt
	split okx-replay --resolve --scenario none.json
	expect_status 102
	grep -q 'No such file' err.txt
	split okx-replay --resolve
	expect_status 100
}

@test "--resolve: complete rows in OKX's order; what it prints resolves to itself" {
	# catches a row that lacks a documented member, and a scenario that changes when it is read again
	scenario ".accounts[0].orders=[$order+{_name:\"open\",ordId:\"@id-1h/3\",cTime:\"@t-1h\",\"+outcome\":\"yes\",attachAlgoOrds:[{attachAlgoId:\"@id-1h/4\",x:[1.50,null]}]}] |
		.accounts[0].fills=[$fill+{billId:\"1\",ts:\"@t-1h\"}] | .accounts[0].bills=[$bill+{billId:\"1\",ts:\"@t-1h\"}] |
		.accounts[0].positions=[{instId:\"BTC-USDT-SWAP\",posId:\"1\",cTime:\"@t-1h\",mgnMode:\"cross\",pos:\"1\"}] |
		.accounts[0].positionsHistory=[$closed+{cTime:\"@t-1h\",uTime:\"@t-1h\"}]"
	sed -i 's/"x":\[1.5,/"x":[1.50,/' s.json
	okx-replay --resolve --now $NOW --scenario s.json >once.json
	okx-replay --resolve --now $NOW --scenario once.json | cmp - once.json
	grep -qF '"attachAlgoOrds":[{"attachAlgoId":"'$(((NOW - 3600000 - 1672502400000) << 25 | 4))'","x":[1.50,null]}]' once.json || fail "nested tokens, numbers"
	grep -qF '"+outcome":"yes"' once.json
	grep -qF '"_name":"open"' once.json
	keys() { jq -r "$1|keys_unsorted|map(select(test(\"^[a-z]\";\"i\")))|join(\" \")" once.json; }
	expect_equal "$(keys '.accounts[0].orders[0]')" 'accFillSz algoClOrdId algoId attachAlgoClOrdId attachAlgoOrds avgPx cTime cancelSource cancelSourceReason category ccy clOrdId fee feeCcy fillPx fillSz fillTime instId instType isTpLimit lever linkedAlgoOrd ordId ordType pnl posSide px pxType pxUsd pxVol quickMgnType rebate rebateCcy reduceOnly side slOrdPx slTriggerPx slTriggerPxType source state stpId stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId tradeQuoteCcy uTime'
	expect_equal "$(keys '.accounts[0].fills[0]')" 'side fillSz fillPx fillPxVol fillFwdPx fee fillPnl ordId feeRate instType fillPxUsd instId clOrdId posSide billId subType fillMarkVol tag fillTime execType fillIdxPx tradeId fillMarkPx feeCcy ts tradeQuoteCcy'
	expect_equal "$(keys '.accounts[0].bills[0]')" 'bal balChg billId ccy clOrdId earnAmt earnApr execType fee fillFwdPx fillIdxPx fillMarkPx fillMarkVol fillPxUsd fillPxVol fillTime from instId instType interest mgnMode notes ordId pnl posBal posBalChg px subType sz tag to tradeId ts type'
	expect_equal "$(keys '.accounts[0].positionsHistory[0]')" 'cTime ccy closeAvgPx closeTotalPos instId instType lever mgnMode openAvgPx openMaxPos realizedPnl fee fundingFee liqPenalty pnl pnlRatio posId posSide direction triggerPx type uTime uly nonSettleAvgPx settledPnl'
	expect_equal "$(jq '.accounts[0].positions[0]|length' once.json) $(jq '.accounts[0].config|length' once.json) $(jq '.instruments[0]|length' once.json)" '64 29 49'
	jq -e '[.accounts[0].orders[0,0],.accounts[0].fills[0],.accounts[0].bills[0],.accounts[0].positions[0],.accounts[0].positionsHistory[0]]|all(to_entries|all(.value|type|. == "string" or . == "array" or . == "object"))' once.json >/dev/null
	start --scenario s.json --now $NOW
	expect_equal "$(ask 'trade/orders-history?instType=SWAP' | jq -c '.data[0]|[has("_name"),.outcome,keys_unsorted[-1]]')" '[false,"yes","outcome"]'
}

@test "tokens: ids tell the time that they were made for, sums add up, ^ is the beginning of the day" {
	# catches scenario times and ids that contradict each other
	scenario ".accounts[0].bills=[range(5)|. as \$i|(\"5h\",\"1d2h\",\"90m\",\"40d+17\",\"2d^+8h\")|$bill+{billId:\"@id-\\(.)/\\(\$i)\",ts:\"@t-\\(.)\"}]"
	okx-replay --resolve --now $NOW --scenario s.json | jq -r '.accounts[0].bills[]|"\(.billId) \(.ts)"' | perl -ane '
		die "not an id of $F[1]: $F[0]" unless ($F[0] >> 25) + 1672502400000 == $F[1] && ($F[0] & 33554431) < 5; $n++; END { die unless $n == 25 }'
	scenario ".accounts[0].bills=[range(6)|. as \$i|$bill+{billId:\"\\(\$i+1)\",ts:([\"@t\",\"@t-3600000\",\"@t-1d2h\",\"@t-1h+500ms\",\"@t^\",\"@t-1d^+8h30m\"][\$i])}]"
	expect_equal "$(okx-replay --resolve --now $NOW --scenario s.json | jq -r '[.accounts[0].bills[].ts|tonumber]|sort|map(. - '$NOW')|join(" ")')" \
		"$(printf '%s\n' 0 -3600000 -93600000 -3599500 $((NOW / 86400000 * 86400000 - NOW)) $((NOW / 86400000 * 86400000 - 86400000 + 30600000 - NOW)) | sort -n | paste -sd ' ')"
}

@test "the examples: each loads, alone and together, has an order named open, and its sums are right" {
	# catches an example that contradicts itself, or OKX
	args=()
	for f in "$ROOT"/examples/scenarios/*.json; do
		args+=(--scenario "$f")
		okx-replay --resolve --scenario "$f" >one.json || fail "$f"
		jq -e --arg name "$(basename "$f" .json)" '
			def near($a; $b): ($a - $b) | fabs < 1e-6;
			def n: if . == "" then 0 else tonumber end;
			.accounts | length == 1 and (.[0] |
			.name == $name and .apiKey == "demo-key-" + $name and
			([.orders[] | select(._name == "open")] | length) == 1 and
			# a fill and its order, a fill and its bill share their ids; what they say agrees
			(. as $a | all(.fills[]; . as $f |
				($f.ordId == "" or any($a.orders[]; .ordId == $f.ordId and .instId == $f.instId and .side == $f.side)) and
				any($a.bills[]; .billId == $f.billId and .ordId == $f.ordId and .subType == $f.subType and .tradeId == $f.tradeId))) and
			(. as $a | all(.orders[]; . as $o | [$a.fills[] | select(.ordId == $o.ordId)] as $f |
				($f | length) == 0 or (near($f | map(.fillSz | n) | add; $o.accFillSz | n) and near($f | map(.fee | n) | add; $o.fee | n) and near($f | map(.fillPnl | n) | add; $o.pnl | n)))) and
			# forced fills have no execType and a negative tradeId, their bills a type of their own
			all(.fills[]; (.subType | n) as $s | if $s >= 100 and $s <= 107 or $s >= 125 and $s <= 128 then .execType == "" and (.tradeId | startswith("-")) else true end) and
			all(.bills[]; (.subType | n) as $s | (.type == "5") == ($s >= 100 and $s <= 107) and (.type == "9") == ($s >= 125 and $s <= 128)) and
			# OKX: realizedPnl = pnl + fee + fundingFee + liqPenalty + settledPnl
			all(.positionsHistory[]; near(.realizedPnl | n; (.pnl | n) + (.fee | n) + (.fundingFee | n) + (.liqPenalty | n) + (.settledPnl | n))) and
			# what a life closed are its closing fills (missing-fills lacks them on purpose)
			(. as $a | $a.name == "missing-fills" or all(.positionsHistory[]; . as $h |
				near([$a.fills[] | select(.instId == $h.instId and .posSide == $h.posSide and .fillPnl != "0" and .fillTime >= $h.cTime and .fillTime <= $h.uTime) | .fillSz | n] | add // 0; $h.closeTotalPos | n))) and
			# balances follow from what changed them
			(.bills | map(select(.ccy == "USDT")) | reverse | . as $b | all(range(1; length); near($b[.].bal | n; ($b[. - 1].bal | n) + ($b[.].balChg | n)))))
		' one.json >/dev/null || fail "does not add up: $f"
	done
	[ ${#args[@]} -ge 48 ] || fail "too few: ${#args[@]}"
	start "${args[@]}"
	expect_equal "$(head -n 1 log | jq '[.orders[]|select(.name=="open")]|length')" $((${#args[@]} / 2))
}

# ---- running ----

@test "it ends with its input; --stay keeps it; a taken address is 111, one that is none 102" {
	# catches a server that outlives its script, or dies silently
	scenario
	printf '' | okx-replay --scenario s.json >log
	expect_equal "$(jq -r .type log)" listening
	expect_equal "$(jq -c '[.accounts,.orders]' log)" '[[{"name":"a","apiKey":"k","uid":"77"}],[]]'
	okx-replay --stay --scenario s.json </dev/null >log 2>err.txt 3>&- &
	pid=$!
	for _ in $(seq 100); do [ -s log ] && break; sleep 0.05; done
	url=$(jq -r .url log)
	expect_equal "$(curl -s "$url/api/v5/public/time" | jq -r .code)" 0
	split okx-replay --scenario s.json --listen "${url#http://}" </dev/null
	expect_status 111
	expect_grammar err.txt okx-replay
	kill -TERM $pid
	s=0
	wait $pid || s=$?
	expect_equal $s 0
	for bad in 127.0.0.1 localhost:1 127.0.0.1.5:1; do
		split okx-replay --scenario s.json --listen "$bad" </dev/null
		expect_status 102
	done
	split okx-replay --scenario s.json --listen 127.0.0.1:65536 </dev/null
	expect_status 100
}

@test "a request that is cut off, huge or no HTTP does not end it" {
	# catches a server that anybody can stop
	scenario
	start --scenario s.json --no-limits
	port=${URL##*:}
	for text in 'GET /api/v5/public/time HTTP/1.1\r\nHost' 'nonsense\r\n\r\n' '\0\0\0\r\n\r\n' 'GET / HTTP/9.9\r\n\r\n' 'POST /api/v5/public/time HTTP/1.1\r\nContent-Length: 99\r\n\r\nabc'; do
		timeout 1 bash -c "exec 8<>/dev/tcp/127.0.0.1/$port; printf '$text' >&8" 3>&- || true
	done
	curl -s -o body "$URL/api/v5/public/time?$(head -c 60000 /dev/zero | tr '\0' a)" || true
	expect_equal "$(curl -s "$URL/api/v5/public/instruments?$(head -c 8000 /dev/zero | tr '\0' b)=1" | jq -r .code)" 51000
	expect_equal "$(curl -s "$URL/api/v5/public/instruments?instType=%zz" | jq -r .code)" 51000
	expect_equal "$(curl -s "$URL/api/v5/public/time" | jq -r .code)" 0
}
