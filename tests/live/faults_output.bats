# SPDX-License-Identifier: BSD-2-Clause
# What befalls the outputs: slow disks, readers that stop, files that are deleted or can't be made.
# ending.bats has full disks, readers that go away, and rotation under load.
load ../lib/live.bash

# The recording of 4,000,000 calls through a small ring, when they are made faster than written.
lossy() {
	local own=$(own_calls) many=$(fewer 2000000 100000)

	start -q -b 64K -e trace.jsonl "$@" act
	./act fork { 110x"$many" 5000 } fork { 110x"$many" 5001 } wait 5002
	made=$((own + 2 * (3 + many + 1) + 1 + 1))
}

@test "a slow disk: what finds no room meanwhile is counted, recorded + lost = made, status 3" {
	mkdir disk slow
	[ -e /dev/fuse ] || skip 'the kernel has no FUSE'
	# Each write takes its time.
	bindfs --write-rate="$(fewer 4096)k" disk slow 3>&- 8>&-
	mounts+=("$BATS_TEST_TMPDIR/slow")
	lossy -o slow/trace.log
	kill -INT "$recorder"
	finish
	expect_status 3
	check_recording --lost disk/trace.log trace.jsonl
	all_counted "$made" disk/trace.log
	[ "$(member recording_end calls_lost)" -gt 0 ]
}

@test "a reader that stops reading for a while: recorded + lost = made, status 3" {
	mkfifo pipe gate
	background bash -c 'exec <pipe; read -r _ <gate; exec cat >trace.log'
	lossy -o pipe
	sleep 0.5
	open_gate gate
	kill -INT "$recorder"
	finish
	expect_status 3
	wait_until 20 has_ended "$background"
	check_recording --lost
	all_counted "$made"
	[ "$(member recording_end calls_lost)" -gt 0 ]
}

# full_of_files FILE: ./disk takes no more files, FILE is there.
full_of_files() {
	mkdir disk
	# The folder itself counts.
	mount -t tmpfs -o nr_inodes=3 none disk
	mounts+=("$BATS_TEST_TMPDIR/disk")
}

# finds_no_room FILE: a rotation for which there is none for this file ends the recording, and it is right.
finds_no_room() {
	start -o disk/trace.log act
	./act 5000..5009
	wait_until 10 has_call 5009 disk/trace.log
	kill -HUP "$recorder"
	finish
	expect_status 1
	grep -F "cannot create \"disk/$1\": No space left" err
	expect 'trace.jsonl
trace.log' ls disk
	check_recording --lost disk/trace.log disk/trace.jsonl
	expect "$(seq 5000 5009)" markers disk/trace.log
	expect '0 0 false "No space left on device"' jq -r '"\(.calls_lost) \(.records_lost.unwritten_calls) \(.complete) \"\(.reason)\""' \
		<(tail -n 1 disk/trace.jsonl)
}

@test "no room for the files of a rotation: a message, status 1, the old ones keep their names and are right" {
	full_of_files
	finds_no_room trace.log
}

@test "no room for the files of a recording: a message, status 1, those of the last one stay" {
	full_of_files
	echo 'first log' >disk/trace.log
	echo 'first events' >disk/trace.jsonl
	record -o disk/trace.log act -- ./act pid:ran
	expect_status 1
	grep -F 'cannot create "disk/trace.log": No space left' err
	[ ! -e ran ]
	expect 'first events
first log' cat disk/trace.jsonl disk/trace.log
	# Room for one of them.
	mount -o remount,nr_inodes=4 disk
	record -o disk/trace.log act -- ./act pid:ran
	expect_status 1
	grep -F 'cannot create "disk/trace.jsonl": No space left' err
	[ ! -e ran ]
	expect 'first events
first log' cat disk/trace.jsonl disk/trace.log
}

has_exits() {
	[ "$(grep -c '"process_exit"' trace.jsonl)" -eq "$1" ]
}

@test "trace.log deleted while recording: said at once, incomplete; SIGHUP begins a new one" {
	start act
	./act 5000
	wait_until 10 has_call 5000
	rm trace.log
	wait_until 10 grep -F 'trace.log was deleted' err
	./act 5001
	wait_until 10 has_exits 2
	kill -HUP "$recorder"
	wait_until 10 test -s trace.jsonl.old -a -s trace.jsonl
	./act 5002
	kill -INT "$recorder"
	finish
	# the whole run is not complete
	expect_status 3
	expect 1 grep -c 'was deleted' err
	grep -F '1 output files were deleted' err
	expect '1 false rotation' jq -r '"\(.records_lost.deleted_files) \(.complete) \(.reason)"' <(tail -n 1 trace.jsonl.old)
	check_recording
	expect 5002 markers
	expect '0 true' jq -r '"\(.records_lost.deleted_files) \(.complete)"' <(tail -n 1 trace.jsonl)
}

# damaged FILE: formatter --verify says so of its recording.
damaged() {
	status=0
	"$FORMATTER" -q --verify -e "${1/.log/.jsonl}" "$1" >verdict 2>&1 || status=$?
	expect_status 1
	grep -q "^$1: damaged" verdict
}

@test "trace.log cut while recording, as copytruncate does: said once, incomplete, whole lines; SIGHUP begins a new one" {
	start act
	./act 5000
	wait_until 10 has_call 5000
	: >trace.log
	./act 5001
	wait_until 10 has_call 5001
	wait_until 10 grep -F 'trace.log was cut or written to' err
	./act 5002
	wait_until 10 has_exits 3
	kill -HUP "$recorder"
	wait_until 10 test -s trace.jsonl.old -a -s trace.jsonl
	./act 5003
	kill -INT "$recorder"
	finish
	expect_status 3
	expect 1 grep -c 'was cut' err
	grep -F '1 output files were cut' err
	expect '' grep -avE '^[0-9]+:[0-9]+:act$' trace.log.old
	expect $'5001\n5002' markers trace.log.old
	expect '1 0 false' jq -r '"\(.records_lost.altered_files) \(.records_lost.deleted_files) \(.complete)"' <(tail -n 1 trace.jsonl.old)
	mv trace.log.old first.log
	mv trace.jsonl.old first.jsonl
	damaged first.log
	check_recording
	expect 5003 markers
}

@test "another program's lines in the files while recording: ours stay whole, the recording is incomplete" {
	start -q act
	./act 5000
	wait_until 10 has_call 5000
	echo 1:59:forged >>trace.log
	./act 5001
	wait_until 10 has_exits 2
	: >trace.jsonl
	kill -INT "$recorder"
	finish
	expect_status 3
	expect 2 grep -c 'was cut or written to' err
	expect $'5000\n5001' markers
	expect 1 grep -cx 1:59:forged trace.log
	expect 2 jq .records_lost.altered_files <(tail -n 1 trace.jsonl)
	damaged trace.log
}

@test "trace.jsonl deleted while recording, and nothing more happens: said, status 3" {
	start -q act
	./act 5000
	wait_until 10 has_call 5000
	rm trace.jsonl
	kill -INT "$recorder"
	finish
	expect_status 3
	grep -F 'trace.jsonl was deleted' err
	expect 5000 markers
}

@test "room for one of the two files of a rotation: neither is begun, status 1, the old ones keep their names and are right" {
	full_of_files
	mount -o remount,nr_inodes=4 disk
	finds_no_room trace.jsonl
}
