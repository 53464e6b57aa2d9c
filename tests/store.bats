#!/usr/bin/env bats
# Catches a store that acknowledges what it has not kept, keeps a secret, breaks its chain, or cannot find what it has.
load helper

bundle() { jq -c --arg i "$1" '.meta.requestId = $i' "$ROOT/examples/bundle.ndjson"; }
sealed() { for i in "$@"; do bundle "$i"; done | merkle-seal; }
sql() { sqlite3 -readonly st/db.sqlite "$1"; }

@test "a record: file, root file, rows, and out it comes with its parent" {
	sealed a | split store --state st
	expect_status 0
	id=$(jq -r .evidence.evidenceId out.txt)
	cmp out.txt "st/reports/evidence/2025-11-04/$id.json"
	expect_equal "$(cat "st/reports/evidence/2025-11-04/$id.root")" "$(jq -r .evidence.root out.txt)"
	expect_equal "$(sql 'select user_id, exchange, ord_id, inst_id, verified_at, liquidated, reason, evidence_id from orders')" \
		"local|okx|2940071038556348417|BTC-USDT-SWAP|2025-11-04T09:10:11Z|1|forced-liquidation|$id"
	expect_equal "$(sql 'select topic, ref_id from audit_logs')" "verify|$id"
	expect_equal "$(sql 'select id from users')" local
	expect_equal "$(sql "select group_concat(name, ' ') from (select name from sqlite_master where type = 'table' order by name)")" \
		"api_keys audit_logs claims evidence orders users vault"
}

@test "--trim-raw: kept whole, passed on without raw; the status is the record's own" {
	sealed a b | split store --state st --trim-raw
	expect_status 0
	expect_equal "$(jq -c .raw out.txt | sort | uniq -c | tr -s ' ')" ' 2 {}'
	for id in $(jq -r .evidence.evidenceId out.txt); do
		expect_equal "$(store --state st --get "$id" | merkle-verify | jq -r .result)" good
	done
	bundle c | jq -c '.error = {code: "TIMEOUT", msg: "m", hint: "h"}' | merkle-seal >failed.txt || true
	split store --state st --trim-raw <failed.txt
	expect_status 1
	expect_equal "$(jq -c '[.raw, .error.code]' out.txt)" '[{},"TIMEOUT"]'
}

@test "the chain: each parentRoot is the root before, over several runs" {
	sealed a b | store --state st >one.txt
	sealed c | store --state st >two.txt
	cat one.txt two.txt | split merkle-verify --chain
	expect_status 0
	expect_equal "$(jq -c .evidence.parentRoot one.txt | head -n 1)" null
}

@test "the same root is kept once and comes out with the parent that it has" {
	sealed a b | store --state st >first.txt
	sealed a b a | store --state st >again.txt
	head -n 2 again.txt | cmp - first.txt
	expect_equal "$(sql 'select count(*) from orders')" 2
	expect_equal "$(sql 'select count(*) from audit_logs')" 2
}

@test "two at once: one chain, nothing lost" {
	sealed $(seq 1 20) >x.ndjson
	sealed $(seq 21 40) >y.ndjson
	store --state st <x.ndjson >x.txt &
	store --state st <y.ndjson >y.txt
	wait
	expect_equal "$(sql 'select count(*) from evidence')" 40
	expect_equal "$(store --state st --fsck)" '{"type":"fsck","state":"clean","bundles":40,"mended":0,"damaged":0}'
}

@test "many meet a new database at once: none is turned away" {
	sealed a >x.ndjson
	for round in $(seq 1 30); do
		for writer in 1 2 3 4; do
			store --state "st$round" <x.ndjson >"out$writer.txt" 2>"err$writer.txt" &
		done
		wait
		[ ! -s err1.txt ] && [ ! -s err2.txt ] && [ ! -s err3.txt ] && [ ! -s err4.txt ] || fail "$(cat err?.txt)"
		cmp out1.txt out2.txt && cmp out1.txt out3.txt && cmp out1.txt out4.txt || fail "round $round: answers differ"
	done
}

@test "clientMeta.userId owns the row" {
	bundle a | jq -c '.clientMeta = {userId: "u-7"}' | merkle-seal | store --state st >out.txt
	expect_equal "$(sql 'select user_id from orders')" u-7
}

@test "errors are stored like any other answer; what cannot be kept leaves an audit row" {
	{ bundle a | jq -c '.error = {code: "TIMEOUT", msg: "m", hint: "h"}' | merkle-seal || true; echo x; bundle b; } | split store --state st
	expect_status 1
	expect_equal "$(sql 'select error_code from orders')" TIMEOUT
	expect_equal "$(sql "select group_concat(topic, ' ') from audit_logs")" 'verify verify.rejected verify.rejected'
}

@test "secrets by name and by value do not get in, wherever a caller put them" {
	secret=22582BD0CFF14C41EDBF1AB98506286D
	# outside the sealed parts: dropped, and the seal still holds
	sealed a | jq -c --arg s $secret '. + {apiKey: $s, clientMeta: {Secret_Key: $s, note: "fine"}}' | split store --state st
	expect_status 0
	merkle-verify <out.txt | jq -e '.result == "good"'
	# its value elsewhere: refused
	sealed b | jq -c --arg s $secret '. + {apiKey: $s, clientMeta: {note: ("key " + $s)}}' | split store --state st
	expect_status 1
	# inside a sealed part: refused
	bundle c | jq -c --arg s $secret '.raw["x"] = {passphrase: $s}' | merkle-seal | split store --state st
	expect_status 1
	bundle d | jq -c --arg s $secret '.raw["x"] = {msg: $s}' | merkle-seal | jq -c --arg s $secret '.secretKey = $s' | split store --state st
	expect_status 1
	! grep -rqF $secret st out.txt err.txt || false
	expect_equal "$(sql 'select count(*) from orders')" 1
	expect_equal "$(sql "select count(*) from audit_logs where topic = 'verify.refused'")" 3
}

@test "a record that would name a file elsewhere is refused" {
	for edit in '.evidence.evidenceId = "evi_20251104_../../../../x"' '.evidence.evidenceId = "evi_20251104_0000000000000000"' \
		'.meta.verifiedAt = "../../../etc/x"' '.meta.verifiedAt = "2025-11-05T00:00:00Z"' '.evidence.root = "x"' '.evidence.parentRoot = "x"' '.evidence.parentRoot = .evidence.root'; do
		sealed a | jq -c "$edit" | split store --state st
		expect_status 1 || fail "$edit"
	done
	[ ! -e st/reports ] || [ -z "$(find st/reports -type f)" ]
}

@test "find: by order, instrument, date and verdict; get: the very bytes" {
	{ bundle a; bundle b | jq -c '.meta.instId = "ETH-USDT-SWAP" | .meta.ordId = "77" | .meta.verifiedAt = "2025-12-01T00:00:00Z" | .normalized.position.liquidated = false'
		bundle c | jq -c '.normalized.position.liquidated = null'; bundle d | jq -c '.normalized.position.liquidated = null | .error = {code: "TIMEOUT"}'; } | merkle-seal | store --state st >all.txt || true
	find() { store --state st --find "$@" | jq -r .ordId | wc -l; }
	expect_equal "$(find)" 4
	expect_equal "$(find --order 77)" 1
	expect_equal "$(find --instrument BTC-USDT-SWAP)" 3
	expect_equal "$(find --from 2025-11-05)" 1
	expect_equal "$(find --to 2025-11-04)" 3
	expect_equal "$(find --verdict liquidated)" 1
	expect_equal "$(find --verdict not-liquidated)" 1
	expect_equal "$(find --verdict unknown)" 1
	expect_equal "$(find --verdict error)" 1
	expect_equal "$(find --limit 2)" 2
	store --state st --get "$(sed -n 2p all.txt | jq -r .evidence.evidenceId)" >got.txt
	sed -n 2p all.txt | cmp - got.txt
	split store --state st --get evi_20251104_0000000000000000
	expect_status 1
	split store --state st --find --order 1
	expect_status 1
	split store --state st --find --verdict maybe
	expect_status 100
	split store --state st --find --from yesterday
	expect_status 100
	split store --state st --order 77
	expect_status 100
	TRADEPIPE_STATE= split store --find
	expect_status 102
}

@test "fsck: files without rows are put aside, leftovers removed, a missing .root is written again" {
	sealed a b | store --state st >out.txt
	id=$(head -n 1 out.txt | jq -r .evidence.evidenceId)
	day=st/reports/evidence/2025-11-04
	cp "$day/$id.json" "$day/evi_20251104_0123456789abcdef.json"
	: >"$day/evi_20251104_0123456789abcdef.root"
	: >"$day/x.json.tmp"
	rm "$day/$id.root"
	split store --state st --fsck
	expect_status 1
	expect_equal "$(tail -n 1 out.txt)" '{"type":"fsck","state":"mended","bundles":2,"mended":4,"damaged":0}'
	expect_equal "$(ls st/reports/orphans | wc -l)" 2
	split store --state st --fsck
	expect_status 0
}

@test "fsck: damage is named, left alone, and status 100" {
	sealed a b c | store --state st >out.txt
	id=$(sed -n 2p out.txt | jq -r .evidence.evidenceId)
	file=st/reports/evidence/2025-11-04/$id.json
	cp -r st saved
	damaged() { split store --state st --fsck; expect_status 100 || return; grep -q "$1" out.txt || fail "not named: $(cat out.txt)"; rm -rf st; cp -r saved st; }
	rm "$file"; damaged 'missing'
	printf ' ' >>"$file"; damaged 'not the one that was stored'
	sed -i 's/true/fals/' "$file"; damaged "$id"
	echo 0x00 >"${file%.json}.root"; damaged 'another root'
	sqlite3 st/db.sqlite "update orders set liquidated = 0 where evidence_id = '$id'"; damaged 'orders: the row is not the one'
	sqlite3 st/db.sqlite "update audit_logs set payload_json = '{}' where ref_id = '$id'"; damaged 'audit_logs'
	sqlite3 st/db.sqlite "update users set created_at = 'x'"; damaged 'users'
	sqlite3 st/db.sqlite "delete from audit_logs where ref_id = '$id'"; damaged 'no row in audit_logs'
	sqlite3 st/db.sqlite "pragma foreign_keys = off; delete from orders where evidence_id = '$id'; delete from evidence where evidence_id = '$id'"; damaged 'a bundle before this one is gone'
}

@test "a database that lost its newest rows is refused: head remembers" {
	sealed a | store --state st >/dev/null
	cp st/db.sqlite old.sqlite
	sealed b c | store --state st >/dev/null
	cp old.sqlite st/db.sqlite
	sealed d | split store --state st
	expect_status 100
	[ -z "$out" ]
	grep -q 'damaged' err.txt
	# garbage in both slots of head is damage, too
	rm -rf st; sealed a | store --state st >/dev/null; sealed b | store --state st >/dev/null
	tr '0-9a-f' 'z' <st/head >h && cp h st/head
	sealed c | split store --state st
	expect_status 100
}

@test "a database that is none: 100, and nothing is changed" {
	mkdir st
	head -c 8192 /dev/urandom >st/db.sqlite
	cp st/db.sqlite before
	sealed a | split store --state st
	expect_status 100
	cmp before st/db.sqlite
}

# A state directory as version 0.1.0 left it: its database from a dump, the files as they are made to this day.
old_state() {
	sealed_example
	mkdir old
	cp -r st/reports st/head old
	sqlite3 old/db.sqlite <"$ROOT/tests/data/store/version-1.sql" >/dev/null
}
sealed_example() { merkle-seal <"$ROOT/examples/bundle.ndjson" | store --state st >/dev/null; }

@test "a database of version 0.1.0 is brought up to date once, whole, and loses nothing" {
	old_state
	before=$(sqlite3 old/db.sqlite 'select * from evidence; select * from orders; select * from users; select id, user_id, ord_id, status, payout_amount, created_at, decided_at from claims')
	# read-only use leaves it as it is
	store --state old --find | jq -e '.liquidated == true'
	expect_equal "$(sqlite3 old/db.sqlite 'pragma user_version')" 1
	for i in 1 2 3 4; do store --state old --fsck >fsck$i.txt 2>&1 & done
	wait
	for i in 1 2 3 4; do expect_equal "$(cat fsck$i.txt)" '{"type":"fsck","state":"clean","bundles":1,"mended":0,"damaged":0}'; done
	expect_equal "$(sqlite3 old/db.sqlite 'select * from evidence; select * from orders; select * from users; select id, user_id, ord_id, status, payout_amount, created_at, decided_at from claims')" "$before"
	expect_equal "$(sqlite3 old/db.sqlite "pragma user_version; select count(*) from audit_logs where topic = 'schema'" | tr '\n' ' ')" '2 1 '
	schema() { sqlite3 "$1/db.sqlite" "select sql from sqlite_master where sql is not null order by name"; }
	expect_equal "$(schema old)" "$(schema st)"
	sealed b | split store --state old
	expect_status 0
	expect_equal "$(jq -r .evidence.parentRoot out.txt)" "$(cat st/reports/evidence/*/*.root)"
}

@test "an old database that is not as version 0.1.0 made it is refused, and left alone" {
	old_state
	for damage in 'create table more (a)' 'drop index orders_by_time' 'pragma user_version = 3' \
		"insert into api_keys values (1, 'local', 'okx', 'a', x'00', 't', null)"; do
		rm -rf bad
		cp -r old bad
		sqlite3 bad/db.sqlite "$damage"
		sqlite3 bad/db.sqlite .dump >before.txt
		split store --state bad --fsck
		[ "$status" -eq 100 ] || [ "$status" -eq 102 ] || fail "$damage: status $status"
		sqlite3 bad/db.sqlite .dump | cmp - before.txt
	done
}

@test "killed while a database is brought up to date: the old one or the new one" {
	old_state
	gcc -shared -fPIC $(is_sanitized && echo -DFAILING_WITHOUT_MEMORY) -o failing.so "$ROOT/tests/fault/failing.c"
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	cp -r old st1
	FAIL_PATH=st1 FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate FAIL_COUNT_FILE=$PWD/count LD_PRELOAD=$PWD/failing.so store --state st1 </dev/null
	n=$(cat count)
	[ "$n" -ge 8 ]
	seen=
	for i in $(every "$n"); do
		rm -rf st1
		cp -r old st1
		split env FAIL_PATH=st1 FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate FAIL_AT="$i" FAIL_KILL=1 LD_PRELOAD="$PWD/failing.so" store --state st1 </dev/null
		expect_status 137
		version=$(sqlite3 st1/db.sqlite 'pragma user_version')
		case $version in 1 | 2) seen="$seen$version" ;; *) fail "call $i: version $version" ;; esac
		expect_equal "$(store --state st1 --fsck | jq -r .state)" clean
	done
	case $seen in 1*) ;; *) fail "no kill came before the change: $seen" ;; esac
}
