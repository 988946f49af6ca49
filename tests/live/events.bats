# SPDX-License-Identifier: BSD-2-Clause
# trace.jsonl: what is not a call. That lines and counts agree is checked in every test
# (lib/check_recording.py); here is what the members say.
load ../lib/live.bash

prepare() {
	cp act beta
}

@test "every line is JSON for json.tool too" {
	record_whole -q act -- ./act name:$'\xff"\\\n%' 5000 fork { 5001 exec ./beta $'\xfe' } wait
	while IFS= read -r line; do
		python3 -m json.tool <<<"$line" >/dev/null
	done <trace.jsonl
}

@test "recording_start says what was recorded, where, and how" {
	record_whole -q -t -b 1M act beta -- ./act 5000
	events recording_start format_version kernel_release machine hostname clocksource boot_id programs >said
	diff -u - said <<-E
		1 "$(uname -r)" "$(uname -m)" "$(uname -n)" "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" "$(cat /proc/sys/kernel/random/boot_id)" ["act", "beta"]
	E
	expect '["'"$RECORDER"'", "-q", "-t", "-b", "1M", "act", "beta", "--", "./act", "5000"]' \
		events recording_start command_line
	python3 - "$("$RECORDER" --version)" <<-'E'
		import json, sys
		start = json.loads(open("trace.jsonl").readline())
		assert start["options"]["threads"] is True, start
		assert start["recorder_version"] and start["recorder_version"] in sys.argv[1], start
	E
	record_whole -q act -- ./act 5000
	python3 -c '
import json
assert json.loads(open("trace.jsonl").readline())["options"]["threads"] is False'
}

@test "process_exec: pid, parent, comm, the path as given, the file, the arguments" {
	record_whole -q act beta -- ./act pid:pid 5000 fork { pid:child exec ./beta 5001 exit:0 '' 'a b' } wait
	expect "$(cat pid) \"act\" \"./act\" \"act\" 14 false true true
$(cat child) \"beta\" \"./beta\" \"beta\" 5 false false true" \
		events process_exec pid comm exe file argc argv_cut started recorded
	events process_exec argv ppid >said
	expect '["./beta", "5001", "exit:0", "", "a b"] '"$(cat pid)" tail -n 1 said
}

@test "bytes that are not UTF-8, and %, are written %HH in arguments, paths and comms" {
	cp act $'b\xff%\xc3\xa9'
	record -q -- ./act exec $'./b\xff%\xc3\xa9' exit:0 $'\xfe\xc3' '100%' $'new\nline' 'ü' $'\xed\xa0\x80' $'\xc0\xaf' $'\xf4\x90\x80\x80'
	expect_status 0
	check_recording
	python3 - <<-'E' >said
		import json
		last = [e for e in map(json.loads, open("trace.jsonl", encoding="utf-8")) if e["event_type"] == "process_exec"][-1]
		print(last["exe"], last["file"], last["comm"])
		print(*map(ascii, last["argv"][2:]), sep="\n")
	E
	diff -u - said <<-'E'
		./b%FF%25é b%FF%25é b%FF%25é
		'%FE%C3'
		'100%25'
		'new\nline'
		'\xfc'
		'%ED%A0%80'
		'%C0%AF'
		'%F4%90%80%80'
	E
}

@test "a comm cut in the middle of a UTF-8 character" {
	record_whole -q act -- ./act name:12345678901234é 5000 fork { 5001 } wait
	expect '"12345678901234%C3"' events process_fork comm
	expect "$(printf '5000:12345678901234\xc3')" bash -c 'grep -a :5000: trace.log | cut -d: -f2-'
}

@test "arguments: as many whole ones as fit 4 KiB, and whether any are missing" {
	thousand=$(printf 'x%.0s' {1..1000})
	record_whole -q act -- ./act exit:0 1$thousand 2$thousand 3$thousand 4$thousand 5$thousand
	python3 - "1$thousand" "2$thousand" "3$thousand" "4$thousand" <<-'E'
		import json, sys
		exec_ = [e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exec"][0]
		assert exec_["argc"] == 7, exec_["argc"]
		assert exec_["argv_cut"] is True
		# with their NULs: 6 + 7 + 4 * 1002 = 4021 bytes fit, one more argument does not
		assert exec_["argv"] == ["./act", "exit:0"] + sys.argv[1:], [len(a) for a in exec_["argv"]]
	E
	record_whole -q act -- ./act exit:0 "$thousand$thousand$thousand$thousand$thousand" short
	expect '["./act", "exit:0"] 4 true' events process_exec argv argc argv_cut
	# exactly 4 KiB: 6 + 7 + 4082 + 1
	record_whole -q act -- ./act exit:0 "$(printf 'y%.0s' {1..4082})"
	expect '3 false' events process_exec argc argv_cut
	record_whole -q act -- ./act exit:0 $(seq 3000)
	expect '3002 true' events process_exec argc argv_cut
	python3 -c '
import json
argv = [e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exec"][0]["argv"]
assert argv == ["./act", "exit:0"] + [str(n) for n in range(1, len(argv) - 1)], argv
assert 3900 < sum(len(a) + 1 for a in argv) <= 4096, len(argv)'
}

@test "process_exit: the exit code or the signal, the calls, the parent" {
	record_whole -q act -- ./act pid:pid fork { 5000x100 exit:255 } wait fork { 5001x7 kill:9 } wait
	python3 - "$(cat pid)" <<-'E'
		import json, sys
		exits = [e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exit"]
		parent = int(sys.argv[1])
		said = sorted((e["calls"], e["lost"], e.get("exit_code"), e.get("signal"), e["comm"])
		              for e in exits if e["ppid"] == parent)
		# 7 calls, getpid and kill; 100 calls and exit_group
		assert said == [(9, 0, None, 9, "act"), (101, 0, 255, None, "act")], exits
		assert [(e["exit_code"], e["lost"]) for e in exits if e["pid"] == parent] == [(0, 0)], exits
	E
}

# Of a child each that wrote the time, and nothing before or after the whole.
times_are_right() {
	local before after

	before=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
	record_whole -q act -- ./act fork { stamp:first exit:0 } wait sleep:300 fork { stamp:second exit:0 } wait
	after=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
	python3 - "$before" "$after" "$(longer 100)" <<-'E'
		import calendar, json, sys, time
		def ns(stamp):
		    return calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(stamp[20:29])
		events = [json.loads(line) for line in open("trace.jsonl")]
		times = [ns(e["timestamp"]) for e in events]
		assert all(ns(sys.argv[1]) <= t <= ns(sys.argv[2]) for t in times), times
		# A child wrote the time just before it ended; that is when its process_exit was.
		exits = [ns(e["timestamp"]) for e in events if e["event_type"] == "process_exit"]
		forks = [ns(e["timestamp"]) for e in events if e["event_type"] == "process_fork"]
		for n, name in enumerate(("first", "second")):
		    written = int(open(name).read())
		    assert forks[n] <= written <= exits[n], (forks[n], written, exits[n])
		    assert exits[n] - written < int(sys.argv[3]) * 10**6, exits[n] - written
	E
}

@test "timestamps are the time of day, in the order of events" {
	times_are_right
}

@test "... in a time namespace, too, whose clock is ahead of the kernel's or behind it" {
	local recorder=$RECORDER seconds

	if ! unshare --time true; then
		untried 'a time namespace'
		return
	fi
	RECORDER=$PWD/in-namespace
	for seconds in 86400 -1; do
		cat >in-namespace <<-E
			#!/bin/sh
			exec unshare --time --monotonic $seconds --fork "$recorder" "\$@"
		E
		chmod 755 in-namespace
		times_are_right
	done
}

@test "recording_end: how many lines and processes, that nothing is missing, and why it ended" {
	record_whole -q act -- ./act 5000 fork { 5001 } wait
	expect "$(wc -l <trace.log) 2 0 true \"command ended\"" \
		events recording_end lines processes calls_lost complete reason
	start -q act
	./act 5000
	stop INT
	expect "1 0 true \"interrupted\"" events recording_end processes calls_lost complete reason
	record_whole -q -d 1 act
	expect "0 0 0 true \"duration\"" events recording_end lines processes calls_lost complete reason
}

@test "a process that still runs at the end has no event of its end, its lines are all there" {
	start -q act
	background ./act 5000x100 5001 pause
	wait_until 10 has_call 5001
	stop
	expect '' events process_exit pid
	expect 100 grep -c ':5000:' trace.log
	expect 34 bash -c 'tail -n 1 trace.log | cut -d: -f2'
}
