# SPDX-License-Identifier: BSD-2-Clause
# The command line, and what the recorder says.
load ../lib/live.bash

# wrong_usage PATTERN ARG...: status 2 and a message that matches; and nothing was made or loaded: it
# is the same without any privilege.
wrong_usage() {
	local pattern=$1

	shift
	record "$@"
	expect_status 2
	if ! grep -qE -- "$pattern" err; then
		cat err
		fail "no '$pattern' in the message for: ${*:0:5}"
	fi
	status=0
	unprivileged "$@" >out 2>err || status=$?
	expect_status 2
	expect '' ls -A1 -I act -I out -I err
}

# Root without a single capability: still the owner of its files.
unprivileged() {
	timeout -k 5 "$(longer 60)" setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$RECORDER" "$@" 3>&- 8>&-
}

@test "no PROGRAM, no pid, no COMMAND" {
	wrong_usage .
	wrong_usage . --
	wrong_usage . -q
}

@test "an empty PROGRAM" {
	wrong_usage '[Ee]mpty|PROGRAM' ''
	wrong_usage '[Ee]mpty|PROGRAM' act '' beta
	wrong_usage '[Ee]mpty|PROGRAM' /usr/bin/
}

@test "a PROGRAM of 256 bytes" {
	wrong_usage 255 "$(printf 'n%.0s' {1..256})"
}

@test "2,049 PROGRAMs" {
	wrong_usage '2,?048' $(seq 2049)
}

@test "unknown options, and options without their argument" {
	wrong_usage no-such-option --no-such-option act
	wrong_usage Z -Z act
	for option in -o -e -p -b -u -d --output --events --pid --buffer --user --duration --ready-fd --max-processes; do
		wrong_usage . act "$option"
	done
}

@test "ring sizes that the kernel cannot take: the message says which it takes" {
	for size in 0 1 4095 5000 12K 3M 4097 -4096; do
		wrong_usage '[Pp]ower' -b "$size" act
		grep -E '4096|4 ?K' err
	done
	for size in '' x 4X 4KK 0x1000 8E 99999999999999999999 1e6 ' 4096'; do
		wrong_usage . "--buffer=$size" act
	done
}

@test "ring sizes that it can take: bytes, K, M" {
	for size in 4096 4K 1M 65536; do
		record_whole -q -b "$size" act -- ./act 5000
	done
}

@test "numbers that are none, or out of range" {
	wrong_usage . -p 0 act
	wrong_usage . -p -1 act
	wrong_usage . -p 12x act
	wrong_usage . -p '' act
	wrong_usage . -d x act
	wrong_usage . -d -1 act
	wrong_usage . --ready-fd x act
	wrong_usage . --ready-fd -1 act
	wrong_usage . --max-processes 0 act
	wrong_usage . --max-processes x act
	wrong_usage . --max-processes 99999999999 act
}

@test "the log and the events in one file" {
	wrong_usage . -o x -e x act
	wrong_usage . -o x -e ./x act
	wrong_usage . -o "$PWD/trace.jsonl" -e trace.jsonl act
	wrong_usage . -o - -e - act
}

@test "--user without COMMAND" {
	wrong_usage . -u nobody act
}

@test "--help, --usage and --version go to standard output, status 0, without privilege" {
	for option in --help --usage --version; do
		unprivileged "$option" >out 2>err
		expect '' cat err
		[ -s out ]
	done
	unprivileged --version >out
	grep -E '[0-9]+\.[0-9]+' out
	unprivileged --help >out
	for option in -o --output -e --events -t --threads -f --follow -p --pid -r --running -b --buffer \
		--max-processes -u --user -d --duration --ready-fd --no-sandbox --print -q --quiet -v --verbose --help --usage --version; do
		grep -qE -- "(^|[ ,])$option\b" out || fail "--help does not name $option"
	done
}

@test "without privilege: status 1, one clear line, nothing of libbpf, no file" {
	status=0
	unprivileged act >out 2>err || status=$?
	expect_status 1
	expect 1 awk 'END { print NR }' err
	expect '' grep -i libbpf err
	grep -iE 'root|privilege|CAP_|permission' err
	expect '' ls -A1 -I act -I out -I err
}

@test "on a kernel without BTF: status 1, one clear line" {
	status=0
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh timeout "$(longer 60)" "$RECORDER" act >out 2>err 3>&- 8>&- || status=$?
	expect_status 1
	expect 1 awk 'END { print NR }' err
	grep BTF err
	expect '' ls -A1 -I act -I out -I err
}

@test "--ready-fd gets one newline when everything is attached, and nothing else" {
	record_whole -q --ready-fd 1 act -- ./act 5000
	cmp out <(echo)
	# start waits for it: a program started then is recorded from its exec on
	for ((n = 0; n < $(fewer 10 2); n++)); do
		start -q act
		./act 5000
		stop
		expect 5000 markers
	done
}

@test "--ready-fd with a descriptor that is not open fails" {
	record --ready-fd 77 act -- ./act pid:ran
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
	grep 77 err
}

@test "--quiet: not a byte on standard error; without it a summary that counts" {
	record_whole -q act -- ./act 5000x123
	expect '' cat err
	expect '' cat out
	record_whole act -- ./act 5000x123
	line_cnt=$(wc -l <trace.log)
	grep -E "(^|[^0-9])$line_cnt([^0-9]|$)" err
	grep -i lost err
	expect '' cat out
	# not a terminal: no status line
	expect '' grep $'\r\|\033' err
}

@test "on a terminal: one live status line, then the summary; not with --quiet" {
	script -qec "$(printf '%q ' "$RECORDER" act -- ./act 5000 sleep:2500)" typescript </dev/null >/dev/null 3>&- 8>&-
	grep -q $'\r' typescript
	sed 's/\r/\n/g' typescript >lines
	grep -iE 'program.*process.*call.*lost' lines
	script -qec "$(printf '%q ' "$RECORDER" -q act -- ./act 5000 sleep:1500)" typescript </dev/null >/dev/null 3>&- 8>&-
	expect '' sed '/^Script /d; /^$/d' typescript
}

@test "messages of libbpf, and which hooks are used, are for --verbose alone" {
	record --verbose act -- ./act 5000
	expect_status 0
	# Where programs of tracepoints can be preempted, those of their events.
	case $(uname -r) in
	5.* | 6.[01].*) grep 'calls are told by tracepoints, and the task is asked for' err ;;
	6.*) grep -x 'loader_and_logger: calls are told by tracepoints' err ;;
	*) grep 'calls are told by the events of tracepoints' err ;;
	esac
	record act -- ./act 5000
	expect_status 0
	expect '' grep -iE 'libbpf|calls are told' err
}

@test "options may stand after PROGRAMs, everything after -- is COMMAND's" {
	record_whole act -q -o trace.log beta -- ./act 5000
	expect '["act", "beta"]' events recording_start programs
	expect 5000 markers
}

@test "two recorders at the same time do not disturb each other" {
	start -q act
	first=$recorder
	record -q -o second.log act -- ./act 5000x1000
	expect_status 0
	check_recording second.log second.jsonl
	recorder=$first
	stop
	diff <(cut -d: -f2- trace.log) <(cut -d: -f2- second.log)
}
