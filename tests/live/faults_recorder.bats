# SPDX-License-Identifier: BSD-2-Clause
# What befalls the recorder itself: it is killed, stopped, starved of CPU, memory and descriptors.
# ending.bats has the signals that it handles, volume.bats a ring that is too small.
load ../lib/live.bash

prepare() {
	cp act pulse
}

pulse_arrives() {
	./pulse 5100
	has_call 5100
}

# Whole lines, and what they say of the process that makes 5000..5009 again and again has no gap.
check_cut() {
	[ ! -s trace.jsonl ] || check_recording --cut
	[ ! -s trace.log ] || sed '$d' trace.log | awk -F: -v pid="$1" '
		!/^[0-9]+:-?[0-9]+:[a-z]+$/ { print "malformed: " $0; exit 1 }
		$1 != pid || $2 < 5000 { next }
		begun && $2 != (last - 5000 + 1) % 10 + 5000 { print last ", then " $2; exit 1 }
		{ last = $2; begun = 1 }'
}

@test "SIGKILL at any moment: whole lines, nothing stays in the kernel, the next recording works" {
	before=$(bpf_objects)
	background ./act repeat:1000000 { 5000..5009 fork { 5010 exec ./act 5011 } wait }
	workload=$background
	seen=0
	rounds=$(fewer 12 4)
	for ((n = 1; n <= rounds; n++)); do
		rm -f trace.*
		background "$RECORDER" -q --running -b 64K act
		# In its beginnings, or in the midst of it.
		((n % 2)) || wait_until 20 test -s trace.log
		sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
		kill -KILL "$background"
		wait "$background" 2>/dev/null || true
		check_cut "$workload"
		[ ! -s trace.log ] || seen=$((seen + 1))
	done
	[ "$seen" -ge $((rounds / 2)) ]
	kill -KILL "$workload"
	wait_until 10 same_bpf_objects "$before"
	record_whole -q act -- ./act 5000
	expect 5000 markers
	wait_until 10 same_bpf_objects "$before"
}

is_at_gate2() {
	grep -qx second "/proc/$1/comm" && in_call "$1" 257
}

has_forks() {
	[ "$(grep -c '"process_fork"' trace.jsonl)" -eq "$1" ]
}

# suffers BEGIN END: a load on all CPUs, while the recorder is kept from reading between the two.
suffers() {
	local own=$(own_calls) many=$(fewer 1500000 200000) lines load lost child

	mkfifo gate gate2
	start -q -b 256K act pulse
	background ./act \
		fork { 5000..5009 read:gate 110x"$many" name:second read:gate2 5010..5019 } \
		fork { 5020..5029 read:gate 110x"$many" name:second read:gate2 5030..5039 } wait
	wait_until 10 has_call 5009
	wait_until 10 has_call 5029
	wait_until 10 has_forks 2
	for child in $(events process_fork pid); do
		wait_until 10 in_call "$child" 257
	done
	"$1"
	open_gate gate
	for child in $(events process_fork pid); do
		wait_until 60 is_at_gate2 "$child"
	done
	"$2"
	# When another process's call comes through, the ring has been emptied.
	wait_until 20 pulse_arrives
	open_gate gate2
	wait_until 20 has_ended "$background"
	kill -INT "$recorder"
	finish
	expect_status 3
	check_recording --lost
	# Each child's clone, wait4 and exit_group; twice openat, read, close; prctl.
	lines=$(grep -vc ':pulse$' trace.log)
	# A pulse that came too early has lost calls as well.
	load=" $background $(events process_fork pid | paste -sd ' ') "
	lost=$(events lost pid calls | awk -v load="$load" 'index(load, " " $1 " ") { sum += $2 } END { print sum + 0 }')
	expect $((own + 1 + 2 * (3 + 6 + 1 + many + 20))) echo $((lines + lost))
	all_between_the_markers
}

# What was lost lies between the first and the second markers of its process.
all_between_the_markers() {
	python3 - <<-'E'
		import json
		lines, first, second = {}, {}, {}
		for line in open("trace.log"):
		    pid, number = map(int, line.split(":")[:2])
		    lines[pid] = lines.get(pid, 0) + 1
		    if number in (5009, 5029): first[pid] = lines[pid]
		    if number in (5010, 5030): second[pid] = lines[pid]
		events = [json.loads(line) for line in open("trace.jsonl")]
		# A pulse has no markers.
		lost = [event for event in events if event["event_type"] == "lost" and event["pid"] in first]
		assert lost and all(first[e["pid"]] < e["process_line"] <= second[e["pid"]] for e in lost), lost
	E
}

stops() { kill -STOP "$recorder"; }
goes_on() { sleep 1; kill -CONT "$recorder"; }

@test "SIGSTOP for seconds under load: each lost call is counted, at its place" {
	suffers stops goes_on
}

is_starved() {
	renice -n 19 -p "$recorder" >/dev/null
	if ! new_cgroup cpu || ! limit_cpu 1; then
		untried "a cpu cgroup of 1 %: only nice 19 and a stop"
		kill -STOP "$recorder"
		return
	fi
	echo "$recorder" >"$cgroup/cgroup.procs"
}

is_fed() {
	kill -CONT "$recorder"
	[ -z "${cgroup-}" ] || limit_cpu 100
}

@test "1 % of a CPU and nice 19: each lost call is counted, at its place" {
	suffers is_starved is_fed
}

in_cgroup() {
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$cgroup" "$@"
}

# With sanitizers in it, the recorder has another allocator, which needs much more and may not fail.
has_sanitizers() {
	grep -q __asan_init "$RECORDER"
}

@test "no memory for the maps: status 1, one clear line, the files of the last recording stay" {
	if has_sanitizers || ! new_cgroup memory; then
		untried 'a memory cgroup'
		return
	fi
	before=$(bpf_objects)
	limit_memory $((64 << 20))
	echo 'first log' >trace.log
	echo 'first events' >trace.jsonl
	for option in --buffer=256M --max-processes=4194304; do
		status=0
		in_cgroup timeout "$(longer 60)" "$RECORDER" "$option" act -- ./act pid:ran >out 2>err 3>&- 8>&- || status=$?
		expect_status 1
		expect 1 awk 'END { print NR }' err
		grep -F 'no memory' err
		[ ! -e ran ]
	done
	expect 'first log' cat trace.log
	expect 'first events' cat trace.jsonl
	wait_until 10 same_bpf_objects "$before"
}

@test "killed for want of memory while recording: whole lines, and the next recording works" {
	if ! new_cgroup memory; then
		untried 'a memory cgroup'
		return
	fi
	before=$(bpf_objects)
	start -q act
	background ./act 5000..5009 pause
	wait_until 10 has_call 5009
	kill -STOP "$recorder"
	echo "$recorder" >"$cgroup/cgroup.procs"
	limit_memory $((1 << 20))
	many=$(fewer 3000000 600000)
	./act fork { 110x"$many" } fork { 110x"$many" } wait
	# To put all that in order takes more than there is.
	kill -CONT "$recorder"
	finish
	expect_status 137
	check_recording --cut
	expect "$(seq 5000 5009)" markers
	wait_until 10 same_bpf_objects "$before"
	record_whole -q act -- ./act 5001
}

@test "no memory for what arrives: each lost call is counted, at its place, status 3" {
	if has_sanitizers; then
		untried 'a limit of memory'
		return
	fi
	own=$(own_calls) many=$(fewer 3000000 600000)
	mkfifo gate
	start act
	background ./act 5000..5009 read:gate 110x"$many" 5010..5019 pause
	wait_until 10 has_call 5009
	kill -STOP "$recorder"
	open_gate gate
	wait_until 30 in_call "$background" 34
	# What it has is enough to go on with, not for megabytes that are not yet in order.
	prlimit --pid "$recorder" --as=1:
	kill -CONT "$recorder"
	wait_until 20 grep -q '"lost"' trace.jsonl
	prlimit --pid "$recorder" --as=unlimited:
	kill -KILL "$background"
	kill -INT "$recorder"
	finish
	expect_status 3
	check_recording --lost
	[ "$(jq .records_lost.bad_records <(tail -n 1 trace.jsonl))" -gt 0 ]
	grep -F 'no memory' err
	# openat, read, close; pause; no exit_group
	all_counted $((own + 10 + 3 + many + 10 + 1 - 1))
}

@test "too few file descriptors to start: status 1, one clear line, the files of the last recording stay" {
	local files=0 works=0 n

	# The search for leaks opens files.
	export ASAN_OPTIONS=detect_leaks=0
	for n in $(seq 12 4 24) $(seq 25 48); do
		rm -f trace.*
		echo 'first log' >trace.log
		echo 'first events' >trace.jsonl
		status=0
		timeout "$(longer 60)" sh -c 'ulimit -n "$1"; exec "$0" -d 0.1 act' "$RECORDER" "$n" >out 2>err </dev/null 3>&- 8>&- || status=$?
		if [ "$status" -eq 0 ]; then
			works=1
			check_recording
			continue
		fi
		expect '1 0' echo "$status $works"
		expect 1 awk 'END { print NR }' err
		grep -E 'only [0-9]+ files may be open|Too many open files' err
		files=$((files + $(grep -c 'cannot create' err || true)))
		expect 'first log' cat trace.log
		expect 'first events' cat trace.jsonl
	done
	# Of the ways to fail these were among them: no descriptor for the log, none for the events.
	[ "$works" -eq 1 ]
	[ "$files" -ge 2 ]
}

@test "no file descriptor for a rotation: a message, status 1, the files keep their names and are right" {
	export ASAN_OPTIONS=detect_leaks=0
	start act
	./act 5000..5009
	wait_until 10 has_call 5009
	# Those that are open stay so.
	prlimit --pid "$recorder" --nofile=3:
	kill -HUP "$recorder"
	finish
	expect_status 1
	grep -F 'cannot create "trace.log": Too many open files' err
	check_recording --lost
	expect "$(seq 5000 5009)" markers
	expect '0 false "Too many open files"' events recording_end calls_lost complete reason
	expect 'trace.jsonl
trace.log' bash -c 'ls trace.*'
}
