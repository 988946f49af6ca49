#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Logs and events that are made to exhaust the splitter: it ends in bounded memory, names the place,
# and leaves nothing behind that is not complete.

setup() {
	here=$BATS_TEST_DIRNAME
	formatter=${PROGDIR:-$here/../..}/formatter
	# In memory, if there is room: some of it is hundreds of thousands of files.
	folder=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
	cd "$folder" || return
	printf '1:59:a\n' >one.log
}

teardown() {
	cd / && rm -rf "$folder"
}

# in_memory MIB ARG...: the formatter, and its messages without its name
in_memory() {
	local limit=$1 status=0

	shift
	# The sanitizers take several times as much.
	if grep -q __asan_init "$formatter"; then limit=10000; fi
	python3 "$here/../lib/in_memory.py" "$limit" "$formatter" "$@" 2>stderr || status=$?
	sed 's/^formatter: //' stderr
	return "$status"
}

# bounded MIB ARG...: likewise, the splitter with these arguments
bounded() {
	in_memory "$1" -q -j2 -o out "${@:2}"
}

# fails MIB PATTERN ARG...: that is all there is to see, and nothing is made
fails() {
	local limit=$1 pattern=$2

	shift 2
	run bounded "$limit" "$@"
	echo "$output"
	[ "$status" -eq 1 ]
	# shellcheck disable=SC2053
	[[ $output == $pattern ]]
	[ ! -e out ]
	[ -z "$(ls -d .formatter* 2>/dev/null)" ]
}

# skips MIB MESSAGES ARG...: likewise, but all else is written
skips() {
	local limit=$1 messages=$2

	shift 2
	rm -rf out
	run bounded "$limit" "$@"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$output" = "$messages" ]
	[ -e out/index.csv ]
}

@test "a million comms are one process's sequence, or more than little memory holds" {
	seq 1000000 | awk '{ print "7:0:c" $1 }' >comms.log
	bounded 40 -m 1M --by pid comms.log
	[ "$(wc -w <out/7.log)" -eq 1000000 ]
	rm -r out
	fails 70 "comms.log has more sequences than --memory allows (* so far): give it more" -m 1M comms.log
	fails 64 "comms.log has more sequences than --memory allows (* so far): give it more" -m 64M comms.log
}

@test "a million processes are one comm's sequence, or more than little memory holds" {
	seq 1000000 | awk '{ print $1 ":0:c" }' >pids.log
	bounded 40 -m 1M --by comm pids.log
	[ "$(wc -w <out/c.log)" -eq 1000000 ]
	rm -r out
	fails 70 "pids.log has more sequences than --memory allows (* so far): give it more" -m 1M pids.log
}

@test "a million processes in the events are more than little memory holds" {
	message="x.jsonl has more events than --memory allows: give it more, or do without them by --events none"
	seq 1000000 | awk '{ print "{\"event_type\":\"process_fork\",\"line\":" $1 ",\"pid\":" $1 ",\"comm\":\"c\"}" }' >x.jsonl
	fails 70 "$message" -m 1M -e x.jsonl one.log
	# One pid, again and again; one process, of which calls are lost again and again.
	seq 1000000 | awk '{ print "{\"event_type\":\"process_fork\",\"line\":1,\"pid\":7,\"comm\":\"c" $1 "\"}" }' >x.jsonl
	fails 70 "$message" -m 1M -e x.jsonl one.log
	seq 1000000 | awk '{ print "{\"event_type\":\"lost\",\"line\":1,\"pid\":7,\"calls\":1}" }' >x.jsonl
	fails 70 "$message" -m 1M -e x.jsonl one.log
	# Room that was made for a long line is not filled at once.
	{ head -c 16000000 /dev/zero; echo; cat x.jsonl; } >y.jsonl
	fails 70 "y.jsonl:1: the event is not a JSON object
y.jsonl*" -m 1M -e y.jsonl one.log
}

# A line of 5 GiB, more than 32 bits count, between two others; most of it is a hole.
giant_log() {
	cp one.log giant.log
	truncate -s +5G giant.log
	printf '\n1:231:a\n' >>giant.log
}

@test "a line without end is one bad line, in a file and in a pipe" {
	giant_log
	skips 40 "giant.log:2: the line is longer than any line of a log
giant.log: 1 malformed line skipped" -m 1M giant.log
	[ "$(<out/a:1.log)" = "59 231" ]
	skips 40 "(stdin):2: the line is longer than any line of a log
(stdin): 1 malformed line skipped" -m 1M - < <(cat one.log; head -c 1G /dev/zero | tr '\0' a)
	[ "$(<out/a:1.log)" = 59 ]
}

@test "a line without end is named by --verify, and --repair keeps what is in front of it" {
	giant_log
	echo '{"event_type":"recording_start","line":1}' >giant.jsonl
	run in_memory 70 -m 1M --verify giant.log
	[ "$status" -eq 1 ]
	[ "$output" = "1 a: incomplete: the events know nothing of it
giant.log: damaged: 1 malformed line, the first is line 2
giant.log:2: the line is longer than any line of a log
giant.log: 1 malformed line skipped" ]
	in_memory 70 -q -m 1M --repair -o out giant.log
	cmp one.log out/giant.log
}

@test "twenty million empty lines are named ten times and counted" {
	head -c 20000000 /dev/zero | tr '\0' '\n' >empty.log
	skips 40 "$(for n in {1..10}; do echo "empty.log:$n: the line is empty"; done)
empty.log: 20000000 malformed lines skipped" -m 1M empty.log
}

@test "NUL bytes and CR LF are told by their lines" {
	printf '1:59:a\0b\n\0\0\0\n1:5\0:a\n1:60:a\n' >nul.log
	skips 40 "nul.log:1: the comm holds a control character
nul.log:2: the pid is not a plain decimal number
nul.log:3: the syscall is not a plain decimal number
nul.log: 3 malformed lines skipped" -m 1M nul.log
	[ "$(<out/a:1.log)" = 60 ]
	printf '1:59:a\r\n1:60:a\n1:61:a\rb\n' >crlf.log
	skips 40 "crlf.log:1: the line ends in CR LF, and lines of a log end in LF
crlf.log:3: the comm holds a control character
crlf.log: 2 malformed lines skipped" -m 1M crlf.log
	[ "$(<out/a:1.log)" = 60 ]
}

# events PREFIX PIECE BYTES SUFFIX: one line with as many pieces as make so many bytes
events() {
	python3 -c 'import sys
prefix, piece, size, suffix = sys.argv[1:]
print(prefix + piece * (int(size) // len(piece)) + suffix)
print("""{"event_type":"process_fork","line":1,"pid":1,"comm":"a"}""")' "$@" >x.jsonl
}

@test "an event of any size and shape takes little memory, and the next one is read" {
	start='{"event_type":"recording_start","line":1,"x":'
	nested="x.jsonl:1: the event is nested too deeply
x.jsonl: 1 malformed event skipped"
	large="x.jsonl:1: the event takes more than 32 MiB of memory
x.jsonl: 1 malformed event skipped"
	long="x.jsonl:1: the event is longer than 16 MiB
x.jsonl: 1 malformed event skipped"

	events "$start\"" a 17000000 '"}'
	skips 70 "$long" -m 1M -e x.jsonl one.log
	events "$start" '[' 16000000 '}'
	skips 70 "$nested" -m 1M -e x.jsonl one.log
	for piece in '{},' '[],' '1,' '"",'; do
		events "${start}[" "$piece" 16000000 '1]}'
		skips 70 "$large" -m 1M -e x.jsonl one.log
	done
	grep -q '^a:1.log,a,1,1,,fork,' out/index.csv
}

@test "the longest command line that there usually is can be read" {
	# 2 MiB, of which each argument takes a pointer, a letter and a NUL.
	events '{"event_type":"recording_start","line":1,"options":{"threads":true},"command_line":[' \
		'"a",' 838000 '"a"]}'
	bounded 70 -m 1M -e x.jsonl one.log
	run bounded 70 -m 1M -f --by comm,tid -e x.jsonl one.log
	[ "$status" -eq 0 ]
}
