#!/usr/bin/env bats
# Catches alert rules that do not parse, never fire, fire when all is well, or watch metrics that no program has.
load helper

setup() {
	command -v promtool >/dev/null || skip "needs promtool"
	if is_sanitized; then skip "the rules are the same in every build"; fi
}

@test "the rules parse, and each fires when it should and not before" {
	promtool check rules "$ROOT"/etc/prometheus/*.rules.yml
	promtool test rules "$ROOT"/tests/prometheus/*.test.yml
}

@test "each alert is tested" {
	grep -oE 'alert: \w+' "$ROOT"/etc/prometheus/*.rules.yml | sed 's/.*: //' | sort -u >alerts.txt
	grep -hoE 'alertname: \w+' "$ROOT"/tests/prometheus/*.test.yml | sed 's/.*: //' | sort -u | diff alerts.txt -
	[ "$(wc -l <alerts.txt)" -gt 20 ]
}

@test "a rule that is wrong is found: this test can fail" {
	sed 's/dex_settlement_held > 0/dex_settlement_held > 1/' "$ROOT/etc/prometheus/settlement.rules.yml" >settlement.rules.yml
	sed 's|\.\./\.\./etc/prometheus/||' "$ROOT/tests/prometheus/settlement.test.yml" >settlement.test.yml
	! promtool test rules settlement.test.yml >/dev/null 2>&1 || false
}

@test "each metric that a rule watches is one that a program writes" {
	grep -ohE '\b(dex_[a-z_]+[a-z])' "$ROOT"/etc/prometheus/*.rules.yml | grep -v '^dex_(' | sort -u >watched.txt
	missing=$(while read -r name; do
		grep -rqE "\"$name\"" "$ROOT/src" || echo "$name"
	done <watched.txt)
	[ -d "$ROOT/src/settle" ] || skip "settle is not there"
	[ -z "$missing" ] || fail "nobody writes: $missing"
}
