#!/usr/bin/env bats
# Catches an installation that lacks a part, finds its parts only in the source tree, or a tarball that does not build by itself.
load helper
load okx

setup_file() {
	case ${TRADEPIPE_BIN-} in */san/*) return ;; esac
	make -s -C "$BATS_TEST_DIRNAME/.." install DESTDIR="$BATS_FILE_TMPDIR/dest" PREFIX=/usr/local >"$BATS_FILE_TMPDIR/install.txt" 2>&1
}

setup() {
	here=$BATS_FILE_TMPDIR/dest/usr/local
	# what is installed must do without what the source tree or the tests set
	unset TRADEPIPE_SHARE TRADEPIPE_BIN
	is_sanitized && skip "what is installed are the plain programs"
	[ -d "$ROOT/.git" ] || [ -f "$ROOT/.git" ] || skip "no git repository"
}

teardown() { stop_replay; }

# The installed dispatcher alone on the PATH beside the system's programs.
installed() {
	env -i HOME="$PWD" PATH="$here/bin:/usr/bin:/bin" ${OKX_BASE_URL:+OKX_BASE_URL="$OKX_BASE_URL"} "$@"
}

@test "every tool, page and shared file is in its place, for everybody to read" {
	for page in "$ROOT"/man/*.1; do
		tool=$(basename "$page" .1)
		[ -x "$here/libexec/tradepipe/$tool" ] || fail "no $tool"
		[ -f "$here/share/man/man1/$tool.1" ] || fail "no page of $tool"
	done
	for page in "$ROOT"/man/*.[57]; do
		[ -f "$here/share/man/man${page##*.}/$(basename "$page")" ] || fail "no $page"
	done
	# the chart's library comes along where it has been fetched
	diff -r -x lightweight-charts.js -x license.txt "$ROOT/share" "$here/share/tradepipe"
	for file in lightweight-charts.js license.txt; do
		[ ! -f "$ROOT/build/chart/$file" ] || cmp "$ROOT/build/chart/$file" "$here/share/tradepipe/chart/$file"
	done
	[ -f "$here/etc/tradepipe/env.example" ]
	expect_equal "$(stat -c %a "$here/etc/tradepipe/env")" 600
	expect_equal "$(ls "$here/bin")" tradepipe
	expect_equal "$(find "$here" -type f -not -path '*/etc/tradepipe/env' -not -perm -444)" ''
	expect_equal "$(find "$here" -perm /022 -not -type l)" ''
}

@test "settings of an earlier installation stay" {
	echo 'OKX_BASE_URL=https://eea.okx.com' >"$here/etc/tradepipe/env"
	make -s -C "$ROOT" install DESTDIR="$BATS_FILE_TMPDIR/dest" PREFIX=/usr/local
	expect_equal "$(cat "$here/etc/tradepipe/env")" 'OKX_BASE_URL=https://eea.okx.com'
}

@test "tradepipe --help lists the tools; each answers --help and --version from there; a bad option shows how" {
	installed tradepipe --help >help.txt
	expect_equal "$(sed -n 's/^  //p' help.txt | sort)" "$(for p in "$ROOT"/man/*.1; do basename "$p" .1; done | sort)"
	for tool in $(sed -n 's/^  //p' help.txt); do
		installed tradepipe "$tool" --help | grep -q "^usage: $tool" || fail "$tool --help"
		expect_equal "$(installed tradepipe "$tool" --version)" "$tool (tradepipe) $(cat "$ROOT/VERSION")"
		split installed tradepipe "$tool" --no-such-option
		expect_status 100
		grep -q "^usage: $tool" err.txt || fail "$tool tells no usage"
	done
}

@test "verify runs from where it is installed, and the evidence holds" {
	start_replay full-liquidation
	request_for full-liquidation | split installed tradepipe verify --state st
	expect_status 0
	expect_equal "$(jq -c '[.normalized.position.liquidated, .error]' out.txt)" '[true,null]'
	installed tradepipe merkle-verify --root "$(cat st/reports/evidence/*/evi_*.root)" <"$(ls st/reports/evidence/*/evi_*.json)" | jq -e '.result == "good"'
}

@test "the dispatcher may be a link elsewhere" {
	mkdir links
	ln -s "$here/bin/tradepipe" links/tradepipe
	links/tradepipe merkle-verify --version
}

@test "make dist: a tarball of what is committed, that builds by itself" {
	make -s -C "$ROOT" dist
	mkdir unpacked
	tar -xzf "$ROOT/build/tradepipe-$(cat "$ROOT/VERSION").tar.gz" -C unpacked
	cd "unpacked/tradepipe-$(cat "$ROOT/VERSION")"
	[ ! -e .git ] && [ ! -e build ] && [ ! -e tests/peers/node_modules ]
	make -n all >plan.txt
	grep -q 'merkle-verify' plan.txt
	# one program in full: the smallest that needs the archive, the page and the version
	make -s bin/wal-cat
	bin/wal-cat --version | grep -qx "wal-cat (tradepipe) $(cat VERSION)"
}
