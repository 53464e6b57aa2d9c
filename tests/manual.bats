#!/usr/bin/env bats
# Catches a manual page that lies: examples that print something else, options that the program does not have or does not tell of,
# references to pages that do not exist.
load helper

# Run $1 for each page given, and fail when one failed.
for_pages() {
	local check=$1 page failed=0
	shift
	for page; do
		$check "$page" || { echo "page: $(basename "$page")" >&2; failed=1; }
	done
	[ $failed -eq 0 ]
}

@test "every page is clean mdoc" {
	check() {
		mandoc -T lint -W warning "$1" >&2
	}
	for_pages check "$ROOT"/man/*.[1-8]
}

# ---- options ----------------------------------------------------------------------------------------------------------------

# The options of a page: those with an entry of their own.
options_of_page() {
	sed -n '/^\.Sh OPTIONS/,/^\.Sh [^O]/s/^\.It Fl -\([a-z0-9-]*\).*/\1/p' "$1"
}

# Everything that any macro of the SYNOPSIS calls an option.
options_of_synopsis() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh [^S]/p' "$1" | grep -oE 'Fl -[a-z0-9-]+' | sed 's/^Fl -//'
}

options_of_help() {
	"$1" --help </dev/null | sed -n 's/^  --\([a-z0-9-]*\).*/\1/p'
}

# getopt_long's table in the program's own source, or the cases of a script.
options_of_parser() {
	local source
	for source in "$ROOT"/src/*/"$1.c"; do
		[ -f "$source" ] && grep -oE '\{"[a-z0-9-]+", (no|required|optional)_argument' "$source" | cut -d '"' -f 2
	done
	head -c 2 "$ROOT/bin/$1" 2>/dev/null | grep -q '^#!' && grep -oE '(^|[[:space:]|])--[a-z0-9-]+\)' "$ROOT/bin/$1" | tr -d ' \t|)' | sed 's/^--//'
	true
}

@test "page, --help and parser have the same options" {
	check() {
		local tool
		tool=$(basename "$1" .1)
		command -v "$tool" >/dev/null || fail "not built: $tool" || return 1
		options_of_page "$1" | sort >page.txt
		[ "$(uniq -d page.txt)" = "" ] || fail "described twice: $(uniq -d page.txt)" || return 1
		options_of_help "$tool" | grep -vxE 'help|version' | sort >help.txt
		options_of_parser "$tool" | grep -vxE 'help|version' | sort -u >parser.txt
		diff page.txt parser.txt >&2 || fail "$tool: < the page, > the parser" || return 1
		diff page.txt help.txt >&2 || fail "$tool: < the page, > --help" || return 1
		options_of_synopsis "$1" | sort -u | comm -23 - page.txt >strange.txt
		[ ! -s strange.txt ] || fail "$tool: only in the SYNOPSIS: $(cat strange.txt)"
	}
	for_pages check "$ROOT"/man/*.1
}

# ---- form -------------------------------------------------------------------------------------------------------------------

@test "sections stand in one order; what every page of a program must have is there" {
	check() {
		sed -n 's/^\.Sh //p' "$1" | awk -v program="$(case $1 in *.1) echo 1 ;; esac)" '
			BEGIN {
				n = split("NAME,SYNOPSIS,DESCRIPTION,OPTIONS,RECORDS,ENVIRONMENT,FILES,EXIT STATUS,EXAMPLES,SEE ALSO", order, ",")
				for (i = 1; i <= n; i++) rank[order[i]] = i
				split("STANDARDS,HISTORY,AUTHORS,CAVEATS,BUGS,SECURITY CONSIDERATIONS", end, ",")
				for (i in end) rank[end[i]] = n + 1
			}
			{
				if (seen[$0]++) bad = bad " twice: " $0 ";"
				# a section of the page'\''s own is part of what it describes
				if (!($0 in rank)) { if (last < rank["DESCRIPTION"] || last >= rank["EXIT STATUS"]) bad = bad " out of place: " $0 ";"; next }
				if (rank[$0] < last) bad = bad " too late: " $0 ";"
				last = rank[$0]
			}
			END {
				if (!seen["NAME"] || !seen["DESCRIPTION"]) bad = bad " NAME or DESCRIPTION missing;"
				if (program) for (i = 1; i <= 9; i++) if (order[i] ~ /^(SYNOPSIS|EXIT STATUS|EXAMPLES)$/ && !seen[order[i]]) bad = bad " missing: " order[i] ";"
				if (bad) { print bad >"/dev/stderr"; exit 1 }
			}'
	}
	for_pages check "$ROOT"/man/*.[1-8]
}

@test "every reference to a page leads to one" {
	man -w 1 man >/dev/null 2>&1 && system=1 || system=
	check() {
		local name section rest
		while read -r _ name section rest; do
			[ -f "$ROOT/man/$name.$section" ] && continue
			# where no manual is installed, nobody can tell
			[ -n "$system" ] || continue
			man -w "$section" "$name" >/dev/null 2>&1 || fail "no page: $name($section)" || return 1
		done < <(grep -E '^\.(It )?Xr ' "$1" | sed 's/^\.It /./')
	}
	for_pages check "$ROOT"/man/*.[1-8]
}

@test "a page is called as its file is" {
	check() {
		local name section
		name=$(basename "$1")
		section=${name##*.}
		name=${name%.*}
		[ "$(sed -n 's/^\.Dt //p' "$1")" = "$(echo "$name" | tr '[:lower:]' '[:upper:]') $section" ] || fail "title: $(grep '^\.Dt' "$1")" || return 1
		[ "$(sed -n '/^\.Sh NAME/,/^\.Sh SYNOPSIS/s/^\.Nm //p' "$1" | head -n 1)" = "$name" ] || fail "name: $(grep -m 1 '^\.Nm' "$1")"
	}
	for_pages check "$ROOT"/man/*.[1-8]
}

# ---- examples ---------------------------------------------------------------------------------------------------------------

# The examples of page $1 as files $2/N.cmd and $2/N.want. A line that begins with "$ " is a command, up to the first line that does not
# end in a backslash; what stands below, up to the next command or the end of the block, is what it prints.
examples_of() {
	perl -ne '
		BEGIN { $dir = shift @ARGV; $n = 0 }
		sub out { open(my $f, ">>", sprintf("%s/%03d.%s", $dir, $n, $_[0])) or die; print $f $_[1]; close $f }
		if (/^\.Sh (.*)/) { $in = $1 eq "EXAMPLES"; next }
		next unless $in;
		if (/^\.Bd -literal/) { $block = 1; $command = 0; $shown = 0; next }
		if (/^\.Ed/) { $block = 0; next }
		next if !$block || /^\.\\"/;
		s/\\\(aq/\x27/g; s/\\\(dq/"/g; s/\\\(ga/`/g; s/\\\(ha/^/g; s/\\\(ti/~/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g;
		if (s/^\$ //) { $n++; $shown = $command = 1; out("cmd", ""); out("want", "") }
		if ($command) { out("cmd", $_); $command = /\\$/ }
		elsif ($shown) { out("want", $_) }
	' "$2" "$1"
}

# Is file $1 what $2 says? A line "..." there stands for any lines.
same_output() {
	perl -0777 -e '
		my ($have, $want) = map { open(my $f, "<", $_) or die "$_: $!"; my $t = <$f>; defined $t ? $t : "" } @ARGV;
		my $re = join "", map { $_ eq "...\n" ? "(?:.*\n)*?" : quotemeta } $want =~ /(.*\n)/g;
		exit($have =~ /\A$re\z/ ? 0 : 1);
	' "$1" "$2"
}

run_examples() {
	local dir=$BATS_TEST_TMPDIR/run-$(basename "$1") n failed=0
	rm -rf "$dir"
	mkdir -p "$dir/work" "$dir/examples"
	examples_of "$1" "$dir/examples"
	[ -f "$dir/examples/001.cmd" ] || return 0
	cp -R "$ROOT"/examples/. "$dir/work/"
	printf '0123456789abcdef0123456789ABCDEF' >"$dir/work/seal.key"
	# one shell for the whole page; each command's output goes to a file of its own
	(
		cd "$dir/work" || exit 1
		PATH=$BIN:$ROOT/bin:$PATH ROOT=$ROOT page=$(basename "$1") examples=$dir/examples bash -c '
			[ ! -f "$ROOT/tests/manual.setup.bash" ] || . "$ROOT/tests/manual.setup.bash" || exit 1
			for command in "$examples"/*.cmd; do
				eval "$(cat "$command")" >"${command%.cmd}.out" 2>&1 </dev/null
			done
			exit 0' >"$dir/shell.txt" 2>&1 3>&- 4>&- </dev/null
	) || failed=1
	for n in "$dir"/examples/*.cmd; do
		same_output "${n%.cmd}.out" "${n%.cmd}.want" && continue
		fail "example: $(cat "$n")" "printed:" "$(head -c 1500 "${n%.cmd}.out" 2>/dev/null)" "expected:" "$(cat "${n%.cmd}.want")" || failed=1
	done
	[ $failed -eq 0 ] || { head -n 20 "$dir/shell.txt" >&2; return 1; }
}

@test "the examples print what the page says" {
	for_pages run_examples "$ROOT"/man/*.[1-8]
}

@test "this runner tells a wrong example from a right one" {
	page() {
		printf '.Dd January 1, 2026\n.Sh EXAMPLES\n.Bd -literal\n%s\n.Ed\n' "$1" >page.mdoc
		run_examples "$PWD/page.mdoc" 2>why.txt
	}
	page '$ echo a; echo b >&2
a
b' || fail "$(cat why.txt)"
	page '$ printf \(aqa\et%s\en\(aq \e
    x | tr x y
a	y
$ seq 5
1
...
5' || fail "$(cat why.txt)"
	page '$ cat bundle.root >f
$ test -s f && wc -c <seal.key
32' || fail "$(cat why.txt)"
	for wrong in '$ echo a
b' '$ echo a' '$ true
a' '$ seq 5
1
...
4' '$ echo a.c
abc' '$ printf a
a'; do
		! page "$wrong" || fail "passed: $wrong"
	done
}
