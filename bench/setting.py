# SPDX-License-Identifier: BSD-2-Clause
"""What every part of the bench gets: where things are, how many rounds, and where numbers go."""
import os
import sys
import time
from pathlib import Path

from measure import Samples

ROUNDS = 7


class Setting:
    def __init__(self, build, programs, scratch, memory_folder, rounds, quick, budget_s):
        self.build, self.programs, self.scratch = Path(build), Path(programs), Path(scratch)
        # For what would measure the disk otherwise.
        self.memory_folder = Path(memory_folder)
        self.rounds, self.quick = rounds, quick
        self.begin, self.budget_s = time.monotonic(), budget_s
        self.samples = Samples()
        self.missing = {}  # peer: why
        self.notes = []  # what a reader of the report has to know
        self.part_s = {}
        self.cpus = len(os.sched_getaffinity(0))

    def binary(self, name):
        """A program of the bench."""
        return self.build / "bench" / "bin" / name

    @property
    def recorder(self):
        return self.programs / "loader_and_logger"

    @property
    def formatter(self):
        return self.programs / "formatter"

    def size(self, full):
        """A size of a measurement: a fraction of it in a quick run."""
        return max(1, full // 10) if self.quick else full

    def left_s(self):
        return self.budget_s - (time.monotonic() - self.begin)

    def each_round(self, what):
        longest_s = 0
        for number in range(1, self.rounds + 1):
            if number > 1 and self.left_s() < longest_s:
                self.note(f"{what}: rounds: {number - 1} instead of {self.rounds}, because the time "
                          "was up (--budget)")
                return
            print(f"bench: {what}, round {number} of {self.rounds}", file=sys.stderr, flush=True)
            begin = time.monotonic()
            yield number
            longest_s = max(longest_s, time.monotonic() - begin)

    def lacks(self, peer, why):
        """A peer is not there, or failed: said once, with the first reason."""
        if peer not in self.missing:
            self.missing[peer] = why
            print(f"bench: missing: {peer}: {why}", file=sys.stderr, flush=True)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)


def rotated(items, number):
    """Each round begins with another one, so that none is always the first."""
    at = (number - 1) % len(items)
    return items[at:] + items[:at]
