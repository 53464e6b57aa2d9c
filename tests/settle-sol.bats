#!/usr/bin/env bats
# Catches an adapter for Solana whose transactions the real virtual machine and token program refuse, that pays twice or somebody else, or
# that believes a node, a mint or a signature which it should not. The node is litesvm behind JSON-RPC (tests/peers/chains/svm.mjs); signatures are
# OpenSSL's.
load helper
load chains

usdc=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v
# the keys of "sol authority", "sol payer" and "sol receiver"
authority=H4nYKXkLnWGE354qRr8zxzyoGDRXeBTfubfsUnhfTK9S
payer=3fVVL4p84kfcC8YjFTtrtXxBr6TQtHSvxKzCZHK2U27A
receiver=F2VEQ3o2L1aG6VVAzk4CGo6wJwPZX3ikHstRGKqDiCPh
ata_authority=AZPtkFw9BkjobDxBC4QcmyE2xy9S1DMPxbTMcZB922XC
ata_receiver=EFzLQRyaPsNUZ8HkuCKhskmX18eGMppDweVR1pyyeb3t

setup_file() {
	start_chain svm || { was_told; return; }
	export port
	cd "$BATS_FILE_TMPDIR"
	ed25519_key authority
	ed25519_key payer
}

teardown_file() { stop_chains; }

setup() {
	skip_if_told
	# processes are slow to start with the sanitizers in; fuzzing and the unit tests have the parsers under them as well
	if is_sanitized && [ $((BATS_TEST_NUMBER % 3)) -ne 1 ]; then skip "thinned"; fi
	adapter=settle-sol
	node_says x_reset
	export SOL_RPC_URL=http://127.0.0.1:$port SOL_USDC_AUTHORITY=$authority
	node_says x_mint '["'$usdc'",6]'
	node_says x_airdrop '["'$authority'",1000000000]'
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","5000000"]'
}

node_says() { # METHOD PARAMS
	post / '{"id":1,"method":"'"$1"'","params":'"${2:-[]}"'}'
	[[ $body != *'"error"'* ]] || fail "$1: $body"
}

# The associated token account of $1, by @solana/kit.
ata() {
	(cd "$ROOT/tests/peers" && node --input-type=module -e '
		import * as K from "@solana/kit";
		const e = K.getAddressEncoder(), [wallet, mint] = process.argv.slice(1);
		const [a] = await K.getProgramDerivedAddress({ programAddress: "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
			seeds: [e.encode(wallet), e.encode("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"), e.encode(mint)] });
		console.log(a)' "$1" "$usdc")
}

# prepare, sign, assemble: $prepared, $raw and $txid. $1: job, $2: amount, $3: to
make() {
	ask '"op":"prepare","job":"'"$1"'","asset":"USDC","to":"'"${3:-$receiver}"'","amount":"'"$2"'","attempt":1'
	expect_ok
	prepared=$answer
	sign_and_assemble
}

# The keys whose signatures are wanted.
signers() { grep -oE '"key":"[^"]*"' <<<"$prepared" | cut -d '"' -f 4; }

sign_and_assemble() {
	local signatures='' key name
	said_of "$prepared" payload | base64 -d >message
	for key in $(signers); do
		case $key in "$authority") name=authority ;; "$payer") name=payer ;; *) fail "wants a signature of $key" ;; esac
		signatures+="${signatures:+,}{\"scheme\":\"ed25519\",\"sig\":\"$(ed25519_sign $name message)\"}"
	done
	assemble "[$signatures]"
	expect_ok
	raw=$(said raw) txid=$(said txId)
}

assemble() { ask '"op":"assemble","unsigned":'"$(unsigned_of "$prepared")"',"signatures":'"$1"; }
submit() { ask '"op":"submit","raw":"'"$raw"'","txId":"'"$txid"'"'; }

poll() {
	local job from to amount
	read -r job from to amount < <(said_of "$prepared" job from to amount)
	ask '"op":"poll","job":"'"$job"'","asset":"USDC","from":"'"$from"'","to":"'"$to"'","amount":"'"$amount"'","versions":[{"txId":"'"$txid"'","kind":"pay","spends":[],"expiry":'"$(expiry_of "$prepared")"'}]'
}

holds() { ask '"op":"balance","address":"'"$1"'","asset":"USDC"'; said amount; }

@test "pays a wallet that has no account yet, and what is said of it is what the chain has" {
	ask '"op":"info"'
	expect_ok
	expect_equal "$(said asset decimals contract wallet confirmations replaces)" \
		"USDC 6 $usdc $authority 32 false"
	make job-1 1500000
	expect_equal "$(said_of "$prepared" fee)" "$((5000 + 2039280 + ($(said_of "$prepared" feeRate) * 55000 + 999999) / 1000000))"
	submit
	expect_equal "$(said result)" accepted
	poll
	expect_equal "$(said status)" pending
	node_says x_advance '[1]'
	poll
	expect_equal "$(said status txId confirmations moved fee)" "mined $txid 2 1500000 $(said_of "$prepared" fee)"
	node_says x_advance '[30]'
	poll
	expect_equal "$(said confirmations)" 32
	expect_equal "$(holds $receiver) $(holds $authority)" "1500000 3500000"
	# the same bytes again are known, and pay nothing
	submit
	expect_equal "$(said result)" known
	expect_equal "$(holds $receiver)" 1500000
	# what was allowed for compute units is enough also where the programs take twice as many
	node_says getTransaction '["'$txid'"]'
	units=$(said_of "$body" computeUnitsConsumed)
	[ "$units" -gt 5000 ]
	[ "$units" -lt 27000 ]
}

@test "pays a token account, and a wallet that has one; version 0 and legacy; a payer of its own signs too" {
	local account=$ata_receiver
	expect_equal "$(ata $authority) $(ata $receiver)" "$ata_authority $ata_receiver"
	node_says x_token '["'"$account"'","'$usdc'","'$receiver'","7"]'
	node_says x_airdrop '["'$payer'",1000000000]'
	for version in 0 legacy; do
		for fees in $payer ""; do
			export SOL_MESSAGE_VERSION=$version SOL_FEE_PAYER=$fees
			make "wallet-$version-$fees" 10
			expect_equal "$(signers | xargs)" "${fees:+$fees }$authority"
			submit
			expect_equal "$(said result)" accepted
			make "account-$version-$fees" 1 "$account"
			submit
			expect_equal "$(said result)" accepted
			node_says x_advance '[1]'
			poll
			expect_equal "$(said status moved)" "mined 1"
		done
	done
	expect_equal "$(holds $receiver)" $((7 + 4 * 11))
	# kit reads the same message: who pays, and the five instructions' programs
	make last 5
	payload=$(said_of "$prepared" payload)
	(cd "$ROOT/tests/peers" && node --input-type=module -e '
		import * as K from "@solana/kit";
		const m = K.decompileTransactionMessage(K.getCompiledTransactionMessageDecoder().decode(Buffer.from(process.argv[1], "base64")));
		console.log(m.version, m.feePayer.address, m.instructions.length, m.instructions.map((i) => i.programAddress.slice(0, 4)).join(" "));
		' "$payload") >kit.txt
	expect_equal "$(cat kit.txt)" "legacy $authority 4 Comp Comp Toke Memo"
}

@test "two payments of one amount to one receiver are two; a job prepared again is the same message" {
	make job-1 100
	first=$prepared one=$txid
	submit
	expect_ok
	make job-2 100
	[ "$txid" != "$one" ] || fail "one transaction for two jobs"
	submit
	expect_ok
	expect_equal "$(holds $receiver)" 200
	make job-2 100
	submit
	expect_equal "$(said result)" known
	expect_equal "$(holds $receiver)" 200
}

@test "expiry: late bytes are refused; dead only when the finalized chain is past, and the node has looked and remembers" {
	make job-1 100
	submit_later=$raw
	expect_equal "$(expiry_of "$prepared")" '{"height":1150}'
	poll
	expect_equal "$(said status)" unknown
	node_says x_advance '[151]'
	raw=$submit_later
	submit
	expect_error expired BLOCKHASH
	# past the height, but not finally
	poll
	expect_equal "$(said status)" unknown
	node_says x_advance '[31]'
	node_says x_set '[{"lag":100}]'
	poll
	expect_equal "$(said status)" unknown
	node_says x_set '[{"lag":0,"first":1100}]'
	poll
	expect_equal "$(said status)" unknown
	node_says x_set '[{"first":0}]'
	poll
	expect_equal "$(said status code)" "dead EXPIRED"
	# without an expiry nothing is ever dead
	prepared=${prepared/'{"height":1150}'/null}
	poll
	expect_equal "$(said status)" unknown
}

@test "an answer that is lost, a fork: the same bytes are sent again and pay once" {
	node_says x_advance '[5]'
	make job-1 100
	node_says x_set '[{"silent":true}]'
	submit
	expect_error retry NETWORK
	node_says x_set '[{"silent":false}]'
	submit
	expect_equal "$(said result)" known
	node_says x_advance '[1]'
	poll
	expect_equal "$(said status)" mined
	node_says x_fork '[2]'
	poll
	expect_equal "$(said status)" unknown
	expect_equal "$(holds $receiver)" 0
	submit
	expect_equal "$(said result)" accepted
	node_says x_advance '[1]'
	poll
	expect_equal "$(said status)" mined
	expect_equal "$(holds $receiver)" 100
}

@test "the mint: mistyped, not there, of another program, with other decimals, not the network's: refused by name" {
	SOL_USDC_ADDRESS=EPjFWdd5AufqSSqeM2qDQ3Nf5JknLm4K71y9w4G5DNs split settle-sol </dev/null
	expect_status 102
	grep -q 'SOL_USDC_ADDRESS.*mistyped USDC' err.txt
	SOL_USDC_ADDRESS=${usdc}v split settle-sol </dev/null
	expect_status 102
	export SOL_USDC_ADDRESS=$receiver
	ask '"op":"info"'
	expect_error config MINT
	node_says x_mint '["'$receiver'",6,"11111111111111111111111111111111"]'
	ask '"op":"info"'
	expect_error config MINT_OWNER
	node_says x_mint '["'$receiver'",9]'
	ask '"op":"prepare","job":"j","asset":"USDC","to":"'$payer'","amount":"1"'
	expect_error config DECIMALS
	SOL_USDC_DECIMALS=9 ask '"op":"info"'
	expect_ok
	# on mainnet only the one
	node_says x_set '[{"genesis":"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"}]'
	SOL_USDC_DECIMALS=9 ask '"op":"info"'
	expect_error config MINT
	SOL_USDC_ADDRESS=$usdc ask '"op":"info"'
	expect_ok
}

refuses() { # CLASS CODE TO AMOUNT [MEMBERS]
	ask '"op":"prepare","job":"j",'"${5:-\"asset\":\"USDC\"}"',"to":"'"$3"'","amount":"'"$4"'"'
	expect_error "$1" "$2"
}

@test "prepare refuses what cannot be paid, before anything is signed" {
	refuses funds FUNDS $receiver 5000001
	refuses refused AMOUNT $receiver 18446744073709551616
	refuses refused ADDRESS ${receiver}x 1
	refuses refused RECEIVER $authority 1
	refuses refused RECEIVER $usdc 1
	refuses refused OFF_CURVE FJLnTmY6yy8EXA7px5hjgiNExjeeata6YLu1LsXDuVkb 1
	refuses refused ASSET $receiver 1 '"asset":"USDT"'
	refuses refused UNSUPPORTED $receiver 1 '"asset":"USDC","payer":"'$payer'"'
	refuses refused FROM $receiver 1 '"asset":"USDC","from":"'$payer'"'
	refuses underpriced FEE_CAP $receiver 1 '"asset":"USDC","feeMax":"2040000"'
	# a token account of another mint, a frozen one, one that was given away
	node_says x_token '["'$payer'","'$receiver'","'$authority'","1"]'
	refuses refused MINT $payer 1
	account=$ata_receiver
	node_says x_token '["'$account'","'$usdc'","'$receiver'","0",2]'
	refuses refused FROZEN $receiver 1
	node_says x_token '["'$account'","'$usdc'","'$payer'","0"]'
	refuses refused OWNER $receiver 1
	node_says x_token '["'$account'","'$usdc'","'$receiver'","0"]'
	# our own: not ours, frozen, gone
	node_says x_token '["'$ata_authority'","'$usdc'","'$payer'","5000000"]'
	refuses config OWNER $receiver 1
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","5000000",2]'
	refuses refused FROZEN $receiver 1
	SOL_USDC_AUTHORITY=GqDqQTP5GZ12zpxMF1WYxURVpa1z8LjQp6iKSwCYXFPD refuses funds FUNDS $receiver 1
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","5000000"]'
	SOL_FEE_PAYER=GqDqQTP5GZ12zpxMF1WYxURVpa1z8LjQp6iKSwCYXFPD refuses funds FEE_FUNDS $receiver 1
	SOL_USDC_AUTHORITY= refuses config SETTINGS $receiver 1
}

@test "what the chain says no to at the last moment has its class; what fails on the chain is failed" {
	make job-1 100
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","5"]'
	submit
	expect_error funds FUNDS
	node_says x_set '[{"preflight":false}]'
	submit
	expect_equal "$(said result)" accepted
	node_says x_advance '[1]'
	poll
	node_says getTransaction '["'$txid'"]'
	expect_equal "$(said status txId code fee)" "failed $txid FUNDS $(($(said_of "${body//[/}" preBalances) - $(said_of "${body//[/}" postBalances)))"
	expect_equal "$(holds $receiver)" 0
	# what landed paid another: the books' amount or receiver is not the chain's
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","500"]'
	make job-2 100
	submit
	node_says x_advance '[1]'
	change prepared amount '"101"'
	poll
	expect_equal "$(said status code)" "failed MOVED_OTHER"
	change prepared amount '"100"'
	change prepared to "\"$payer\""
	poll
	expect_equal "$(said status code)" "failed MOVED_OTHER"
}

@test "assemble: a signature of another key or over other bytes, and a message that is not a transfer, are refused" {
	make job-1 100
	good='{"scheme":"ed25519","sig":"'$(ed25519_sign authority message)'"}'
	assemble "[$good]"
	expect_equal "$(said raw)" "$raw"
	assemble '[{"sig":"'"$(ed25519_sign payer message)"'"}]'
	expect_error refused SIGNATURE
	assemble '[]'
	expect_error refused SIGNATURE
	assemble "[$good,$good]"
	expect_error refused SIGNATURE
	prepared=${prepared/'"payload":"g'/'"payload":"A'}
	assemble "[$good]"
	expect_error refused UNSIGNED
	# bytes that are not those of the id are never sent
	txid=$(tr '[1-9]' '[2-91]' <<<"$txid")
	submit
	expect_error request TX_ID
}

@test "a node that is busy, away, slow or talks nonsense is asked again; nothing is replaced" {
	make job-1 100
	node_says x_set '[{"fail":503}]'
	submit
	expect_error retry HTTP_503
	poll
	expect_error retry HTTP_503
	node_says x_set '[{"fail":401}]'
	submit
	expect_error config HTTP_401
	node_says x_set '[{"fail":0}]'
	SOL_RPC_URL=http://127.0.0.1:1 submit
	expect_error retry NETWORK
	ask '"op":"bump"'
	expect_error refused NOT_REPLACEABLE
	ask '"op":"cancel"'
	expect_error refused NOT_REPLACEABLE
	ask '"op":"height"'
	expect_equal "$(said height time syncing)" "1000 1763716600 false"
}

@test "sign-key reads the same payment in the message, and its signature is the chain's" {
	hot_key 'sol authority' --kind ed25519
	token_policy sol solana 3000000 $usdc '*'
	for amount in 1500000 1; do
		make job-$amount $amount
		sign_request sol
		expect_ok
		assemble "$(signatures_of "$answer")"
		expect_equal "$(said raw txId)" "$raw $txid"
		submit
		expect_equal "$(said result)" accepted
	done
	# another amount or receiver than the message's
	good=$prepared
	change prepared amount '"2"'
	sign_request sol
	expect_equal "$(said class)" refused
	prepared=$good
	change prepared to "\"$payer\""
	sign_request sol
	expect_equal "$(said class)" refused
}

@test "settle swaps bitcoin for USDC with sign-key and settle-sol, killed and started again, and pays once" {
	hot_key 'sol authority' --kind ed25519
	token_policy sol solana 3000000 $usdc $receiver
	swap_conf sol SOL 3000000 $receiver
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","1000000000"]'
	expect_swapped sol curl -sS "http://127.0.0.1:$port" -d '{"id":1,"method":"x_advance","params":[1]}'
	expect_equal "$(holds $receiver) $(holds $authority)" "650005000 349995000"
}
