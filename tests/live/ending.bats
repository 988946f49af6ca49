# SPDX-License-Identifier: BSD-2-Clause
# How a recording ends: signals, errors, and what is in the files then.
load ../lib/live.bash

prepare() {
	cp act beta
}

end_reason() {
	events recording_end "$@"
}

for_signal() {
	start act
	./act 5000..5099
	background ./act 5100 pause
	wait_until 10 has_call 5100
	kill -s "$1" "$recorder"
	finish
	expect_status 0
	check_recording
	# of two processes, so in order only by and large
	cmp <(seq 5000 5100) <(markers | sort)
	expect '"interrupted" true' end_reason reason complete
	# the summary
	[ -s err ]
}

@test "SIGINT stops orderly: everything made is written, summary, status 0" {
	for_signal INT
}

@test "SIGTERM stops orderly: everything made is written, summary, status 0" {
	for_signal TERM
}

@test "what was made right before the signal is written too" {
	many=$(fewer 20000 1000)
	for ((n = 0; n < $(fewer 10 2); n++)); do
		start -q act
		./act 5000x"$many"
		stop
		expect "$many" grep -c ':5000:' trace.log
	done
}

@test "a signal in the middle of a busy recording: a complete recording up to then" {
	start -q act
	background ./act repeat:100000 { 5000..5009 fork { 5010 } wait }
	wait_until 10 has_call 5010
	stop
	expect '"interrupted" true' end_reason reason complete
	# no gap: each round is whole but for the last
	awk -F: -v pid="$background" '$1 == pid && $2 >= 5000 { if ($2 != 5000 + n++ % 10) exit 1 }' trace.log
}

@test "nothing of the recorder stays in the kernel" {
	before=$(bpf_objects)
	start -q act
	[ "$(bpf_objects)" != "$before" ]
	./act 5000
	stop
	wait_until 10 same_bpf_objects "$before"
	start -q act
	kill -KILL "$recorder"
	finish
	wait_until 10 same_bpf_objects "$before"
}

@test "SIGINT and SIGQUIT sent to the recorder end the recording, also while COMMAND runs" {
	for signal in INT QUIT; do
		start -q act -- ./act pid:pid 5000 pause
		wait_until 10 has_call 5000
		started+=("$(cat pid)")
		kill -s "$signal" "$recorder"
		finish
		expect_status 0
		check_recording
		expect '"interrupted" true' end_reason reason complete
	done
}

@test "Ctrl-C on a terminal reaches COMMAND, and the recording goes on to its end" {
	cat >script <<-'E'
		trap 'echo caught; ./act 5001; exit 7' INT
		./act 5000
		while :; do sleep 0.1; done
	E
	timeout "$(longer 60)" python3 - "$RECORDER" -q act -- sh script >out 3>&- 8>&- <<-'E'
		import os, pty, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[1], sys.argv[1:])
		while not os.path.exists("trace.log") or b":5000:" not in open("trace.log", "rb").read():
		    time.sleep(0.02)
		os.write(fd, b"\x03")
		try:
		    while os.read(fd, 1000):
		        pass
		except OSError:
		    pass
		print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	E
	expect 7 cat out
	check_recording
	expect $'5000\n5001' sort <(markers)
	expect '"command ended"' end_reason reason
}

@test "COMMAND gets SIGINT and SIGQUIT as the caller had them" {
	# bash -c, started with default actions, reports what its child got
	env --default-signal=INT,QUIT "$RECORDER" -q -e none act -- sh -c 'grep -E "^Sig(Ign|Blk|Cgt)" /proc/self/status' >got 3>&- 8>&-
	env --default-signal=INT,QUIT sh -c 'grep -E "^Sig(Ign|Blk|Cgt)" /proc/self/status' >expected
	diff -u expected got
}

@test "SIGTERM ends the recording while COMMAND runs" {
	start -q act -- ./act pid:pid 5000 pause
	wait_until 10 has_call 5000
	kill -TERM "$recorder"
	finish
	expect_status 0
	check_recording
	expect '"interrupted" true' end_reason reason complete
	started+=("$(cat pid)")
}

@test "a second signal gives up waiting" {
	mkfifo pipe
	# A reader that does not read: what is written does not leave the recorder.
	background bash -c 'exec <pipe; exec sleep "$0"' "$(longer 100)"
	start -q -o pipe -e events.jsonl act
	./act 5000x200000
	kill -TERM "$recorder"
	sleep 1
	if has_ended "$recorder"; then
		fail "the first signal did not wait"
	fi
	kill -TERM "$recorder"
	wait_until 10 has_ended "$recorder"
	status=0
	wait "$recorder" || status=$?
	[ "$status" -ne 0 ]
}

@test "SIGHUP begins new files: old and new are recordings of their own, no call is missing" {
	start -q act
	background ./act 5000..5009 sleep:1 repeat:100000 { 5010..5019 sleep:1 }
	wait_until 10 has_call 5010
	mv trace.log first.log
	mv trace.jsonl first.jsonl
	kill -HUP "$recorder"
	wait_until 10 has_call 5019
	wait_until 10 grep -q '"recording_end"' first.jsonl
	kill -KILL "$background"
	wait_until 10 has_ended "$background"
	stop
	check_recording first.log first.jsonl
	tail -n 1 first.jsonl | grep -E '"reason": ?"rotation"'
	expect '"interrupted" true' end_reason reason complete
	# one unbroken sequence over both files
	cat first.log trace.log | awk -F: -v pid="$background" '
		$1 == pid && $2 >= 5010 { if ($2 != 5010 + n++ % 10) { print NR ": " $0; exit 1 } }'
	# the process goes on in the new recording as one that ran already
	expect "$background" events process_attach pid
}

@test "SIGHUP keeps a file that was not moved away as FILE.old" {
	start -q act
	./act 5000
	wait_until 10 has_call 231
	kill -HUP "$recorder"
	wait_until 10 test -e trace.log.old
	wait_until 10 test -s trace.jsonl
	./act 5001
	stop
	check_recording trace.log.old trace.jsonl.old
	expect 5000 markers trace.log.old
	expect 5001 markers
}

@test "SIGHUP in the middle of a burst on all CPUs loses and doubles nothing" {
	cp "$BUILD/workloads/token" .
	start -q token
	background ./token 4 "$(fewer 150000 30000)" report
	n=0
	while ! has_ended "$background"; do
		wait_until 10 test -s trace.log
		mv trace.log "$n.log"
		mv trace.jsonl "$n.jsonl"
		kill -HUP "$recorder"
		wait_until 10 test -e trace.jsonl
		n=$((n + 1))
		[ "$n" -lt 200 ] || break
		sleep 0.05
	done
	wait_until 30 has_ended "$background"
	stop
	[ "$n" -ge 2 ]
	logs=()
	for ((i = 0; i < n; i++)); do
		check_recording "$i.log" "$i.jsonl"
		logs+=("$i.log")
	done
	cmp <(cut -d: -f1,3,4 report) <(cat "${logs[@]}" trace.log | awk -F: '$2 >= 1000000')
}

@test "SIGKILL leaves files whose whole lines are valid" {
	for ((n = 0; n < $(fewer 5 2); n++)); do
		start -q act
		background ./act repeat:100000 { 5000..5009 fork { 5010 exec ./act 5011 } wait }
		workload=$background
		wait_until 10 has_call 5011
		kill -KILL "$recorder"
		finish
		expect_status 137
		kill -KILL "$workload"
		check_recording --cut
		[ -s trace.log ]
		expect '' end_reason reason
	done
}

small_disk() {
	mkdir disk
	mount -t tmpfs -o size="$1" none disk
	mounts+=("$BATS_TEST_TMPDIR/disk")
}

@test "disk full under the log: message, status 1, the log ends at a whole line, recording_end says why" {
	small_disk 256k
	record -o disk/trace.log -e trace.jsonl act -- ./act 5000x"$(fewer 1000000 100000)"
	expect_status 1
	grep -F disk/trace.log err
	grep -F 'No space left' err
	check_recording --lossy disk/trace.log trace.jsonl
	expect false end_reason complete
	end_reason reason | grep -F 'No space left'
	[ "$(stat -c %s disk/trace.log)" -gt 200000 ]
}

@test "disk full under both files: whole lines all the same" {
	small_disk 256k
	record -o disk/trace.log act -- ./act repeat:"$(fewer 20000 3000)" { 5000x10 fork { 5001 } wait }
	expect_status 1
	grep -F 'No space left' err
	check_recording --cut disk/trace.log disk/trace.jsonl
	expect '' bash -c 'tail -c 1 disk/trace.log | tr -d "\n"'
	expect '' bash -c 'tail -c 1 disk/trace.jsonl | tr -d "\n"'
}

@test "disk full under the events alone is an error too" {
	small_disk 16k
	record -o trace.log -e disk/events.jsonl act -- ./act repeat:1000 { fork { 5000 } wait }
	expect_status 1
	grep -F 'disk/events.jsonl' err
	expect '' bash -c 'tail -c 1 trace.log | tr -d "\n"'
}

@test "/dev/full as standard output" {
	status=0
	timeout "$(longer 60)" "$RECORDER" -q -o - -e events.jsonl act -- ./act 5000x100000 >/dev/full 2>err 3>&- 8>&- || status=$?
	expect_status 1
	grep -F 'No space left' err
}

@test "a closed pipe ends the recording: message, status 1, recording_end says why" {
	mkfifo pipe
	background head -n 1 pipe
	status=0
	timeout "$(longer 60)" "$RECORDER" -o - -e trace.jsonl act -- ./act 5000x"$(fewer 1000000 50000)" >pipe 2>err 3>&- 8>&- </dev/null || status=$?
	expect_status 1
	grep -F 'Broken pipe' err
	expect false end_reason complete
	end_reason reason | grep -F 'Broken pipe'
}

@test "a closed pipe under --print" {
	mkfifo pipe
	background head -n 1 pipe
	status=0
	timeout "$(longer 60)" "$RECORDER" --print act -- ./act 5000x"$(fewer 1000000 50000)" >pipe 2>err 3>&- 8>&- </dev/null || status=$?
	expect_status 1
	grep -F 'Broken pipe' err
}

@test "an error ends the recording also when no call comes any more" {
	start -o - -e trace.jsonl act 2>&1
	kill -INT "$recorder"
	finish
	expect_status 0
}

@test "--duration ends by itself, COMMAND or none" {
	SECONDS=0
	record_whole -d 1 act
	[ "$SECONDS" -ge 1 ]
	[ "$SECONDS" -lt "$(longer 20)" ]
	expect '"duration"' end_reason reason
	record -d 1 act -- ./act pid:pid 5000 pause
	expect_status 0
	started+=("$(cat pid)")
	expect 5000 markers
	expect '"duration"' end_reason reason
}

@test "a process that ends while the recording does is told with all its calls, or not at all" {
	local i

	for i in 1 2 3; do
		background sh -c 'while :; do ./act; done'
	done
	for ((i = 0; i < $(fewer 20 2); i++)); do
		record -q act -- sleep 0.1
		expect_status 0
		# Each that has a process_exit has the call that it ended with, exit_group.
		expect '' comm -23 <(events process_exit pid | sort) \
			<(awk -F: '$2 == 231 { print $1 }' trace.log | sort)
	done
}

@test "a thread that gets the stack of one that ends while the recording does is not taken for it" {
	local i

	# On one CPU, which keeps a few stacks: the next process has that of the last one.
	background taskset -c 0 ./act repeat:1000000000 { fork { 5001 } wait }
	for i in 1 2 3; do
		background taskset -c 0 ./beta repeat:1000000000 { fork { 5002 } wait }
	done
	for ((i = 0; i < $(fewer 20 2); i++)); do
		record_whole -q --running act -- sleep 0.1
		grep -q :5001: trace.log
		expect 0 grep -c :5002: trace.log
	done
}
