# SPDX-License-Identifier: BSD-2-Clause
# What the recorder needs, what it keeps, and what it says when something is missing.
load ../lib/live.bash

# keeps CAPABILITY...: these, in all its threads, and no way to get others.
keeps() {
	local task set mask

	if bpf_needs_capability; then
		set -- "$@" bpf
	fi
	mask=$(python3 - "$@" <<-'E'
		import sys
		numbers = {"chown": 0, "dac_override": 1, "fowner": 3, "bpf": 39}
		print(f"{sum(1 << numbers[name] for name in sys.argv[1:]):016x}")
	E
	)
	for task in /proc/"$recorder"/task/*; do
		expect "CapInh:	0000000000000000
CapPrm:	$mask
CapEff:	$mask
CapBnd:	${bounding:-0000000000000000}
CapAmb:	0000000000000000
NoNewPrivs:	1" grep -E '^(Cap|NoNewPrivs)' "$task/status"
	done
}

# Before Linux 5.19, all of bpf(2) is for CAP_BPF alone where this is set.
bpf_needs_capability() {
	local major minor

	IFS=.- read -r major minor _ <<<"$(uname -r)"
	[ "$((major * 100 + minor))" -lt 519 ] && [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" -ne 0 ]
}

# rotate_and_stop LOG: the log is begun anew, then the recording ends.
rotate_and_stop() {
	local events=${1%.log}.jsonl

	./act 5000
	wait_until 10 has_call 231 "$1"
	mv "$1" first.log
	mv "$events" first.jsonl
	kill -HUP "$recorder"
	wait_until 10 test -s "$events"
	./act 5001
	kill -INT "$recorder"
	finish
	expect_status 0
	check_recording first.log first.jsonl
	check_recording "$1" "$events"
	expect 5000 markers first.log
	expect 5001 markers "$1"
}

# folder OWNER MODE
folder() {
	mkdir folder
	chown "$1" folder
	chmod "$2" folder
}

@test "root that writes to a folder of its own keeps no capability" {
	start -q act
	keeps
	rotate_and_stop trace.log
	start -q -o - -e none act
	keeps
	kill -INT "$recorder"
	finish
}

@test "in another user's folder it keeps what a rotation needs there" {
	folder "$NOBODY" 755
	start -q -o folder/trace.log act
	keeps dac_override
	rotate_and_stop folder/trace.log
}

@test "under sudo, and what giving the new files away needs" {
	folder "$NOBODY" 700
	export SUDO_UID=$NOBODY SUDO_GID=$NOBODY
	start -q -o folder/trace.log act
	keeps chown dac_override
	rotate_and_stop folder/trace.log
	expect $'65534:65534\n65534:65534' stat -c %u:%g folder/trace.log folder/trace.jsonl
}

@test "in another user's sticky folder, and what renaming a file that was given away needs there" {
	folder 1 1777
	export SUDO_UID=$NOBODY SUDO_GID=$NOBODY
	start -q -o folder/trace.log act
	keeps chown fowner
	./act 5000
	wait_until 10 has_call 231 folder/trace.log
	kill -HUP "$recorder"
	wait_until 10 test -e folder/trace.jsonl.old
	kill -INT "$recorder"
	finish
	expect_status 0
	expect 5000 markers folder/trace.log.old
}

@test "a FIFO of the user who called sudo is opened anew" {
	export SUDO_UID=$NOBODY SUDO_GID=$NOBODY
	mkfifo -m 600 pipe
	chown "$NOBODY" pipe
	background bash -c 'exec 7<>pipe; exec sleep "$0"' "$(longer 100)"
	wait_until 10 test -e "/proc/$background/fd/7"
	start -q -o pipe -e none act
	keeps dac_override
	kill -HUP "$recorder"
	./act 5000
	kill -INT "$recorder"
	finish
	expect_status 0
}

# --- an ordinary user ------------------------------------------------------------------------------

# With the capabilities given, as setcap(8) writes them, or with none.
as_nobody() {
	cp "$RECORDER" capable
	[ -z "$1" ] || setcap "$1" capable
	cat >as-nobody <<-E
		#!/bin/sh
		exec setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups "$PWD/capable" "\$@"
	E
	chmod 755 as-nobody
	# the way here is root's alone
	sed -i "s|$PWD/capable|./capable|" as-nobody
	RECORDER=$PWD/as-nobody
	chown "$NOBODY" .
	bounding=$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)
}

@test "an ordinary user with cap_bpf and cap_perfmon records a COMMAND" {
	as_nobody cap_bpf,cap_perfmon+ep
	record_whole -q act -- ./act 5000 thread { 5001 } join
	expect $'5000\n5001' markers
	expect "$NOBODY" stat -c %u trace.log
	record_whole -q -- ./act 5000 fork { 5001 exec ./act 5002 } wait
	expect $'5000\n5001\n5002' sort <(markers)
}

@test "... and --user is not for it" {
	as_nobody cap_bpf,cap_perfmon+ep
	record -q -u root -- ./act 5000
	expect_status 1
	expect 'loader_and_logger: --user needs root' cat err
	expect '' find . -name 'trace.*'
}

@test "... processes that run already, its own and root's, and all" {
	as_nobody cap_bpf,cap_perfmon+ep
	mkfifo gate
	chmod 666 gate
	background setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups ./act pid:pid read:gate 5000 pause
	own=$background
	background ./act read:gate 5001 pause
	wait_until 10 in_call "$own" 257
	wait_until 10 in_call "$background" 257
	for selection in "-p $own -p $background" "-r act" '*'; do
		set -f
		start -q $selection
		set +f
		expect "$(printf '%s\n' "$own" "$background" | sort)" sort -u <(events process_attach pid | grep -wE "$own|$background")
		stop
	done
	start -q -p "$own" -p "$background"
	open_gate gate
	wait_until 10 has_call 5000
	wait_until 10 has_call 5001
	stop
}

@test "... without seeing processes of others in /proc, nor any memory to lock" {
	as_nobody cap_bpf,cap_perfmon+ep
	background ./act pause
	wait_until 10 in_call "$background" 34
	# A /proc of its own: to remount the one that is there would change it for all.
	expect '' unshare -m sh -c 'mount -t proc -o hidepid=invisible proc /proc
		ulimit -l 0
		"$@" && setpriv --reuid=65534 --regid=65534 --clear-groups ls /proc | grep -x "$0"' "$background" \
		timeout "$(longer 60)" "$RECORDER" -q -d 0.2 -p "$background" act 3>&- 8>&-
	check_recording
	expect "$background" events process_attach pid
}

@test "... and it keeps none of them, and begins new files at SIGHUP" {
	as_nobody cap_bpf,cap_perfmon+ep
	start -q act
	keeps
	rotate_and_stop trace.log
}

# both_are_right FIRST SECOND: what two recorders that are there both see of ./act, when they have ended.
both_are_right() {
	local pid

	./act 5000..5099
	for pid in "$@"; do
		kill -INT "$pid"
		recorder=$pid
		finish
		expect_status 0
	done
	for log in first second; do
		check_recording "$log.log" "$log.jsonl"
		expect "$(seq 5000 5099)" bash -c "grep :act\$ $log.log | cut -d: -f2 | grep ^50"
	done
}

@test "... beside one of root's, both of '*': both are right, and neither records the other if root's was there first" {
	local first second ordinary

	as_nobody cap_bpf,cap_perfmon+ep
	ordinary=$RECORDER
	# The same file, by which they know each other.
	RECORDER=$PWD/capable
	start -q -o first.log '*'
	first=$recorder
	RECORDER=$ordinary
	start -q -o second.log '*'
	second=$recorder
	both_are_right "$first" "$second"
	expect '' grep -E "^$second:-?[0-9]+:capable" first.log
	expect '' grep -E "^$first:-?[0-9]+:capable" second.log
	# It has given up by what it is known; what else holds, holds.
	start -q -o first.log '*'
	first=$recorder
	RECORDER=$PWD/capable
	start -q -o second.log '*'
	both_are_right "$first" "$recorder"
	expect '' grep -E "^$recorder:-?[0-9]+:capable" first.log
}

# refused MISSING: status 1, one line, which names what is missing, and how to get it.
refused() {
	record act
	expect_status 1
	expect "loader_and_logger: recording needs $1: run it with sudo, or let root give it to all users of the program: setcap cap_bpf,cap_perfmon+ep $(pwd -P)/capable" cat err
}

@test "what is missing is named" {
	recorder=$RECORDER
	as_nobody ''
	refused 'CAP_BPF and CAP_PERFMON'
	RECORDER=$recorder
	as_nobody cap_bpf+ep
	refused CAP_PERFMON
	RECORDER=$recorder
	as_nobody cap_perfmon+ep
	refused CAP_BPF
	# what the message says is what helps
	sed -n 's/.*: \(setcap .*\)/\1/p' err | sh
	record_whole -q act -- ./act 5000
	expect '' ls -A1 -I act -I 'trace.*' -I out -I err -I capable -I as-nobody
}

@test "root without them is told so, too" {
	status=0
	timeout -k 5 "$(longer 60)" setpriv --bounding-set=-perfmon,-sys_admin "$RECORDER" act >out 2>err 3>&- 8>&- || status=$?
	expect_status 1
	expect 'loader_and_logger: recording needs CAP_PERFMON, which root has not got here: give it to the container or service that this runs in' cat err
}
