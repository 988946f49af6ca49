# SPDX-License-Identifier: BSD-2-Clause
"""What must be reached, and what is aimed at; each is a figure of one run, no absolute time."""
from dataclasses import dataclass
from typing import Callable

import splitter
from calls import ONE, PER_CPU, THREADS
from hot_path import COLUMNS
from markdown import number, table
from measure import Figure, figure
from tools import FLOOR, NAIVE, NONE, OURS, RECORDED, TO_FILE


@dataclass(frozen=True)
class Target:
    what: str
    must: float
    aim: float
    unit: str
    measured: Callable  # Samples -> Figure or None
    at_least: bool = False


def added_ratio(samples, mode, tool, other, metric="ns"):
    """What the tool adds to a call over what the other adds."""
    return samples.rounds(lambda none, one, two: (one - none) / (two - none),
                          ("calls", mode, NONE, metric), ("calls", mode, tool, metric),
                          ("calls", mode, other, metric))


def path_ratio(samples, mode, subject):
    """Likewise in the hot path alone."""
    return samples.rounds(lambda none, one, two: (one - none) / (two - none),
                          ("hot path", mode, COLUMNS["none"], "ns"),
                          ("hot path", mode, COLUMNS[subject], "ns"),
                          ("hot path", mode, COLUMNS["empty"], "ns"))


def silently_missing(samples):
    values = [row[5] for row in samples.rows
              if row[4] == "silently_missing" and row[2] in OURS]
    return figure(values)


def slowdown(samples, workload, tool, other):
    return samples.rounds(lambda one, two: one / two, ("work", workload, tool, "ns"),
                          ("work", workload, other, "ns"))


def worst_slowdown(samples):
    """Of the medians of all workloads, the highest."""
    figures = [slowdown(samples, workload, TO_FILE, FLOOR)
               for workload in samples.names("work", "workload")]
    return max(filter(None, figures), default=None)


def split_ratio(samples, log, tool, other):
    return samples.rounds(lambda one, two: one / two, ("splitter", log, tool, "seconds"),
                          ("splitter", log, other, "seconds"))


def memory_beyond(samples):
    """MiB of the splitter's peak memory beyond what -m allows, in the worst case."""
    worst = [row[5] - splitter.memory_of(row[2]) for row in samples.rows
             if row[0] == "splitter" and row[4] == "rss" and row[2] in splitter.SMALL_MEMORY]
    return Figure(max(worst) / 2**20, min(worst) / 2**20, max(worst) / 2**20, len(worst)) \
        if worst else None


TARGETS = (
    Target("cost added per recorded call, over the empty program's", 1.25, 1.12, "x",
           lambda s: path_ratio(s, ONE, "recorded")),
    Target("the same for a process that is not recorded", 1.08, 1.03, "x",
           lambda s: path_ratio(s, ONE, "not_recorded")),
    Target("one recorded process per CPU at once, likewise", 1.3, 1.12, "x",
           lambda s: path_ratio(s, PER_CPU, "recorded")),
    Target("threads of one process on all CPUs, likewise", 2, 1.4, "x",
           lambda s: path_ratio(s, THREADS, "recorded")),
    Target("silently missing calls, in any run", 0, 0, "", silently_missing),
    Target("calls lost at defaults, every CPU in a loop for 60 s", 0, 0, "",
           lambda s: s.figure("storm", PER_CPU, TO_FILE, "reported_lost")),
    Target("bytes per call through the ring, busy process", 5, 2.5, "",
           lambda s: s.figure("own", ONE, TO_FILE, "ring_bytes_per_call")),
    Target("recorder's CPU per million calls to a file", 60, 25, "ms",
           lambda s: s.figure("own", ONE, TO_FILE, "cpu_ms_per_million")),
    Target("naive way's added cost over this recorder's", 8, 11, "x",
           lambda s: added_ratio(s, ONE, NAIVE, RECORDED), at_least=True),
    Target("real work: slow-down over the empty program's, worst workload", 1.3, 1.0, "x",
           worst_slowdown),
    Target("splitter, 700 MB, 500 sequences, 2 threads, over wc -l", 6, 3.5, "x",
           lambda s: split_ratio(s, splitter.MIDDLE, splitter.TWO_JOBS, splitter.WC)),
    Target("splitter, 300,000 sequences with events, over only writing the files", 2, 1.3, "x",
           lambda s: split_ratio(s, splitter.SHORT, splitter.WITH_EVENTS, splitter.PLAIN)),
    Target("splitter's memory beyond -m, at most", 64, 16, "MiB", memory_beyond),
)


def verdict(target, value):
    reaches = (lambda goal: value >= goal) if target.at_least else (lambda goal: value <= goal)
    if reaches(target.aim):
        return "aim met"
    return "met" if reaches(target.must) else "NOT met"


def row(samples, target):
    found = target.measured(samples)
    head = [target.what, f"{target.must:g} {target.unit}".strip(),
            f"{target.aim:g} {target.unit}".strip()]
    if not found:
        return head + ["not measured", "", "", ""]
    # None may be missing in any round, so there the worst one counts.
    value = found.high if target.must == 0 else found.median
    return head + [number(value, 2), number(found.low, 2), number(found.high, 2),
                   verdict(target, value)]


def targets_table(samples):
    return table(["figure", "must", "aim", "median", "min", "max", ""],
                 [row(samples, target) for target in TARGETS])
