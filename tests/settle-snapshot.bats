#!/usr/bin/env bats
# Catches a settled trade that is paid again because the log was cut, a swap that a snapshot forgets a part of, and damage that nobody
# is told of.
load helper
load settle

# every swap that is over leaves book and log soon
run_keeping() { split timeout 20 settle --config conf --state st --snapshot-every 1; }

newest() { find st -name 'snapshot-*.ndjson' | sort | tail -n 1; }

files() { find st -name "$1" | wc -l; }

# The input stays open until trade $1 is in the archive: SIGUSR1 asks for a snapshot.
keep_until_archived() {
	local i there="SELECT id FROM swap WHERE id = 'BTC-USDC:$1'"
	begin --snapshot-every 1
	cat >&7
	for i in $(seq 400); do
		! sqlite3 -readonly st/archive.db "$there" 2>/dev/null | grep -q . || break
		kill -USR1 "$pid" 2>/dev/null || true
		sleep 0.05
	done
	end_begun
	expect_equal "$(sqlite3 -readonly st/archive.db "$there")" "BTC-USDC:$1"
}

all_that_is_known() { # STATE
	settle --state "$1" --list --all || true
	settle --state "$1" --receipts
	settle --state "$1" --show BTC-USDC:1
}

@test "a swap that is over leaves book and log, and its trade is never paid again: passed over, contradicted, also much later" {
	trade 1 | keep_until_archived 1
	expect_status 0
	each_paid_once
	expect_equal "$(grep -c '"l":' "$(newest)")" 0
	grep -qF '{"settled":"BTC-USDC","from":1,"to":1}' "$(newest)"
	(trade 1; trade 1; trade 1 0.02) | run_keeping
	expect_status 1
	expect_equal "$(jq -rc '[.type, .reason] | join(" ")' out.txt)" "reject CONTRADICTION"
	(trade 2; trade 3) | keep_until_archived 3
	trade 2 | run_keeping
	expect_status 0
	[ ! -s out.txt ]
	agree
	expect_equal "$(paid btc)" '[["alice-btc","1000000"],["alice-btc","1000000"],["alice-btc","1000000"]]'
	# ids of other kinds are known, too
	trade 4 | sed 's/"tradeId":"4"/"tradeId":"a-007"/' | keep_until_archived a-007
	trade 4 | sed 's/"tradeId":"4"/"tradeId":"a-007"/' | run_keeping
	expect_status 0
	[ ! -s out.txt ]
	expect_equal "$(paid btc | jq length)" 4
	split settle --state st --retry BTC-USDC:1
	expect_status 100
	grep -q archive err.txt
}

@test "lists, receipts and what a reader has missed: the same bytes as from a log that is never cut" {
	(trade 1; trade 2) | keep_until_archived 2
	cp out.txt first.txt
	touch eth/poor
	echo '{"type":"limit","chain":"btc","payment":"0.02"}' >>conf
	begin --snapshot-every 3
	{
		trade 3 0.00000293
		trade 4 0.03
		echo '{"type":"address","account":"carol","asset":"BTC","chain":"btc","address":"carol-btc"}'
		trade 5 | sed 's/alice/carol/'
	} >&7
	wait_for out.txt 'select(.status == "prepared" and .swap == "BTC-USDC:5")'
	wait_for out.txt 'select(.type == "hold" and .swap == "BTC-USDC:4")'
	kill -USR1 "$pid"
	for _ in $(seq 400); do
		[ "$(files 'snapshot-*.ndjson')" -lt 2 ] || break
		sleep 0.05
	done
	terminate
	cat out.txt >>first.txt
	settle --state st --receipts >all.txt
	cmp all.txt first.txt
	settle --state st --show BTC-USDC:1 >show.txt
	cmp show.txt <(jq -c 'select(.swap == "BTC-USDC:1")' first.txt)
	settle --state st --list --all >list.txt || true
	expect_equal "$(jq -rc '[.swap, .state] | join(" ")' list.txt | tr '\n' ' ')" "BTC-USDC:1 settled BTC-USDC:2 settled BTC-USDC:3 open BTC-USDC:4 held BTC-USDC:5 open "
	for n in 0 5 "$(wc -l <all.txt)"; do
		cp -r st again
		begin --state again --resume-after "$n"
		trade 6 >&7
		# what is new comes behind what was missed
		wait_for out.txt 'select(.swap == "BTC-USDC:6")'
		terminate
		cmp <(head -n "$(($(wc -l <all.txt) - n))" out.txt) <(tail -n "+$((n + 1))" all.txt)
		rm -r again
	done
	# and from the snapshot before
	rm eth/poor
	sed -i '$d' conf
	cp -r st older
	rm "older/$(basename "$(newest)")"
	cp -r btc eth -t "$(mkdir other; echo other)"
	run_settle </dev/null
	jq -c 'del(.ts, .since) | if .legs then .legs |= map(del(.since)) else . end' <(all_that_is_known st) >newer.txt
	mv older other/st
	cd other
	cp ../conf .
	run_settle </dev/null
	jq -c 'del(.ts, .since) | if .legs then .legs |= map(del(.since)) else . end' <(all_that_is_known st) >older.txt
	expect_equal "$(jq -sc 'map(select(.status == "confirmed" or .type == "swap")) | map([.swap, .leg, .status, .state, .to, .amount]) | sort' older.txt)" \
		"$(jq -sc 'map(select(.status == "confirmed" or .type == "swap")) | map([.swap, .leg, .status, .state, .to, .amount]) | sort' ../newer.txt)"
}

@test "the log is cut behind the older snapshot; from each of the two the book is the same" {
	for n in 1 2 3 4 5 6; do
		trade "$n" | keep_until_archived "$n"
	done
	[ "$(files 'snapshot-*.ndjson')" -eq 2 ]
	all_that_is_known st >newer.txt
	cp -r st older
	rm "older/$(basename "$(newest)")"
	# the name of what is lost is not known to it
	all_that_is_known older >older.txt
	cmp newer.txt older.txt
	(trade 3; trade 6) | split timeout 20 settle --config conf --state older
	expect_status 0
	[ ! -s out.txt ]
}

@test "damage is named: a snapshot falls back to the one before, what nothing can replace is 100" {
	for n in 1 2 3; do
		trade "$n" | keep_until_archived "$n"
	done
	all_that_is_known st >good.txt
	local one
	one=$(newest)
	for damage in 'truncate -s -9' "sed -i 1s/receipts/recEipts/" 'truncate -s 0' "sed -i s/from/fron/"; do
		cp -r st bad
		$damage "bad/$(basename "$one")"
		all_that_is_known bad >known.txt 2>err.txt
		grep -q "snapshot file=$(basename "$one")" err.txt
		cmp good.txt known.txt
		(trade 1; trade 3) | split timeout 20 settle --config conf --state bad
		expect_status 0
		[ ! -s out.txt ]
		grep -q "snapshot file=$(basename "$one")" err.txt
		rm -r bad
	done
	cp -r st bad
	for f in bad/snapshot-*; do truncate -s -1 "$f"; done
	rm -f bad/0000000001.wal
	split timeout 20 settle --config conf --state bad </dev/null
	expect_status 100
	split settle --state bad --list
	expect_status 100
	rm -r bad
	# the archive is not there, is an old copy, has another bit
	cp -r st bad
	rm bad/archive.db*
	split timeout 20 settle --config conf --state bad </dev/null
	expect_status 100
	grep -q 'archive file=' err.txt
	rm -r bad
	cp -r st bad
	sqlite3 bad/archive.db "UPDATE receipt SET line = replace(line, 'alice-btc', 'mallory')"
	split settle --state bad --show BTC-USDC:1
	expect_status 100
	sqlite3 bad/archive.db "DELETE FROM receipt WHERE seq = 4"
	split settle --state bad --receipts
	expect_status 100
	sqlite3 bad/archive.db "DELETE FROM swap WHERE id = 'BTC-USDC:2'"
	trade 2 | split timeout 20 settle --config conf --state bad
	expect_status 1
	expect_equal "$(jq -r .reason out.txt)" SETTLED
	expect_equal "$(paid btc | jq length)" 3
}

@test "kill -9 at every write, sync, rename and removal of archive, snapshot and log: each paid once, nothing forgotten" {
	with_faults
	trade 1 >in.txt
	patient
	run_settle <in.txt
	cp -r st btc eth -t "$(mkdir -p start; echo start)"
	trade 2 >>in.txt
	local at=0 killed=137 step=9
	! is_sanitized || step=35
	while [ $killed -eq 137 ]; do
		at=$((at + step))
		rm -rf st btc eth
		cp -r start/. .
		killed=0
		FAIL_AT=$at FAIL_KILL=$([ $((at % 2)) -eq 0 ] && echo 1 || echo after) FAIL_CALLS=write,pwrite,fdatasync,fsync,rename,unlink FAIL_PATH=st LD_PRELOAD=$PWD/failing.so \
			settle --config conf --state st --snapshot-every 2 <in.txt >killed.txt 2>/dev/null || killed=$?
		run_settle <in.txt
		expect_status 0
		agree
		expect_equal "$(states) $(paid btc)" '["settled","settled"] [["alice-btc","1000000"],["alice-btc","1000000"]]' || fail "killed at call $at"
		settle --state st --receipts | jq -s 'map(.seq) == [range(1; length + 1)]' | grep -q true
	done
	[ $at -gt 30 ]
}

@test "the disk is full where a snapshot is written: it says so, and goes on" {
	with_faults
	trade 1 | FAIL_AT=1 FAIL_STICKY=1 FAIL_ERRNO=ENOSPC FAIL_CALLS=openat,write FAIL_PATH=snapshot LD_PRELOAD=$PWD/failing.so split timeout 20 settle --config conf --state st --snapshot-every 1
	expect_status 0
	grep -q 'snapshot' err.txt
	each_paid_once
}
