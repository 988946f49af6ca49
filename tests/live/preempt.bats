# SPDX-License-Identifier: BSD-2-Clause
# Programs that are preempted, moved and interrupted wherever they are: between two calls, in the
# kernel on the way to the tracepoint, and, where the kernel allows it, in the middle of ours.
load ../lib/live.bash

prepare() {
	cp "$BUILD/workloads/preempted" preempted
	cp act beta
	cp act gamma
}

# What the log has of each process, in the form that ./preempted says it in; then the calls that do
# not stand where they have to.
recorded() {
	awk -F: '
		$2 >= 5000 && $2 < 5010 { if ($2 != 5000 + made[$1]++ % 10) print "out of order: " NR ": " $0 }
		$2 == 6000 || $2 == 7000 { others[$1]++ }
		END { for (pid in made) print pid, made[pid], others[pid] + 0
		      for (pid in others) if (!(pid in made)) print pid, 0, others[pid] }' trace.log | sort
}

@test "processes preempted by a real-time task, signals and each other, moved from CPU to CPU: every call, in order" {
	for processes in 1 6; do
		record_whole preempted -- ./preempted "$processes" "$(fewer 6000)"
		diff <(grep -E '^[0-9]+ [0-9]+ [0-9]+$' out | sort) <(recorded)
		expect 0 events recording_end calls_lost
	done
}

@test "execs and ends of many processes at once, each started and moved under load: each has all its calls, and what it was started with" {
	# One that only takes the CPU from the others.
	background chrt -f 1 ./act cpu:0 repeat:1000000 { sleep:1 }
	record act beta gamma -- ./act repeat:"$(fewer 20)" \
		{ repeat:10 { fork { 5000 exec ./beta 5001 } fork { 5000 exec ./gamma 5002 } } wait }
	# Linux 7 may skip either of the programs that see an exec, and that is no loss.
	expect_status 0
	check_recording
	expect "$(($(fewer 20) * 20)) 5000 59 5001 231" awk -F: '
		$2 == 5002 { $2 = 5001 }
		$2 == 5000 || $2 == 5001 || $2 == 59 || $2 == 231 { told[$1] = told[$1] " " $2 }
		END { for (pid in told) if (told[pid] !~ /^ 59/) count[told[pid]]++
		      for (sequence in count) print count[sequence] sequence }' trace.log
	# One that is preempted in the middle must not be told with what is another's.
	expect "$(printf "$(($(fewer 20) * 10)) %s\n" 'beta ./beta beta ["./beta", "5001"] 5001' \
		'gamma ./gamma gamma ["./gamma", "5002"] 5002')" python3 -c '
import collections, json
calls = dict(line.split(":")[:2] for line in open("trace.log") if ":5001:" in line or ":5002:" in line)
execs = [e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exec" and e["comm"] != "act"]
told = collections.Counter(" ".join((e["comm"], e["exe"], e["file"], json.dumps(e["argv"]), calls[str(e["pid"])])) for e in execs)
for text, cnt in sorted(told.items()):
    print(cnt, text)'
}

@test "eight threads that pass a token while a real-time task takes their CPU" {
	cp "$BUILD/workloads/token" token
	background chrt -f 1 ./act cpu:0 repeat:1000000 { sleep:1 }
	record_whole -q token -- taskset -c 0 ./token 8 "$(fewer 20000)" report
	cmp <(cut -d: -f1,3,4 report) <(awk -F: '$2 >= 1000000' trace.log)
}
