# services.jq: what is not as the verify contract has it, a line a field; nothing when all is.
def text: type == "string";
def number: text and test("^-?[0-9]+(\\.[0-9]+)?$");
def iso: text and test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$");
def hash: text and test("^0x[0-9a-f]{64}$");
def count: type == "number" and . >= 0 and . == floor;
def flag: type == "boolean";
def must(path; f): if (try (getpath(path) | f) catch false) then empty else "\(path | join(".")): \(getpath(path) | tojson | .[:80])" end;
must(["meta", "exchange"]; . == "okx"), must(["meta", "instId"]; . == $asked.instId), must(["meta", "ordId"]; . == $asked.ordId),
must(["meta", "verifiedAt"]; iso), must(["meta", "live"]; . == true), must(["meta", "fresh"]; . == true),
must(["meta", "requestId"]; . == $asked.clientMeta.requestId), must(["meta", "version"]; test("^jp-verify@[0-9.]+$")),
must(["normalized", "order", "side"]; . == "buy" or . == "sell"),
(["px", "sz", "avgFillPx", "accFillSz", "fee"][] as $f | must(["normalized", "order", $f]; number or . == "")),
must(["normalized", "order", "state"]; IN("created", "partially_filled", "filled", "canceled", "failed")), must(["normalized", "order", "ts"]; iso),
must(["normalized", "position", "lever"]; number), must(["normalized", "position", "mode"]; IN("isolated", "cross")),
must(["normalized", "position", "liqPx"]; number), must(["normalized", "position", "adl"]; flag), must(["normalized", "position", "liquidated"]; . == true),
must(["normalized", "position", "liquidatedAt"]; iso),
must(["normalized", "position", "reason"]; IN("forced-liquidation", "adl", "manual-close", "unknown")),
(["trade/order", "account/positions", "public/instruments"][] as $e
	| must(["raw", $e, "code"]; . == "0"), must(["raw", $e, "data"]; type == "array"), must(["raw", $e, "fetchedAt"]; iso)),
must(["evidence", "leaves"]; length > 4 and all(.[]; (.path | text) and (.hash | hash))), must(["evidence", "root"]; hash),
must(["evidence", "rootAlgo"]; . == "keccak256-merkle-v1"), must(["evidence", "bundleHash"]; hash),
must(["evidence", "evidenceId"]; test("^evi_[0-9]{8}_[0-9a-f]{16}$")), must(["evidence", "parentRoot"]; . == null or hash),
must(["perf", "okxRttMs"]; count), must(["perf", "totalMs"]; count), must(["perf", "cache"]; flag),
must(["perf", "rateLimit", "remaining"]; count), must(["perf", "rateLimit", "resetSec"]; count),
if has("error") and .error == null then empty else "error: \(.error | tojson)" end,
(("apiKey", "secretKey", "passphrase") as $k | if has($k) then "\($k): in the answer" else empty end)
