# SPDX-License-Identifier: BSD-2-Clause
# Processes and threads: how they come, go, and replace each other.
load ../lib/live.bash

prepare() {
	cp act beta
}

@test "fork without exec: the child is recorded from its first call on" {
	record_whole -q act -- ./act 5000 fork { 5001 exit:3 } wait 5002
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5002:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5001:act
		B:231:act
		B exit 3
	E
	# Its very first call, too: nothing but these two.
	child=$(awk -F: '$2 == 5001 { print $1 }' trace.log)
	expect $'5001\n231' calls_of "$child"
}

@test "500 children are recorded from their first call on, whether they run before or after clone returns" {
	children=$(fewer 500 50)
	record_whole -q act -- ./act "repeat:$children" { fork { 5001..5003 } } wait
	expect "$children 5001 5002 5003 231" awk -F: '
		{ calls[$1] = calls[$1] " " $2 }
		END { for (pid in calls) if (calls[pid] !~ /^ 59/) count[calls[pid]]++
		      for (sequence in count) print count[sequence] sequence }' trace.log
}

@test "a child is recorded until it executes a program that is not listed" {
	record_whole -q act -- ./act 5000 fork { 5001 exec ./beta 5002 } wait 5003
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5003:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5001:act
		B:59:act
		B exec ./beta (beta) left
	E
}

@test "vfork: the child's calls are its own, though it borrows its parent's memory" {
	record_whole -q act beta -- ./act 5000 vfork { 5001 exec ./beta 5002 } 5003 vfork { 5004 exit:1 } wait
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:58:act
		A:5003:act
		A:58:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5001:act
		B exec ./beta (beta)
		B:59:beta
		B:5002:beta
		B:231:beta
		B exit 0
		C fork of A, act
		C:5004:act
		C:231:act
		C exit 1
	E
}

@test "CLONE_PARENT: the new process is recorded as the child of its creator's parent" {
	record_whole -q act -- ./act 5000 fork { 5001 clone-parent { 5002 } 5003 } wait 5004
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5004:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5001:act
		B:56:act
		B:5003:act
		B:231:act
		B exit 0
		C fork of A, act
		C:5002:act
		C:231:act
		C exit 0
	E
}

@test "threads are part of their process and end before it" {
	record_whole -q act -- ./act 5000 thread { 5001 } join 5002 thread { 5003 } join 5004
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5001:act
		A:60:act
		A:5002:act
		A:56:act
		A:5003:act
		A:60:act
		A:5004:act
		A:231:act
		A exit 0
	E
}

@test "--threads: the first field is the tid, and the events say whose it is" {
	record_whole -q -t act -- ./act pid:pid 5000 thread { tid:tid 5001 name:worker 5002 } join 5003 fork { 5004 } wait
	expect_story <<-'E'
		A exec ./act (act) started
		A.1 starts, act
		A.1:59:act
		A.1:5000:act
		A.1:56:act
		A.2 starts, act
		A.2:5001:act
		A.2:5002:worker
		A.2:60:worker
		A.2 ends, worker
		A.1:5003:act
		A.1:56:act
		A.1:231:act
		A.1 ends, act
		A exit 0
		B fork of A, act
		B.1 starts, act
		B.1:5004:act
		B.1:231:act
		B.1 ends, act
		B exit 0
	E
	pid=$(cat pid) tid=$(cat tid)
	[ "$pid" != "$tid" ]
	expect "$pid:5000:act
$tid:5001:act
$tid:5002:worker
$pid:5003:act" grep -E "^($pid|$tid):5...:" trace.log
}

@test "--threads: a thread on the stack of the one before it has its own calls and no other" {
	local count

	count=$(fewer 200 20)
	record_whole -q -t act -- taskset -c 0 ./act repeat:"$count" { thread { 5001 5002 } join }
	expect "$count 5001 5002 60" awk -F: '
		$2 == 5001 || $2 == 5002 || $2 == 60 { calls[$1] = calls[$1] " " $2 }
		END { for (tid in calls) counts[calls[tid]]++; for (story in counts) print counts[story] story }' trace.log
}

@test "without --threads there are no thread events and every line has the process" {
	record_whole -q act -- ./act 5000 thread { 5001 } join
	expect '' events thread_start pid
	expect '' events thread_exit pid
	expect 1 awk -F: '!seen[$1]++ { count++ } END { print count }' trace.log
}

@test "a thread that outlives its leader keeps the process alive, and in the recording" {
	mkfifo gate
	start -q act
	background ./act 5000 thread { read:gate 5001 exit:4 } thread-exit
	wait_until 10 has_call 60
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:60:act
		A:5001:act
		A:231:act
		A exit 4
	E
}

@test "a leader that ends first, then the threads without exit_group" {
	mkfifo gate
	start -q -t act
	background ./act 5000 thread { read:gate 5001 } thread-exit
	wait_until 10 has_call 60
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story --calls <<-'E'
		A.1:59:act
		A.1:5000:act
		A.1:56:act
		A.1:60:act
		A.2:5001:act
		A.2:60:act
	E
	expect 0 events process_exit exit_code
}

@test "a thread ends the whole process" {
	record -q act -- ./act 5000 thread { spin } thread { 5001 exit:5 } pause
	expect_status 5
	check_recording
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:56:act
		A:5001:act
		A:231:act
		A exit 5
	E
}

@test "exec from a thread that is not the leader" {
	record_whole -q act beta -- ./act 5000 thread { 5001 tid:tid exec ./beta 5002 } pause
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5001:act
		A exec ./beta (beta)
		A:59:beta
		A:5002:beta
		A:231:beta
		A exit 0
	E
	pid=$(head -n 1 trace.log | cut -d: -f1)
	expect "$pid
$(cat tid)" events process_exec tid
}

@test "exec from a thread that is not the leader, of a program that is not listed" {
	record_whole -q act -- ./act 5000 thread { 5001 exec ./beta 5002 } pause
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5001:act
		A:59:act
		A exec ./beta (beta) left
	E
}

@test "exec from a thread with --threads: the new program's calls are those of the process's first thread" {
	record_whole -q -t act beta -- ./act 5000 thread { 5001 exec ./beta 5002 } pause
	pid=$(head -n 1 trace.log | cut -d: -f1)
	expect "$pid:59:beta
$pid:5002:beta
$pid:231:beta" grep -E ':(59|5...|231):beta$' trace.log
	[ "$(awk -F: '$2 == 5001 { print $1 }' trace.log)" != "$pid" ]
}

@test "exec from the leader while threads run ends them" {
	record_whole -q -t act beta -- ./act 5000 thread { pause } thread { spin } exec ./beta 5001 thread { 5002 } join
	expect_story --calls <<-'E'
		A.1:59:act
		A.1:5000:act
		A.1:56:act
		A.1:56:act
		A.1:59:beta
		A.1:5001:beta
		A.1:56:beta
		A.4:5002:beta
		A.4:60:beta
		A.1:231:beta
	E
}

@test "death by a signal, its own or another's" {
	record -q act -- ./act 5000 kill:15
	expect_status 143
	check_recording
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:62:act
		A killed by 15
	E

	start -q act
	background ./act 5001 thread { pause } spin
	wait_until 10 has_call 5001
	kill -KILL "$background"
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5001:act
		A:56:act
		A killed by 9
	E
}

@test "orphans are recorded, and the recorder waits for them after COMMAND has ended" {
	record -q act -- ./act 5000 fork { fork { sleep:300 5001 } exit:0 } wait exit:9
	expect_status 9
	check_recording
	expect 5000$'\n'5001 sort <(markers)
}

@test "descendants that are not recorded do not hold up the recorder" {
	background sleep "$(longer 60)"
	SECONDS=0
	record_whole -q act -- ./act 5000 fork { exec "$(command -v sleep)" "$(longer 40)" }
	[ "$SECONDS" -lt "$(longer 30)" ]
	expect 5000 markers
}

@test "a process that has had the pid before is another process" {
	record_whole -q act -- ./act 5000 fork { pid:pid 5001 exit:1 } wait 5002 fork-as:pid { 5003 name:second 5004 exit:2 } wait
	expect_story --marked <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A:5002:act
		A:56:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5001:act
		B:231:act
		B exit 1
		B fork of A, act
		B:5003:act
		B:5004:second
		B:231:second
		B exit 2
	E
}

@test "the place of a process that ended is free again: 50 in turn with --max-processes 4" {
	record_whole -q --max-processes 4 act -- ./act repeat:50 { fork { 5001 } wait }
	expect 50 grep -c ':5001:' trace.log
	expect 51 events recording_end processes
}
