# container: this machine's files under a systemd of their own, with this tree installed; nothing that happens there stays. Load after helper.

# Boot it: $container is its root, as seen from here. For setup_file; where it cannot be, cannot_run says so. end_container ends it.
start_container() {
	local home=$BATS_FILE_TMPDIR/container command
	! is_sanitized || cannot_run "what is installed are the plain programs" || return
	[ "$(id -u)" = 0 ] || cannot_run "only root can boot a container" || return
	for command in systemd-nspawn nsenter; do command -v $command >/dev/null || cannot_run "needs $command" || return; done
	export container=$home/root
	mkdir -p "$home"
	mount -t tmpfs -o mode=755 tmpfs "$home" || cannot_run "cannot mount" || return
	mkdir "$home/upper" "$home/work" "$container"
	mount -t overlay -o "lowerdir=/,upperdir=$home/upper,workdir=$home/work" overlay "$container" || cannot_run "cannot mount an overlay" || return
	rm -f "$container/etc/machine-id" "$container"/etc/systemd/system/*.wants/*
	: >"$container/etc/machine-id"
	make -s -C "$ROOT" install DESTDIR="$container" >"$home/install.log" || return
	# no logins, no daemons of this machine; memory may be locked, as on a machine of one's own
	systemd-nspawn -q --register=no --keep-unit --directory="$container" --private-network --link-journal=no --capability=CAP_IPC_LOCK --kill-signal=SIGRTMIN+3 \
		--machine="tp-$$" --boot systemd.unit=basic.target </dev/null >"$home/boot.log" 2>&1 3>&- 4>&- &
	echo $! >"$BATS_FILE_TMPDIR/nspawn.pid"
	export leader=
	for _ in $(seq 600); do
		leader=$(cat "/proc/$(cat "$BATS_FILE_TMPDIR/nspawn.pid")/task/"*/children 2>/dev/null | tr -d ' ') || true
		[ -n "$leader" ] && inside systemctl is-active -q basic.target 2>/dev/null && return 0
		kill -0 "$(cat "$BATS_FILE_TMPDIR/nspawn.pid")" 2>/dev/null || break
		sleep 0.1
	done
	# what did not come up is this machine's, not ours yet
	cannot_run "no systemd boots here: $(tail -n 1 "$home/boot.log" | tr -d '\r')"
}

end_container() {
	local nspawn
	if [ -f "$BATS_FILE_TMPDIR/nspawn.pid" ]; then
		nspawn=$(cat "$BATS_FILE_TMPDIR/nspawn.pid")
		# nothing in it is worth an orderly end
		[ -z "${leader-}" ] || kill -KILL "$leader" 2>/dev/null || true
		for _ in $(seq 100); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.05; done
		kill -KILL "$nspawn" 2>/dev/null || true
	fi
	umount -l "$container" "$BATS_FILE_TMPDIR/container" 2>/dev/null || true
}

# Run a command in the container; on its loopback alone, with the files of this machine.
inside() { nsenter -t "$leader" -m -u -i -n -p -C -r -w -- "$@"; }
on_its_network() { nsenter -t "$leader" -n -- "$@"; }

# The commands that a page prints under .Ss $2: its indented lines that begin with "# ".
commands_of() { # PAGE SECTION
	sed -n "/^\.Ss $2\$/,/^\.S[sh] /p" "$ROOT/man/$1" | sed -n '/^\.Bd -literal/,/^\.Ed/s/^# //p' | sed 's/\\e/\\/g; s/\\-/-/g'
}
