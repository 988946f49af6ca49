#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# --verify: good recordings, damaged in every way there is, and what is said of them. The recording is
# lib/make_recording.py's: five stretches of 444 lines, the last one without any.

setup() {
	here=$BATS_TEST_DIRNAME
	formatter=${PROGDIR:-$here/../..}/formatter
	cd "$BATS_TEST_TMPDIR" || return
}

make_recording() {
	python3 "$here/../lib/make_recording.py" "$@" .
}

# verify STATUS [OPTION...] <EXPECTED: what it prints, errors first, but for the processes
verify() {
	local expected=$1 status=0

	shift
	"$formatter" --verify "$@" >out 2>err || status=$?
	diff -u --label expected --label verdict - <(cat err; tail -n 1 out)
	[ "$status" -eq "$expected" ]
}

# of_processes STATUS: how many of the 41 get this word, in the last run
of_processes() {
	grep -c "^[0-9]* [a-z]*: $1" out
}

@test "a good recording is whole, and each of its processes, in the order of their beginning" {
	make_recording
	verify 0 <<<'trace.log: whole: 2220 lines of 41 processes'
	[ "$(sed -n '1,4p;41,$p' out)" = '7 sh: whole
900 ls: whole
7005 sort: whole
970 ls: whole
140005 sort: whole
trace.log: whole: 2220 lines of 41 processes' ]
	# nothing is written
	[ "$(ls | paste -sd ' ')" = "err out trace.jsonl trace.log" ]
}

@test "--quiet says only what the whole is" {
	make_recording
	[ "$("$formatter" --verify -q)" = 'trace.log: whole: 2220 lines of 41 processes' ]
}

@test "a flipped byte in the log is found, and where" {
	make_recording
	sed -i '500s/:[0-9]*:/:9:/' trace.log # as long as it was
	verify 1 <<-'END'
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): bytes were changed, or lines have changed places
	trace.log: damaged: lines 444 to 887 (bytes 5623 to 11425): bytes were changed, or lines have changed places; 9 processes are damaged
	END
	[ "$(of_processes whole)" -eq 32 ]
	grep -qx '7 sh: damaged: the log is damaged from line 444 on, where it has lines' out
}

# flip_each FILE FROM STEP: one byte after the other from there on, each by another bit; every time it has
# to be found.
flip_each() {
	python3 - "$formatter" "$@" <<-'END'
	import subprocess, sys
	formatter, path, begin, step = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
	good = open(path, "rb").read()
	for at in range(begin, len(good) - 1, step):
	    bad = bytearray(good)
	    bad[at] ^= 1 << at % 8
	    with open(path, "wb") as file:
	        file.write(bad)
	    done = subprocess.run([formatter, "--verify", "-q"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
	    if done.returncode != 1 or b"damaged" not in done.stdout:
	        sys.exit(f"byte {at} of {path}: status {done.returncode}, {done.stdout}")
	END
}

@test "any byte, changed by any bit, is found, of the log and of the events" {
	make_recording
	cp trace.log good
	flip_each trace.log 0 451
	cp good trace.log
	flip_each trace.jsonl 0 201
}

# The line that has the checksums is covered by what it says alone.
@test "any byte of the last event, changed by any bit, is found, with checkpoints before it and without" {
	for made in "" --brief; do
		make_recording $made
		flip_each trace.jsonl $(($(stat -c %s trace.jsonl) - $(tail -n 1 trace.jsonl | wc -c))) 1
	done
}

@test "two flipped bytes are two places" {
	make_recording
	sed -i '1s/7:/8:/;2219s/:/;/' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 1 to 443 (bytes 0 to 5622): bytes were changed, or lines have changed places
	formatter: trace.log:2219: the pid is not a plain decimal number
	formatter: trace.log: lines 1776 to 2219 (bytes 23133 to 29150): bytes were changed, or lines have changed places
	formatter: trace.log: 1 malformed line skipped
	trace.log: damaged: lines 1 to 443 (bytes 0 to 5622): bytes were changed, or lines have changed places (and 2 more); 18 processes are damaged
	END
}

@test "a line that was put in is found, and what stands behind it is whole" {
	make_recording
	sed -i '600p' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): 1 more line than recorded
	trace.log: damaged: lines 444 to 887 (bytes 5623 to 11425): 1 more line than recorded (and 1 more); 9 processes are damaged
	END
	[ "$(of_processes whole)" -eq 32 ]
	grep -c 'damaged: it has 5[0-9] lines, its events say 5[0-9]' out
}

@test "a line before the first one and one behind the last" {
	make_recording
	cp trace.log good
	{ echo 7:1:sh; cat good; } >trace.log
	verify 1 <<-'END'
	formatter: trace.log: before line 1 (byte 0): 1 more line than recorded
	trace.log: damaged: before line 1 (byte 0): 1 more line than recorded (and 1 more); 1 process is damaged
	END
	{ cat good; echo 7:1:sh; } >trace.log
	verify 1 <<-'END'
	formatter: trace.log: before line 2221 (byte 29160): 1 more line than recorded
	trace.log: damaged: before line 2221 (byte 29160): 1 more line than recorded (and 1 more); 1 process is damaged
	END
}

@test "a line that was taken out is found, and what stands behind it is whole" {
	make_recording
	sed -i '600d' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): 1 line is missing
	trace.log: damaged: lines 444 to 887 (bytes 5623 to 11425): 1 line is missing (and 1 more); 9 processes are damaged
	END
	[ "$(of_processes whole)" -eq 32 ]
}

@test "a whole stretch that was taken out" {
	make_recording
	sed -i '444,887d' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): 444 lines are missing
	trace.log: damaged: lines 444 to 887 (bytes 5623 to 11425): 444 lines are missing (and 1 more); 9 processes are damaged
	END
}

@test "lines taken out in two places: between them nothing is recognised, behind them all is" {
	make_recording
	sed -i '100d;1000d' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 1 to 1333 (bytes 0 to 17246): 2 lines are missing
	trace.log: damaged: lines 1 to 1333 (bytes 0 to 17246): 2 lines are missing (and 1 more); 25 processes are damaged
	END
	[ "$(of_processes whole)" -eq 16 ]
}

@test "lines that have changed places are found" {
	make_recording
	sed -i '700{h;d};701{G}' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): bytes were changed, or lines have changed places
	trace.log: damaged: lines 444 to 887 (bytes 5623 to 11425): bytes were changed, or lines have changed places; 9 processes are damaged
	END
}

@test "a cut log is found, at the end of a line, within one, and down to nothing" {
	make_recording
	sed -i '2000,$d' trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 1776 to 2220 (bytes 23133 to 29159): cut, or lines are missing: the log ends at byte 26172 and had 29160
	trace.log: damaged: lines 1776 to 2220 (bytes 23133 to 29159): cut, or lines are missing: the log ends at byte 26172 and had 29160 (and 1 more); 9 processes are damaged
	END
	make_recording
	truncate -s -1 trace.log
	verify 1 <<-'END'
	formatter: trace.log: line 2220 (bytes 29151 to 29159): cut, or lines are missing: the log ends at byte 29159 and had 29160
	trace.log: damaged: line 2220 (bytes 29151 to 29159): cut, or lines are missing: the log ends at byte 29159 and had 29160; 1 process is damaged
	END
	: >trace.log
	verify 1 <<-'END'
	formatter: trace.log: lines 1 to 2220 (bytes 0 to 29159): cut, or lines are missing: the log ends at byte 0 and had 29160
	trace.log: damaged: lines 1 to 2220 (bytes 0 to 29159): cut, or lines are missing: the log ends at byte 0 and had 29160 (and 1 more); 41 processes are damaged
	END
}

@test "NUL bytes, as a crash leaves them in place of what was not on the disk yet" {
	make_recording
	truncate -s 28000 trace.log
	truncate -s 29160 trace.log
	verify 1 <<-'END'
	formatter: trace.log:2135: the line is longer than any line of a log
	formatter: trace.log: lines 1776 to 2220 (bytes 23133 to 29159): 85 lines are missing
	formatter: trace.log: 1 malformed line skipped
	trace.log: damaged: lines 1776 to 2220 (bytes 23133 to 29159): 85 lines are missing (and 2 more); 9 processes are damaged
	END
}

@test "cut events are those of a recorder that was killed, with all that is there intact" {
	make_recording
	sed -i '$d' trace.jsonl
	verify 3 <<<'trace.log: incomplete: no recording_end: the recorder was killed, or could not write'
	truncate -s -50 trace.jsonl
	verify 3 <<<'trace.log: incomplete: no recording_end: the recorder was killed, or could not write; 1 process is incomplete'
	grep -qx '7 sh: incomplete: the recording was cut off before its end' out
	: >trace.jsonl
	verify 3 <<<'trace.log: incomplete: no recording_end: the recorder was killed, or could not write; 41 processes are incomplete'
}

@test "an event that was taken out is found, and where" {
	make_recording
	sed -i '10d' trace.jsonl
	verify 1 <<-'END'
	formatter: trace.jsonl: lines 1 to 26 (bytes 0 to 4341): not as they were recorded
	trace.log: damaged: trace.jsonl: lines 1 to 26 (bytes 0 to 4341): not as they were recorded; 9 processes are damaged
	END
	[ "$(of_processes whole)" -eq 32 ]
}

@test "an event's changed line, a changed checkpoint, one that was taken out: the log is not blamed" {
	make_recording
	cp trace.jsonl good
	sed -i '30s/"line":[0-9]*/"line":446/' trace.jsonl
	verify 1 <<-'END'
	formatter: trace.jsonl: lines 28 to 52 (bytes 4569 to 8777): not as they were recorded
	trace.log: damaged: trace.jsonl: lines 28 to 52 (bytes 4569 to 8777): not as they were recorded; 8 processes are damaged
	END
	sed '52s/"log_xxh3":"d/"log_xxh3":"e/' good >trace.jsonl
	verify 1 <<-'END'
	formatter: trace.jsonl: lines 28 to 52 (bytes 4569 to 8777): not as they were recorded
	formatter: trace.log: lines 444 to 887 (bytes 5623 to 11425): cannot be checked, since their checkpoint is damaged
	trace.log: damaged: trace.jsonl: lines 28 to 52 (bytes 4569 to 8777): not as they were recorded (and 1 more); 9 processes are damaged
	END
	sed '52d' good >trace.jsonl
	verify 1 <<-'END'
	formatter: trace.jsonl: lines 28 to 76 (bytes 4569 to 12845): not as they were recorded
	formatter: trace.log: lines 444 to 1333 (bytes 5623 to 17246): cannot be checked, since their checkpoint is damaged
	trace.log: damaged: trace.jsonl: lines 28 to 76 (bytes 4569 to 12845): not as they were recorded (and 1 more); 17 processes are damaged
	END
}

@test "damage that goes on from checkpoint to checkpoint is told once" {
	make_recording
	sed -i 's/$/\r/' trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
	[ "$(grep -c 'trace.jsonl: lines' <<<"$output")" -eq 2 ]
	[[ $output == *"formatter: trace.jsonl: lines 1 to 129 "*": not as they were recorded"* ]]
}

@test "a checkpoint whose hashes are right and whose lines are not" {
	make_recording --brief
	python3 - "$here/../lib" <<-'END'
	import json, sys
	sys.path.insert(0, sys.argv[1])
	from recording import dump_event, xxh3
	lines = open("trace.jsonl", "rb").read().splitlines(True)
	end = json.loads(lines[-1])
	end.pop("events_xxh3")
	end["line"] += 1
	end["lines"] += 1
	text = b"".join(lines[:-1]) + dump_event(end)[:-1]
	open("trace.jsonl", "wb").write(text + b',"events_xxh3":"%s"}\n' % xxh3(text).encode())
	END
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "formatter: trace.log: lines 1 to 3 "*": their checkpoint speaks of other lines" ]]
}

@test "events of another log" {
	make_recording
	awk '{ print "9:" NR ":other" }' trace.log >other.log
	verify 1 -e trace.jsonl other.log 2>&1 <<-'END'
	formatter: other.log: lines 1 to 2220 (bytes 0 to 29159): cut, or lines are missing: the log ends at byte 27753 and had 29160
	other.log: damaged: lines 1 to 2220 (bytes 0 to 29159): cut, or lines are missing: the log ends at byte 27753 and had 29160; 42 processes are damaged
	END
	grep -qx '9 other: damaged: it has 2220 lines, and the events know nothing of it' out
}

@test "without events the lines alone are checked" {
	make_recording
	rm trace.jsonl
	verify 3 <<<'trace.log: incomplete: there are no events to check the lines against; 41 processes are incomplete'
	sed -i '7s/^/x/' trace.log
	verify 1 <<-'END'
	formatter: trace.log:7: the pid is not a plain decimal number
	formatter: trace.log: 1 malformed line skipped
	trace.log: damaged: 1 malformed line, the first is line 7
	END
	: >trace.log
	verify 3 <<<'trace.log: incomplete: there are no events to check the lines against'
}

@test "what was lost is said, and of whom" {
	make_recording --lost
	verify 3 <<<'trace.log: incomplete: 3 calls lost; 1 process is incomplete'
	[ "$(grep -v whole out | head -n 1)" = '1390 ls: incomplete: 3 calls lost' ]
}

@test "what else was lost is said by its counter" {
	make_recording --old
	sed -i '$s/"process_records":0/"process_records":0,"full_processes":2/; $s/"complete":true/"complete":false/' trace.jsonl
	verify 3 <<-'END'
	trace.log: incomplete: something was lost: full_processes: 2
	END
}

@test "more than ten damaged places are counted" {
	make_recording --loop
	sed -i '1s/:/;/; 150~200s/:/;/' trace.log
	sed -i '4~2s/12:00/12:01/' trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
	[ "$(grep -c '^formatter: trace[^:]*: line' <<<"$output")" -eq 10 ]
	[[ $output == *"formatter: trace.log: 11 places are damaged"* ]]
}

@test "a recorder that was killed leaves an incomplete recording" {
	make_recording --killed
	verify 3 <<<'trace.log: incomplete: no recording_end: the recorder was killed, or could not write (and 1 more)'
	make_recording --killed --running
	echo '31:sh' >>trace.log
	verify 3 <<<'trace.log: incomplete: no recording_end: the recorder was killed, or could not write; 1 process is incomplete'
	make_recording --killed
	sed -i '2220d' trace.log # behind the last checkpoint
	verify 1 <<-'END'
	trace.log: damaged: it has 2219 lines, its events name line 2220; 1 process is damaged
	END
}

@test "a process that goes on behind the recording's end is whole: all that was recorded is there" {
	make_recording --running
	verify 0 <<<'trace.log: whole: 2220 lines of 41 processes'
}

@test "a recording without checksums: lines and events are held against each other" {
	make_recording --old
	verify 0 <<<'trace.log: whole: 2220 lines of 41 processes; there are no checksums, so a changed byte may not show'
	cp trace.log good
	cp trace.jsonl good.jsonl
	sed -i '600d' trace.log
	verify 1 <<<'trace.log: damaged: it has 2219 lines, its events say 2220; 29 processes are damaged'
	sed '600s/.*/7:1:sh/' good >trace.log
	verify 1 <<<'trace.log: damaged: process 7: it has 63 lines, its events say 62; 2 processes are damaged'
	cp good trace.log
	sed '10s/"line":[0-9]*/"line":9/' good.jsonl >trace.jsonl
	verify 1 <<-'END'
	formatter: trace.jsonl:10: the event's line is before that of the event before it
	trace.log: damaged: trace.jsonl has 1 malformed event, the first in line 10; 39 processes are damaged
	END
	sed '4s/"line":4/"line":5/' good.jsonl >trace.jsonl
	verify 1 <<<'trace.log: damaged: process 900: line 5 should be the exec that its events tell of; 1 process is damaged'
	sed '/"process_exit".*"pid":900,/d' good.jsonl >trace.jsonl
	verify 0 <<<'trace.log: whole: 2220 lines of 41 processes; there are no checksums, so a changed byte may not show'
	sed '/"process_fork".*"pid":900,/d' good.jsonl >trace.jsonl
	verify 1 <<<'trace.log: damaged: its events tell of 40 processes, their end of 41; 1 process is damaged'
}

@test "options that have nothing to do with it are wrong usage" {
	make_recording
	for wrong in "-o out" "-b pid" "-n" "--repair"; do
		read -ra args <<<"$wrong"
		run "$formatter" --verify "${args[@]}"
		[ "$status" -eq 2 ]
	done
}

@test "several recordings: the worst of them is the status" {
	make_recording --lost
	cp trace.log lost.log
	cp trace.jsonl lost.jsonl
	make_recording
	run "$formatter" --verify -q trace.log lost.log
	[ "$status" -eq 3 ]
	[ "$output" = 'trace.log: whole: 2220 lines of 41 processes
lost.log: incomplete: 3 calls lost; 1 process is incomplete' ]
}

@test "a pipe can not be verified, a log that is not there neither" {
	make_recording
	run bash -c '"$1" --verify - <trace.log' - "$formatter"
	[ "$status" -eq 3 ]
	run bash -c 'cat trace.log | "$1" --verify -e trace.jsonl -' - "$formatter"
	[ "$status" -eq 1 ]
	[[ $output == *"no regular file"* ]]
	run "$formatter" --verify nothing
	[ "$status" -eq 1 ]
}

@test "events that are not one recording: something behind its end, two of them, none of its beginning" {
	make_recording
	cp trace.jsonl good
	head -n 1 good >>trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
	[[ $output == *": damaged: "* ]]
	{ cat good; printf 'x'; } >trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
	make_recording --old
	sed -i 1d trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 1 ]
}

@test "a recording_end whose reason is too long for one says only that it is not complete" {
	cp "$here/rename/trace.log" .
	jq -c 'if .event_type == "recording_end" then .complete = false | .reason = "x" * 2000 else . end' \
		"$here/rename/trace.jsonl" >trace.jsonl
	verify 3 <<<'trace.log: incomplete: the recording_end says so'
}
