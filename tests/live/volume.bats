# SPDX-License-Identifier: BSD-2-Clause
# Many calls, and what happens when they are too many: nothing is lost unseen.
load ../lib/live.bash

@test "10,000,000 calls on two CPUs at once, with the default settings: all are there" {
	last=$(($(nproc) - 1)) each=$(fewer 5000000)
	RECORD_SECONDS=120 record -q act -- ./act \
		fork { cpu:0 110x"$each" 5000 } fork { cpu:$last 110x"$each" 5000 } wait
	expect_status 0
	expect "$each
$each" awk -F: '$2 == 110 { made[$1]++ } END { for (pid in made) print made[pid] }' trace.log
	expect "$(wc -l <trace.log)" member recording_end lines
	expect '0 true' events recording_end calls_lost complete
	# Of each process, its calls from the pinning on are just these, in this order.
	expect "203 110x$each 5000 231
203 110x$each 5000 231" awk -F: '
		$2 == 110 { n[$1]++; next }
		$2 == 203 { told[$1] = "203" }
		$2 == 5000 { told[$1] = told[$1] " 110x" n[$1] " 5000" }
		$2 == 231 && told[$1] { print told[$1] " 231" }' trace.log
}

@test "a ring of one page: what does not fit is counted, recorded + lost = made, exit status 3" {
	own=$(own_calls)
	many=$(fewer 300000 20000)
	lose_calls 5000..5009 read:gate 110x"$many" 5010
	check_recording --lossy
	# openat, read, close
	all_counted $((own + 10 + 3 + many + 1))
	expect false member recording_end complete
	diff <(seq 5000 5009) <(markers | head -n 10)
	grep -i lost err
}

@test "a ring of one page: lost calls have their place in the process's sequence" {
	own=$(own_calls)
	many=$(fewer 300000 20000)
	cp act pulse
	mkfifo gate gate2
	start -q -b 4096 act pulse
	background ./act 5000..5009 read:gate 110x"$many" name:second read:gate2 5010..5019
	wait_until 10 has_call 5009
	kill -STOP "$recorder"
	open_gate gate
	wait_until 30 grep -qx second "/proc/$background/comm"
	kill -CONT "$recorder"
	# When another process's call comes through, the ring has been emptied.
	wait_until 10 pulse_arrives
	open_gate gate2
	wait_until 10 has_call 5019
	wait_until 10 has_ended "$background"
	kill -INT "$recorder"
	finish
	expect_status 3
	check_recording --lost

	calls_of "$background" >calls
	events process_exit pid calls lost | awk -v pid="$background" '$1 == pid { print $2, $3 }' >counted
	read -r recorded lost <counted
	expect "$recorded" awk 'END { print NR }' calls
	# twice openat, read, close; prctl
	expect $((own + 10 + 3 + many + 1 + 3 + 10)) echo $((recorded + lost))
	expect "$(seq 5000 5019)" awk '$1 >= 5000' calls
	# All were lost between the two groups of markers.
	first=$(awk '$1 == 5009 { print NR }' calls)
	last=$(awk '$1 == 5010 { print NR }' calls)
	events lost pid process_line calls | awk -v pid="$background" -v first="$first" -v last="$last" -v lost="$lost" '
		$1 != pid { next }
		$2 <= first || $2 > last { print "a loss outside: before line " $2; bad = 1 }
		{ sum += $3 }
		END { exit bad || sum == 0 || sum != lost }'
}

@test "a loss before a rotation makes the first recording incomplete, not the second" {
	cp act pulse
	mkfifo gate
	start -q -b 4096 act pulse
	background ./act 5000 read:gate 110x"$(fewer 300000 20000)"
	wait_until 10 has_call 5000
	kill -STOP "$recorder"
	open_gate gate
	wait_until 30 has_ended "$background"
	kill -CONT "$recorder"
	wait_until 10 pulse_arrives
	mv trace.log first.log
	mv trace.jsonl first.jsonl
	kill -HUP "$recorder"
	wait_until 10 test -s trace.jsonl
	./act 5001
	kill -INT "$recorder"
	finish
	# the whole run is not complete
	expect_status 3
	check_recording --lossy first.log first.jsonl
	tail -n 1 first.jsonl | grep -E '"complete": ?false'
	check_recording
	expect 5001 awk -F: '$2 >= 5000 && $3 == "act" { print $2 }' trace.log
}

pulse_arrives() {
	./pulse 5100
	has_call 5100
}

@test "a small ring under four busy processes: recorded + lost = made, whatever was lost" {
	own=$(own_calls) many=$(fewer 400000)
	record -q -b 4096 act -- ./act repeat:4 { fork { 110x"$many" } } wait
	[ "$status" -eq 3 ] || [ "$status" -eq 0 ]
	check_recording --lossy
	# each child adds its clone, exit_group and wait4
	all_counted $((own + 4 * (many + 3) + 1))
	[ "$status" -eq 3 ] || expect 0 member recording_end calls_lost
}

@test "more processes than --max-processes: those that could not be taken in are counted, exit status 3" {
	forks=$(fewer 50 12)
	record --max-processes 4 act -- ./act 5000 repeat:"$forks" { fork { 5001 sleep:3000 } } wait 5002
	expect_status 3
	check_recording --lost
	not_taken_in=$((forks + 1 - $(member recording_end processes)))
	[ "$not_taken_in" -ge $((forks - 10)) ]
	expect "$not_taken_in" python3 -c '
import json
end = json.loads(open("trace.jsonl").readlines()[-1])
print(sum(end["records_lost"].values()))'
	expect false member recording_end complete
	grep -F "$not_taken_in" err
	# Those that were taken in are whole.
	expect '5000
5002' bash -c "grep -E ':500[02]:' trace.log | cut -d: -f2"
}

@test "5,000 processes, one after the other and many at once" {
	rounds=$(fewer 100)
	RECORD_SECONDS=120 record_whole -q act -- ./act repeat:"$rounds" { repeat:50 { fork { 5000 5001 } } wait }
	expect $((rounds * 50 + 1)) member recording_end processes
	expect "$((rounds * 50)) 5000 5001 231" awk -F: '
		$2 == 5000 { told[$1] = "5000" }
		$2 == 5001 { told[$1] = told[$1] " 5001" }
		$2 == 231 && told[$1] { count[told[$1] " 231"]++; told[$1] = "" }
		END { for (sequence in count) print count[sequence], sequence }' trace.log
}

@test "thousands of short-lived threads" {
	rounds=$(fewer 40 2)
	record_whole -q -t act -- ./act repeat:"$rounds" { fork { repeat:60 { thread { 5000 5001 } } join } wait }
	expect "$((rounds * 60)) 5000
$((rounds * 60)) 5001" bash -c "awk -F: '\$2 >= 5000 { print \$2 }' trace.log | sort | uniq -c | sed 's/^ *//'"
}
