# SPDX-License-Identifier: BSD-2-Clause
# The files that a recording makes.
load ../lib/live.bash

@test "trace.log and trace.jsonl in the current folder are the default, readable by their owner alone" {
	record_whole -q act -- ./act 5000
	expect '600 regular file trace.jsonl
600 regular file trace.log' stat -c '%a %F %n' trace.jsonl trace.log
	# nothing else was written
	expect 'act
err
out
trace.jsonl
trace.log' ls
}

@test "an umask or a group makes no difference to the mode" {
	(umask 0; record_whole -q act -- ./act 5000)
	expect '600
600' stat -c %a trace.jsonl trace.log
}

@test "--output FILE has its events beside it: .log becomes .jsonl, anything else has it added" {
	mkdir sub
	record -q -o sub/my.log act -- ./act 5000
	expect_status 0
	check_recording sub/my.log sub/my.jsonl
	record -q --output sub/calls act -- ./act 5001
	expect_status 0
	check_recording sub/calls sub/calls.jsonl
	expect 'calls
calls.jsonl
my.jsonl
my.log' ls sub
	expect 5000 markers sub/my.log
	expect 5001 markers sub/calls
}

@test "--events FILE, and none for no events" {
	record -q -e ev act -- ./act 5000
	expect_status 0
	check_recording trace.log ev
	expect 'ev
trace.log' ls ev trace.log
	rm ev trace.log
	record -q --events none act -- ./act 5000
	expect_status 0
	expect 5000 markers
	expect 'act
err
out
trace.log' ls
}

@test "-o - writes the lines to standard output" {
	record -q -o - -e events.jsonl act -- ./act 5000
	expect_status 0
	check_recording out events.jsonl
	expect 5000 markers out
	[ ! -e trace.log ]
	[ ! -e ./- ]
}

@test "-o -: what COMMAND prints itself is not mixed into half a line" {
	record -q -o - -e none act -- ./act 5000
	expect_status 0
	expect '' grep -vE '^[0-9]+:-?[0-9]+:act$' out
}

@test "--print also writes the lines to standard output" {
	record_whole -q --print act -- ./act 5000x1000
	cmp out trace.log
	expect 1000 grep -c ':5000:' out
}

@test "files that exist are kept as FILE.old" {
	echo 'first log' >trace.log
	echo 'first events' >trace.jsonl
	record_whole -q act -- ./act 5000
	expect 'first log' cat trace.log.old
	expect 'first events' cat trace.jsonl.old
	expect 5000 markers
	record_whole -q act -- ./act 5001
	expect 5000 markers trace.log.old
	check_recording trace.log.old trace.jsonl.old
	expect 5001 markers
}

@test "a recording that does not start leaves the files that exist alone" {
	echo 'first log' >trace.log
	echo 'first events' >trace.jsonl
	record -b 5000 act
	expect_status 2
	record -p 999999999 act
	[ "$status" -ne 0 ]
	expect 'first log' cat trace.log
	expect 'first events' cat trace.jsonl
	[ ! -e trace.log.old ]
}

@test "under sudo the files belong to the user who called it" {
	SUDO_UID=12345 SUDO_GID=23456 record -q act -- ./act 5000
	expect_status 0
	check_recording
	expect '12345 23456 600 trace.jsonl
12345 23456 600 trace.log' stat -c '%u %g %a %n' trace.jsonl trace.log
}

@test "SUDO_UID that is no number changes nothing and is not obeyed" {
	SUDO_UID=12x SUDO_GID=-1 record -q act -- ./act 5000
	[ "$status" -ne 0 ] || expect '0 0' stat -c '%u %g' trace.log
}

@test "a symlink in the final component is not followed" {
	echo precious >log.target
	echo precious >events.target
	ln -s log.target trace.log
	ln -s events.target trace.jsonl
	record -q act -- ./act 5000
	expect precious cat log.target
	expect precious cat events.target
	if [ "$status" -eq 0 ]; then
		check_recording
		expect 'regular file
regular file' stat -c %F trace.log trace.jsonl
	else
		grep -F trace. err
	fi
}

@test "a dangling symlink in the final component does not make a file elsewhere" {
	ln -s "$PWD/elsewhere" trace.log
	record -q act -- ./act 5000
	[ ! -e elsewhere ]
	if [ "$status" -eq 0 ]; then
		check_recording
	else
		grep -F trace.log err
	fi
}

@test "a symlink named FILE.old is replaced, not followed" {
	echo precious >target
	ln -s target trace.log.old
	echo 'first log' >trace.log
	record_whole -q act -- ./act 5000
	expect precious cat target
	expect 'first log' cat trace.log.old
}

@test "an output that cannot be made: status 1, one message that names it, nothing is recorded" {
	mkdir dir
	for file in no/such/trace.log dir; do
		record -o "$file" act -- ./act pid:ran
		expect_status 1
		grep -F "$file" err
		[ ! -e ran ]
	done
	record -e no/such/events act -- ./act pid:ran
	expect_status 1
	grep -F no/such/events err
	[ ! -e ran ]
}

@test "a FIFO as the log stays one, and is written to like any file" {
	mkfifo pipe
	background sh -c 'exec cat pipe >piped'
	record -q -o pipe -e events.jsonl act -- ./act 5000
	expect_status 0
	wait_until 10 has_ended "$background"
	check_recording piped events.jsonl
	expect 5000 markers piped
	[ -p pipe ]
}

@test "a file system that can't rename without replacing: files that exist become FILE.old there, too, and at SIGHUP" {
	mkdir disk other
	# FUSE
	bindfs disk other 3>&- 8>&-
	mounts+=("$BATS_TEST_TMPDIR/other")
	echo 'first log' >other/trace.log
	echo 'first events' >other/trace.jsonl
	start -q -o other/trace.log act
	expect 'first log' cat disk/trace.log.old
	expect 'first events' cat disk/trace.jsonl.old
	./act 5000
	wait_until 10 has_call 5000 disk/trace.log
	kill -HUP "$recorder"
	wait_until 10 has_call 5000 disk/trace.log.old
	wait_until 10 test -s disk/trace.jsonl
	./act 5001
	kill -INT "$recorder"
	finish
	expect_status 0
	check_recording disk/trace.log.old disk/trace.jsonl.old
	check_recording disk/trace.log disk/trace.jsonl
	expect 5000 markers disk/trace.log.old
	expect 5001 markers disk/trace.log
	expect 'trace.jsonl
trace.jsonl.old
trace.log
trace.log.old' ls disk
}
