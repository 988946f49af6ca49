# SPDX-License-Identifier: BSD-2-Clause
"""The splitter against programs that only read, and against plain scripts that do the same."""
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from process import run
from setting import rotated

ONE_JOB, TWO_JOBS = "formatter -j 1", "formatter -j 2"
ONE_WITH_EVENTS, WITH_EVENTS = f"{ONE_JOB}, with the events", f"{TWO_JOBS}, with the events"
IN_64M, IN_16M = f"{TWO_JOBS} -m 64M", f"{TWO_JOBS} -m 16M"
# With 600,000 events less than 112 MiB is too little, and is said to be.
IN_128M = f"{TWO_JOBS} -m 128M, with the events"
# What -m allows, in MiB.
SMALL_MEMORY = {IN_64M: 64, IN_16M: 16, IN_128M: 128}
ON_DISK = "formatter -j 2, files on the disk"
WC, CAT, MAWK, PYTHON, PLAIN = "wc -l", "cat", "mawk", "Python", "the same files, only written"
MIB = 1024 * 1024
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Log:
    name: str
    lines: int
    sequences: int
    live: int
    run: int
    programs: tuple
    once: str = ""  # in the first round only: there is no time for more, and its memory is the same in each


MIDDLE = "700 MB, 500 sequences, fine"
MIDDLE_RUNS = "700 MB, 500 sequences, coarse"
SHORT = "100 MB, 300,000 sequences"
BIG = "8 GB, 500 sequences, fine"
SPLITTING = (ONE_JOB, TWO_JOBS)
READING = (WC, CAT)
LOGS = (
    # The scripts take as long for a line of any log, and have no time for longer ones.
    Log("100 MB, 500 sequences, fine", 6_000_000, 500, 500, 4,
        SPLITTING + READING + (MAWK, PYTHON)),
    Log("100 MB, 500 sequences, coarse", 6_000_000, 500, 500, 2000, SPLITTING + READING),
    Log("100 MB, 5 sequences, fine", 6_000_000, 5, 5, 4, SPLITTING + READING),
    Log(SHORT, 6_000_000, 300_000, 200, 8, (ONE_WITH_EVENTS, WITH_EVENTS, PLAIN, WC, IN_128M)),
    Log(MIDDLE, 40_000_000, 500, 500, 4, SPLITTING + READING),
    Log(MIDDLE_RUNS, 40_000_000, 500, 500, 100, SPLITTING + READING),
    # What is written to the disk would disturb the others.
    Log(f"{MIDDLE}, options", 40_000_000, 500, 500, 4, (IN_64M, IN_16M, ON_DISK, WC)),
    Log(BIG, 460_000_000, 500, 500, 4, (TWO_JOBS,) + READING, once=IN_64M),
)
# What the log of 8 GB takes, and one round of it: it is left out where there is less time.
BIG_S = 75


def memory_of(name):
    """What -m says."""
    return SMALL_MEMORY[name] * MIB


def argv_of(setting, name, log, output):
    formatter = [setting.formatter, "-q", "-o", output]
    events = [] if "events" in name else ["-e", "none"]
    if name in SMALL_MEMORY:
        return [*formatter, *events, "-j", 2, "-m", f"{SMALL_MEMORY[name]}M", log]
    formatter += events
    return {
        ONE_JOB: [*formatter, "-j", 1, log],
        TWO_JOBS: [*formatter, "-j", 2, log],
        ON_DISK: [*formatter, "-j", 2, log],
        ONE_WITH_EVENTS: [*formatter, "-j", 1, log],
        WITH_EVENTS: [*formatter, "-j", 2, log],
        WC: ["wc", "-l", log],
        CAT: ["cat", log],
        MAWK: ["mawk", "-v", f"dir={output}", "-f", HERE / "plainsplit.awk", log],
        PYTHON: ["python3", HERE / "plainsplit.py", log, output],
    }[name]


def generate(setting, log, path):
    result = run([setting.binary("genlog"), "-l", setting.size(log.lines), "-s",
                  min(log.sequences, setting.size(log.lines)), "-w", log.live, "-r", log.run, "-e",
                  path.with_suffix(".jsonl")], out_path=path, timeout_s=300)
    if result.failure():
        setting.lacks(f"splitter, {log.name}", result.failure())
        return False
    # What is still to be written to the disk would disturb; the largest one can't be waited for.
    if log.name != BIG:
        os.sync()
    return True


def write_plainly(setting, log, source, output, number):
    result = run([setting.binary("plainwriter"), source, output])
    found = re.search(r" ns (\d+)", result.out)
    if not found:
        setting.lacks(f"{PLAIN}, {log.name}", result.failure() or "it measured nothing")
    else:
        setting.samples.add("splitter", log.name, PLAIN, number,
                            seconds=int(found.group(1)) / 1e9)


def remove(folder):
    """In another process: for 300,000 names this one would grow."""
    run(["rm", "-rf", folder])


def add(setting, log, path, name, number, times):
    ns, cpu_us, rss = map(int, times.split())
    setting.samples.add("splitter", log.name, name, number, seconds=ns / 1e9,
                        gb_per_s=os.path.getsize(path) / ns, rss=rss, cpu_s=cpu_us / 1e6)


def measure(setting, log, path, name, number):
    folder = setting.scratch if name == ON_DISK else setting.memory_folder
    output, times = folder / "sequences", setting.scratch / "times"
    # The formatter and the plain writer make theirs themselves.
    if name in (MAWK, PYTHON):
        output.mkdir()
    # The output of cat goes where it costs nothing; wc's is one line.
    result = run([setting.binary("timed"), times, *argv_of(setting, name, path, output)],
                 timeout_s=300, out_path="/dev/null" if name == CAT else None)
    if result.failure():
        setting.lacks(f"{name}, {log.name}", result.failure())
    else:
        add(setting, log, path, name, number, times.read_text())
        if name == WITH_EVENTS and PLAIN in log.programs:
            write_plainly(setting, log, output, folder / "plain", number)
            remove(folder / "plain")
    remove(output)


def measure_log(setting, log):
    path = setting.scratch / "split.log"
    if generate(setting, log, path):
        for number in setting.each_round(f"splitter, {log.name}"):
            for name in rotated([name for name in log.programs if name != PLAIN], number):
                measure(setting, log, path, name, number)
            if log.once and number == 1:
                measure(setting, log, path, log.once, number)
                setting.note(f"splitter, {log.name}: {log.once} ran once, for its memory")
    path.unlink(missing_ok=True)
    path.with_suffix(".jsonl").unlink(missing_ok=True)


def has_room(setting, log):
    """Time and disk; the output takes less than the log."""
    need = 2 * setting.size(log.lines) * 18
    if log.name == BIG and setting.left_s() < BIG_S:
        setting.note(f"splitter: no time was left for the log of {log.name}")
        return False
    if shutil.disk_usage(setting.scratch).free < need:
        setting.note(f"splitter: no room on the disk for the log of {log.name}")
        return False
    return True


def splitter(setting):
    for log in LOGS:
        if log.name != BIG and has_room(setting, log):
            measure_log(setting, log)


def splitter_big(setting):
    """Last of all, if there is time."""
    log = next(log for log in LOGS if log.name == BIG)
    if has_room(setting, log):
        measure_log(setting, log)
