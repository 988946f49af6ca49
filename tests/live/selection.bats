# SPDX-License-Identifier: BSD-2-Clause
# Which processes are recorded.
load ../lib/live.bash

prepare() {
	cp act beta
}

@test "a PROGRAM given with a path is matched by its last component" {
	record_whole -q /no/such/folder/act -- ./act 5000
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:231:act
		A exit 0
	E
}

@test "a program that is not listed is not recorded, COMMAND neither" {
	record_whole -q act -- ./beta 5000 fork { exec ./act 5001 } wait fork { exec ./beta 5002 } wait
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5001:act
		A:231:act
		A exit 0
	E
}

@test "a name that is only a part of a PROGRAM, or the other way round, does not match" {
	cp act ac
	cp act actor
	record_whole -q act -- ./beta fork { exec ./ac 5000 } wait fork { exec ./actor 5001 } wait
	expect '' cat trace.log
}

@test "several PROGRAMs: a process goes from one to the other in one recording" {
	record_whole -q act beta -- ./act 5000 exec ./beta 5001 exec ./act 5002
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A exec ./beta (beta)
		A:59:beta
		A:5001:beta
		A exec ./act (act)
		A:59:act
		A:5002:act
		A:231:act
		A exit 0
	E
}

@test "exec of a program that is not listed ends the recording of the process; a later listed one starts it anew" {
	record_whole -q act -- ./act 5000 exec ./beta 5001 exec ./act 5002
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:59:act
		A exec ./beta (beta) left
		A exec ./act (act) started
		A:59:act
		A:5002:act
		A:231:act
		A exit 0
	E
}

@test "without a PROGRAM, COMMAND and all its descendants are recorded" {
	record_whole -q -- ./act 5000 fork { 5001 exec ./beta 5002 } wait exec ./beta 5003
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:56:act
		A exec ./beta (beta)
		A:59:beta
		A:5003:beta
		A:231:beta
		A exit 0
		B fork of A, act
		B:5001:act
		B exec ./beta (beta)
		B:59:beta
		B:5002:beta
		B:231:beta
		B exit 0
	E
}

@test "--follow keeps following whatever is executed" {
	cp act gamma
	record_whole -q -f beta -- ./act 5000 fork { exec ./beta 5001 exec ./act 5002 fork { 5003 exec ./gamma 5004 } wait } wait 5005
	expect_story <<-'E'
		A exec ./beta (beta) started
		A:59:beta
		A:5001:beta
		A exec ./act (act)
		A:59:act
		A:5002:act
		A:56:act
		A:231:act
		A exit 0
		B fork of A, act
		B:5003:act
		B exec ./gamma (gamma)
		B:59:gamma
		B:5004:gamma
		B:231:gamma
		B exit 0
	E
}

@test "the failing tries of a PATH search stand in their place under the caller's comm" {
	record_whole -q act beta -- env PATH=no1:no2:no3:. ./act 5000 path-exec beta 5001
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:59:act
		A:59:act
		A:59:act
		A exec ./beta (beta)
		A:59:beta
		A:5001:beta
		A:231:beta
		A exit 0
	E
}

@test "a failed exec changes nothing: of a listed program no recording starts, of another none ends" {
	record_whole -q act missing -- ./beta 5000 try-exec ./missing 5001 exec ./act 5002 try-exec ./other 5003
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5002:act
		A:59:act
		A:5003:act
		A:231:act
		A exit 0
	E
}

@test "a symlink is matched by its own name and by the name of the file behind it" {
	ln -s act link
	for program in link act; do
		record_whole -q "$program" -- ./beta exec ./link 5000
		expect_story <<-'E'
			A exec ./link (act) started
			A:59:link
			A:5000:link
			A:231:link
			A exit 0
		E
	done
}

@test "a script is matched by its own name and by its interpreter's" {
	printf '#!%s exit:7\n' "$PWD/act" >script
	chmod +x script
	for program in script act; do
		record -q "$program" -- ./beta fork { exec ./script } wait
		expect_status 0
		check_recording
		expect_story <<-'E'
			A exec ./script (act) started
			A:59:script
			A:231:script
			A exit 7
		E
	done
}

@test "fexecve is matched by the name of the file" {
	# The comm is the file's since Linux 6.14, before that the descriptor's number.
	local comm=beta
	[ "$(./act fexecve "$(command -v cat)" /proc/self/comm)" != 3 ] || comm=3
	record_whole -q beta -- ./act 5000 fexecve ./beta 5001
	expect_story <<-E
		A exec /dev/fd/3 (beta) started
		A:322:$comm
		A:5001:$comm
		A:231:$comm
		A exit 0
	E
}

@test "2,048 PROGRAMs are taken, the first and the last of them too" {
	for position in first last; do
		if [ "$position" = first ]; then
			programs=(act $(seq -f 'p%g' 2047))
		else
			programs=($(seq -f 'p%g' 2047) act)
		fi
		record_whole -q "${programs[@]}" -- ./beta exec ./act 5000
		expect_story <<-'E'
			A exec ./act (act) started
			A:59:act
			A:5000:act
			A:231:act
			A exit 0
		E
	done
}

@test "a PROGRAM of 255 bytes is matched to its last byte" {
	local name=$(printf 'n%.0s' {1..255})

	cp act "$name"
	record_whole -q "$name" -- ./beta exec "./$name" 5000
	expect_story <<-E
		A exec ./$name ($name) started
		A:59:nnnnnnnnnnnnnnn
		A:5000:nnnnnnnnnnnnnnn
		A:231:nnnnnnnnnnnnnnn
		A exit 0
	E
	record_whole -q "${name%n}o" "${name%n}" -- ./beta exec "./$name" 5000
	expect '' cat trace.log
}

@test "a PROGRAM of any bytes: spaces, colons, a newline, UTF-8, not UTF-8" {
	local name

	for name in 'a b' 'a:b' $'a\nb' 'naïve' $'\xff\xfe' '%41' '-x'; do
		cp act "./$name"
		record_whole -q -- "./act" 5000 exec "./$name" 5001
		record_whole -q "./$name" -- ./beta exec "./$name" 5001
		expect 5001 markers
	done
}

@test "'*' records every process, also next to a busy machine, and nothing of the recorder" {
	local n

	for n in 1 2; do
		background bash -c 'for ((;;)); do /bin/true; : $(echo x | cat); done'
	done
	background ./beta repeat:100000 { 110x1000 sleep:1 }
	start -q -t '*'
	tasks=$(ls "/proc/$recorder/task")
	rounds=$(fewer 20 2)
	for ((n = 0; n < rounds; n++)); do
		./act 5000..5099 fork { 5100..5199 exec ./beta 5200..5299 } wait 5300..5399
	done
	tasks+=" $(ls "/proc/$recorder/task")"
	stop INT

	diff <(for ((n = 0; n < rounds; n++)); do seq 5000 5099; seq 5300 5399; done | sort) \
		<(awk -F: '$3 == "act" && ($2 < 5100 || $2 >= 5300) && $2 >= 5000 && $2 < 6000 { print $2 }' trace.log | sort)
	diff <(for ((n = 0; n < rounds; n++)); do seq 5100 5199; done | sort) \
		<(awk -F: '$3 == "act" && $2 >= 5100 && $2 < 5200 { print $2 }' trace.log | sort)
	diff <(for ((n = 0; n < rounds; n++)); do seq 5200 5299; done | sort) \
		<(awk -F: '$3 == "beta" && $2 >= 5000 && $2 < 6000 { print $2 }' trace.log | sort)
	[ -n "$tasks" ]
	for n in $tasks; do
		expect '' awk -F: -v tid="$n" '$1 == tid' trace.log
	done
	expect '' awk -F: '$3 ~ /^loader_and_log/' trace.log
}

@test "'*' with COMMAND ends with it, whatever else runs on" {
	background ./beta repeat:100000 { 110x1000 sleep:1 }
	record_whole -q '*' -- ./act 5000 fork { sleep:300 5001 }
	expect $'5000\n5001' bash -c 'awk -F: "\$3 == \"act\" && \$2 >= 5000" trace.log | cut -d: -f2'
	if has_ended "$background"; then
		fail "the other program ended first"
	fi
	expect '"command ended"' events recording_end reason
}

@test "the recorder is not recorded when it is named as a PROGRAM, with --running and --follow too" {
	# Another name than that of other recorders that may run.
	cp "$RECORDER" own-name
	RECORDER=./own-name
	record_whole -q -f -r own-name act -- ./act 5000
	expect_story <<-'E'
		A exec ./act (act) started
		A:59:act
		A:5000:act
		A:231:act
		A exit 0
	E
}

@test "the recorder is not recorded when its own pid is asked for" {
	status=0
	timeout -k 5 "$(longer 60)" sh -c 'echo $$ >pid; exec "$0" -p $$ act -- ./act 5000' "$RECORDER" 2>err 3>&- 8>&- || status=$?
	# Refused or ignored, but never recorded.
	if [ "$status" -eq 0 ]; then
		expect 5000 markers
	else
		grep -F "$(cat pid)" err
	fi
	expect '' calls_of "$(cat pid)"
}

mount_groups() {
	mount -t cgroup -o none,name=loader_and_logger cgroup groups
}

# release_agent FILE: a group of a hierarchy of its own, whose last process the kernel tells FILE of.
release_agent() {
	mkdir groups
	mount_groups || return
	mounts+=("$BATS_TEST_TMPDIR/groups")
	echo "$1" >groups/release_agent || return
	mkdir groups/left
	cgroups+=("$BATS_TEST_TMPDIR/groups/left")
	echo 1 >groups/left/notify_on_release
}

# For wait_until: the hierarchy goes when it is unmounted, but not while a group of it is about to go.
without_groups() {
	umount groups
	! grep -q name=loader_and_logger /proc/self/cgroup || ! mount_groups
}

@test "'*' and a program that the kernel itself starts: in from its exec on, which is no call" {
	if ! release_agent "$PWD/slow/agent"; then
		untried "a program that the kernel starts: no cgroups of version 1"
		return
	fi
	# What it is read from is so slow that others make calls between its exec and its first one.
	mkdir disk slow
	cp act disk/agent
	bindfs --read-rate=2M disk slow 3>&- 8>&-
	mounts+=("$BATS_TEST_TMPDIR/slow")
	background ./beta repeat:1000000 { 110 sleep:1 }
	start -q '*'
	sh -c 'echo $$ >groups/left/cgroup.procs; exec ./act 5000'
	wait_until 20 grep -q '"process_exit".*"comm":"agent"' trace.jsonl
	kill -INT "$recorder"
	finish
	expect_status 0
	"$FORMATTER" --verify -q
	expect '"agent" true 0' python3 -c '
import json
events = [json.loads(line) for line in open("trace.jsonl")]
agents = [e for e in events if e["event_type"] == "process_exec" and e["exe"].endswith("slow/agent")]
forks = [e for e in events if e["event_type"] == "process_fork" and e["pid"] == agents[0]["pid"]]
print(*[json.dumps(e[name]) for e in agents for name in ("comm", "started")], len(forks))'
	# It calls what a static program begins with, and never execve.
	expect '' awk -F: '$3 == "agent" && $2 == 59' trace.log
	expect "$(calls_of "$(awk -F: '$2 == 5000 { print $1 }' trace.log)" | sed -n '/^59$/,$p' | sed -n 2p)" \
		bash -c 'awk -F: "\$3 == \"agent\" { print \$2 }" trace.log | head -n 1'
	rmdir groups/left
	cgroups=()
	# Else it stays, without groups, until one of that name is unmounted later.
	wait_until 10 without_groups || true
}
