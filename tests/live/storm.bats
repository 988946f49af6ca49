# SPDX-License-Identifier: BSD-2-Clause
# Many threads and processes in a short time: nothing is lost, nothing is counted twice, and the
# recorder keeps up.
load ../lib/live.bash

@test "30,000 short threads of one process, with their events, take no more than the time" {
	# Created and joined one by one: each one's start and end is an event among the calls.
	threads=$(fewer 30000)
	RECORD_SECONDS=60 record_whole -q --threads -- python3 -c '
import sys, threading
for _ in range(int(sys.argv[1])):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()' "$threads"
	for type in thread_start thread_exit; do
		events "$type" pid tid | awk -v made="$threads" '$1 != $2 { n++ } END { exit n != made }'
	done
}

forks_forever() {
	while :; do
		/bin/true
	done
}

# Each start of a process comes after the end of the one that had the pid before.
starts_twice() {
	python3 -c '
import json
live, twice = set(), 0
for line in open("trace.jsonl"):
    event = json.loads(line)
    kind, pid = event["event_type"], event.get("pid")
    if kind in ("process_fork", "process_attach") or kind == "process_exec" and event["started"]:
        twice += pid in live
        live.add(pid)
    elif kind in ("process_exit", "process_end_unseen"):
        live.discard(pid)
print(twice)'
}

@test "'*' begins in the middle of a storm of forks: every process is taken in once, and ends" {
	for n in {1..3}; do
		background forks_forever
	done
	for ((n = 0; n < $(fewer 10 2); n++)); do
		record -q -d 0.2 '*'
		expect_status 0
		expect 0 starts_twice
	done
}

@test "as many running processes as --max-processes allows are no loss" {
	for n in {1..3}; do
		background ./act pause
		wait_until 10 in_call "$background" 34
	done
	record -q -d 0.1 --max-processes 3 --running act
	expect_status 0
	expect 3 grep -c '"process_attach"' trace.jsonl
	record -q -d 0.1 --max-processes 2 --running act
	expect_status 3
	grep -q '"processes_not_taken_in":1,' trace.jsonl
}

@test "running processes can't be found from another pid namespace, and the recorder says so" {
	for option in '--pid 1' '--running act' '*'; do
		read -ra words <<<"$option"
		status=0
		unshare --pid --fork --mount-proc "$RECORDER" "${words[@]}" >out 2>err 3>&- 8>&- || status=$?
		expect_status 1
		grep -q 'initial pid namespace' err
	done
}
