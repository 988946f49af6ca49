# SPDX-License-Identifier: BSD-2-Clause
"""Cost per call, and loss, of loops whose number of calls is known."""
import os
import shutil
import time

from process import count_in, run, started, status_bytes, wait
from setting import rotated
from tools import TO_FILE, all_tools, last_event, reported_lost, usable

ONE, PER_CPU, THREADS = "one process", "one process per CPU", "threads on all CPUs"
STORM_S = 60
LINE_BYTES = len("12345:110:loop\n")


def modes(setting):
    """{name: (options of loop, how many call at once)}"""
    threads = max(4, setting.cpus)
    return {
        ONE: (["-c"], 1),
        PER_CPU: (["-c", "-p", setting.cpus], setting.cpus),
        THREADS: (["-t", threads], threads),
    }


def parse(line):
    """`nr 110 runners 2 ...` of loop."""
    words = line.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2])}


def run_loop(setting, tool, options, calls, path, timeout_s=120):
    """(numbers of loop, Result), or (None, Result) after a failure, which is noted."""
    key = f"{tool.name} ({' '.join(map(str, options))})"
    if key in setting.missing:
        return None, None
    command = [setting.binary("loop"), "-n", calls, *options]
    result = run(tool.wrap([str(word) for word in command], path), timeout_s=timeout_s)
    # A status says nothing of the loop: the recorder's is 3 where calls were lost.
    if not result.out.startswith("nr "):
        setting.lacks(key, result.failure() or "the traced loop printed nothing")
        return None, result
    return parse(result.out), result


def loss(tool, path, result, loop):
    recorded, lost = tool.count(path, result, int(loop["nr"]))
    made = int(loop["calls"])
    return {"made": made, "recorded": recorded, "reported_lost": lost,
            "silently_missing": made - recorded - lost}


def measure(setting, tool, options, runners):
    """(numbers of loop or None, loss or None)"""
    folder = setting.scratch / "calls"
    folder.mkdir()
    path = folder / "out"
    loop, result = run_loop(setting, tool, options, setting.size(tool.calls) // runners, path)
    lost = loss(tool, path, result, loop) if loop and tool.count else None
    shutil.rmtree(folder)
    return loop, lost


def measure_all(setting, tools, mode, options, runners, number):
    """One round of a mode."""
    for tool in rotated(tools, number):
        loop, lost = measure(setting, tool, options, runners)
        if loop:
            setting.samples.add("calls", mode, tool.name, number, ns=loop["ns"],
                                mean_ns=loop["mean"], **(lost or {}))


def cost_and_loss(setting):
    tools = usable(setting, all_tools(setting))
    for number in setting.each_round("cost per call and loss"):
        for mode, (options, runners) in modes(setting).items():
            measure_all(setting, tools, mode, options, runners, number)


# --- every CPU in a loop, for a minute --------------------------------------------------------


def calls_for(setting, tool, options, seconds):
    """So many calls of each runner take about that long."""
    loop, _ = run_loop(setting, tool, options, 5_000_000, setting.scratch / "trial")
    return int(seconds * 1e9 / loop["mean"]) if loop else 0


def watch(setting, child, seconds):
    """Waits for the recorder, and notes now and then how much memory it has."""
    begin = time.monotonic()
    while True:
        try:
            return wait(child, 1)
        except TimeoutError:
            age_s = time.monotonic() - begin
            setting.samples.add("memory", round(age_s), TO_FILE, 1,
                                rss=status_bytes(child.pid, "VmRSS"))
            if age_s > 10 * seconds + 60:
                raise


def storm(setting):
    """The recorder at its defaults; its log goes to a file, where there is room for it."""
    seconds = 5 if setting.quick else STORM_S
    options = modes(setting)[PER_CPU][0]
    recorder = next(tool for tool in all_tools(setting) if tool.name == TO_FILE)
    calls = calls_for(setting, recorder, options, seconds)
    if not calls:
        return
    path = setting.scratch / "storm"
    need = 2 * calls * setting.cpus * LINE_BYTES
    if shutil.disk_usage(setting.scratch).free < need:
        setting.note(f"no room on the disk for the log of {seconds} s of every CPU: that run was "
                     "left out")
        return
    command = [setting.binary("loop"), "-n", calls, *options]
    with open(f"{path}.out", "w+") as out, \
            started([str(word) for word in recorder.wrap(command, path)], stdout=out) as child:
        begin = time.monotonic()
        status, usage = watch(setting, child, seconds)
        wall_s = time.monotonic() - begin
        out.seek(0)
        loop = parse(out.read())
    end = last_event(f"{path}.jsonl")
    recorded = count_in(f"{path}.log", b":%d:loop\n" % int(loop["nr"]))
    setting.samples.add(
        "storm", PER_CPU, TO_FILE, 1, seconds=wall_s, made=loop["calls"], recorded=recorded,
        reported_lost=reported_lost(end),
        silently_missing=loop["calls"] - recorded - reported_lost(end),
        complete=float(end.get("complete", False)), status=status,
        recorder_cpu_s=usage.ru_utime + usage.ru_stime - loop["cpu_us"] / 1e6)
    for suffix in "out", "log", "jsonl":
        os.unlink(f"{path}.{suffix}")
