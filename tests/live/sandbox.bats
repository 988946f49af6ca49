# SPDX-License-Identifier: BSD-2-Clause
# The seccomp filter: it is there, and nothing that a recording does is refused by it.
load ../lib/live.bash

# Each recorder's calls go to calls.PID, COMMAND's do not.
traced() {
	cat >traced <<-E
		#!/bin/sh
		exec strace -D -q -o calls.\$\$ "$RECORDER" "\$@"
	E
	chmod 755 traced
	RECORDER=$PWD/traced
	traced_since=$(date +%s)
	# The search for leaks traces, too, and only one can.
	export ASAN_OPTIONS=detect_leaks=0
}

# Calls that the filter refused since it is there, and what the audit says of it; and it was there
# each time.
refused() {
	local file

	for file in calls.*; do
		wait_until 10 grep -q '^+++' "$file"
		grep -q '^seccomp(SECCOMP_SET_MODE_FILTER.* = 0' "$file" || fail "no filter in $file"
		sed '1,/^seccomp(SECCOMP_SET_MODE_FILTER.* = 0/d' "$file" | grep -E 'ENOSYS|SIGSYS' || true
		# Its pid may have been another's before.
		dmesg | grep -E "type=1326 .* pid=${file#calls.} " | sed 's/.* audit(\([0-9]*\)/\1 &/' |
			awk -v since="$traced_since" '$1 >= since'
	done
	rm calls.*
}

@test "once everything is attached the filter is there, unless --no-sandbox; recording_start says which" {
	start -q act
	expect 'Seccomp:	2' grep Seccomp: "/proc/$recorder/status"
	stop
	expect true jq 'select(.event_type == "recording_start").options.sandbox' trace.jsonl
	start -q --no-sandbox act
	expect 'Seccomp:	0' grep Seccomp: "/proc/$recorder/status"
	expect 'NoNewPrivs:	1' grep NoNewPrivs: "/proc/$recorder/status"
	stop
	expect false jq 'select(.event_type == "recording_start").options.sandbox' trace.jsonl
}

@test "COMMAND is not in it" {
	record -q act -- grep Seccomp: /proc/self/status
	expect_status 0
	expect 'Seccomp:	0' cat out
}

@test "a kernel that gives no filter: status 1, one line, no file; --no-sandbox records" {
	cat >without-seccomp <<-'E'
		import ctypes, errno, os, sys
		library = ctypes.CDLL("libseccomp.so.2")
		library.seccomp_init.restype = ctypes.c_void_p
		allow, fail = 0x7fff0000, 0x00050000 | errno.ENOSYS
		filter = ctypes.c_void_p(library.seccomp_init(allow))
		library.seccomp_rule_add(filter, fail, library.seccomp_syscall_resolve_name(b"seccomp"), 0)
		library.seccomp_load(filter)
		os.execv(sys.argv[1], sys.argv[1:])
	E
	status=0
	timeout "$(longer 60)" python3 without-seccomp "$RECORDER" act -- ./act pid:ran >out 2>err </dev/null 3>&- 8>&- || status=$?
	expect_status 1
	expect 1 awk 'END { print NR }' err
	grep -F -e --no-sandbox err
	expect '' ls -A1 -I act -I out -I err -I without-seccomp
	timeout "$(longer 60)" python3 without-seccomp "$RECORDER" -q --no-sandbox act -- ./act 5000 3>&- 8>&-
	check_recording
	expect 5000 markers
}

@test "nothing is refused: COMMAND, threads, failed execs, selections, a time limit" {
	traced
	record_whole -q -t act -- ./act 5000 thread { 5001 } join fork { try-exec /missing sleep:300 5002 } wait
	expect $'5000\n5001\n5002' sort <(markers)
	# An exec that failed is asked for where no call follows it.
	record -q -d 0.5 -e none act -- ./act try-exec /missing spin
	expect_status 0
	expect 59 tail -n 1 <(cut -d: -f2 trace.log)
	background ./act pause
	wait_until 10 in_call "$background" 34
	record_whole -q -d 0.3 -p "$background" -r act
	record -q -d 0.5 --follow '*'
	expect_status 0
	expect '' refused
}

@test "nothing is refused: losses, processes that end unseen, a burst" {
	traced
	cp "$BUILD/workloads/token" .
	forks=$(fewer 3000 500)
	record -q -b 4096 act -- ./act repeat:"$forks" { fork { 5000 } } repeat:"$forks" { wait }
	expect_status 3
	expect 1 grep -c process_end_unseen <(grep -m 1 process_end_unseen trace.jsonl)
	record_whole -q token -- ./token 4 "$(fewer 50000)" report
	expect '' refused
}

@test "nothing is refused: new files at SIGHUP, also in a folder, and what is in the way" {
	traced
	mkdir folder
	export SUDO_UID=$NOBODY SUDO_GID=$NOBODY
	TZ=Europe/Berlin start -q --print -o folder/trace.log act
	./act 5000
	wait_until 10 has_call 231 folder/trace.log
	kill -HUP "$recorder"
	wait_until 10 test -s folder/trace.jsonl.old
	# The next time it can't be had.
	rm -r folder
	kill -HUP "$recorder"
	finish
	expect_status 1
	grep 'cannot create "folder/trace.log"' err
	expect '' refused
}

@test "nothing is refused: a status line on a terminal" {
	traced
	timeout "$(longer 60)" python3 - "$RECORDER" -d 1.5 act >screen 3>&- 8>&- <<-'E'
		import os, pty, sys
		sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
	E
	grep -F 'calls/s' screen
	expect '' refused
}

@test "nothing is refused: a full disk, a closed pipe, a second signal" {
	traced
	mkdir disk
	mount -t tmpfs -o size=64k none disk
	mounts+=("$PWD/disk")
	record -o disk/trace.log act -- ./act 5000x100000
	expect_status 1
	record -o - -e events.jsonl act -- ./act 5000x1000
	mkfifo pipe
	background head -n 1 pipe
	status=0
	timeout "$(longer 60)" "$RECORDER" -o - -e events.jsonl act -- ./act 5000x"$(fewer 1000000 50000)" >pipe 2>err 3>&- 8>&- </dev/null || status=$?
	expect_status 1
	background bash -c 'exec <pipe; exec sleep "$0"' "$(longer 100)"
	start -q -o pipe -e events.jsonl act
	./act 5000x200000
	# Two of the same could come as one.
	kill -INT "$recorder"
	kill -TERM "$recorder"
	finish
	[ "$status" -ne 0 ]
	expect '' refused
}
