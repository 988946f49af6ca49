# SPDX-License-Identifier: BSD-2-Clause
# formatter --verify and --repair of real recordings. That a good recording is whole to it, and one that
# lost something incomplete, is looked at in every test (check_recording in lib/live.bash).
load ../lib/live.bash

# verdict STATUS [LOG]: that of --verify; what it says is in verdict.
verdict() {
	status=0
	"$FORMATTER" --verify "${2-trace.log}" >verdict 2>&1 || status=$?
	expect "$1" echo "$status"
}

# damaged PATTERN COMMAND ARG...: the command damages a copy in bad/, and the formatter says so; the
# repaired copy is incomplete, but honest, and its log the beginning of the good one.
damaged() {
	local pattern=$1

	shift
	rm -rf bad repaired
	mkdir bad
	cp trace.log trace.jsonl bad
	(cd bad && "$@")
	verdict 1 bad/trace.log
	grep -E -- "$pattern" verdict || fail "expected $pattern:" "$(head -n 5 verdict)"
	"$FORMATTER" --repair -q -o repaired bad/trace.log >out 2>err
	verdict 3 repaired/trace.log
	check_recording --cut repaired/trace.log repaired/trace.jsonl
	cmp -n "$(stat -c %s repaired/trace.log)" trace.log repaired/trace.log
	[ -s repaired/trace.log ]
	"$FORMATTER" -q -f -o sequences repaired/trace.log
}

# flip FILE BYTE
flip() {
	python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 4]))' "$@"
}

# said_of PID: the verdict on it
said_of() {
	sed -n "s/^$1 //p" verdict
}

@test "forks, threads, execs over a second and more: checkpoints; damage of every kind is found" {
	cp act beta
	record_whole -q --threads act beta -- ./act 5000 repeat:6 { \
		fork { 5001x1000 thread { 5002x300 } join exec ./beta 5003x200 } sleep:250 wait 5004 }
	[ "$(events checkpoint line | wc -l)" -ge 1 ]
	verdict 0
	bytes=$(stat -c %s trace.log) line_cnt=$(wc -l <trace.log)
	first=$(events checkpoint line | head -n 1)

	damaged 'bytes were changed' flip trace.log $((bytes - 20))
	damaged 'jsonl: lines .* not as they were recorded' flip trace.jsonl $(($(stat -c %s trace.jsonl) - 300))
	damaged '1 line is missing|cut, or lines are missing' sed -i "$((first + 5))d" trace.log
	damaged '1 more line than recorded' sed -i "$((first + 5))p" trace.log
	damaged 'bytes were changed|lines have changed places' sed -i "$first{h;d};$((line_cnt - 1)){G}" trace.log
	damaged "the log ends at byte $((bytes - 30)) and had $bytes" truncate -s -30 trace.log
	damaged 'jsonl: lines .* not as they were recorded' sed -i "$(($(wc -l <trace.jsonl) - 1))d" trace.jsonl
	damaged 'jsonl: lines .* not as they were recorded' sed -i -E '$s/"lines":/"lines":1/' trace.jsonl
}

@test "many lines at once have a checkpoint each 65,536 lines or tick, and only one stretch is damaged" {
	# Each is 10 lines, and each stretch 65,536.
	rounds=$(fewer 70000 7500)
	# Of lines that are all the same nobody could tell which one is missing.
	record_whole -q act -- ./act fork { repeat:"$rounds" { 5000..5009 } } wait sleep:1200 \
		fork { repeat:"$(fewer 30000 1000)" { 5010..5019 } } wait
	[ "$(events checkpoint line | wc -l)" -ge 2 ]
	verdict 0
	damaged 'formatter: .*1 line is missing' sed -i "$((rounds * 10 - 50000))d" trace.log
	"$FORMATTER" --verify bad/trace.log >verdict 2>/dev/null || true
	# The second child's lines are behind that, and recognised.
	second=$(awk -F: '$2 == 5010 { print $1; exit }' trace.log)
	expect 'act: whole' said_of "$second"
}

@test "what a ring of one page lost is incomplete, of the process that lost it" {
	lose_calls 5000..5009 read:gate 110x"$(fewer 300000 20000)" 5010
	verdict 3
	expect "act: incomplete: $(events recording_end calls_lost) calls lost" said_of "$background"
	"$FORMATTER" --repair -q -o copy
	cmp trace.log copy/trace.log
}

@test "each recording of a rotation is whole" {
	start -q act
	background ./act 5000 repeat:100000 { 5001 sleep:1 }
	wait_until 10 has_call 5001
	mv trace.log first.log
	mv trace.jsonl first.jsonl
	kill -HUP "$recorder"
	wait_until 10 has_call 5001
	wait_until 10 grep -q '"recording_end"' first.jsonl
	kill -KILL "$background"
	wait_until 10 has_ended "$background"
	stop
	for log in first.log trace.log; do
		verdict 0 "$log"
		expect 'act: whole' said_of "$background"
	done
	# Events of one and the log of the other do not fit.
	cp first.jsonl trace.jsonl
	verdict 1
}

# Their starts find no room in the ring before it, their ends, one after the other, do behind it.
@test "starts lost before a rotation are missed by the recording that the processes come out in" {
	start -q --buffer 4K act
	kill -STOP "$recorder"
	background ./act repeat:200 { fork { sleep:"$(longer 3000)" 5002 } sleep:5 } 5001 wait
	wait_until 10 in_call "$background" 61
	mv trace.log first.log
	mv trace.jsonl first.jsonl
	kill -HUP "$recorder"
	kill -CONT "$recorder"
	wait_until 10 has_ended "$background"
	kill -INT "$recorder"
	finish
	expect_status 3
	for recording in first trace; do
		[ "$(tail -n 1 "$recording.jsonl" | jq .records_lost.process_records)" -gt 0 ]
		verdict 3 "$recording.log"
	done
}

@test "a recorder killed under load leaves an incomplete recording, and --repair makes it one with an end" {
	for n in 1 2 3; do
		start -q act
		background ./act repeat:100000 { 5000..5009 fork { 110x"$(fewer 5000 500)" 5010 } wait sleep:10 }
		workload=$background
		wait_until 10 has_call 5010
		sleep 1.2
		kill -KILL "$recorder"
		finish
		kill -KILL "$workload"
		check_recording --cut
		verdict 3
		rm -rf repaired
		"$FORMATTER" --repair -q -o repaired
		verdict 3 repaired/trace.log
		check_recording --cut repaired/trace.log repaired/trace.jsonl
		# No whole line is missing.
		expect "$(wc -l <trace.log)" awk 'END { print NR }' repaired/trace.log
	done
}

@test "a full disk under the log, with processes that start and end: incomplete, and the calls are counted" {
	mkdir disk
	mount -t tmpfs -o size=256k none disk
	mounts+=("$BATS_TEST_TMPDIR/disk")
	record -q -o disk/trace.log -e disk.jsonl act -- ./act repeat:300 { fork { 5000x100 } } wait
	expect_status 1
	status=0
	"$FORMATTER" --verify -e disk.jsonl disk/trace.log >verdict 2>&1 || status=$?
	cat verdict
	expect 3 echo "$status"
	"$FORMATTER" -q -e disk.jsonl -o sequences disk/trace.log
}
