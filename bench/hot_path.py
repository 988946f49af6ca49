# SPDX-License-Identifier: BSD-2-Clause
"""What lies in the path of a call, with the programs attached in turn around one loop."""
import re

from calls import modes
from process import run

LOOP_ROUNDS, CALLS = 40, 200_000
COLUMNS = {"none": "no tracer", "empty": "empty program", "not_recorded": "process not recorded",
           "recorded": "process recorded"}


def parse(line):
    """{column: ns}, or None for a line that is something else."""
    words = line.split()
    if words[::2] != list(COLUMNS):
        return None
    return dict(zip(words[::2], map(float, words[1::2])))


def hot_path(setting):
    rounds = setting.size(LOOP_ROUNDS)
    for mode, (options, runners) in modes(setting).items():
        command = [setting.binary("hot_path"), rounds, setting.binary("loop"), "-i", "-n",
                   CALLS // runners, *options]
        result = run([str(word) for word in command], timeout_s=120)
        if result.failure():
            setting.lacks(f"hot path, {mode}", result.failure())
            continue
        for number, line in enumerate(re.findall("^none.*", result.out, re.M), 1):
            for column, ns in parse(line).items():
                setting.samples.add("hot path", mode, COLUMNS[column], number, ns=ns)
