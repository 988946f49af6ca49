# SPDX-License-Identifier: BSD-2-Clause
# What befalls the machine: more processes and threads than there is room for, sudden deaths, another
# recorder, a CPU that goes and comes, a clock that is set. storm.bats and volume.bats have more.
load ../lib/live.bash

prepare() {
	cp act beta
	undo=:
}

# Whatever a test did to the machine is undone whether it passes or not.
eval "$(declare -f teardown | sed '1s/teardown/end_of_test/')"
teardown() {
	$undo
	end_of_test
}

@test "10,000 processes with --max-processes 16: each is recorded whole, or counted" {
	rounds=$(fewer 100)
	RECORD_SECONDS=120 record -q --max-processes 16 act -- ./act repeat:"$rounds" { repeat:100 { fork { 5001 sleep:30 } } wait }
	expect_status 3
	check_recording --lost
	expect $((rounds * 100 + 1)) jq '.processes + .records_lost.processes_not_taken_in' <(tail -n 1 trace.jsonl)
	[ "$(member recording_end processes)" -ge 17 ]
	expect "$(($(member recording_end processes) - 1))" grep -c :5001: trace.log
	expect 0 member recording_end calls_lost
}

@test "20,000 processes, each with an exec" {
	rounds=$(fewer 400)
	RECORD_SECONDS=300 record_whole -q act beta -- ./act repeat:"$rounds" { repeat:50 { fork { 5000 exec ./beta 5001 } } wait }
	expect $((rounds * 50 + 1)) member recording_end processes
	expect "$((rounds * 50)) 5000:act 59:beta 5001:beta 231:beta" awk -F: '
		$2 == 5000 { told[$1] = $2 ":" $3; next }
		$2 == 59 || $2 >= 5000 || $2 == 231 { if ($1 in told) told[$1] = told[$1] " " $2 ":" $3 }
		$2 == 231 && ($1 in told) { cnt[told[$1]]++; delete told[$1] }
		END { for (sequence in cnt) print cnt[sequence], sequence }' trace.log
}

@test "32 times as many busy processes as CPUs: nothing is lost" {
	cnt=$((32 * $(nproc)))
	calls=$(fewer 300000) # more than the ring buffer holds
	record_whole -q act -- ./act repeat:"$cnt" { fork { 5000x"$calls" } } wait
	expect $((cnt * calls)) grep -c :5000: trace.log
}

has_threads() {
	[ "$(grep -c :5000: trace.log)" -eq "$1" ]
}

# Some may not have got to the gate when it was opened.
all_go_on() {
	timeout 1 sh -c ': >gate' || true
	has_ended "$background"
}

@test "5,000 threads of one process, all there at once" {
	threads=$(fewer 5000)
	mkfifo gate
	start -q --threads act
	background ./act repeat:"$threads" { thread { 5000 read:gate 5001 } } join
	wait_until 60 has_threads "$threads"
	wait_until 60 all_go_on
	stop
	# openat, read, close, exit
	expect "$threads 5000 257 0 3 5001 60" awk -F: '
		$2 == 5000 { told[$1] = "" }
		$1 in told { told[$1] = told[$1] " " $2 }
		END { for (tid in told) cnt[told[tid]]++; for (sequence in cnt) print cnt[sequence] sequence }' trace.log
}

@test "processes killed in the middle of execve: all that they did, as the kernel counts it, under the right names" {
	# Each turns into the other again and again; each start makes the same calls, the exec first.
	record -q -o one.log act beta -- ./act exec ./beta exec ./act
	expect_status 0
	turns=$(fewer 200 20)
	cat >kills.py <<-'E'
		import random, subprocess, sys, time
		chain = ["exec", "./beta", "exec", "./act"] * 500
		for n in range(int(sys.argv[1])):
		    child = subprocess.Popen(["./act"] + chain)
		    time.sleep(random.random() * int(sys.argv[2]) / 1000)
		    child.kill()
		    child.wait()
	E
	if [ ! -e /sys/kernel/tracing/events ]; then
		mount -t tracefs none /sys/kernel/tracing
		mounts+=(/sys/kernel/tracing)
	fi
	ln -s "$(python3 -c 'import sys; print(sys.executable)')" killing
	record_whole -q -f killing -- perf stat -x, -o perf.out -e raw_syscalls:sys_enter -- ./killing kills.py "$turns" "$(longer 10)"
	# The first execve was entered before perf began.
	expect "$(($(awk -F, '/sys_enter/ { print $1 }' perf.out) + 1))" awk 'END { print NR }' trace.log
	expect "$turns" grep -c '"signal":9' trace.jsonl
	python3 - "$turns" <<-'E'
		import sys
		calls = [line.rstrip("\n").split(":") for line in open("one.log")]
		start = [number for _, number, comm in calls if comm == "beta"]
		names, seen, cut = ("act", "beta"), {}, 0
		for line in open("trace.log"):
		    pid, number, comm = line.rstrip("\n").split(":")
		    # From its first exec on; before, it is Python.
		    if comm in names:
		        seen.setdefault(pid, []).append((number, comm))
		for pid, made in seen.items():
		    for at, (number, comm) in enumerate(made):
		        turn, step = divmod(at, len(start))
		        assert number == start[step], (pid, at, made[-20:])
		        # The last exec may not have come so far as to give the new name.
		        failed = step == 0 and at == len(made) - 1 and at and comm == names[(turn - 1) % 2]
		        assert failed or comm == names[turn % 2], (pid, at, made[-20:])
		        cut += failed
		assert len(seen) > int(sys.argv[1]) / 2, len(seen)
		print(f"{len(seen)} processes, {cut} of them in the middle of an execve")
	E
}

@test "an exec that blocks for long is waited for no longer: every call is there, and where the exec stands is said" {
	cp "$BUILD/workloads/leased-exec" .
	cp act gamma
	calls=20000000
	RECORD_SECONDS=200 record leased-exec gamma -- ./leased-exec ./gamma $calls 5001
	expect_status 3
	check_recording --lossy
	grep "1 execs may stand in the wrong place: too much waited for them" err
	expect 0 member recording_end calls_lost
	expect 1 jq .records_lost.execs_not_awaited <(tail -n 1 trace.jsonl)
	# The one that has blocked stands where it was made, and nowhere else.
	expect "2 before 0 behind, $calls calls, then 5001:gamma" awk -F: '
		$2 == 59 { if (calls) behind++; else before++ }
		$2 == 110 && $3 == "leased-exec" { calls++ }
		$2 == 5001 { last = $2 ":" $3 }
		END { print before, "before", behind + 0, "behind,", calls, "calls, then", last }' trace.log
	expect '"gamma" true' jq -r 'select(.misplaced) | [.comm, .misplaced] | map(tojson) | join(" ")' trace.jsonl
	"$FORMATTER" -q -o split trace.log
	expect 'no no' awk -F, '$2 == "gamma" || $2 == "leased-exec" { printf "%s%s", sep, $NF; sep = " " } END { print "" }' <(tr -d '\r' <split/index.csv)
}

@test "two recorders of '*' at the same time: both are right, and neither records the other" {
	start -q -o first.log '*'
	first=$recorder
	background "$RECORDER" -q -d 1 -o second.log '*'
	wait_until 20 test -s second.log
	./act 5000..5099
	wait_until 20 has_ended "$background"
	wait "$background"
	kill -INT "$first"
	finish
	expect_status 0
	for log in first second; do
		check_recording "$log.log" "$log.jsonl"
		expect "$(seq 5000 5099)" bash -c "grep :act\$ $log.log | cut -d: -f2 | grep ^50"
		expect '' grep -E "^($first|$background):-?[0-9]+:loader_and_log" "$log.log"
	done
}

@test "'*' records who runs the recorder's file without the privilege to record" {
	cp "$RECORDER" own-name
	RECORDER=./own-name
	start -q '*'
	./own-name --version >version 3>&- 8>&-
	expect '' grep :own-name trace.log
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups ./own-name --version >version 3>&- 8>&-
	stop
	expect 1 grep -c ':59:own-name$' trace.log
}

busy_until_stopped() {
	background ./act fork { repeat:20 { 110x"$many" 5000 } } fork { repeat:20 { 110x"$many" 5000 } } wait
}

cpu_comes_back() {
	echo 1 >"$cpu/online"
}

@test "a CPU goes offline and comes back under load: recorded + lost = made" {
	cpu=/sys/devices/system/cpu/cpu$(($(nproc --all) - 1))
	own=$(own_calls) many=$(fewer 200000)
	start -q act
	busy_until_stopped
	if (echo 0 >"$cpu/online" && echo 1 >"$cpu/online") 2>/dev/null; then
		undo=cpu_comes_back
		while ! has_ended "$background"; do
			echo 0 >"$cpu/online"
			sleep 0.1
			echo 1 >"$cpu/online"
			sleep 0.1
		done
	else
		untried 'a CPU that goes offline'
	fi
	wait_until 60 has_ended "$background"
	kill -INT "$recorder"
	finish
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
	check_recording --lost
	all_counted $((own + 2 * (20 * (many + 1) + 3) + 1))
}

# set_back_for_a_moment SECONDS PROGRAM ARG...: the program runs while the clock is that much behind.
set_back_for_a_moment() {
	timeout "$(longer 20)" python3 - "$(longer 3)" "$@" 3>&- 8>&- <<-'E'
		import signal, subprocess, sys, time
		for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		    signal.signal(number, signal.SIG_IGN)
		def distance():
		    return time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
		def set_distance(ns):
		    time.clock_settime_ns(time.CLOCK_REALTIME, time.clock_gettime_ns(time.CLOCK_MONOTONIC) + ns)
		before = distance()
		try:
		    set_distance(before - int(sys.argv[2]) * 10**9)
		except OSError as error:
		    sys.exit(str(error))
		try:
		    subprocess.run(sys.argv[3:])
		    # Until the recorder has written it, which is when it looks at the clock.
		    deadline = time.monotonic() + int(sys.argv[1])
		    while open("trace.jsonl").read().count("process_exec") < 2 and time.monotonic() < deadline:
		        time.sleep(0.01)
		finally:
		    set_distance(before)
	E
}

@test "the clock is set back: nothing is lost or late, and the events have the time of the clock" {
	local back=3600

	start -q act
	./act 5000
	if ! set_back_for_a_moment "$back" ./act 5001; then
		untried 'a clock that is set'
		back=0
		./act 5001
	fi
	# Its ticks go on, and its events are there, whatever the clock says.
	wait_until 5 grep -q '"process_exit"' trace.jsonl
	./act 5002
	stop
	expect $'5000\n5001\n5002' markers
	timeout "$(longer 10)" python3 - "$back" "$(longer 60)" <<-'E'
		import datetime, json, sys
		events = [json.loads(line) for line in open("trace.jsonl") if "process_exec" in line]
		first, second, third = (datetime.datetime.fromisoformat(event["timestamp"][:26]).timestamp() for event in events)
		assert 0 <= second + int(sys.argv[1]) - first <= int(sys.argv[2]), (first, second)
		assert 0 <= third - first <= int(sys.argv[2]), (first, third)
	E
}
