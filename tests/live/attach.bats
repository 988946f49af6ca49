# SPDX-License-Identifier: BSD-2-Clause
# Processes that ran before the recorder.
load ../lib/live.bash

prepare() {
	cp act beta
	# what runs already under this name is the test's own
	cp act resident
	mkfifo gate gate2
}

# at_gate PROGRAM ARG...: in the background, and blocked in its open of the FIFO gate.
at_gate() {
	background "$@"
	wait_until 10 in_call "$background" 257
}

@test "--pid records a running process with all its threads, from the middle of its life" {
	at_gate ./act 5000 thread { read:gate2 5001 } read:gate 5002 join 5003
	start -q -p "$background"
	open_gate gate2
	wait_until 10 has_call 5001
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A attach act (act)
		A:5001:act
		A:60:act
		A:5002:act
		A:5003:act
		A:231:act
		A exit 0
	E
}

@test "--pid with --threads: every thread has its start" {
	at_gate ./act 5000 thread { name:worker read:gate2 5001 } read:gate 5002 join 5003
	wait_until 10 grep -q worker /proc/$background/task/*/comm
	start -q -t -p "$background"
	open_gate gate2
	wait_until 10 has_call 5001
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect 2 awk '/"thread_start"/ { n++ } END { print n }' trace.jsonl
	expect 2 awk '/"thread_exit"/ { n++ } END { print n }' trace.jsonl
	expect_story --calls <<-E
		A.$(worker_number):5001:worker
		A.$(worker_number):60:worker
		A.$(main_number):5002:act
		A.$(main_number):5003:act
		A.$(main_number):231:act
	E
}

# The threads of an attached process start in any order.
worker_number() {
	events thread_start comm | awk '/worker/ { print NR }'
}

main_number() {
	events thread_start comm | awk '/"act"/ { print NR }'
}

@test "--pid can be given several times; only these processes are recorded" {
	at_gate ./act read:gate 5001
	first=$background
	at_gate ./act read:gate 5002
	second=$background
	at_gate ./act read:gate 5003
	start -q -p "$first" --pid "$second"
	open_gate gate
	wait_until 10 has_ended "$first"
	wait_until 10 has_ended "$second"
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A attach act (act)
		A:5001:act
		A:231:act
		A exit 0
		B attach act (act)
		B:5002:act
		B:231:act
		B exit 0
	E
}

@test "children of an attached process are recorded as those of any other" {
	at_gate ./act read:gate 5001 fork { 5002 exec ./beta 5003 } wait 5004
	start -q -p "$background"
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A attach act (act)
		A:5001:act
		A:56:act
		A:5004:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5002:act
		B:59:act
		B exec ./beta (beta) left
	E
}

@test "--running takes in the running processes of the PROGRAMs, and the later ones too" {
	at_gate ./resident read:gate 5001
	running=$background
	at_gate ./beta read:gate 5002
	start -q -r resident
	open_gate gate
	wait_until 10 has_ended "$running"
	wait_until 10 has_ended "$background"
	./resident 5003
	stop
	expect_story <<-'E'
		A attach resident (resident)
		A:5001:resident
		A:231:resident
		A exit 0
		B exec ./resident (resident) started
		B:59:resident
		B:5003:resident
		B:231:resident
		B exit 0
	E
}

@test "--running finds a program by its file, whatever its comm is by now" {
	at_gate ./resident name:other read:gate 5001
	start -q -r resident
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story --calls <<-'E'
		A:5001:other
		A:231:other
	E
}

@test "'*' takes in what runs already" {
	at_gate ./act 5000 thread { read:gate2 5001 } read:gate 5002 join 5003
	start -q '*'
	open_gate gate2
	wait_until 10 has_call 5001
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	diff -u --label expected --label recorded - <(calls_of "$background" | grep -xE '5...|60|231') <<-'E'
		5001
		60
		5002
		5003
		231
	E
	events process_attach pid comm file | grep -x "$background \"act\" \"act\""
	events process_exit pid exit_code | grep -x "$background 0"
}

@test "without --running a process that runs already is not recorded, its later exec is" {
	at_gate ./act read:gate 5001 exec ./act 5002
	start -q act
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5002:act
		A:231:act
		A exit 0
	E
}

@test "--pid of a process that is not there fails and names it" {
	background ./act
	wait "$background" || true
	record -p "$background" act
	expect_status 1
	grep -F "$background" err
}

@test "processes that fork, exec and exit while they are taken in: each once, each exec with its line" {
	for n in 1 2 3; do
		background bash -c 'for ((;;)); do /bin/true; : $(echo x | cat); done'
	done
	for ((n = 0; n < $(fewer 40 2); n++)); do
		record_whole -q -t '*' -- sleep 0.1
	done
}

# Makes threads, one after the other, from three threads at once: each call is one of two numbers, the next
# of its maker's, first by the maker, then by the thread. For SECONDS.
makes_threads() {
	exec python3 -c '
import ctypes, sys, threading, time
syscall = ctypes.CDLL(None).syscall
end = time.monotonic() + float(sys.argv[1])

def make(base):
    number = 0
    while time.monotonic() < end:
        syscall(base + number)
        thread = threading.Thread(target=syscall, args=(base + number + 1,))
        thread.start()
        thread.join()
        number = (number + 2) % 6000
for base in 1000, 8000, 15000:
    threading.Thread(target=make, args=(base,)).start()' "$1"
}

has_threads() {
	[ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -gt "$2" ]
}

# numbers_left_out: of those of makes_threads()
numbers_left_out() {
	awk -F: -v least="$(fewer 100 5)" '$2 >= 1000 && $2 < 22000 {
		maker = int(($2 - 1000) / 7000)
		number = ($2 - 1000) % 7000
		if (maker in next_one && next_one[maker] != number)
			left_out++
		next_one[maker] = (number + 1) % 6000
		seen++
	}
	END { print (seen > least ? left_out + 0 : "too few calls: " seen + 0) }' trace.log
}

@test "threads that begin while their process is taken in: every one of their calls is there" {
	background makes_threads "$(longer 60)"
	wait_until 10 has_threads "$background" 3
	for ((n = 0; n < $(fewer 30 2); n++)); do
		record_whole -q -d 0.2 -p "$background"
		expect 0 numbers_left_out
	done
}
