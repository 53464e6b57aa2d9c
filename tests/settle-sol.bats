#!/usr/bin/env bats
# Catches an adapter for Solana whose transactions the real virtual machine and token program refuse, that pays twice or somebody else, or
# that believes a node, a mint or a signature which it should not. The node is litesvm behind JSON-RPC (tests/peers/chains/svm.mjs); signatures are
# OpenSSL's.
load helper
load chains

usdc=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v
# the keys of "sol authority", "sol payer" and "sol receiver", and their associated token accounts
authority=H4nYKXkLnWGE354qRr8zxzyoGDRXeBTfubfsUnhfTK9S
payer=3fVVL4p84kfcC8YjFTtrtXxBr6TQtHSvxKzCZHK2U27A
receiver=F2VEQ3o2L1aG6VVAzk4CGo6wJwPZX3ikHstRGKqDiCPh

setup() {
	adapter=settle-sol
	start_chain svm
	export SOL_RPC_URL=http://127.0.0.1:$port SOL_USDC_AUTHORITY=$authority
	node_says x_mint '["'$usdc'",6]'
	node_says x_airdrop '["'$authority'",1000000000]'
	ata_authority=$(ata $authority)
	node_says x_token '["'$ata_authority'","'$usdc'","'$authority'","5000000"]'
	ed25519_key authority
	ed25519_key payer
}

teardown() { stop_chains; }

node_says() { # METHOD PARAMS
	curl -sS "$SOL_RPC_URL" -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":'"${2:-[]}"'}' | jq -c .result
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
	ask --arg job "$1" --arg amount "$2" --arg to "${3:-$receiver}" '{op:"prepare",$id,$job,asset:"USDC",$to,$amount,attempt:1}'
	expect_ok
	prepared=$answer
	sign_and_assemble
}

sign_and_assemble() {
	local signatures='[]' key
	jq -r .unsigned.payload <<<"$prepared" | base64 -d >message
	for key in $(jq -r '.unsigned.digests[].key' <<<"$prepared"); do
		case $key in "$authority") key=authority ;; "$payer") key=payer ;; *) fail "wants a signature of $key" ;; esac
		signatures=$(jq -c --arg sig "$(ed25519_sign $key message)" '. + [{scheme:"ed25519",$sig}]' <<<"$signatures")
	done
	ask --argjson p "$prepared" --argjson signatures "$signatures" '{op:"assemble",$id,unsigned:$p.unsigned,$signatures}'
	expect_ok
	raw=$(said .raw) txid=$(said .txId)
}

submit() { ask --arg raw "$raw" --arg txId "$txid" '{op:"submit",$id,$raw,$txId}'; }

poll() {
	ask --argjson p "$prepared" --arg txId "$txid" \
		'{op:"poll",$id,job:$p.job,asset:"USDC",from:$p.from,to:$p.to,amount:$p.amount,versions:[{$txId,kind:"pay",spends:[],expiry:$p.expiry}]}'
}

holds() { ask --arg address "$1" '{op:"balance",$id,$address,asset:"USDC"}'; said .amount; }

@test "pays a wallet that has no account yet, and what is said of it is what the chain has" {
	ask '{op:"info",$id}'
	expect_ok
	expect_equal "$(said '[.assets[0].asset, .assets[0].decimals, .assets[0].contract, .wallet, .confirmations, .replaces] | join(" ")')" \
		"USDC 6 $usdc $authority 32 false"
	make job-1 1500000
	expect_equal "$(jq -r .fee <<<"$prepared")" "$((5000 + 2039280 + ($(jq -r .feeRate <<<"$prepared") * 46000 + 999999) / 1000000))"
	submit
	expect_equal "$(said .result)" accepted
	poll
	expect_equal "$(said .status)" pending
	node_says x_advance '[1]'
	poll
	expect_equal "$(said '[.status, .txId, .confirmations, .moved, .fee] | join(" ")')" "mined $txid 2 1500000 $(jq -r .fee <<<"$prepared")"
	node_says x_advance '[30]'
	poll
	expect_equal "$(said .confirmations)" 32
	expect_equal "$(holds $receiver) $(holds $authority)" "1500000 3500000"
	# the same bytes again are known, and pay nothing
	submit
	expect_equal "$(said .result)" known
	expect_equal "$(holds $receiver)" 1500000
	# and what was allowed for compute units is not far from what it took
	node_says getTransaction '["'$txid'"]' | jq -e '.meta.computeUnitsConsumed | . > 30000 and . < 46000'
}
