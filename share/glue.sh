# shellcheck shell=bash disable=SC2154 # glue_here and glue_share are set by those who source this
# glue.sh: what the glue scripts in bin/ share. Sourced with $0 still theirs; glue_here is the script's directory.

# no process is started here: a pipeline's own programs take less time than a dozen of dirname and its like
glue_name=${0##*/}
glue_bin=$glue_here
# the tools may be another build of the same tree (tests), or stand beside the script
PATH=${TRADEPIPE_BIN:+$TRADEPIPE_BIN:}$glue_bin:$PATH

# One line in the log grammar, and the status.
glue_die() {
	printf '%s: error: %s why="%s"\n' "$glue_name" "$2" "$(printf '%s' "$3" | tr -c '[:alnum:] _./:@+=-' '?')" >&2
	exit "$1"
}

# The manual page as --help prints it, from the source tree or an installation.
glue_page() {
	for page in "$glue_bin/../man/$glue_name.1" "$glue_bin/../../share/man/man1/$glue_name.1"; do
		[ -f "$page" ] || continue
		awk -f "${glue_share%/*}/help.awk" "$page"
		return
	done
	glue_die 102 page "no manual page"
}

# --help comes from the manual page, as it does for the programs.
glue_help() {
	glue_page || exit 111
	exit 0
}

glue_version() {
	printf '%s (tradepipe) %s\n' "$glue_name" "$(merkle-verify --version | sed 's/.* //')" || exit 111
	exit 0
}

# Standard streams must be open, as for every program here.
glue_streams() {
	[ -e /proc/self/fd/0 ] || glue_die 111 stdin closed
	[ -e /proc/self/fd/1 ] || glue_die 111 stdout closed
}

# An option that we do not have, or one operand too many.
glue_usage() {
	printf '%s: error: usage arg="%s" why="%s"\n' "$glue_name" "$(printf '%s' "$1" | tr -c '[:alnum:]_./:@+=-' '?')" "$2" >&2
	glue_page | sed -n '1,/^$/p' >&2
	exit 100
}
