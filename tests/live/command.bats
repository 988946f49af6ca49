# SPDX-License-Identifier: BSD-2-Clause
# COMMAND, its exit status, and its privileges.
load ../lib/live.bash

@test "the exit status is COMMAND's own where the recording is whole" {
	for code in 0 1 2 3 42 255; do
		record -q act -- ./act "exit:$code"
		expect_status "$code"
		check_recording
	done
}

@test "COMMAND killed by a signal: 128 + the signal" {
	for signal in 1 9 11 15; do
		record -q act -- ./act "kill:$signal"
		expect_status $((128 + signal))
		check_recording
		expect "$signal" events process_exit signal
	done
}

@test "COMMAND runs at the nice value that the recorder was started with, which it raises if it is 0" {
	for pair in '0 -20' '3 3'; do
		nice -n "${pair% *}" "$RECORDER" -q -- sh -c '
			# It raises it when COMMAND has been started.
			for i in $(seq 50); do
				[ "$(ps -o ni= -p $PPID)" -eq "$1" ] && break
				sleep 0.1
			done
			ps -o ni= -p $$,$PPID' sh "${pair#* }" 3>&- 8>&- >out
		expect "$(printf '%s\n' $pair | sort)" sort <(tr -d ' ' <out)
	done
}

@test "an incomplete recording is status 3 whatever COMMAND's was" {
	record -q --max-processes 1 act -- ./act fork { sleep:500 } exit:42
	expect_status 3
}

@test "COMMAND that cannot be executed: a message that names it, and a status that is not 0" {
	record act -- ./missing
	[ "$status" -ne 0 ]
	grep -F 'cannot run ./missing: there is no such program' err
	echo text >not-executable
	record act -- ./not-executable
	[ "$status" -ne 0 ]
	grep -F 'cannot run ./not-executable: Permission denied' err
	record act -- ./
	[ "$status" -ne 0 ]
	grep -F 'Is a directory' err
}

@test "COMMAND is found by PATH, and its arguments are its own" {
	PATH=$PWD:$PATH record_whole -q act -- act 5000 thread { 5001 } join
	expect $'5000\n5001' markers
	record -q -e none act -- printf '%s\n' -q --help -- '' 'a b'
	expect_status 0
	printf '%s\n' -q --help -- '' 'a b' | diff -u - out
}

@test "COMMAND's standard streams are the caller's" {
	printf 'in\n' | timeout "$(longer 60)" "$RECORDER" -q act -- sh -c 'cat; echo to-err >&2; exit 0' >out 2>err 3>&- 8>&-
	expect in cat out
	expect to-err cat err
}

@test "COMMAND inherits no descriptor of the recorder" {
	# shellcheck disable=SC2217 # none of them is to be there
	ls /proc/self/fd 3>&- 8>&- >expected </dev/null 2>err
	record -q --ready-fd 2 act -- ls /proc/self/fd
	expect_status 0
	diff -u expected out
}

@test "COMMAND runs as the caller does: ids, capabilities, no_new_privs, seccomp, umask, limits, folder" {
	cat >about <<-'E'
		grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:|Umask|SigBlk|SigIgn)' /proc/self/status
		ulimit -a
		pwd
		nice
		env | grep -vE '^(_|SHLVL)='
	E
	(umask 027; sh about >expected </dev/null; record -q act -- sh about; expect_status 0)
	diff -u expected out
}

@test "COMMAND is not a process group of its own, and has the caller's session" {
	record -q act -- sh -c 'ps -o sid= -p $$; ps -o pgid= -p $$; ps -o pgid= -p $PPID'
	expect_status 0
	expect "$(ps -o sid= -p $$)" sed -n 1p out
	expect "$(sed -n 3p out)" sed -n 2p out
}

@test "--user runs COMMAND as another user, with that user's groups and no privilege" {
	# The caller's own supplementary groups must go.
	status=0
	timeout "$(longer 60)" setpriv --groups 4,24 "$RECORDER" -q -u nobody act -- \
		sh -c 'id -u; id -g; id -G; grep -E "^Cap(Eff|Prm|Amb)" /proc/self/status' >out 2>err </dev/null 3>&- 8>&- ||
		status=$?
	expect_status 0
	check_recording
	expect "$(id -u nobody)
$(id -g nobody)
$(id -G nobody)
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapAmb:	0000000000000000" cat out
}

@test "--user with a user that is not there: nothing runs, and the message names the user" {
	record -u no-such-user act -- ./act pid:ran
	[ "$status" -ne 0 ]
	grep -F no-such-user err
	[ ! -e ran ]
}

@test "COMMAND starts when everything is attached: its first call is in the log" {
	for ((n = 0; n < $(fewer 10 2); n++)); do
		record_whole -q -- ./act
		expect '59:act' bash -c 'head -n 1 trace.log | cut -d: -f2-'
	done
}
