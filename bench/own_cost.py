# SPDX-License-Identifier: BSD-2-Clause
"""What the recorder itself takes: CPU time, bytes, memory."""
import os
import time

from calls import ONE, PER_CPU, THREADS, modes, parse
from process import map_bytes, run, started, status_bytes, wait
from tools import TO_FILE, all_tools, last_event

CALLS = 3_000_000
# The recorder's exit status where something was lost.
INCOMPLETE = 3
# What ring_script() runs.
RING_COMMS = b"sleep", b"ring_meter"


def recorder_tool(setting):
    return next(tool for tool in all_tools(setting) if tool.name == TO_FILE)


def cpu_of_recorder(setting, options, calls, path):
    """
    CPU seconds of the recorder from the start of the loop on, without those of the loop, and its
    last event. Loading and attaching take a while, and not always the same.
    """
    command = (f'cat /proc/$PPID/task/*/schedstat >{path}.start; exec {setting.binary("loop")} '
               f'-n {calls} {" ".join(map(str, options))}')
    result = run(recorder_tool(setting).wrap(["sh", "-c", command], path))
    if not result.out.startswith("nr "):
        setting.lacks("the recorder's CPU time", result.failure() or "the loop printed nothing")
        return None, {}
    with open(f"{path}.start") as file:
        before_s = sum(int(line.split()[0]) for line in file) / 1e9
    return (result.cpu_s - before_s - parse(result.out)["cpu_us"] / 1e6,
            last_event(f"{path}.jsonl"))


def measure_cpu(setting, mode, options, runners, number):
    path = setting.scratch / "own"
    idle_s, _ = cpu_of_recorder(setting, options, 1, path)
    all_s, end = cpu_of_recorder(setting, options, setting.size(CALLS) // runners, path)
    if idle_s is None or all_s is None or not end.get("lines"):
        return
    setting.samples.add("own", mode, TO_FILE, number,
                        cpu_ms_per_million=1e9 * (all_s - idle_s) / end["lines"],
                        log_bytes_per_call=os.path.getsize(f"{path}.log") / end["lines"])


def ring_script(setting, path):
    """The end of a script whose parent is the recorder: it reads the ring's position."""
    return f'sleep 0.1; exec {setting.binary("ring_meter")} $PPID >{path}.ring\n'


def add_ring(setting, name, path, number):
    """What went through the ring, after a run of the recorder with ring_script()."""
    end = last_event(f"{path}.jsonl")
    try:
        with open(f"{path}.ring") as file:
            setting.samples.add("own", name, TO_FILE, number,
                                ring_bytes_per_call=int(file.read()) / end["lines"],
                                bytes_per_line=os.path.getsize(f"{path}.log") / end["lines"])
    except (OSError, ValueError, KeyError, ZeroDivisionError) as error:
        setting.lacks(f"bytes through the ring, {name}", repr(error))


def measure_ring(setting, name, script, number):
    path = setting.scratch / "own"
    script = f"{script}\n{ring_script(setting, path)}"
    result = run(recorder_tool(setting).wrap(["sh", "-c", script], path))
    if result.failure(INCOMPLETE):
        setting.lacks(f"bytes through the ring, {name}", result.failure())
    else:
        add_ring(setting, name, path, number)


def measure_memory(setting, number):
    path = setting.scratch / "own"
    with started([str(word) for word in
                  recorder_tool(setting).wrap(["sleep", "0.5"], path)]) as child:
        time.sleep(0.4)
        setting.samples.add("own", "memory", TO_FILE, number, maps=map_bytes(child.pid),
                            rss=status_bytes(child.pid, "VmRSS"),
                            peak=status_bytes(child.pid, "VmHWM"))
        wait(child, 10)


def loop_script(setting, options, runners):
    calls = setting.size(CALLS) // 2 // runners
    return f'{setting.binary("loop")} -n {calls} {" ".join(map(str, options))} >/dev/null'


def own_cost(setting):
    for number in setting.each_round("the recorder's own cost"):
        for mode in ONE, PER_CPU, THREADS:
            options, runners = modes(setting)[mode]
            measure_cpu(setting, mode, options, runners, number)
            measure_ring(setting, mode, loop_script(setting, options, runners), number)
        measure_memory(setting, number)
