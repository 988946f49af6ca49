# SPDX-License-Identifier: BSD-2-Clause
"""The recorder in its modes, and everything else that a user would pick to see calls."""
import json
import re
import shlex
from dataclasses import dataclass
from typing import Callable, Optional

from process import count_in, run

NONE, FLOOR = "no tracer", "empty program"
NAIVE, NAIVE_TO_FILE = "naive, log to /dev/null", "naive, log to a file"
RECORDED, TO_FILE = "recorder, log to /dev/null", "recorder, log to a file"
NOT_RECORDED, ALL = "recorder, process not recorded", "recorder, '*'"
STRACE, SECCOMP = "strace -f", "strace -f --seccomp-bpf"
PERF_TRACE, PERF_RECORD, BPFTRACE = "perf trace", "perf record", "bpftrace"

OURS = (RECORDED, TO_FILE, NOT_RECORDED, ALL)
# A comm that no program has.
NOBODY = "no-such-program"


@dataclass(frozen=True)
class Tool:
    name: str
    calls: int  # of a loop: slow tools get fewer
    wrap: Callable  # (command, path of the output without suffix) -> argv
    count: Optional[Callable] = None  # (path, Result, ID of the call) -> (recorded, reported lost)


def last_event(path):
    """recording_end of the recorder's events; {} where it is missing."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, 2) - 4096))
        lines = file.read().splitlines()
    event = json.loads(lines[-1]) if lines else {}
    return event if event.get("event_type") == "recording_end" else {}


def reported_lost(end):
    return end.get("calls_lost", 0) + end.get("records_lost", {}).get("skipped_runs", 0)


def count_recorder(path, _result, nr):
    return (count_in(f"{path}.log", b":%d:loop\n" % nr),
            reported_lost(last_event(f"{path}.jsonl")))


def count_naive(path, result, nr):
    return (count_in(f"{path}.log", b":%d:loop\n" % nr),
            int(re.search(r"dropped (\d+)", result.err).group(1)))


def count_strace(path, _result, _nr):
    return count_in(f"{path}.log", b"getppid("), 0


def count_perf_trace(path, _result, _nr):
    lost = run(["grep", "-a", "^LOST", f"{path}.log"]).out
    # It loses events, of which each call has two.
    return (count_in(f"{path}.log", b"getppid("),
            sum(map(int, re.findall(r"LOST (\d+) events", lost))) // 2)


def perf_lost(path):
    """How many calls perf record says that it lost; what it recorded is in PATH.txt then."""
    run(["perf", "script", "-i", f"{path}.data", "-F", "comm,trace", "--show-lost-events"],
        out_path=f"{path}.txt")
    lost = run(["grep", "-a", "PERF_RECORD_LOST", f"{path}.txt"]).out
    return sum(map(int, re.findall(r"lost (\d+)", lost)))


def count_perf_record(path, _result, nr):
    lost = perf_lost(path)
    lines = run(["grep", "-a", "-c", f"^ *loop *NR {nr} ", f"{path}.txt"]).out
    return int(lines), lost


def count_bpftrace(path, result, nr):
    lost = run(["grep", "-a", "^Lost", f"{path}.log"]).out + result.err
    return (count_in(f"{path}.log", b":%d:loop\n" % nr),
            sum(map(int, re.findall(r"Lost (\d+) events", lost))))


def recorder_modes(recorder):
    quiet = [recorder, "-q"]
    return [
        Tool(RECORDED, 500_000, lambda command, path: [
            *quiet, "-o", "/dev/null", "-e", f"{path}.jsonl", "--", *command]),
        Tool(TO_FILE, 500_000, lambda command, path: [
            *quiet, "-o", f"{path}.log", "-e", f"{path}.jsonl", "--", *command], count_recorder),
        Tool(NOT_RECORDED, 500_000, lambda command, path: [
            *quiet, "-o", "/dev/null", "-e", "none", NOBODY, "--", *command]),
        Tool(ALL, 500_000, lambda command, path: [
            *quiet, "-o", "/dev/null", "-e", "none", "*", "--", *command]),
    ]


def references(reference):
    return [
        Tool(FLOOR, 500_000, lambda command, path: [reference, "floor", "--", *command]),
        Tool(NAIVE, 200_000, lambda command, path: [reference, "naive", "--", *command]),
        Tool(NAIVE_TO_FILE, 200_000, lambda command, path: [
            reference, "naive", "-o", f"{path}.log", "--", *command], count_naive),
    ]


BPFTRACE_PROGRAM = ('tracepoint:raw_syscalls:sys_enter /comm == "loop"/ '
                    '{ printf("%d:%d:%s\\n", pid, args->id, comm); }')


def peers():
    return [
        Tool(STRACE, 5_000, lambda command, path: [
            "strace", "-f", "-o", f"{path}.log", *command], count_strace),
        # Without -e there is nothing that the filter could let pass, and strace does without it.
        Tool(SECCOMP, 5_000, lambda command, path: [
            "strace", "-f", "--seccomp-bpf", "-e", "trace=getppid", "-o", f"{path}.log", *command],
            count_strace),
        Tool(PERF_TRACE, 30_000, lambda command, path: [
            "perf", "trace", "-o", f"{path}.log", "--", *command], count_perf_trace),
        Tool(PERF_RECORD, 100_000, lambda command, path: [
            # What it does afterwards, for build IDs and for a thread that waits for news of BPF
            # programs, takes seconds, and nobody reads that.
            "perf", "record", "-q", "--no-buildid", "--no-bpf-event", "-o", f"{path}.data",
            "-e", "raw_syscalls:sys_enter", "--", *command], count_perf_record),
        Tool(BPFTRACE, 100_000, lambda command, path: [
            "bpftrace", "-q", "-o", f"{path}.log", "-e", BPFTRACE_PROGRAM, "-c",
            shlex.join(map(str, command))], count_bpftrace),
    ]


def all_tools(setting):
    floor, *naive = references(setting.binary("reference"))
    return [Tool(NONE, 500_000, lambda command, path: command), floor,
            *recorder_modes(setting.recorder), *naive, *peers()]


def usable(setting, tools):
    """Those that are there and see the calls of a short loop; the others are named as missing."""
    found = []
    for tool in tools:
        path = setting.scratch / "probe"
        result = run(tool.wrap([setting.binary("loop"), "-n", "100"], path), timeout_s=30)
        why = result.failure()
        if not why and "runners" not in result.out:
            why = result.err.strip().splitlines()[-1:] or "the traced program did not run"
        if not why and tool.count:
            nr = int(result.out.split("nr ")[1].split()[0])
            if not sum(tool.count(path, result, nr)):
                why = "records nothing of a loop of 100 calls: " + result.err.strip()[-200:]
        if why:
            setting.lacks(tool.name, why if isinstance(why, str) else why[0])
        else:
            found.append(tool)
    return found
