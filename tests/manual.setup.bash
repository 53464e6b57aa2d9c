# manual.setup: what the examples of some manual pages expect around them. Sourced before a page's examples run, in their directory,
# with ROOT and page set; what is left running is stopped when the shell that sourced this ends.
. "$ROOT/tests/okx.bash"

# The stand-in for OKX, and a verify request that it has the answers to.
case $page in
okx-fetch.1 | okx-trades.1 | normalize.1 | verify.1 | verify-relay.1 | start-service.1 | tradepipe.7)
	trap stop_replay EXIT
	start_replay full-liquidation
	request_for full-liquidation >request.json
	;;
esac

# Credentials to keep.
case $page in
key-vault.1)
	printf '{"apiKey":"5d41402a-bc4b-2a76-b971-9d911017c592","secretKey":"22582BD0CFF14C41EDBF1AB98506286D","passphrase":"Example-1","uid":"201933253463154688"}' >okx-key.json
	;;
esac

# One trade of a minute, and one of the next.
case $page in
kline-agg.1 | kline-plot.1 | kline-store.1 | kline-query.1 | kline-archive.1 | trade-archive.1 | stream-keep.1 | ws-push.1)
	printf '{"type":"trade","tradeId":"%s","symbol":"BTC-USDC","px":"65000.5","sz":"0.1","side":"buy","ts":17000%s000000}\n' 1 00040 2 00099 3 00100 >trades.ndjson
	;;
esac

# Two orders that meet.
case $page in
match.1)
	printf '%s\n' '{"type":"symbol","symbol":"BTC-USDC","tickSz":"0.1","lotSz":"0.00001"}' \
		'{"type":"order","id":"1","symbol":"BTC-USDC","side":"buy","ordType":"limit","px":"65000.5","sz":"0.1","ts":1}' \
		'{"type":"order","id":"2","symbol":"BTC-USDC","side":"sell","ordType":"ioc","px":"65000","sz":"0.25","ts":2}' >orders.ndjson
	;;
esac

# BIP86's own account.
case $page in
settle-btc.1)
	export BTC_WALLET='tr([73c5da0a/86h/0h/0h]xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ/<0;1>/*)'
	;;
esac
