#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The splitter from outside. Each folder here is a case: trace.log and maybe trace.jsonl go in, with
# the options in args; expected/ holds every file that must come out, byte for byte,
# expected-status and expected-stderr what else there is to see.

setup() {
	here=$BATS_TEST_DIRNAME
	formatter=${PROGDIR:-$here/../..}/formatter
	cd "$BATS_TEST_TMPDIR" || return
}

# check_case NAME
check_case() {
	local args=() status=0 expected_status=0

	cp "$here/$1"/trace.* .
	if [ -e "$here/$1/args" ]; then
		read -ra args <"$here/$1/args"
	fi
	if [ -e "$here/$1/expected-status" ]; then
		expected_status=$(<"$here/$1/expected-status")
	fi
	"$formatter" "${args[@]}" -o out 2>stderr || status=$?
	cat stderr
	[ "$status" -eq "$expected_status" ]
	if [ -e "$here/$1/expected-stderr" ]; then
		diff "$here/$1/expected-stderr" stderr
	fi
	mkdir -p out
	mkdir -p expected # git keeps no empty folder
	if [ -e "$here/$1/expected" ]; then
		cp -r "$here/$1/expected" .
	fi
	diff -r expected out
}

# make_log LINES PROCESSES: an own log, deterministic, processes finely interleaved
make_log() {
	awk -v lines="$1" -v processes="$2" 'BEGIN {
		for (i = 0; i < lines; i++) {
			seed = ((seed + 1) * 16807) % 2147483647
			pid = seed % processes + 1
			print pid ":" int(seed / 8191) % 400 ":comm" pid % 7
		}
	}'
}

# split_by_awk DIR <log: what formatter should write, but for the index
split_by_awk() {
	mkdir "$1"
	awk -F: -v dir="$1" '{
		key = $3 ":" $1
		if (key in text)
			text[key] = text[key] " " $2
		else
			text[key] = $2
	} END {
		for (key in text) { print text[key] > (dir "/" key ".log"); close(dir "/" key ".log") }
	}'
}

@test "sequences are exact from the lines alone" {
	check_case no-events
}

@test "a fork child ends with its exec, and the new program begins there" {
	check_case fork-and-exec
}

@test "each exec ends a sequence, also the one out of the recording; an exec to the same comm goes on" {
	check_case exec-chain
}

@test "a process that renames itself has a sequence per name, and one again under its first" {
	check_case rename
}

@test "threads with own comms end with their exit or with the process" {
	check_case threads-of-one-process
}

@test "a process attached to starts mid-life and is not complete" {
	check_case attach
}

@test "processes that had the same pid are told apart by the events" {
	check_case pid-reuse
}

@test "losses count for the sequences in which they lie" {
	check_case lost
}

@test "the call of an exec is lost: neither program's sequence is complete" {
	check_case exec-call-lost
}

@test "an exec that the recorder did not await: no sequence of its process is complete, those of others are" {
	check_case misplaced-exec
	"$formatter" --verify trace.log >verdict || [ $? -eq 3 ]
	grep -x '1 b: incomplete: an exec of it stands in the wrong place' verdict
	grep -x '2 a: whole' verdict
	# Nothing says any more that something was lost: it is no damage all the same.
	sed -i '$d' trace.jsonl
	"$formatter" --verify trace.log >verdict || [ $? -eq 3 ]
	grep -x '1 b: incomplete: an exec of it stands in the wrong place' verdict
}

@test "records that the recorder could not use may have held calls that nobody counted: complete is unknown" {
	check_case calls-not-counted
}

@test "events that were cut off leave ends unknown" {
	check_case cut-recording
}

@test "a process that outlives the recording ends with it and is not complete" {
	check_case still-running
}

@test "no comm escapes from the directory or meets the name of another" {
	check_case hostile-comms
}

@test "comms alone make safe names, too" {
	check_case hostile-comms-by-comm
}

@test "malformed lines are named, then counted, and all others are written" {
	check_case malformed-lines
}

@test "a last line without newline is a line" {
	check_case last-line-without-newline
}

@test "an empty log gives an empty index" {
	check_case empty-log
}

@test "names stand for numbers, those of other ABIs with a prefix" {
	check_case names
}

@test "a log with tids is split by thread, and reused tids are told apart" {
	check_case threads-log
}

@test "a log with tids can be split by process" {
	check_case threads-log-by-pid
}

@test "a log with tids can be split by comm and process" {
	check_case threads-log-by-comm-pid
}

@test "a process is one sequence, whatever its comm" {
	check_case by-pid
}

@test "a log without tids can not be split by tid" {
	check_case by-tid-without-tids
}

@test "events that are none are named and ignored" {
	check_case hostile-events
}

@test "the result is the same for every number of threads and every amount of memory" {
	make_log 400000 300 >trace.log
	split_by_awk expected <trace.log
	for options in "-j1" "-j2" "-j3" "-j4" "-j3 -m1K" "-j1 -m1M" "-j2 -m100M"; do
		read -ra args <<<"$options"
		"$formatter" -q "${args[@]}" -o "out $options" trace.log
		diff -rq "out -j1" "out $options"
	done
	[ "$(wc -l <"out -j1/index.csv")" -eq 301 ]
	rm "out -j1/index.csv"
	diff -rq expected "out -j1"
}

@test "a log larger than memory is written in several goes" {
	make_log 3000000 50 >trace.log
	split_by_awk expected <trace.log
	"$formatter" -q -j2 -m 1K -o out trace.log
	rm out/index.csv
	diff -rq expected out
}

@test "thousands of sequences need few file descriptors" {
	make_log 50000 5000 >trace.log
	split_by_awk expected <trace.log
	(ulimit -n 32 && "$formatter" -q -j4 -o out trace.log)
	rm out/index.csv
	diff -rq expected out
}

@test "pid reuse is told apart wherever the blocks of several threads begin" {
	awk 'BEGIN { for (i = 0; i < 300000; i++) print "7:" i ":a" }' >trace.log
	{
		echo '{"event_type":"recording_start","line":1,"options":{}}'
		for line in 1 100001 200001; do
			echo '{"event_type":"process_fork","line":'$line',"pid":7,"ppid":1,"comm":"a"}'
			echo '{"event_type":"process_exit","line":'$((line + 100000))',"pid":7,"calls":100000,"lost":0}'
		done
	} >trace.jsonl
	"$formatter" -q -j4 -m 8M -o out
	seq -s ' ' 0 99999 | cmp - out/a:7.log
	seq -s ' ' 100000 199999 | cmp - out/a:7.2.log
	seq -s ' ' 200000 299999 | cmp - out/a:7.3.log
	[ "$(grep -c ',yes' out/index.csv)" -eq 3 ]
}

@test "the standard input is a log" {
	printf '1:59:a\n1:231:a\n' | "$formatter" -o out -
	[ "$(<out/a:1.log)" = "59 231" ]
	(printf '1:5'; sleep 0.1; printf '9:a\n1:2'; sleep 0.1; echo 31:a) | "$formatter" -fo out -
	[ "$(<out/a:1.log)" = "59 231" ]
}

@test "the sequences of a second log are further instances" {
	printf '1:59:a\n' >one.log
	printf '1:60:a\n2:1:b\n' >two.log
	"$formatter" -o out one.log two.log
	[ "$(<out/a:1.log)" = 59 ]
	[ "$(<out/a:1.2.log)" = 60 ]
	[ "$(<out/b:2.log)" = 1 ]
}

@test "existing files are left alone without --force" {
	printf '1:59:a\n2:0:b\n' >trace.log
	mkdir out
	echo precious >out/b:2.log
	run "$formatter" -o out
	[ "$status" -eq 1 ]
	[[ $output == *"b:2.log exists"* ]]
	[ "$(ls -A out)" = b:2.log ]
	[ "$(<out/b:2.log)" = precious ]

	"$formatter" -f -o out
	[ "$(<out/b:2.log)" = 0 ]

	rm out/*.log
	run "$formatter" -o out
	[ "$status" -eq 1 ]
	[[ $output == *"index.csv exists"* ]]
}

@test "symbolic links are never followed, with --force they are replaced" {
	printf '1:59:a\n' >trace.log
	mkdir out
	echo precious >victim
	ln -s ../victim out/a:1.log
	ln -s ../nowhere out/index.csv
	run "$formatter" -o out
	[ "$status" -eq 1 ]
	"$formatter" -f -o out
	[ "$(<victim)" = precious ]
	[ ! -e nowhere ]
	[ ! -L out/a:1.log ] && [ ! -L out/index.csv ]
}

@test "the log itself is not replaced, --force or not" {
	printf '1:59:trace\n' >trace.log
	run "$formatter" -f --by comm
	[ "$status" -eq 1 ]
	[[ $output == *"trace.log would replace the log"* ]]
	[ "$(<trace.log)" = 1:59:trace ]
	[ "$(ls -A)" = trace.log ]
}

@test "files are as closed to others as the log is" {
	printf '1:59:a\n' >trace.log
	chmod 600 trace.log
	(umask 022 && "$formatter" -o out)
	[ "$(stat -c %a out/a:1.log out/index.csv out | paste -sd ' ')" = "600 600 700" ]
	chmod 644 trace.log
	(umask 022 && "$formatter" -o out2)
	[ "$(stat -c %a out2/a:1.log out2 | paste -sd ' ')" = "644 755" ]
}

@test "under sudo the files belong to the caller" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	printf '1:59:a\n' >trace.log
	mkdir old
	SUDO_UID=12345 SUDO_GID=54321 "$formatter" -o out
	SUDO_UID=12345 SUDO_GID=54321 "$formatter" -o old
	[ "$(stat -c %u:%g out out/* old/* | sort -u)" = 12345:54321 ]
}

@test "a full disk leaves nothing behind, and is said" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	make_log 400000 2000 >trace.log
	mkdir small
	mount -t tmpfs -o size=1m tmpfs small || skip "can not mount a tmpfs"
	run "$formatter" -o small
	left=$(ls -A small)
	umount small
	[ "$status" -eq 1 ]
	[[ $output == *"cannot write "*": No space left on device"* ]]
	[ "${#lines[@]}" -eq 1 ]
	[ -z "$left" ]
}

@test "SIGTERM while waiting for input leaves nothing behind" {
	mkdir out
	mkfifo log
	exec 7<>log
	"$formatter" -o out log 7>&- &
	pid=$!
	# More than a block: once it is taken, the splitter is at work.
	make_log 700000 9 >&7
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	[ "$status" -eq 143 ]
	[ -z "$(ls -A out)" ]
}

@test "a FIFO that nobody writes to is waited for until the first signal" {
	mkfifo log
	"$formatter" -o out -e none log &
	pid=$!
	# Whichever of its threads reads is in poll(), unless it did not come to that.
	until grep -qs '^7 ' "/proc/$pid/task/"*/syscall || [ ! -e "/proc/$pid/syscall" ]; do :; done
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "a FIFO that lies beside the log is not taken for its events" {
	printf '1:59:a\n' >trace.log
	mkfifo trace.jsonl
	for mode in "" --verify; do
		run timeout 10 "$formatter" $mode -o out trace.log
		[ "$status" -ne 124 ]
		[ "$status" -ne 0 ]
	done
	run timeout 10 "$formatter" -o out trace.log
	[ "$output" = "formatter: trace.jsonl is no regular file, as the events beside a log are: say --events FILE, or --events none" ]
	"$formatter" -q -o out -e none trace.log
}

@test "a compressed log is named as such, and nothing is made" {
	for tool in gzip bzip2 xz zstd; do
		command -v "$tool" >/dev/null || continue
		printf '1:59:a\n' | "$tool" -c >packed.log
		run "$formatter" -o out packed.log
		[ "$status" -eq 1 ]
		[[ $output == *"packed.log is compressed: pipe it through "*", and read it as -" ]]
		[ ! -e out ]
	done
	# gzip is always there.
	[ "$status" -eq 1 ]
}

@test "a missing log is an error, and nothing is made" {
	run "$formatter" -o out
	[ "$status" -eq 1 ]
	[[ $output == *"cannot open trace.log: No such file"* ]]
	[ ! -e out ]
}

@test "wrong usage is status 2, --help and --version are 0" {
	for wrong in --nonsense --by=tid "--jobs 0" "--jobs x" "--memory 0" "--memory 1X" "-e a b c"; do
		read -ra args <<<"$wrong"
		run "$formatter" "${args[@]}"
		[ "$status" -eq 2 ]
	done
	for right in --help --usage --version; do
		run "$formatter" "$right"
		[ "$status" -eq 0 ]
	done
}

@test "--quiet is quiet" {
	printf '1:59:a\n' >trace.log
	run "$formatter" -q -o out
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
