# SPDX-License-Identifier: BSD-2-Clause
"""The recorder's user side under the load of many CPUs, which this machine need not have."""
import re

from process import run

CPUS = (2, 16, 64, 256)
CALLS = 3_000_000
APART, TOGETHER = "a process per CPU", "threads of one process"
SHAPES = {APART: [], TOGETHER: ["shared"]}


def measure(setting, cpus, shape, option, number):
    result = run([setting.binary("merge_load"), cpus, setting.size(CALLS), *option])
    found = re.search(r" ns ([\d.]+)", result.out)
    if result.failure() or not found:
        setting.lacks(f"merge of {cpus} CPUs, {shape}", result.failure() or "it measured nothing")
        return
    ns = float(found.group(1))
    setting.samples.add("merge", cpus, shape, number, ns=ns, million_per_s=1000 / ns)


def merge(setting):
    for number in setting.each_round("merge of many CPUs"):
        for cpus in CPUS:
            for shape, option in SHAPES.items():
                measure(setting, cpus, shape, option, number)
