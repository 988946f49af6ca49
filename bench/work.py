# SPDX-License-Identifier: BSD-2-Clause
"""What tracing does to real programs: how much slower they get, and whether calls are lost."""
import os
import re
import shutil

import tools
import workloads
from own_cost import RING_COMMS, add_ring, ring_script
from process import count_in, run
from setting import rotated
from tools import FLOOR, NONE, PERF_RECORD, STRACE, TO_FILE, last_event, perf_lost, reported_lost

# With strace, the work is less.
NONE_SMALL = NONE + ", less work"
# The comm of a shell that is counted by the kernel, too.
COUNTED = "counted-shell"


def run_script(setting, folder, script, wrap, shell="sh"):
    """(Result, folder of the output) of a workload's script in an empty folder for output."""
    output = folder / "output"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    (folder / "script").write_text(script)
    environment = dict(os.environ, RESULT=str(output / "ns"), LC_ALL="C",
                       TIMED=str(setting.binary("timed")))
    command = [str(shell), str(folder / "script")]
    return run(wrap(command, output / "out"), timeout_s=120, env=environment), output


def run_workload(setting, folder, tool, script):
    """(ns, Result, path of the tool's output), ns None after a failure."""
    if tool.name == TO_FILE:
        script += ring_script(setting, folder / "output" / "out")
    result, output = run_script(setting, folder, script, tool.wrap)
    try:
        return int((output / "ns").read_text().split()[0]), result, output / "out"
    except (OSError, ValueError, IndexError):
        return None, result, output / "out"


def calls_of_work(path, end):
    """Recorded calls without those of ring_script()."""
    return end.get("lines", 0) - sum(count_in(f"{path}.log", b":%s\n" % comm) for comm in RING_COMMS)


def details(tool, path, seconds, number):
    """Loss, as far as the tool itself knows it."""
    if tool.name == TO_FILE:
        end = last_event(f"{path}.jsonl")
        return {"calls_per_s": calls_of_work(path, end) / seconds, "reported_lost": reported_lost(end),
                "complete": float(end.get("complete", False))}
    # That takes perf a second, so once is enough.
    if tool.name == PERF_RECORD and number == 1:
        return {"reported_lost": perf_lost(path)}
    return {}


def count(setting, folder, workload):
    """The true number of calls, by the kernel's own count, beside what is recorded of one more run."""
    shell, counts = folder / COUNTED, folder / "counts"
    shell.unlink(missing_ok=True)
    shell.symlink_to(shutil.which("sh"))

    def wrap(command, path):
        return [setting.recorder, "-q", "-f", "-o", f"{path}.log", "-e", f"{path}.jsonl", COUNTED, "--",
                "perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-o", counts, "--", *command]

    share = setting.size(100) / 100
    result, output = run_script(setting, folder, workload.script(folder, share), wrap, shell)
    found = re.search(r"^(\d+),.*sys_enter", counts.read_text(), re.M) if counts.exists() else None
    if not found:
        setting.lacks(f"the kernel's count of {workload.name}", result.failure() or "perf stat counted nothing")
        return
    # It begins behind the first execve, which is recorded.
    made = int(found.group(1)) + 1
    recorded = count_in(output / "out.log", b"\n")
    lost = reported_lost(last_event(output / "out.jsonl"))
    setting.samples.add("counted", workload.name, TO_FILE, 1, made=made, recorded=recorded,
                        reported_lost=lost, silently_missing=made - recorded - lost)


def measure(setting, folder, workload, tool, name, share, number):
    key = f"{tool.name}, {workload.name}"
    if key in setting.missing:
        return
    share = share * (0.3 if setting.quick else 1)
    ns, result, path = run_workload(setting, folder, tool, workload.script(folder, share))
    if ns is None:
        setting.lacks(key, result.failure() or "it measured nothing")
        return
    setting.samples.add("work", workload.name, name, number, ns=ns,
                        **details(tool, path, workload.fixed_s or ns / 1e9, number))
    if tool.name == TO_FILE:
        add_ring(setting, workload.name, path, number)


def plan(setting, workload):
    """[(tool, its name, share of the work)]"""
    by_name = {tool.name: tool for tool in tools.all_tools(setting)}
    full = [NONE, FLOOR, TO_FILE, PERF_RECORD]
    entries = [(by_name[name], name, 1) for name in full if name not in setting.missing]
    if STRACE in setting.missing:
        return entries
    if workload.fixed_s:
        return entries + [(by_name[STRACE], STRACE, 1)]
    return entries + [(by_name[NONE], NONE_SMALL, workloads.SMALL),
                      (by_name[STRACE], STRACE, workloads.SMALL)]


def real_work(setting):
    tools.usable(setting, [tool for tool in tools.all_tools(setting)
                           if tool.name in (FLOOR, TO_FILE, PERF_RECORD, STRACE)])
    folder = setting.scratch / "work"
    workloads.prepare(folder)
    usable = workloads.usable(setting)
    for workload in usable if PERF_RECORD not in setting.missing else ():
        count(setting, folder, workload)
    for number in setting.each_round("real work"):
        for workload in usable:
            for tool, name, share in rotated(plan(setting, workload), number):
                measure(setting, folder, workload, tool, name, share, number)
    shutil.rmtree(folder)
