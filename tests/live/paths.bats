# SPDX-License-Identifier: BSD-2-Clause
# Output paths, where the folder belongs to another user who makes links and renames in it all the time.
load ../lib/live.bash

prepare() {
	mv act subject
	cp "$BUILD/workloads/exchange-static" exchange
	mkdir victim theirs
	echo precious >victim/trace.log
	echo precious >victim/trace.jsonl
	echo precious >victim/file
	chown $NOBODY theirs
}

as_nobody() {
	setpriv --reuid $NOBODY --regid $NOBODY --clear-groups "$@"
}

# The victim's folder and files are as they were.
expect_victim_unharmed() {
	expect 'file
trace.jsonl
trace.log' ls -A victim
	expect 'precious
precious
precious' cat victim/trace.log victim/trace.jsonl victim/file
}

# exchanges_of A B: in the background, as nobody.
exchanges_of() {
	background setpriv --reuid $NOBODY --regid $NOBODY --clear-groups ./exchange "$1" "$2" theirs/counter
	wait_until 10 test -s theirs/counter
}

refused() {
	record -q "$@" -- ./subject pid:ran
	expect_status 1
	expect 1 awk 'END { print NR }' err
	[ ! -e ran ]
	expect_victim_unharmed
}

@test "a folder that becomes a link and back: 100 rotations, every call is in it, nothing elsewhere" {
	local turn turns logs

	mkdir theirs/logs
	as_nobody ln -s ../victim theirs/trap
	start -q -o theirs/logs/trace.log subject
	# whatever its name is
	exec 7<theirs/logs
	logs=/proc/$BASHPID/fd/7
	exchanges_of theirs/logs theirs/trap
	turns=$(fewer 100 10)
	for ((turn = 1; turn <= turns; turn++)); do
		./subject $((5000 + turn))
		rm -f "$logs/trace.jsonl.old"
		kill -HUP "$recorder"
		wait_until 10 test -e "$logs/trace.jsonl.old"
		cat "$logs/trace.log.old" >>all
	done
	kill -INT "$recorder"
	finish
	expect_status 0
	cat "$logs/trace.log" >>all
	expect "$(seq 5001 $((5000 + turns)))" markers all
	expect_victim_unharmed
	has_ended "$background" && fail "the folder was not exchanged to the end"
	exec 7<&-
}

@test "a folder that becomes a link and back while the recorder starts" {
	local turn

	mkdir theirs/logs
	as_nobody ln -s ../victim theirs/trap
	exchanges_of theirs/logs theirs/trap
	for ((turn = 0; turn < $(fewer 10 3); turn++)); do
		record -q -o theirs/logs/trace.log -- ./subject 5000
		[ "$status" -eq 0 ] || grep -q "a symbolic link in it is another user's" err
	done
	expect_victim_unharmed
}

@test "a planted hard link loses its name, also the one under .old, and the file stays" {
	ln victim/file theirs/trace.log
	ln victim/file theirs/trace.log.old
	record -q -o theirs/trace.log -- ./subject 5000
	expect_status 0
	check_recording theirs/trace.log theirs/trace.jsonl
	expect 5000 markers theirs/trace.log
	expect_victim_unharmed
}

@test "links of another user are not followed: the file's, the folder's, a dangling one, the events'" {
	as_nobody ln -s ../victim/file theirs/a.log
	as_nobody ln -s ../victim theirs/dir
	as_nobody ln -s ../victim/new theirs/new.log
	ln -s victim ours
	refused -o theirs/a.log
	refused -o theirs/new.log
	refused -o theirs/dir/trace.log
	refused -o "$PWD/theirs/dir/../victim/trace.log"
	refused -e theirs/dir/events
	# root's own link, but where another user may have put it
	ln -s ../victim theirs/moved
	refused -o theirs/moved/trace.log
	record -q -o ours/own.log -- ./subject 5000
	expect_status 0
	expect 5000 markers victim/own.log
}

@test "sudo's caller may lead to a folder, in a folder of that user's" {
	mkdir theirs/real
	as_nobody ln -s real theirs/link
	SUDO_UID=$NOBODY SUDO_GID=$NOBODY record -q -o theirs/link/my.log -- ./subject 5000
	expect_status 0
	expect 5000 markers theirs/real/my.log
	SUDO_UID=12345 SUDO_GID=12345 record -q -o theirs/link/other.log -- ./subject 5000
	expect_status 1
}

@test "what is no file: a FIFO of another user and a folder are refused, a device is written to" {
	as_nobody mkfifo theirs/fifo
	background sh -c 'exec cat theirs/fifo >got'
	refused -o theirs/fifo -e none
	refused -o theirs
	mknod device c 1 3
	record -q -o device -e events.jsonl -- ./subject 5000
	expect_status 0
	[ -c device ]
	refused -o /dev/stdout -e none
	grep -q 'not followed' err
}

@test "a name that is planted before a rotation is renamed, or ends the recording with a message" {
	start -q -o theirs/trace.log subject
	./subject 5000
	wait_until 10 has_call 5000 theirs/trace.log
	as_nobody mv theirs/trace.log theirs/moved
	ln victim/file theirs/trace.log
	kill -HUP "$recorder"
	wait_until 10 test -e theirs/trace.log.old
	wait_until 10 grep -q recording_start theirs/trace.jsonl
	expect_victim_unharmed
	expect precious cat theirs/trace.log.old
	as_nobody mv theirs/trace.log theirs/moved-too
	as_nobody ln -s ../victim/file theirs/trace.log
	kill -HUP "$recorder"
	finish
	expect_status 1
	grep -q 'theirs/trace.log is a symbolic link' err
	expect_victim_unharmed
	grep -q '"reason":"Too many levels of symbolic links"' theirs/trace.jsonl
}

@test "names that begin with a dash or a dot, of logs and of folders" {
	record -q --output=-x.log -- ./subject 5000
	expect_status 0
	record -q -o ./- -e .events -- ./subject 5001
	expect_status 0
	record -q -o .hidden.log -- ./subject 5002
	expect_status 0
	expect 5000 markers ./-x.log
	expect 5001 markers ./-
	expect 5002 markers .hidden.log
	check_recording ./-x.log ./-x.jsonl
	check_recording ./- .events
	check_recording .hidden.log .hidden.jsonl
	"$FORMATTER" -q -o -dir -- -x.log
	"$FORMATTER" -q -o .dir ./- -e .events
	"$FORMATTER" -q --output=--help .hidden.log
	expect 3 bash -c 'cat ./-dir/subject* .dir/subject* ./--help/subject* | grep -cE "500[012] "'
}

@test "formatter: root follows no other user's link to a folder, nor is one led astray meanwhile" {
	local turn

	printf '1:59:trace\n' >log
	python3 "$LIB/make_recording.py" .
	as_nobody ln -s ../victim theirs/trap
	for dir in theirs/trap theirs/trap/new; do
		run "$FORMATTER" -f -o "$dir" log
		[ "$status" -eq 1 ]
		[[ $output == *"a symbolic link in it is another user's"* ]]
		run "$FORMATTER" --repair -f -o "$dir" trace.log
		[ "$status" -eq 1 ]
		[[ $output == *"a symbolic link in it is another user's"* ]]
	done
	mkdir theirs/out
	exchanges_of theirs/out theirs/trap
	for ((turn = 0; turn < $(fewer 50 5); turn++)); do
		"$FORMATTER" -q -f --by comm -o theirs/out log 2>err || grep -q "another user's" err
	done
	expect_victim_unharmed
}
