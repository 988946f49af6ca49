# SPDX-License-Identifier: BSD-2-Clause
# The recording compared with what other tools saw.
load ../lib/live.bash

calls_from_strace() {
	python3 "$LIB/strace_calls.py" strace.out
}

calls_from_log() {
	python3 "$LIB/strace_calls.py" --log trace.log
}

# Two runs have other pids; a thread's calls tell it from the others.
without_tids() {
	"$@" | cut -d: -f2- | sort
}

@test "strace -f of another run of the same deterministic program: call by call, per thread" {
	steps=(5000 fork { 5001 name:x 5002 try-exec ./missing exit:3 } wait vfork { 5003 exec ./act 5004 } wait
		thread { 5005 5006x100 } thread { 5007 name:worker 5008 } join pid:file read:file sleep:1
		int80:20 -1 2147483647 0x40000027 exec ./act 5009)
	strace -f -n -e quiet=none -o strace.out ./act "${steps[@]}"
	record_whole -q -t act -- ./act "${steps[@]}"
	diff <(without_tids calls_from_strace) <(without_tids calls_from_log)
	expect 5 awk 'END { print NR }' <(calls_from_strace)
}

# both PROGRAM ARG...: one run of it, seen by strace and by the recorder at the same time.
both() {
	# A name that no other process on this machine has.
	ln -s "$(readlink -f "$(command -v "$1")")" "$BATS_TEST_TMPDIR/seen-by-both"
	set -- ./seen-by-both "${@:2}"
	record_whole -q -t -f seen-by-both -- strace -f -n -e quiet=none -o strace.out "$@"
	diff <(calls_from_strace) <(calls_from_log)
}

@test "strace -f of the same run: a shell script with pipes, subshells and a PATH search" {
	cat >script <<-'E'
		cd /usr/bin
		for n in 1 2 3; do
			ls | sort | head -n "$n" >/dev/null
			(cat /proc/self/status | grep -c . >/dev/null) &
			PATH=/no1:/no2:$PATH true
			PATH=/no1:/no2:$PATH expr $n + 1 >/dev/null
			wait
		done
		kill -USR1 $$ 2>/dev/null
	E
	sed -i '1i trap : USR1' script
	both bash script
	[ "$(calls_from_log | wc -l)" -gt 15 ]
}

@test "strace -f of the same run: Python with threads and child processes" {
	cat >program.py <<-'E'
		import os, subprocess, threading
		def work(n):
		    for i in range(200):
		        os.stat("/")
		        with lock:
		            os.getppid()
		    subprocess.run(["true"])
		lock = threading.Lock()
		threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
		for t in threads: t.start()
		for t in threads: t.join()
	E
	both "$(python3 -c 'import sys; print(sys.executable)')" program.py
	[ "$(calls_from_log | wc -l)" -ge 13 ]
}

@test "strace -f of the same run: a 32-bit program that executes a 64-bit one and back" {
	cp "$BUILD/workloads/act-32" .
	# strace does not say in which mode a child of a 32-bit program starts: fork in 64-bit ones only.
	both ./act-32 5000 exec ./act 5002 int80:20 fork { exec ./act-32 5003 } wait exec ./act-32 5004
}

@test "strace -f of the same run: exec from a thread, and signals" {
	cp act beta
	both ./act 5000 fork { thread { 5001 exec ./beta 5002 } pause } fork { kill:15 } wait 5003
}

@test "perf stat -e raw_syscalls:sys_enter counts the same, for a program with all its descendants" {
	if [ ! -e /sys/kernel/tracing/events ]; then
		mount -t tracefs none /sys/kernel/tracing
		mounts+=(/sys/kernel/tracing)
	fi
	cat >script <<-'E'
		for n in 1 2 3 4 5; do
			ls / | sort >/dev/null
			(exec expr $n + 1) >/dev/null
		done
	E
	ln -s "$(command -v bash)" counted-shell
	record_whole -q -f counted-shell -- perf stat -x, -o perf.out -e raw_syscalls:sys_enter -- ./counted-shell script
	counted=$(awk -F, '/sys_enter/ { print $1 }' perf.out)
	[ "$counted" -gt 1000 ]
	# perf begins to count when the first execve, which is a call too, has been entered.
	expect "$((counted + 1))" awk 'END { print NR }' trace.log

	cp act counted-act
	many=$(fewer 100000)
	record_whole -q counted-act -- perf stat -x, -o perf.out -e raw_syscalls:sys_enter -- \
		./counted-act fork { 110x"$many" } fork { 110x"$many" } thread { 110x"$many" } wait join
	expect "$(($(awk -F, '/sys_enter/ { print $1 }' perf.out) + 1))" awk 'END { print NR }' trace.log
}
