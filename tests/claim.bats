#!/usr/bin/env bats
# Catches a claim that is approved without evidence, paid twice, changed without a trace in the audit log, or lost in a crash.
load helper

setup() { ORDER=2940071038556348417; }

bundle() { jq -c --arg i "$1" '.meta.requestId = $i' "$ROOT/examples/bundle.ndjson"; }
keep() { merkle-seal | store --state st >>kept.txt; }
claim_() { local command=$1; shift; claim "$command" --state st "$@"; }
sql() { sqlite3 -readonly st/db.sqlite "$1"; }
open_one() { claim_ open --order $ORDER --amount 10.50 "$@" | jq -r .id; }
refused() { # CODE COMMAND...
	local code=$1
	shift
	local before
	before=$(sql 'select * from claims; select count(*) from audit_logs')
	split "$@"
	expect_status 1
	jq -e --arg c "$code" '.type == "claim-refused" and .reason == $c and (.msg | length > 5)' out.txt || fail "$(cat out.txt)"
	expect_equal "$(sql 'select * from claims; select count(*) from audit_logs')" "$before"
}

@test "opened, approved by evidence, paid: each step in the audit log" {
	bundle a | keep
	id=$(open_one --by ann)
	expect_equal "$id" 1
	claim_ approve --by bob 1 | jq -e --slurpfile k kept.txt '.status == "approved" and .evidenceId == $k[0].evidence.evidenceId and .payoutAmount == "10.5" and .decidedAt'
	claim_ pay --reference tx-1 --by eve 1 | jq -e '.status == "paid" and .reference == "tx-1" and .paidAt'
	expect_equal "$(sql "select group_concat(topic || ' ' || ref_id || ' ' || json_extract(payload_json, '\$.from', '\$.by', '\$.claim.status'), ';') from audit_logs where topic like 'claim%'")" \
		'claim.open claim-1 [null,"ann","pending"];claim.approve claim-1 ["pending","bob","approved"];claim.pay claim-1 ["approved","eve","paid"]'
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
}

@test "every step from every status: only those of the page" {
	bundle a | keep
	steps="approve reject pay"
	try() { # status step
		case $2 in
		approve) claim_ approve --override x 1 ;;
		reject) claim_ reject --reason x 1 ;;
		pay) claim_ pay --reference "r-$1" 1 ;;
		esac
	}
	for from in pending approved rejected paid; do
		for step in $steps; do
			rm -rf st kept.txt
			bundle a | keep
			open_one >id.txt
			case $from in approved | paid) claim_ approve 1 >x.txt ;; rejected) claim_ reject --reason no 1 >x.txt ;; esac
			[ $from != paid ] || claim_ pay --reference first 1 >x.txt
			case $from.$step in
			pending.approve | pending.reject | approved.reject | approved.pay) try $from $step >x.txt || fail "$from $step" ;;
			*) refused ILLEGAL_TRANSITION try $from $step || fail "$from $step" ;;
			esac
		done
	done
	refused NO_SUCH_CLAIM claim_ approve 99
}

@test "one claim an order at a time; again after a rejected one; never after a paid one" {
	bundle a | keep
	open_one >id.txt
	refused OPEN_ALREADY claim_ open --order $ORDER
	claim_ open --order $ORDER --user ann | jq -e '.id == 2'
	claim_ reject --reason 'no proof' 1 | jq -e '.rejectReason == "no proof"'
	claim_ open --order $ORDER --amount 1 | jq -e '.id == 3 and .status == "pending"'
	claim_ approve 3 >x.txt
	refused OPEN_ALREADY claim_ open --order $ORDER
	claim_ pay --reference r 3 >x.txt
	refused PAID_ALREADY claim_ open --order $ORDER
}

@test "no approval without evidence that says so, of this user's order, newest answer first" {
	open_one >id.txt
	refused NO_EVIDENCE claim_ approve 1
	# answers that are none: an error, and one that could not tell; another order; another user
	bundle e | jq -c '.error = {code: "TIMEOUT", msg: "m", hint: "h"}' | { merkle-seal || true; } | store --state st >>kept.txt || true
	bundle n | jq -c '.normalized.position.liquidated = null' | keep
	bundle o | jq -c '.meta.ordId = "77"' | keep
	bundle u | jq -c '.clientMeta = {userId: "ann"}' | keep
	refused NO_EVIDENCE claim_ approve 1
	bundle no | jq -c '.normalized.position.liquidated = false | .normalized.position.reason = "manual-close"' | keep
	refused NOT_LIQUIDATED claim_ approve 1
	bundle adl | jq -c '.normalized.position.reason = "adl"' | keep
	refused NOT_LIQUIDATED claim_ approve 1
	bundle yes | keep
	bundle later | jq -c '.normalized.position.liquidated = null' | keep
	claim_ approve 1 | jq -e '.status == "approved" and .overrideReason == null'
}

@test "evidence that was made up, and then stored in all order: refused; trimmed evidence: approved" {
	open_one >id.txt
	bundle a | jq -c '.normalized.position.liquidated = false | .normalized.position.reason = "manual-close"' | merkle-seal |
		sed -e 's/"liquidated":false/"liquidated":true/' -e 's/"manual-close"/"forced-liquidation"/' | store --state st >kept.txt
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
	expect_equal "$(sql "select liquidated, reason from orders" | tr -d '\n')" "1|forced-liquidation"
	refused EVIDENCE_DAMAGED claim_ approve 1
	bundle b | merkle-seal | store --state whole --trim-raw | store --state st >kept.txt
	expect_equal "$(store --state st --get "$(jq -r .evidence.evidenceId kept.txt)" | merkle-verify | jq -c '[.result, .leaves.missing > 0]')" '["unknown",true]'
	claim_ approve 1 | jq -e '.status == "approved"'
}

@test "evidence whose rows, file, record or root do not agree: refused" {
	bundle a | keep
	open_one >id.txt
	file=$(ls st/reports/evidence/*/evi_*.json)
	cp -r st good
	again() { rm -rf st; cp -r good st; }
	again; rm "$file"; refused EVIDENCE_DAMAGED claim_ approve 1
	again; sed -i 's/forced/Forced/' "$file"; refused EVIDENCE_DAMAGED claim_ approve 1
	again; rm "${file%.json}.root"; refused EVIDENCE_DAMAGED claim_ approve 1
	again; printf '0x%064d\n' 0 >"${file%.json}.root"; refused EVIDENCE_DAMAGED claim_ approve 1
	again; sqlite3 st/db.sqlite "update orders set reason = 'forced-Liquidation'"; refused EVIDENCE_DAMAGED claim_ approve 1
	# a row that was turned around, digest and all: the record in the file contradicts it
	again
	bundle b | jq -c '.normalized.position.liquidated = false' | keep
	sqlite3 st/db.sqlite "update orders set liquidated = 1 where id = 2"
	digest=$(sql "select '3:' || length(user_id) || ':' || user_id || '3:' || length(exchange) || ':' || exchange || '3:' || length(ord_id) || ':' || ord_id || '3:' || length(inst_id) || ':' || inst_id || '3:' || length(verified_at) || ':' || verified_at || '1:1:1' || '3:' || length(reason) || ':' || reason || '3:' || length(evidence_id) || ':' || evidence_id || '5:0:' from orders where id = 2" | tr -d '\n' | sha256sum | head -c 32)
	sqlite3 st/db.sqlite "update orders set digest = '$digest' where id = 2"
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
	refused EVIDENCE_DAMAGED claim_ approve 1
	# and with a reason, in spite of all that
	claim_ approve --override 'seen in the screenshots, ticket 12' --by ann 1 | jq -e '.evidenceId == null and .overrideReason == "seen in the screenshots, ticket 12"'
	sql "select payload_json from audit_logs where topic = 'claim.approve'" | jq -e '.by == "ann" and .claim.overrideReason == "seen in the screenshots, ticket 12"'
}

@test "amounts are exact, and there is one before an approval" {
	bundle a | keep
	claim_ open --order $ORDER | jq -e '.payoutAmount == null'
	refused NO_AMOUNT claim_ approve 1
	claim_ approve --amount 99999999999999999999.999999999999999999 1 | jq -e '.payoutAmount == "99999999999999999999.999999999999999999"'
	for bad in 0 -1 1e3 1.0000000000000000001 100000000000000000000 abc ''; do
		split claim_ open --order 5 --amount "$bad"
		expect_status 100 || fail "$bad"
	done
}

@test "paying again by the same reference changes nothing; another reference, or another claim's, is refused" {
	bundle a | keep
	bundle o | jq -c '.meta.ordId = "77"' | keep
	open_one >id.txt
	claim_ open --order 77 --amount 3 >x.txt
	claim_ approve 1 >x.txt
	claim_ approve 2 >x.txt
	claim_ pay --reference r1 1 >first.txt
	rows=$(sql 'select count(*) from audit_logs')
	claim_ pay --reference r1 1 | cmp - first.txt
	expect_equal "$(sql 'select count(*) from audit_logs')" "$rows"
	refused ILLEGAL_TRANSITION claim_ pay --reference r2 1
	refused REFERENCE_TAKEN claim_ pay --reference r1 2
}

@test "two who decide at once: one is second" {
	for round in 1 2 3 4 5; do
		rm -rf st kept.txt
		bundle a | keep
		open_one >id.txt
		claim_ approve --by ann 1 >a.txt 2>ea.txt &
		claim_ approve --by bob 1 >b.txt 2>eb.txt &
		claim_ reject --reason x --by eve 1 >c.txt 2>ec.txt &
		wait
		# an approval may still be withdrawn by the third; never are there two approvals, or an approval after a rejection
		[ "$(cat a.txt b.txt | grep -c '"type":"claim","id":1.*"approved"')" -le 1 ]
		topics=$(sql "select group_concat(topic) from audit_logs where topic like 'claim%'")
		case $topics in claim.open,claim.approve | claim.open,claim.approve,claim.reject | claim.open,claim.reject) ;; *) fail "$topics" ;; esac
	done
	for i in 1 2 3 4; do claim_ open --order 88 >o$i.txt 2>&1 & done
	wait
	expect_equal "$(cat o?.txt | grep -c '"status":"pending","payoutAmount"')" 1
}

@test "list: by status, order and user; nothing found is 1; a changed row is damage" {
	bundle a | keep
	open_one >id.txt
	claim_ open --order 5 --user ann >x.txt
	claim_ open --order 6 --user ann >x.txt
	claim_ reject --reason x 3 >x.txt
	n() { claim_ list "$@" | jq -s length; }
	expect_equal "$(n)" 3
	expect_equal "$(n --user ann)" 2
	expect_equal "$(n --status pending)" 2
	expect_equal "$(n --status pending --user ann --order 5)" 1
	expect_equal "$(n --limit 2)" 2
	expect_equal "$(claim_ list | jq -r .id | tr '\n' ' ')" '3 2 1 '
	split claim_ list --status paid
	expect_status 1
	[ -z "$out" ]
	sqlite3 st/db.sqlite "update claims set payout_amount = '1000' where id = 1"
	for command in list 'approve 1' "open --order $ORDER"; do
		split claim_ $command
		expect_status 100
		grep -q 'claims 1' err.txt
	done
	split store --state st --fsck
	expect_status 100
	grep -q 'claims 1' out.txt
}

@test "killed or failing at every write and sync: the old status or the new one, never one without its audit row" {
	bundle a | keep
	open_one >id.txt
	cp -r st base
	gcc -shared -fPIC $(is_sanitized && echo -DFAILING_WITHOUT_MEMORY) -o failing.so "$ROOT/tests/fault/failing.c"
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	faulty() {
		rm -rf st
		cp -r base st
		split env FAIL_PATH=st FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate LD_PRELOAD="$PWD/failing.so" "$@" claim approve --state st 1
	}
	faulty FAIL_COUNT_FILE="$PWD/count"
	expect_status 0
	n=$(cat count)
	[ "$n" -ge 6 ]
	seen=
	for i in $(every "$n"); do
		for how in FAIL_KILL=1 FAIL_KILL=after FAIL_ERRNO=EIO; do
			faulty FAIL_AT="$i" $how
			now=$(claim_ list | jq -r .status)
			rows=$(sql "select count(*) from audit_logs where topic = 'claim.approve'")
			case $now.$rows in pending.0 | approved.1) ;; *) fail "call $i $how: $now, $rows audit rows" ;; esac
			[ ! -s out.txt ] || [ $now = approved ] || fail "call $i $how: said, and lost"
			expect_equal "$(store --state st --fsck | jq -r .state)" clean
			seen="$seen $now"
		done
	done
	case $seen in *pending*approved*) ;; *) fail "only:$seen" ;; esac
}

@test "usage" {
	mkdir st
	for bad in '' frob 'open --state st' 'open --state st --order x' 'approve --state st' 'approve --state st x' 'approve --state st 0' 'approve --state st 1 2' \
		'reject --state st 1' 'pay --state st 1' 'pay --state st --reference "" 1' 'approve --state st --reason x 1' 'list --state st --amount 1' \
		'list --state st --status maybe' 'open --state st --order 1 --user "a b"' 'pay --state st --reference r --order 1 1'; do
		eval "split claim $bad </dev/null"
		expect_status 100 || fail "$bad"
	done
	split claim list --state nowhere
	expect_status 102
	[ ! -e nowhere ]
}
