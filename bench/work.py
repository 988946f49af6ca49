# SPDX-License-Identifier: BSD-2-Clause
"""What tracing does to real programs: how much slower they get, and whether calls are lost."""
import os
import shutil

import tools
import workloads
from process import run
from setting import rotated
from tools import FLOOR, NONE, PERF_RECORD, STRACE, TO_FILE, last_event, perf_lost, reported_lost

# With strace, the work is less.
NONE_SMALL = NONE + ", less work"


def run_workload(setting, folder, tool, script):
    """(ns, Result, path of the tool's output), ns None after a failure."""
    output = folder / "output"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    (folder / "script").write_text(script)
    environment = dict(os.environ, RESULT=str(output / "ns"), LC_ALL="C",
                       TIMED=str(setting.binary("timed")))
    command = ["sh", str(folder / "script")]
    result = run(tool.wrap(command, output / "out"), timeout_s=120, env=environment)
    try:
        return int((output / "ns").read_text().split()[0]), result, output / "out"
    except (OSError, ValueError, IndexError):
        return None, result, output / "out"


def details(tool, path, seconds, number):
    """Loss, as far as the tool itself knows it: nobody knows the true number of calls."""
    if tool.name == TO_FILE:
        end = last_event(f"{path}.jsonl")
        return {"calls_per_s": end.get("lines", 0) / seconds, "reported_lost": reported_lost(end),
                "complete": float(end.get("complete", False))}
    # That takes perf a second, so once is enough.
    if tool.name == PERF_RECORD and number == 1:
        return {"reported_lost": perf_lost(path)}
    return {}


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
    for number in setting.each_round("real work"):
        for workload in usable:
            for tool, name, share in rotated(plan(setting, workload), number):
                measure(setting, folder, workload, tool, name, share, number)
    shutil.rmtree(folder)
