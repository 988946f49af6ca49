# SPDX-License-Identifier: BSD-2-Clause
# What the live tests share. Each runs in an empty folder of its own with the workload ./act in it,
# needs root and a kernel with BPF, and ends every process that it started.
#
# TEST_SCALE says how many times slower than a common machine this one is, an emulated one say 50:
# waits are that much longer, and of calls that are made for their number there are fewer. A guest of
# tests/kernels has not all that a machine has: what it can't do is skipped there, and the skip says why.
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2164

setup() {
	if [ "$(id -u)" -ne 0 ]; then
		skip "needs root"
	fi
	LIB="$TOP/tests/lib"
	RECORDER="$PROGDIR/loader_and_logger"
	FORMATTER="$PROGDIR/formatter"
	NOBODY=65534
	started=()
	mounts=()
	cgroups=()
	status=
	# Run by sudo, the recorder would give its files away.
	unset SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND
	umask 022
	# Two runs at once would record each other's programs: one waits for the other. Descriptor 8 is
	# the lock, 3 belongs to bats; what outlives a test must have neither.
	exec 8</run
	flock -w "$(longer 600)" 8
	cd "$BATS_TEST_TMPDIR"
	chmod 755 .
	cp "$BUILD/workloads/act-static" act
	if declare -F prepare >/dev/null; then
		prepare
	fi
}

teardown() {
	local pid mount cgroup left

	cd /
	# A COMMAND whose recorder has ended goes on; it is known by its folder.
	mapfile -t left < <(find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "${BATS_TEST_TMPDIR:?}" \
		-o -lname "$BATS_TEST_TMPDIR/*" \) -printf '%h\n' 2>/dev/null)
	started+=("${left[@]#/proc/}")
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${started[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	for cgroup in "${cgroups[@]}"; do
		wait_until 10 rmdir "$cgroup" || true
	done
	for mount in "${mounts[@]}"; do
		umount "$mount" || true
	done
	exec 8<&-
}

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# longer SECONDS, fewer COUNT [AT_LEAST]: what these are on this machine.
longer() {
	echo $(($1 * ${TEST_SCALE:-1}))
}

fewer() {
	local count=$((($1 + ${TEST_SCALE:-1} - 1) / ${TEST_SCALE:-1}))

	echo $((count < ${2:-1} ? ${2:-1} : count))
}

# record ARG...: the recorder to its own end, at most RECORD_SECONDS. Leaves $status and the files
# out and err.
record() {
	status=0
	timeout -k 5 "$(longer "${RECORD_SECONDS:-60}")" "$RECORDER" "$@" >out 2>err </dev/null 3>&- 8>&- || status=$?
}

# Likewise, and the recording has to be complete and what docs/formats.md says it is.
record_whole() {
	record "$@"
	expect_status 0
	check_recording
}

# start ARG...: the recorder in the background, everything attached on return; its pid in $recorder.
start() {
	local newline

	rm -f ready
	mkfifo ready
	# A shell starts its background programs with SIGINT ignored.
	env --default-signal=INT,QUIT "$RECORDER" --ready-fd 9 "$@" 9>ready >out 2>err </dev/null 3>&- 8>&- &
	recorder=$!
	started+=("$recorder")
	if ! read -r -t "$(longer 30)" newline <ready; then
		cat err >&2
		fail "the recorder did not get ready"
	fi
}

# background PROGRAM ARG...: its pid in $background, ended with the test at the latest.
background() {
	"$@" </dev/null 3>&- 8>&- &
	background=$!
	started+=("$background")
}

# wait_until SECONDS COMMAND ARG...: until it succeeds; the seconds are those of a common machine.
wait_until() {
	local deadline=$((SECONDS + $(longer "$1")))

	shift
	until "$@"; do
		if [ "$SECONDS" -gt "$deadline" ]; then
			fail "not within its time: $*"
			return
		fi
		sleep 0.02
	done
}

# open_gate FIFO: lets those go on that wait in the step read:FIFO.
open_gate() {
	timeout "$(longer 20)" sh -c ': >"$0"' "$1"
}

# lose_calls STEP...: a recording of ./act with a ring of one page. Its first step is a call; the
# last ones wait for the gate, and nobody reads while they are made, so they cannot fit.
lose_calls() {
	mkfifo gate
	start -b 4096 act
	background ./act "$@"
	wait_until 10 has_call 5000
	kill -STOP "$recorder"
	open_gate gate
	wait_until 30 has_ended "$background"
	kill -CONT "$recorder"
	kill -INT "$recorder"
	finish
	expect_status 3
}

# in_call PID NUMBER: for wait_until, the process is blocked in this call.
in_call() {
	grep -q "^$2 " "/proc/$1/syscall"
}

has_ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status"
}

# finish: the recorder's end, within 30 seconds; leaves $status.
finish() {
	wait_until 30 has_ended "$recorder"
	status=0
	wait "$recorder" || status=$?
}

# stop [SIGNAL]: an orderly stop, and the recording is complete.
stop() {
	kill -s "${1:-INT}" "$recorder"
	finish
	expect_status 0
	check_recording
}

expect_status() {
	if [ "$status" != "$1" ]; then
		cat err >&2
		fail "exit status $status, expected $1"
	fi
}

# check_recording [--lost|--lossy|--cut] [LOG [EVENTS]]: it keeps what docs/formats.md says, and the
# formatter says so, too: whole, or where it may be, incomplete.
check_recording() {
	local option=() verdict=0

	case ${1-} in --*) option=("$1"); shift ;; esac
	python3 "$LIB/check_recording.py" "${option[@]}" "${1-trace.log}" "${2-trace.jsonl}" >&2 || return
	"$FORMATTER" --verify -e "${2-trace.jsonl}" "${1-trace.log}" >verdict 2>&1 || verdict=$?
	case ${option[0]-}:$verdict in
	:0 | --los*:[03] | --cut:3) rm verdict ;;
	*) fail "formatter --verify gives status $verdict:" "$(cat verdict)" ;;
	esac
}

# expect_story [OPTION...] <STORY: the recording, told without pids (lib/story.py), is this one.
expect_story() {
	local told
	told=$(python3 "$LIB/story.py" "$@" "${STORY_LOG:-trace.log}" "${STORY_EVENTS:-trace.jsonl}")
	diff -u --label expected --label recorded - <(printf '%s\n' "$told")
}

# expect TEXT COMMAND ARG...: its output is TEXT.
expect() {
	local text=$1

	shift
	diff -u --label expected --label "$*" <([ -z "$text" ] || printf '%s\n' "$text") <("$@")
}

# calls_of PID [LOG]: its calls, in order, one a line.
calls_of() {
	awk -F: -v pid="$1" '$1 == pid { print $2 }' "${2-trace.log}"
}

# markers [LOG]: the made-up numbers of the log, in its order.
markers() {
	awk -F: '$2 >= 5000 && $2 < 10000 { print $2 }' "${1-trace.log}"
}

# events TYPE MEMBER...: these members of each event of this type, as JSON, one event a line.
events() {
	python3 -c '
import json, sys
for line in open("trace.jsonl"):
    event = json.loads(line)
    if event["event_type"] == sys.argv[1]:
        print(*[json.dumps(event[name]) for name in sys.argv[2:]])' "$@"
}

# has_call NUMBER [LOG]: for wait_until.
has_call() {
	grep -q -- "^[0-9]*:$1:" "${2-trace.log}" 2>/dev/null
}

# member TYPE NAME: of the only event of this type.
member() {
	events "$1" "$2"
}

# How many calls ./act makes by itself, besides those it is told to.
own_calls() {
	record -q -o own.log -e none act -- ./act
	expect_status 0
	wc -l <own.log
}

# all_counted MADE: recorded + lost is what was made, and the lines are the recorded ones.
all_counted() {
	local lines=$(wc -l <"${2-trace.log}") lost=$(member recording_end calls_lost)

	echo "made $1, recorded $lines, lost $lost"
	expect "$1" echo $((lines + lost))
	expect "$lines" member recording_end lines
}

# How many programs, maps and links there are in the kernel.
bpf_objects() {
	local bpftool kind

	bpftool=$(PATH="$PATH:/usr/sbin:/sbin" command -v bpftool)
	for kind in prog map link; do
		"$bpftool" "$kind" list | awk '/^[0-9]/ { n++ } END { print n + 0 }'
	done
	find /sys/fs/bpf -type f | sort
}

same_bpf_objects() {
	[ "$(bpf_objects)" = "$1" ]
}

# untried WHAT: what this machine has no means for; the run says so, and the rest of the test counts.
untried() {
	echo "# not tried here: $1" >&3
}

# new_cgroup CONTROLLER: a group of its own, of version 1 or 2, removed after the test; in $cgroup.
# Fails where there is none to be had.
new_cgroup() {
	local top

	top=$(awk -v name="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," name ",") { print $2; exit }' /proc/mounts)
	if [ -z "$top" ]; then
		top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		echo "+$1" >"$top/cgroup.subtree_control" || return
	fi
	cgroup=$(mktemp -d "$top/loader_and_logger.XXXXXX") || return
	cgroups+=("$cgroup")
}

# limit_cpu PERCENT, limit_memory BYTES: of the processes in $cgroup.
limit_cpu() {
	if [ -e "$cgroup/cpu.max" ]; then
		echo "$(($1 * 1000)) 100000" >"$cgroup/cpu.max"
	else
		echo 100000 >"$cgroup/cpu.cfs_period_us"
		echo $(($1 * 1000)) >"$cgroup/cpu.cfs_quota_us"
	fi
}

limit_memory() {
	if [ -e "$cgroup/memory.max" ]; then
		echo "$1" >"$cgroup/memory.max"
	else
		echo "$1" >"$cgroup/memory.limit_in_bytes"
	fi
}

memory_used() {
	cat "$cgroup/memory.current" 2>/dev/null || cat "$cgroup/memory.usage_in_bytes"
}
