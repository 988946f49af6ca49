# SPDX-License-Identifier: BSD-2-Clause
# The lines of one process stand in the order in which its calls entered the kernel.
load ../lib/live.bash

prepare() {
	cp "$BUILD/workloads/token" token
}

# The fields $1 of the calls that were made, and of those that were recorded.
made() {
	cut -d: -f"$1" report
}

recorded() {
	awk -F: '$2 >= 1000000' trace.log
}

named_markers() {
	cut -d: -f2,3 trace.log | grep '^5[0-9][0-9][0-9]:'
}

for_threads() {
	record_whole -q token -- ./token "$1" "$2" report
	expect "$2" awk 'END { print NR }' report
	diff <(made 1,3,4) <(recorded) | head -n 20
	cmp <(made 1,3,4) <(recorded)
}

@test "two threads that pass a token 300,000 times" {
	for_threads 2 "$(fewer 300000)"
}

@test "eight threads that pass a token 100,000 times" {
	for_threads 8 "$(fewer 100000)"
}

@test "a token among four threads of each of four processes at once" {
	cp act family
	turns=$(fewer 20000)
	record_whole -q token -- ./family repeat:1 { \
		fork { exec ./token 4 "$turns" report.1 } \
		fork { exec ./token 4 "$turns" report.2 } \
		fork { exec ./token 4 "$turns" report.3 } \
		fork { exec ./token 4 "$turns" report.4 } } wait
	for n in 1 2 3 4; do
		pid=$(head -n 1 report.$n | cut -d: -f1)
		cmp <(cut -d: -f1,3,4 report.$n) <(recorded | grep "^$pid:")
	done
	expect $((4 * turns)) bash -c "awk -F: '\$2 >= 1000000' trace.log | wc -l"
}

@test "with --threads the lines of a process are in the same exact order, each with its tid" {
	record_whole -q -t token -- ./token 4 "$(fewer 50000)" report
	diff <(made 2,3,4) <(recorded) | head -n 20
	cmp <(made 2,3,4) <(recorded)
}

@test "a thread that moves from CPU to CPU" {
	last=$(($(nproc) - 1))
	turns=$(fewer 3000)
	record_whole -q act -- ./act repeat:"$turns" { cpu:0 5000..5003 cpu:$last 5004..5007 }
	cmp <(for ((n = 0; n < turns; n++)); do echo 5000 5001 5002 5003 5004 5005 5006 5007; done | tr ' ' '\n') <(markers)
}

@test "a thread's calls after another one has given it a new comm have that comm" {
	cp "$BUILD/workloads/renamed" renamed
	turns=$(fewer 300)
	record_whole -q renamed -- ./renamed "$turns"
	cmp <(for ((n = 1; n <= turns; n++)); do echo "$((5000 + n)):turn-$n"; done) <(named_markers)
	# The first time is another case than all that follow.
	for ((n = 0; n < $(fewer 30); n++)); do
		record_whole -q renamed -- ./renamed 1
		expect "5001:turn-1" named_markers
	done
}

@test "lines of different processes interleave roughly by time" {
	record_whole -q act -- ./act repeat:3 { \
		5000 sleep:300 fork { 5001 sleep:300 fork { 5002 sleep:300 } wait 5003 sleep:300 } wait 5004 sleep:300 }
	cmp <(for n in 1 2 3; do seq 5000 5004; done) <(markers)
}
