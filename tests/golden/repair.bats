#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# --repair: what is sound of a damaged recording is a recording again, and its old files stay.

setup() {
	here=$BATS_TEST_DIRNAME
	formatter=${PROGDIR:-$here/../..}/formatter
	cd "$BATS_TEST_TMPDIR" || return
}

make_recording() {
	python3 "$here/../lib/make_recording.py" "$@" .
}

# repaired LINES EVENTS: out/ has the first so many lines and events of good/, and an end; that is
# incomplete, but honest, and can be split.
repaired() {
	local sums

	sums=$(cat trace.log trace.jsonl | cksum)
	rm -rf out split
	"$formatter" --repair -q -o out
	[ "$sums" = "$(cat trace.log trace.jsonl | cksum)" ]
	[ "$(ls out | paste -sd ' ')" = "trace.jsonl trace.log" ]
	head -n "$1" good/trace.log | cmp - out/trace.log
	diff <(head -n "$2" good/trace.jsonl) <(head -n -1 out/trace.jsonl)
	tail -n 1 out/trace.jsonl | grep -q '"complete":false,"reason":"repaired"'
	run "$formatter" --verify -q out/trace.log
	[ "$status" -eq 3 ]
	[ "$output" = "out/trace.log: incomplete: ${3:-the recording_end says so: repaired}" ]
	"$formatter" -q -o split out/trace.log
}

# whole_again: out/ has all of good/, its own end included.
whole_again() {
	rm -rf out
	"$formatter" --repair -q -o out
	cmp good/trace.log out/trace.log
	cmp good/trace.jsonl out/trace.jsonl
	"$formatter" --verify -q out/trace.log
}

# keep_good: what was made last, under good/
keep_good() {
	mkdir -p good
	cp trace.log trace.jsonl good
}

@test "damage to the log: what the checkpoint in front of it speaks of stays" {
	make_recording
	keep_good
	sed -i '600s/:/:1/' trace.log
	repaired 443 27
	cp good/trace.log .
	sed -i '1500d' trace.log
	repaired 1333 77
	cp good/trace.log .
	truncate -s 20000 trace.log
	repaired 1333 77
}

# Each of nine stretches might be in front of the damage or behind it.
@test "lines that are all the same: as many stay as there are checkpoints for" {
	make_recording --loop
	keep_good
	sed -i '500d' trace.log
	repaired 901 12
	cp good/trace.log .
	sed -i '500p' trace.log
	whole_again
	cp good/trace.log .
	sed -i '500s/110/111/' trace.log
	repaired 401 7
}

@test "lines behind the recording's end go, its end stays" {
	make_recording
	keep_good
	tail -n 1 good/trace.log >>trace.log
	whole_again
	echo 4000:1:vi >>trace.log
	whole_again
}

@test "damage to the events: likewise" {
	make_recording
	keep_good
	sed -i '60d' trace.jsonl
	repaired 887 52
	cp good/trace.jsonl .
	sed -i '52s/"bytes":1/"bytes":2/' trace.jsonl
	repaired 443 27
}

@test "what was lost before the damage is still said" {
	make_recording --lost
	keep_good
	sed -i '1500d' trace.log
	repaired 1333 78 '3 calls lost; 1 process is incomplete'
}

# They may be missing in what stays, too, even where their end does not.
@test "which records the old end says were lost the new one says, too" {
	make_recording --records-lost
	keep_good
	sed -i '1500d' trace.log
	repaired 1333 77 'something was lost: process_records: 2'
	grep -q '"records_lost":{"process_records":2}' out/trace.jsonl
}

# edit_events SED-SCRIPT: as if it had been recorded like that.
edit_events() {
	sed -i "$1" trace.jsonl
	python3 "$here/../lib/reseal.py" .
	keep_good
}

@test "an end that calls complete what has no start goes, all else stays" {
	make_recording
	edit_events '/"process_fork".*"pid":1320,/d; s/"processes":41/"processes":40/'
	repaired 2219 126 'the recording_end says so: repaired; 1 process is incomplete'
}

@test "a process that has all its lines only with those in the damage" {
	make_recording
	# The last line of 56005 stands behind its end, among what is damaged.
	sed -i -e '886{h;d}' -e '900G' trace.log
	edit_events ''
	sed -i '1000s/:/:1/' trace.log
	repaired 443 27
}

@test "a pid that is used again: lines that only a later event tells apart go" {
	cat >trace.log <<-'E'
		7:1:sh
		9:3:ls
		9:231:ls
		9:4:ls
		9:x:ls
	E
	cat >trace.jsonl <<-'E'
		{"event_type":"recording_start","line":1,"format_version":1,"options":{"threads":true}}
		{"event_type":"process_attach","line":1,"pid":7,"comm":"sh","file":"sh"}
		{"event_type":"thread_start","line":1,"pid":7,"tid":7,"comm":"sh"}
		{"event_type":"process_fork","line":2,"pid":9,"ppid":7,"comm":"ls"}
		{"event_type":"thread_start","line":2,"pid":9,"tid":9,"comm":"ls"}
		{"event_type":"thread_exit","line":4,"pid":9,"tid":9,"comm":"ls"}
		{"event_type":"process_exit","line":4,"pid":9,"comm":"ls","exit_code":0,"calls":2,"lost":0}
		{"event_type":"process_fork","line":4,"pid":9,"ppid":7,"comm":"ls"}
		{"event_type":"thread_exit","line":6,"pid":9,"tid":9,"comm":"ls"}
	E
	keep_good
	repaired 3 8
}

@test "damage in front of the first checkpoint: nothing is known to be sound" {
	make_recording
	sed -i '100d' trace.log
	run "$formatter" --repair -q -o out
	[ "$status" -eq 1 ]
	[[ $output == *"nothing in front of the damage"* ]]
	[ ! -e out ]
}

@test "a recorder that was killed: all whole lines and events stay" {
	make_recording --killed
	keep_good
	printf '{"event_type":"proc' >>trace.jsonl
	repaired 2220 128
}

@test "a recorder that was killed before it wrote the events of the last lines: the lines stay" {
	make_recording
	sed -i '60,$d' trace.jsonl
	run "$formatter" --verify -q
	[ "$status" -eq 3 ]
	"$formatter" --repair -q -o out
	cmp trace.log out/trace.log
	run "$formatter" --verify out/trace.log
	[ "$status" -eq 3 ]
	[[ $output == *"140005 sh: incomplete: the events know nothing of it"* ]]
}

@test "without checksums: up to the first contradiction" {
	make_recording --old
	keep_good
	sed -i '600s/:/;/' trace.log
	repaired 599 36
	cp good/trace.log .
	truncate -s 20000 trace.log
	repaired 1543 84
	cp good/trace.log .
	# Process 1320's line: from its beginning on nothing is sure.
	sed -i '700d' trace.log
	repaired 668 39
	cp good/trace.log .
	sed -i '60s/^/x/' trace.jsonl
	repaired 1004 59
}

# Its process has all its lines, but not in what stays.
@test "without checksums: a line that stands elsewhere now, behind other damage" {
	make_recording --old
	keep_good
	sed -i -e '47{h;d}' -e '1233s/:/;/' -e '1701G' trace.log
	repaired 5 5
}

@test "a recording without damage is copied as it is, and that is said" {
	for made in "" --lost --old; do
		make_recording $made
		rm -rf out
		run "$formatter" --repair -o out
		[ "$status" -eq 0 ]
		[[ $output == *"there is nothing to repair: copied as it is to out"* ]]
		cmp trace.log out/trace.log
		cmp trace.jsonl out/trace.jsonl
	done
}

@test "the new events lie beside the new log, whatever the old ones are called" {
	make_recording
	mkdir elsewhere
	mv trace.jsonl elsewhere/events
	mv trace.log calls
	"$formatter" --repair -q -e elsewhere/events -o out calls
	[ "$(ls out | paste -sd ' ')" = "calls calls.jsonl" ]
}

@test "files that exist stay without --force, the recording itself in any case" {
	make_recording
	keep_good
	sed -i '600d' trace.log
	mkdir out
	echo precious >out/trace.jsonl
	run "$formatter" --repair -o out
	[ "$status" -eq 1 ]
	[[ $output == *"trace.jsonl exists in out; --force replaces files"* ]]
	[ "$(ls -A out)" = trace.jsonl ]
	[ "$(<out/trace.jsonl)" = precious ]

	cp trace.log damaged
	run "$formatter" --repair -f -o .
	[ "$status" -eq 1 ]
	[[ $output == *"trace.log would replace the log or its events"* ]]
	cmp damaged trace.log

	"$formatter" --repair -f -q -o out
	head -n 443 good/trace.log | cmp - out/trace.log
}

@test "symbolic links are not followed, with --force they are replaced" {
	make_recording
	mkdir out
	echo precious >victim
	ln -s ../victim out/trace.log
	run "$formatter" --repair -o out
	[ "$status" -eq 1 ]
	"$formatter" --repair -f -q -o out
	[ "$(<victim)" = precious ]
	[ ! -L out/trace.log ]
}

@test "the files are as closed to others as the recording is" {
	make_recording
	chmod 600 trace.log
	(umask 022 && "$formatter" --repair -q -o out)
	[ "$(stat -c %a out out/trace.log out/trace.jsonl | paste -sd ' ')" = "700 600 600" ]
}

@test "a full disk leaves nothing behind, and is said" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	make_recording
	sed -i '2000d' trace.log
	mkdir small
	mount -t tmpfs -o size=16k tmpfs small || skip "can not mount a tmpfs"
	run "$formatter" --repair -o small
	left=$(ls -A small)
	umount small
	[ "$status" -eq 1 ]
	[[ $output == *"cannot write "*": No space left on device"* ]]
	[ -z "$left" ]
}

# interrupt_copy: repairs into out/, which is there, and interrupts that as soon as something is in it.
interrupt_copy() {
	local pid

	"$formatter" --repair -q -f -o out &
	pid=$!
	until [ -n "$(ls -A out)" ] || [ ! -e "/proc/$pid" ]; do :; done
	kill -TERM "$pid" || true
	status=0
	wait "$pid" || status=$?
}

@test "SIGTERM while it copies leaves nothing behind" {
	make_recording
	head -n 1 trace.jsonl >start.jsonl
	mv start.jsonl trace.jsonl
	yes 1:39:a | head -n 20000000 >trace.log
	mkdir out
	for _ in 1 2 3 4 5; do
		interrupt_copy
		[ "$status" -eq 0 ] || break # else it was done already
		rm -f out/*
	done
	[ "$status" -eq 143 ]
	[ -z "$(ls -A out)" ]
}

@test "it needs one log, a directory, and events" {
	make_recording
	for wrong in "--repair" "--repair -o out -n" "--repair -o out -b pid" "--repair -o out a b"; do
		read -ra args <<<"$wrong"
		run "$formatter" "${args[@]}"
		[ "$status" -eq 2 ]
	done
	run "$formatter" --repair -e none -o out
	[ "$status" -eq 1 ]
	[ ! -e out ]
}
