# SPDX-License-Identifier: BSD-2-Clause
# A call is in the log within 200 ms of being made, whatever its thread or its CPU does next.
load ../lib/live.bash

prepare() {
	cp act beta
	last=$(($(nproc) - 1))
}

in_time() {
	timeout "$(longer 120)" python3 "$LIB/in_time.py" "$@"
}

@test "a thread that then blocks" {
	start -q act
	in_time trace.log ^PID:5000: 1 ./act stamp:made 5000 pause
	stop
}

@test "a thread that then blocks, on a CPU with nothing else to do" {
	start -q act
	in_time trace.log ^PID:5000: 1 ./act cpu:$last sleep:100 stamp:made 5000 pause
	stop
}

@test "a thread that then never makes a call again" {
	start -q act
	in_time trace.log ^PID:5000: 1 ./act cpu:$last stamp:made 5000 spin
	stop
}

@test "the last call of a process" {
	start -q act
	in_time trace.log ^PID:231: 1 ./act stamp:made exit:0
	stop
}

@test "one call while a process on another CPU makes as many as it can" {
	start -q act
	background ./act cpu:0 repeat:1000000 { 110x100000 }
	busy=$background
	in_time trace.log ^PID:5000: 1 ./act cpu:$last stamp:made 5000 pause
	kill -KILL "$busy"
	kill -INT "$recorder"
	finish
	expect_status 0
}

@test "an execve that failed, its thread then in user space" {
	start -q act
	in_time trace.log ^PID:59: 2 ./act stamp:made try-exec ./missing spin
	stop
}

@test "an execve that succeeded, the new program then in user space" {
	start -q beta
	in_time trace.log ^PID:59:beta 1 ./act stamp:made exec ./beta spin
	stop
}

@test "an execve of a program that is not listed" {
	start -q act
	in_time trace.log ^PID:59: 2 ./act stamp:made exec ./beta spin
	stop
}

@test "the event of a process's end" {
	start -q act
	in_time trace.jsonl '"process_exit".*"pid": *PID,.*"exit_code": *3,' 1 ./act stamp:made exit:3
	stop
}

@test "the calls of a process that waits for its next one in the middle of a burst" {
	start -q act
	in_time trace.log ^PID:5000: 1001 ./act 5000x1000 stamp:made 5000 pause
	stop
}
