# SPDX-License-Identifier: BSD-2-Clause
"""How cost grows with what is listed, what lives, and how many threads there are."""
import re
from contextlib import contextmanager
from pathlib import Path

from calls import run_loop
from process import run
from setting import rotated
from tools import FLOOR, NONE, NOT_RECORDED, RECORDED, Tool, all_tools, usable

LISTED = (1, 16, 256, 2048)
PROCESSES = (0, 100, 1000, 10000, 50000)
THREADS = (1, 10, 100, 1000)
CALLS = 500_000
SPAWNS = 300
PID_MAX = "/proc/sys/kernel/pid_max"
# PID_MAX_LIMIT on 64 bit, include/linux/threads.h.
PIDS_LIMIT = 4 * 1024 * 1024
# For the rest of the system.
PROCESSES_SPARED = 6000


def listed_recorder(setting, count):
    names = [f"not-this-one-{i}" for i in range(count - 1)]
    return Tool(RECORDED, CALLS, lambda command, path: [
        setting.recorder, "-q", "-o", "/dev/null", "-e", "none", *names, "loop", "--", *command])


def add_loop(setting, part, what, tool, options, calls, number):
    loop, _ = run_loop(setting, tool, options, calls, setting.scratch / "growth")
    if loop:
        setting.samples.add(part, what, tool.name, number, ns=loop["ns"],
                            children=loop["children"])


def listed_programs(setting, tools, number):
    for count in LISTED:
        for tool in tools[NONE], listed_recorder(setting, count):
            add_loop(setting, "growth: listed programs", count, tool, ["-c"],
                     setting.size(CALLS), number)


@contextmanager
def many_pids():
    """As many pids as the kernel can have, for a while: usually there are too few for the most processes."""
    path = Path(PID_MAX)
    before = path.read_text()
    path.write_text(str(PIDS_LIMIT))
    try:
        yield
    finally:
        path.write_text(before)


def process_limit():
    """How many processes there may be, and what says so."""
    limits = []
    for path in PID_MAX, "/proc/sys/kernel/threads-max":
        with open(path) as file:
            limits.append((int(file.read()) - PROCESSES_SPARED, path))
    with open("/proc/meminfo") as file:
        free_kb = int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1))
    # What a process that shares its memory takes of the kernel's, the loop's and the recorder's, in KiB.
    limits.append((free_kb // 2 // 50, "the memory"))
    return min(limits)


def live_processes(setting, tools, number):
    limit, why = process_limit()
    for wanted in PROCESSES:
        # What is slow to set up is measured at full size, or, in a quick run, not at all.
        if setting.quick and wanted > 1000:
            setting.note(f"live processes, {wanted}: left out (--quick)")
            continue
        count = min(wanted, limit)
        if count < wanted:
            setting.note(f"live processes: {count} instead of {wanted}, because of {why}")
        # Processes that sleep cost nothing without a tracer, and many take seconds to start.
        for tool in (tools[NONE], tools[RECORDED]) if count <= 1000 else (tools[RECORDED],):
            add_loop(setting, "growth: live processes", count, tool, ["-c", "-k", count],
                     setting.size(CALLS), number)


def threads(setting, tools, number):
    for count in THREADS:
        for tool in tools[NONE], tools[RECORDED]:
            add_loop(setting, "growth: threads, one calls", count, tool, ["-c", "-s", count - 1],
                     setting.size(CALLS), number)
            add_loop(setting, "growth: threads, all call", count, tool, ["-t", count],
                     max(100, setting.size(CALLS) // count), number)


def spawns(setting, tools, number):
    path = setting.scratch / "growth"
    names = [name for name in (NONE, FLOOR, RECORDED, NOT_RECORDED) if name in tools]
    for name in rotated(names, number):
        result = run(tools[name].wrap([setting.binary("spawn"), str(setting.size(SPAWNS))], path))
        found = re.search(r" ns (\d+)", result.out)
        if found:
            setting.samples.add("growth: fork + exec + exit", "spawn", name, number,
                                ns=int(found.group(1)))


def growth(setting):
    wanted = (NONE, FLOOR, RECORDED, NOT_RECORDED)
    tools = {tool.name: tool for tool in
             usable(setting, [tool for tool in all_tools(setting) if tool.name in wanted])}
    if RECORDED not in tools:
        return
    with many_pids():
        for number in setting.each_round("growth"):
            for part in listed_programs, live_processes, threads, spawns:
                part(setting, tools, number)
