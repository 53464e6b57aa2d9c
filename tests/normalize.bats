#!/usr/bin/env bats
# Catches a wrong verdict on whole bundles, as okx-fetch makes them from an exchange's ledgers.
load helper
load okx

teardown() { stop_replay; }

# verdict SCENARIO NAME: fetch, normalize, print what was decided
verdict() {
	start_replay "$1"
	request_for "$1" "$2" >request.json
	okx-fetch --backoff 50 <request.json >bundle.json 2>fetch.err || true
	normalize <bundle.json >norm.json 2>norm.err || true
	stop_replay
	jq -c '.normalized.position | [.liquidated, .reason, .verdict.row, .verdict.scope, .verdict.sub, .verdict.confidence, .verdict.finalClose, .adl]' norm.json
}

is() { expect_equal "$(verdict "$1" "$2")" "$3"; }

@test "full liquidation" { is full-liquidation open '[true,"forced-liquidation",4,"full",null,"proven",null,false]'; }
@test "partial liquidation, still open" { is partial-liquidation open '[true,"forced-liquidation",5,"partial",null,"proven","open",false]'; }
@test "partial liquidation, then closed by hand" { is partial-then-manual-close open '[true,"forced-liquidation",5,"partial",null,"proven","manual",false]'; }
@test "ADL as the counterparty" { is adl open '[false,"adl",6,null,null,"proven",null,true]'; }
@test "the user gives the liquidation order itself" { is liquidation-order-itself liquidation '[true,"forced-liquidation",1,"full",null,"proven",null,false]'; }
@test "the user gives the ADL order itself" { is adl-order-itself adl '[false,"adl",2,null,null,"proven",null,true]'; }
@test "net mode flip" { is net-mode-flip open '[false,"manual-close",8,null,"user","proven",null,false]'; }
@test "hedge mode: the other side was liquidated" { is hedge-mode open '[false,"unknown",9,null,"still-open","proven",null,false]'; }
@test "two lifecycles on one posId" { is two-lifecycles-one-posid open '[false,"manual-close",8,null,"user","proven",null,false]'; }
@test "missing fills" { is missing-fills open '[null,"unknown",13,null,"incomplete",null,null,false]'; }
@test "empty replies" { is empty-replies open '[null,"unknown",13,null,"conflict",null,null,false]'; }
@test "ledgers that disagree" { is disagreement open '[null,"unknown",13,null,"conflict",null,null,false]'; }
@test "cross margin over several instruments" { is cross-margin-several-instruments open '[true,"forced-liquidation",4,"full",null,"proven",null,false]'; }
@test "delivery" { is delivery open '[false,"unknown",7,null,"delivery","proven",null,false]'; }
@test "spot" { is spot open '[false,"unknown",12,null,"spot-no-position","proven",null,false]'; }
@test "never filled" { is never-filled open '[false,"unknown",3,null,"never-filled","proven",null,false]'; }
@test "too old: row 11 and NOT_FOUND together" {
	is too-old open '[null,"unknown",11,null,"retention",null,null,false]'
	expect_equal "$(jq -r .error.code norm.json)" NOT_FOUND
}
@test "closed by hand" { is manual-close open '[false,"manual-close",8,null,"user","proven",null,false]'; }
@test "closed by a stop loss" { is stop-loss-close open '[false,"manual-close",8,null,"tp-sl","proven",null,false]'; }
@test "still open" { is still-open open '[false,"unknown",9,null,"still-open","proven",null,false]'; }
@test "block trade" { is block-trade open '[false,"unknown",10,null,"block-trade","proven",null,false]'; }
@test "position moved away" { is move-position open '[false,"unknown",10,null,"move-position","proven",null,false]'; }
@test "automatic conversion" { is auto-conversion open '[false,"unknown",10,null,"auto-conversion","proven",null,false]'; }
@test "margin pair repaid by force: nobody can tell it from a liquidation" { is twap-repay open '[null,"unknown",10,null,"forced-repayment",null,null,false]'; }

@test "the contract's fields of order and position" {
	verdict full-liquidation open
	expect_equal "$(jq -c '.normalized.order | [.side, .state, (.px, .sz, .avgFillPx, .accFillSz, .fee, .ts | type)]' norm.json)" \
		'["buy","filled","string","string","string","string","string","string"]'
	expect_equal "$(jq -c '.normalized.position | [.mode, (.lever, .liqPx, .liquidatedAt | type), .adl]' norm.json)" '["isolated","string","string","string",false]'
	jq -e '.normalized.order.ts | test("^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}(\\.[0-9]{3})?Z$")' norm.json
	jq -e '.normalized.position.verdict.sources | map(.agrees) | all' norm.json
}

# What happens to a liquidated position's verdict when one reply is taken away or broken: never "no", never a bare "yes" where a guard must hold.
@test "every single reply of a liquidation lost, failed or emptied: never false" {
	verdict full-liquidation open
	for key in $(jq -r '.raw | keys[]' bundle.json); do
		for how in 'del(.raw[$k])' '.raw[$k] |= (.data = [])' '.raw[$k] |= (.code = "50026" | .httpStatus = 500)' \
			'.raw[$k] = {body: "<html>", bodyEncoding: "utf8", httpStatus: 200, request: .raw[$k].request}'; do
			jq -c --arg k "$key" "$how" bundle.json | normalize 2>/dev/null >m.json || true
			got=$(jq -c '.normalized.position.liquidated' m.json)
			[ "$got" != false ] || fail "$key $how gave false: $(jq -c .normalized.position.verdict m.json)"
		done
	done
}

@test "the same answers give the same verdict, byte for byte, whatever the clock and place" {
	verdict partial-liquidation open >/dev/null
	TZ=Asia/Tokyo LC_ALL=C normalize <bundle.json >again.json
	cmp norm.json again.json
}

@test "unknown members and rows in any order do not matter" {
	verdict full-liquidation open >first.txt
	jq -c '.raw |= map_values(if .data then .data |= (map(. + {newMember: {"a": [1]}}) | reverse) else . end)' bundle.json | normalize >shuffled.json
	expect_equal "$(jq -c '.normalized.position.verdict' shuffled.json)" "$(jq -c '.normalized.position.verdict' norm.json)"
}

@test "a record that is normalized already, or has no raw, is refused" {
	printf '{"meta":{},"raw":{},"normalized":{}}\n{"meta":{}}\n' >in.ndjson
	split normalize <in.ndjson
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt | sort -u)" BAD_REQUEST
}
