#!/usr/bin/env bats
# Catches a vault that lets a key out, gives one to somebody else, opens what was changed, moved or rolled back, or loses what it said it kept.
load helper
load okx

setup() {
	umask 077
	openssl rand -hex 32 >master.key
	export TRADEPIPE_VAULT_KEY_FILE=$PWD/master.key
	creds 1 >one.json
	creds 2 >two.json
}
teardown() { stop_replay; }

creds() { printf '{"apiKey":"key-%s-5d41402abc4b2a76","secretKey":"SECRET%s9719D911017C592AE2","passphrase":"Pass-\\"%s\\"-x","uid":"20193%s"}\n' "$1" "$1" "$1" "$1"; }
vault() { local command=$1; shift; key-vault "$command" --state st "$@"; }
sql() { sqlite3 -readonly st/db.sqlite "$1"; }
ask() { jq -nc --arg a "$1" '{exchange:"okx",instId:"BTC-USDT-SWAP",ordId:"29",keyMode:"alias",keyAlias:$a} + ('"${2:-{\}}"')'; }
open_one() { ask "$@" | key-vault open --state st | cat; }

@test "add, list, open, rotate, remove: what each leaves, and an audit row each" {
	vault add a <one.json | jq -e '.event == "added" and .version == 1'
	expect_equal "$(vault list | jq -c '[.userId,.alias,.exchange,.version,.lastUsedAt,.apiKeyDigest,.checked]')" \
		"[\"local\",\"a\",\"okx\",1,null,\"$(jq -j .apiKey one.json | sha256sum | head -c 16)\",true]"
	expect_equal "$(open_one a | jq -c '{apiKey,secretKey,passphrase,uid}')" "$(jq -c . one.json)"
	expect_equal "$(open_one a | jq -c '[.keyMode,.keyAlias,.ordId]')" '["inline","a","29"]'
	[ "$(vault list | jq -r .lastUsedAt)" != null ]
	vault rotate a <two.json | jq -e '.event == "rotated" and .version == 2'
	expect_equal "$(open_one a | jq -r .secretKey)" "$(jq -r .secretKey two.json)"
	expect_equal "$(sql 'select group_concat(version) from api_keys')" 1,2
	vault list | jq -e '.version == 2 and .lastUsedAt != null'
	split vault add a <one.json
	expect_status 1
	jq -e '.event == "refused" and .reason == "ALIAS_EXISTS"' out.txt
	split vault rotate b <one.json
	expect_status 1
	vault remove a | jq -e '.event == "removed"'
	split vault remove a
	expect_status 1
	expect_equal "$(sql 'select count(*) from api_keys')" 0
	expect_equal "$(sql 'select group_concat(topic) from audit_logs')" vault.create,vault.add,vault.rotate,vault.remove
	# the name is free again, and the old rows are not what it opens
	vault add a <two.json | jq -e '.version == 1'
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
	sqlite3 st/db.sqlite "update api_keys set last_used_at = 'x'"
	split store --state st --fsck
	expect_status 100
	grep -q '"name":"api_keys a"' out.txt
}

@test "inline requests, and whatever else asks for no alias, pass byte for byte" {
	vault add a <one.json >add.txt
	printf '%s\n' '{ "keyMode" : "inline", "apiKey":"\u0041" , "x":1.0e5}' '{}' '  {"keyMode":"alias","keyMode":"alias"}  ' '{"keyMode":"al\u0069as"}' >in.ndjson
	key-vault open --state st <in.ndjson | cmp - in.ndjson
}

@test "an alias is its user's: nobody else's request gets it, and nobody learns of it" {
	vault add --user ann a <one.json >add.txt
	vault add --user bob a <two.json >add.txt
	vault add only-local <two.json >add.txt
	expect_equal "$(open_one a '{clientMeta:{userId:"ann"}}' | jq -r .uid)" 201931
	expect_equal "$(open_one a '{clientMeta:{userId:"bob"}}' | jq -r .uid)" 201932
	open_one a '{clientMeta:{userId:"eve"}}' 2>/dev/null | jq -c .error >eve.txt
	open_one a '{}' 2>/dev/null | jq -c .error >local.txt
	open_one none '{clientMeta:{userId:"eve"}}' 2>/dev/null | jq -c .error >none.txt
	open_one only-local '{clientMeta:{userId:"ann"}}' 2>/dev/null | jq -c .error >ann.txt
	cmp eve.txt local.txt
	cmp eve.txt none.txt
	cmp eve.txt ann.txt
	jq -e '.code == "BAD_REQUEST"' eve.txt
	expect_equal "$(vault list --user bob | jq -r .userId)" bob
	expect_equal "$(vault list | jq -r .userId | tr '\n' ' ')" 'ann bob local '
}

@test "requests that cannot be served: an error each, in their place, and no key" {
	vault add a <one.json >add.txt
	{ ask a '{uid:"999"}'; ask a '{apiKey:"MARKER-1",clientMeta:{note:"MARKER-1"}}'; ask ../a; ask a '{clientMeta:{userId:"a b"}}'; echo 'x'; echo '[]'; ask a '{uid:"201931"}'; } >in.ndjson
	s=0
	key-vault open --state st <in.ndjson 2>err.txt | cat >got.txt || true
	expect_equal "$(jq -r '.error.code // "-"' got.txt | tr '\n' ' ')" 'BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST - '
	expect_equal "$(jq -c 'has("secretKey")' got.txt | tr '\n' ' ')" 'false false false false false false true '
	! grep -q MARKER got.txt err.txt || false
	expect_grammar err.txt key-vault
	# and okx-fetch hands each of them on as it is told
	head -n 1 got.txt | okx-fetch | jq -e '.error.code == "BAD_REQUEST" and (.error.msg | contains("uid")) and .meta.ordId == "29" and .raw == {}'
}

@test "keys go to a pipe, not to a terminal or a file" {
	vault add a <one.json >add.txt
	ask a >r.json
	s=0
	key-vault open --state st <r.json >file.txt 2>err.txt || s=$?
	[ $s -eq 102 ]
	[ ! -s file.txt ]
	key-vault open --state st --force <r.json >file.txt
	grep -q SECRET1 file.txt
	s=0
	script -qec "key-vault open --state st <r.json" /dev/null >tty.txt 2>&1 || s=$?
	! grep -q SECRET1 tty.txt || false
	grep -q terminal tty.txt
}

@test "the master secret: file, descriptor, credential, passphrase; missing, wrong or open to others: 102, and nothing is shown" {
	vault add a <one.json >add.txt
	unset TRADEPIPE_VAULT_KEY_FILE
	cp master.key mk
	ask a >r.json
	opens() { key-vault open --state st "$@" <r.json | grep -q SECRET1; }
	opens --master-key-file mk
	opens --master-key-fd 7 7<mk
	mkdir creds
	cp mk creds/vault-master-key
	CREDENTIALS_DIRECTORY=$PWD/creds opens
	split vault list
	expect_status 0
	jq -e '.apiKeyDigest == null and .checked == false' out.txt
	locked() {
		split "$@" <r.json
		expect_status 102
		[ -z "$out" ]
	}
	locked key-vault open --force --state st
	openssl rand -hex 32 >other
	locked key-vault open --force --state st --master-key-file other
	locked key-vault list --state st --master-key-file other
	tr 'a-f' 'A-F' <mk >upper && echo ABCDEF >short
	locked key-vault open --force --state st --master-key-file short
	locked key-vault open --force --state st --master-key-file nowhere
	cp mk open.key
	chmod 644 open.key
	locked key-vault open --force --state st --master-key-file open.key
	split key-vault list --state st --master-key-fd 7 --master-key-file mk 7<mk
	expect_status 100
	locked key-vault open --force --state st --passphrase-fd 7 7< <(echo 'correct horse battery')
	locked key-vault open --force --state st --passphrase-fd 7 7< <(echo 'short')
	# a vault of its own by passphrase
	key-vault add --state pp --passphrase-fd 7 a <one.json 7< <(echo 'correct horse battery') | jq -e '.version == 1'
	expect_equal "$(sqlite3 pp/db.sqlite 'select kdf, kdf_log_n, kdf_r, kdf_p, length(kdf_salt) from vault')" 'scrypt|17|8|1|16'
	key-vault list --state pp --passphrase-fd 7 7< <(echo 'correct horse battery') | jq -e .checked
	locked key-vault list --state pp --passphrase-fd 7 7< <(echo 'correct horse batterz')
	locked key-vault list --state pp --master-key-file mk
}

@test "another master secret: the rows stay as they are, the old secret is refused, a running open goes on" {
	vault add a <one.json >add.txt
	before=$(sql 'select hex(enc_payload), digest from api_keys')
	mkfifo to
	key-vault open --state st <to 2>err.txt | cat >got.txt &
	exec 8>to
	ask a >&8
	for _ in $(seq 200); do [ -s got.txt ] && break; sleep 0.02; done
	openssl rand -hex 32 >next.key
	vault rotate --master --new-master-key-file next.key | jq -e '.event == "master-rotated"'
	ask a >&8
	exec 8>&-
	wait
	expect_equal "$(jq -r .uid got.txt | tr '\n' ' ')" '201931 201931 '
	expect_equal "$(sql 'select hex(enc_payload) from api_keys')" "${before%|*}"
	split vault list
	expect_status 102
	vault list --master-key-file next.key | jq -e .checked
	vault rotate --master --master-key-file next.key --new-passphrase-fd 7 7< <(echo 'correct horse battery') >rot.txt
	vault list --passphrase-fd 7 7< <(echo 'correct horse battery') | jq -e .checked
	expect_equal "$(sql "select count(*) from audit_logs where topic = 'vault.master'")" 2
}

@test "a running open sees what others change, at the next request" {
	vault add a <one.json >add.txt
	mkfifo to
	key-vault open --state st <to 2>err.txt | cat >got.txt &
	exec 8>to
	say() {
		ask "$1" >&8
		for _ in $(seq 200); do [ "$(wc -l <got.txt)" -ge "$2" ] && break; sleep 0.02; done
	}
	say a 1
	vault rotate a <two.json >rot.txt
	say a 2
	vault remove a >rem.txt
	say a 3
	vault add b <one.json >add.txt
	say b 4
	exec 8>&-
	wait
	expect_equal "$(jq -r '.uid // .error.code' got.txt | tr '\n' ' ')" '201931 201932 BAD_REQUEST 201931 '
}

# ---- damage and attacks -------------------------------------------------------------------------------------------------------

# What somebody who can write the database, but has no key, would do: change rows and give them digests that fit.
attack() {
	sqlite3 st/db.sqlite "$1" || return 1
	local id hex
	for id in $(sql 'select id from api_keys'); do
		hex=$(sql "select hex('1:' || length(id) || ':' || id || '3:' || length(user_id) || ':' || user_id || '3:' || length(exchange) || ':' || exchange ||
			'3:' || length(key_alias) || ':' || key_alias || '1:' || length(version) || ':' || version || '4:' || length(enc_payload) || ':') || hex(enc_payload) ||
			hex('3:' || length(created_at) || ':' || created_at || iif(last_used_at is null, '5:0:', '3:' || length(last_used_at) || ':' || last_used_at)) from api_keys where id = $id")
		sqlite3 st/db.sqlite "update api_keys set digest = '$(printf %s "$hex" | xxd -r -p | sha256sum | head -c 32)' where id = $id"
	done
}

# Every command that would use the rows refuses; $1 stands in the message.
refused() {
	split vault list
	expect_status 100
	grep -qF -- "$1" err.txt || fail "not named: $(cat err.txt)"
	split vault rotate a <two.json
	expect_status 100
	ask a | key-vault open --state st 2>err.txt | cat >got.txt || true
	[ ! -s got.txt ]
	grep -q damaged err.txt
}

insert='insert into api_keys (id, user_id, exchange, key_alias, version, enc_payload, created_at, last_used_at, digest)'

@test "the attack of the next tests leaves digests that fit: nothing else would be shown by them" {
	vault add a <one.json >add.txt
	sqlite3 st/db.sqlite "update api_keys set digest = 'x'"
	split vault list
	expect_status 100
	attack 'select 1'
	vault list | jq -e .checked
}

@test "rows swapped, copied, moved to another user, rolled back, taken out or put back: refused, by name where one is to blame" {
	vault add a <one.json >add.txt
	vault add b <two.json >add.txt
	vault rotate a <two.json >rot.txt
	cp -r st good
	again() { rm -rf st; cp -r good st; }
	swap="create temp table t as select * from api_keys; delete from api_keys; $insert select id, user_id, exchange, iif(key_alias = 'a', 'b', 'a'), version, enc_payload, created_at, last_used_at, '' from t"
	again; attack "$swap"; refused 'api_keys b version 1'
	again; attack "create temp table t as select * from api_keys where key_alias = 'b'; $insert select 9, 'local', 'okx', 'a', 3, enc_payload, created_at, null, '' from t"; refused 'api_keys a version 3'
	again; attack "create temp table t as select * from api_keys where version = 1; delete from api_keys where version = 2; $insert select 9, user_id, exchange, key_alias, 2, enc_payload, created_at, null, '' from t where key_alias = 'a'"; refused 'api_keys a version 2'
	again; attack 'delete from api_keys where version = 2'; refused 'removed'
	again; attack "delete from api_keys where key_alias = 'b'"; refused 'removed'
	# put back what was removed
	again
	sqlite3 good/db.sqlite '.dump api_keys' | grep '^INSERT' >rows.sql
	vault remove a >rem.txt
	attack "$(grep "'a'" rows.sql)"
	refused 'put back'
	# the whole database as it was before: vault.head remembers
	again
	vault rotate a <one.json >rot.txt
	cp good/db.sqlite st/db.sqlite
	refused 'rolled back'
	# the vault's row gone, for a new one to be made
	again
	sqlite3 st/db.sqlite 'delete from vault'
	split vault add c <one.json
	expect_status 100
}

@test "a row of another vault with the same master key does not open" {
	vault add a <one.json >add.txt
	key-vault add --state other a <two.json >add.txt
	sqlite3 other/db.sqlite '.dump api_keys' | grep '^INSERT' >rows.sql
	cp -r st good
	attack "delete from api_keys; $(cat rows.sql)"
	refused 'api_keys a version 1'
	# nor with the vault's row brought along, its head being of this one
	rm -rf st
	cp -r good st
	vault rotate a <one.json >rot.txt
	attack "delete from api_keys; $(cat rows.sql); delete from vault; $(sqlite3 other/db.sqlite '.dump vault' | grep '^INSERT')"
	refused 'rolled back'
}

@test "every bit of an encrypted payload: refused by name" {
	vault add a <one.json >add.txt
	n=$(sql 'select length(enc_payload) from api_keys')
	hex=$(sql 'select hex(enc_payload) from api_keys')
	cp -r st good
	bits=$((n * 8)) step=7
	! is_sanitized || step=97
	for bit in $(seq 0 $step $((bits - 1))); do
		flipped=$(perl -e '$b = pack("H*", $ARGV[0]); substr($b, $ARGV[1] >> 3, 1) ^= chr(1 << ($ARGV[1] & 7)); print unpack("H*", $b)' "$hex" "$bit")
		rm -rf st
		cp -r good st
		sqlite3 st/db.sqlite "create temp table t as select * from api_keys; delete from api_keys; $insert select id, user_id, exchange, key_alias, version, x'$flipped', created_at, last_used_at, digest from t"
		# with a digest that fits, and with the old one
		[ $((bit % 2)) -eq 0 ] || attack 'select 1'
		split vault list
		expect_status 100
		grep -q 'api_keys a version 1' err.txt || fail "bit $bit: $(cat err.txt)"
	done
}

@test "every column of the vault's row and of a row: changed is refused; costs past the cap are not computed" {
	vault add a <one.json >add.txt
	cp -r st good
	for column in id kdf kdf_log_n kdf_r kdf_p kdf_salt master_check wrapped_key data_check seq seal created_at rotated_at digest; do
		case $column in
		kdf_log_n | kdf_r | kdf_p | seq) value="$column + 1" ;;
		kdf) value="'scrypt'" ;;
		id | created_at | digest) value="substr($column, 2) || '0'" ;;
		rotated_at) value="'2026-01-01T00:00:00.000Z'" ;;
		*) value="cast(substr($column, 2) || x'01' as blob)" ;;
		esac
		rm -rf st
		cp -r good st
		sqlite3 st/db.sqlite "update vault set $column = $value"
		split vault list
		expect_status 100 || fail "$column"
		grep -q damaged err.txt
	done
	rm -rf st
	key-vault add --state st --passphrase-fd 7 a <one.json 7< <(echo 'correct horse battery') >add.txt
	rowhex=$(sql "select '3:32:' || id || '3:6:scrypt1:2:301:1:81:1:1' from vault")
	hex=$(printf %s "$rowhex" | xxd -p | tr -d '\n')$(sql "select hex('4:16:') || hex(kdf_salt) || hex('4:32:') || hex(master_check) || hex('4:60:') || hex(wrapped_key) || hex('4:32:') || hex(data_check) || hex('1:' || length(seq) || ':' || seq) || hex('4:32:') || hex(seal) || hex('3:' || length(created_at) || ':' || created_at || '5:0:') from vault")
	sqlite3 st/db.sqlite "update vault set kdf_log_n = 30, digest = '$(printf %s "$hex" | xxd -r -p | sha256sum | head -c 32)'"
	split vault list --passphrase-fd 7 7< <(echo 'correct horse battery')
	expect_status 102
	grep -q costlier err.txt
}

@test "the schema itself forbids to write over a payload" {
	vault add a <one.json >add.txt
	for column in enc_payload key_alias version user_id exchange created_at id; do
		! sqlite3 st/db.sqlite "update api_keys set $column = $column" 2>err.txt || fail "$column"
		grep -q 'does not change' err.txt
	done
}

# ---- keeping ------------------------------------------------------------------------------------------------------------------

@test "killed at every write and sync: the old version or the new one, and what was said is kept" {
	vault add a <one.json >add.txt
	cp -r st base
	gcc -shared -fPIC $(is_sanitized && echo -DFAILING_WITHOUT_MEMORY) -o failing.so "$ROOT/tests/fault/failing.c"
	export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
	faulty() {
		rm -rf st
		cp -r base st
		split env FAIL_PATH=st FAIL_CALLS=write,pwrite,fsync,fdatasync,ftruncate LD_PRELOAD="$PWD/failing.so" "$@" key-vault rotate --state st a <two.json
	}
	faulty FAIL_COUNT_FILE="$PWD/count"
	expect_status 0
	n=$(cat count)
	[ "$n" -ge 8 ]
	seen=
	for i in $(every "$n"); do
		for how in FAIL_KILL=1 FAIL_ERRNO=EIO; do
			faulty FAIL_AT="$i" "$how"
			[ "$(cat status.txt)" -ne 0 ] || [ "$how" = FAIL_ERRNO=EIO ] || fail "call $i: not killed"
			vault list >list.txt 2>err2.txt || fail "call $i $how: $(cat err2.txt)"
			version=$(jq -r .version list.txt)
			expect_equal "$(open_one a | jq -r .uid)" "20193$version"
			[ ! -s out.txt ] || [ "$version" -eq 2 ] || fail "call $i $how: said, and lost"
			[ "$(sql "select count(*) from audit_logs where topic = 'vault.rotate'")" -eq $((version - 1)) ] || fail "call $i $how: audit"
			seen="$seen $version"
		done
	done
	case $seen in *1*2*) ;; *) fail "only: $seen" ;; esac
}

@test "many at once: none is lost, and each alias has one version of each number" {
	vault add a <one.json >add.txt
	for i in 1 2 3 4 5 6; do vault rotate a <two.json >rot$i.txt 2>err$i.txt & done
	for i in 1 2 3; do vault add new <one.json >add$i.txt 2>&1 & done
	wait
	expect_equal "$(cat rot?.txt | jq -r .version | sort -n | tr '\n' ' ')" '2 3 4 5 6 7 '
	expect_equal "$(cat add?.txt | grep -c '"event":"added"')" 1
	vault list | jq -es 'map(.checked) == [true, true]'
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
}

@test "what it does not need is closed to it: programs, sockets, tracing" {
	is_sanitized && skip "sanitizer builds run without the sandbox"
	vault add a <one.json >add.txt
	gcc -shared -fPIC -o intruder.so "$ROOT/tests/fault/intruder.c"
	for try in socket exec ptrace; do
		s=0
		ask a >r.json
		INTRUDE=$try LD_PRELOAD=$PWD/intruder.so key-vault open --force --state st <r.json >out.txt 2>err.txt || s=$?
		[ $s -eq 159 ] || fail "$try: status $s"
	done
}

# ---- the pipeline -------------------------------------------------------------------------------------------------------------

@test "verify by alias, end to end" {
	start_replay full-liquidation
	request_for full-liquidation >inline.json
	jq -c '{apiKey,secretKey,passphrase}' inline.json | key-vault add --state vlt --user ann okx-main-001 >add.txt
	jq -c 'del(.apiKey,.secretKey,.passphrase) + {keyMode:"alias",keyAlias:"okx-main-001"} | .clientMeta.userId = "ann"' inline.json >alias.json
	jq -c '.keyAlias = "none"' alias.json >none.json
	jq -c '.clientMeta.userId = "eve"' alias.json >eve.json
	# an answer from the cache in the same millisecond would otherwise be the same record, which is kept once
	cat alias.json none.json inline.json eve.json | jq -c '.clientMeta.requestId = "r-\(input_line_number)"' >in.ndjson
	TRADEPIPE_VAULT=$PWD/vlt split verify --state st <in.ndjson
	expect_status 1
	expect_equal "$(jq -c '[.normalized.position.liquidated,.error.code]' out.txt | tr '\n' ' ')" '[true,null] [null,"BAD_REQUEST"] [true,null] [null,"BAD_REQUEST"] '
	jq -se '.[1].error.msg | contains("no such alias")' out.txt
	jq -se '.[0].keyAlias == "okx-main-001" and (.[0] | has("apiKey") | not)' out.txt
	# sealed and stored like any other answer
	expect_equal "$(store --state st --find | wc -l)" 4
	expect_equal "$(store --state st --fsck | jq -r .state)" clean
	[ "$(sqlite3 vlt/db.sqlite 'select last_used_at is not null from api_keys')" = 1 ]
	# one state directory for both, and no vault where none is set
	jq -c '{apiKey,secretKey,passphrase}' inline.json | key-vault add --state st --user ann okx-main-001 >add.txt
	TRADEPIPE_VAULT=$PWD/st verify --state st <alias.json | jq -e '.error == null'
	split verify --state st <alias.json
	expect_status 1
	expect_equal "$(jq -r .error.code out.txt)" BAD_REQUEST
}

@test "marker secrets: not in database, log, output, arguments, environments or core files, raw, hex or base64" {
	key=MARKERKEY-5d41402abc4b2a76 secret=MARKERSECRETB9719D911017C592AE2 pass=MARKER-Passphrase-9 phrase='MARKER battery staple'
	start_replay full-liquidation
	request_for full-liquidation >inline.json
	printf '{"apiKey":"%s","secretKey":"%s","passphrase":"%s"}\n' $key $secret $pass >marked.json
	printf '%s\n' "$phrase" >phrase
	mkdir seen
	{
		key-vault add --state st --passphrase-fd 7 m <marked.json 7<phrase
		key-vault rotate --state st --passphrase-fd 7 m <marked.json 7<phrase
		key-vault list --state st --passphrase-fd 7 7<phrase
		key-vault rotate --master --state st --passphrase-fd 7 --new-master-key-file master.key 7<phrase
		key-vault add --state st m <marked.json || true
		# in forms that are refused
		{ cat marked.json; echo x; } | key-vault add --state st n || true
		jq -c '.more = .secretKey' marked.json | key-vault add --state st n || true
		jq -c '.passphrase += "\n"' marked.json | key-vault add --state st n || true
	} >out.txt 2>err.txt
	jq -c 'del(.apiKey,.secretKey,.passphrase) + {keyMode:"alias",keyAlias:"m"}' inline.json >alias.json
	export TRADEPIPE_VAULT=$PWD/st
	ulimit -c unlimited 2>/dev/null || true
	mkfifo to
	verify --state st <to >>out.txt 2>>err.txt 9>&- &
	pid=$!
	exec 8>to
	cat alias.json >&8
	sleep 0.3
	for p in $pid $(pgrep -P $pid); do
		tr '\0' '\n' <"/proc/$p/cmdline" >"seen/cmdline.$p"
		tr '\0' '\n' <"/proc/$p/environ" >"seen/environ.$p"
	done
	[ "$(ls seen | wc -l)" -ge 10 ]
	# somebody's request that holds the key where it does not belong
	jq -c --arg s $secret '.secretKey = $s | .clientMeta.note = $s' alias.json >&8
	exec 8>&-
	wait $pid || true
	expect_equal "$(grep -c '"error":{"code":"AUTH_ERROR"' out.txt)" 1
	# a crash in the middle leaves no core
	mkfifo again
	key-vault open --state st <again 2>>err.txt > >(cat >/dev/null) 9>&- &
	pid=$!
	exec 8>again
	cat alias.json >&8
	sleep 0.2
	kill -SEGV $pid
	exec 8>&-
	wait $pid || true
	[ -z "$(find . -name 'core*')" ] || fail "core file: $(find . -name 'core*')"
	for s in "$key" "$secret" "$pass" "$phrase"; do
		hex=$(printf %s "$s" | od -An -tx1 | tr -d ' \n')
		b64=$(printf %s "$s" | base64 | tr -d '=\n')
		for form in "$s" "$hex" "${b64:2:16}"; do
			! grep -rlaiF -- "$form" seen st out.txt err.txt || fail "found $form"
		done
	done
	# the search finds what is there
	grep -rlaiF -- "$secret" marked.json
}

@test "usage" {
	for bad in '' 'frob' 'add' 'add --state st a b' 'add --state st ../a' 'open --state st a' 'add --state st --force a' 'list --state st --master' \
		'rotate --state st --master' 'rotate --state st --new-master-key-file x a' 'open --state st --user u' 'list --state st --key-fd 3' \
		'add --state st --user "" a' 'remove --state st'; do
		eval "split key-vault $bad </dev/null"
		expect_status 100 || fail "$bad"
	done
	TRADEPIPE_STATE='' split key-vault list
	expect_status 102
	split vault add a </dev/null
	expect_status 100
	[ ! -e st/db.sqlite ] || [ -z "$(sql 'select 1 from vault')" ]
}
