# SPDX-License-Identifier: BSD-2-Clause
"""The report: every table that is made of the samples."""
import machine
import splitter
from calls import ONE, PER_CPU, THREADS
from hot_path import COLUMNS
from markdown import number, section, spread, table
from measure import figure
from targets import added_ratio, path_ratio, slowdown, split_ratio, targets_table
from tools import FLOOR, NAIVE, NONE, PERF_RECORD, RECORDED, STRACE, TO_FILE
from work import NONE_SMALL


def added(samples, mode, tool, metric):
    return samples.rounds(lambda one, none: one - none, ("calls", mode, tool, metric),
                          ("calls", mode, NONE, metric))


def cost_table(samples, mode):
    none = samples.figure("calls", mode, NONE, "ns")
    rows = [[NONE, f"{spread(none)} in all", "-", "-", "-"]]
    for tool in samples.names("calls", "tool"):
        if tool != NONE and samples.figure("calls", mode, tool, "ns"):
            rows.append([tool, spread(added(samples, mode, tool, "ns")),
                         spread(added_ratio(samples, mode, tool, FLOOR), 2),
                         spread(added(samples, mode, tool, "mean_ns")),
                         spread(samples.figure("calls", mode, tool, "ns"))])
    return [f"**{mode}**", ""] + table(
        ["tool", "added ns", "x empty program", "added ns, mean", "ns per call"], rows)


def naive_table(samples):
    rows = [[mode, *(spread(added_ratio(samples, mode, NAIVE, RECORDED, metric), 2)
                     for metric in ("ns", "mean_ns"))] for mode in (ONE, PER_CPU, THREADS)]
    return ["**naive over recorder**", ""] + table(
        ["", "added ns, ratio", "added ns, mean, ratio"], rows)


def path_table(samples, mode):
    rows = []
    for column, what in COLUMNS.items():
        row = [what, spread(samples.figure("hot path", mode, what, "ns"))]
        rows.append(row + [spread(path_ratio(samples, mode, column), 2)
                           if column not in ("none", "empty") else "-"])
    return [f"**{mode}**", ""] + table(["", "ns per call", "added, x empty program"], rows)


def path(samples):
    return section(
        "Hot path",
        "What the kernel side puts into the path of a getppid call: the programs are attached in "
        "turn around one loop, a tenth of a second after each other, so that a slow spell of the "
        "machine meets all of them. No log is written here.",
        *(path_table(samples, mode) for mode in samples.names("hot path", "workload")))


def cost(samples):
    return section(
        "Cost per call",
        "ns that a getppid call takes longer than without a tracer. `added ns` compares medians of "
        "short chunks of calls: the cost in the path of the call. `mean` compares whole loops, so "
        "it has also what the tool's other processes took of the CPUs meanwhile. perf record runs "
        "with --no-buildid and --no-bpf-event, without which it takes seconds to end.",
        *(cost_table(samples, mode) for mode in (ONE, PER_CPU, THREADS)), naive_table(samples))


def loss_rows(samples, mode):
    for tool in samples.names("calls", "tool"):
        made = samples.by_round("calls", mode, tool, "made")
        if not made:
            continue
        share = samples.rounds(lambda got, all_: 100 * got / all_,
                               ("calls", mode, tool, "recorded"), ("calls", mode, tool, "made"))
        sums = [sum(samples.by_round("calls", mode, tool, metric).values()) for metric in
                ("made", "recorded", "reported_lost", "silently_missing")]
        yield [f"{tool}, {mode}", *(number(value, 0) for value in sums), spread(share, 2)]


def loss(samples):
    rows = [row for mode in (ONE, PER_CPU, THREADS) for row in loss_rows(samples, mode)]
    return section(
        "Loss",
        "The same loops, all rounds added up. Silently missing is what was made, and neither "
        "recorded nor reported as lost; a negative number: more was reported than was lost.",
        table(["tool, mode", "made", "recorded", "reported lost", "silently missing",
               "recorded %"], rows))


def storm(samples):
    value = {metric: samples.figure("storm", PER_CPU, TO_FILE, metric) for metric in
             ("seconds", "made", "recorded", "reported_lost", "silently_missing",
              "recorder_cpu_s")}
    if not value["seconds"]:
        return []
    cells = {metric: found.median for metric, found in value.items()}
    rows = [[f"{TO_FILE}", number(cells["seconds"]), number(cells["made"], 0),
             number(cells["recorded"], 0), number(cells["reported_lost"], 0),
             number(cells["silently_missing"], 0),
             number(cells["made"] / cells["seconds"] / 1e6, 2), number(cells["recorder_cpu_s"])]]
    memory = [[f"{seconds} s", number(samples.figure("memory", seconds, TO_FILE, "rss").median
                                      / 2**20)]
              for seconds in samples.names("memory", "workload")]
    step = max(1, len(memory) // 8)
    return section("Every CPU in a loop, defaults, log to a file", "One run.",
                   table(["tool", "s", "made", "recorded", "lost", "silently missing",
                          "M calls/s", "recorder's CPU s"], rows),
                   table(["age of the recording", "recorder's RSS, MiB"], memory[::step]))


def call_rate(samples, workload, tool, small):
    """In 1000 calls/s, of the program's time: the recorder counts the calls, each tool has its time."""
    def key(name, metric="ns"):
        return "work", workload, name, metric

    keys = [key(TO_FILE, "calls_per_s"), key(TO_FILE), key(tool)]
    if not small:
        return samples.rounds(lambda calls, own, ns: calls * own / ns / 1000, *keys)
    # Of the part of the work that it gets, there are as many calls in the time without a tracer.
    return samples.rounds(lambda calls, own, ns, none, none_small:
                          calls * own / none * none_small / ns / 1000,
                          *keys, key(NONE), key(NONE_SMALL))


def work_rows(samples, workload):
    for tool in samples.names("work", "tool"):
        if tool == NONE_SMALL or not samples.figure("work", workload, tool, "ns"):
            continue
        small = tool == STRACE and samples.figure("work", workload, NONE_SMALL, "ns")
        rate = call_rate(samples, workload, tool, small)
        lost = samples.by_round("work", workload, tool, "reported_lost")
        yield [f"{workload}, {tool}",
               spread(slowdown(samples, workload, tool, NONE_SMALL if small else NONE), 3),
               spread(slowdown(samples, workload, tool, FLOOR), 3) if not small else "-",
               spread(rate, 0), number(sum(lost.values()), 0) if lost else "-"]


def counted_table(samples):
    metrics = ("made", "recorded", "reported_lost", "silently_missing")
    rows = [[workload, *(number(samples.figure("counted", workload, TO_FILE, metric).median, 0)
                         for metric in metrics)] for workload in samples.names("counted", "workload")]
    return table(["workload", "counted by the kernel", "recorded", "reported lost", "silently missing"], rows)


def work(samples):
    rows = [row for workload in samples.names("work", "workload")
            for row in work_rows(samples, workload)]
    return section(
        "Real work",
        f"Time over the time without a tracer, and over that with the empty program. {STRACE} gets "
        "less of the work to do, and is compared with as much of it. Calls per second are those "
        "that the recorder has counted, over each tool's time. Lost is what the tool itself "
        f"reports, in all rounds, of {PERF_RECORD} in the first one. The second table is of one more run "
        "of each workload by a shell that the recorder and `perf stat -e raw_syscalls:sys_enter` follow, "
        "and compares what they count.",
        table(["workload, tool", "slow-down", "over the empty program", "1000 calls/s", "lost"],
              rows), counted_table(samples))


def own(samples):
    rows = []
    for what in samples.names("own", "workload"):
        cpu, ring, log, line = (samples.figure("own", what, TO_FILE, metric) for metric in
                                ("cpu_ms_per_million", "ring_bytes_per_call",
                                 "log_bytes_per_call", "bytes_per_line"))
        if cpu or ring:
            rows.append([what, spread(cpu), spread(ring, 2), spread(log or line, 2)])
    memory = [[name, spread(figure(value / 2**20 for value in
                                   samples.by_round("own", "memory", TO_FILE, metric).values()))]
              for name, metric in (("BPF maps", "maps"), ("recorder, RSS", "rss"),
                                   ("recorder, peak RSS", "peak"))]
    return section(
        "The recorder's own cost",
        "CPU time is that of the recorder alone, without what it takes to load and attach.",
        table(["load", "CPU ms per million calls", "bytes per call, ring", "bytes per call, log"],
              rows), table(["memory at defaults", "MiB"], memory))


def growth_table(samples, part, what):
    tools = samples.names(part, "tool")
    rows = [[count, *(spread(samples.figure(part, count, tool, "ns")) for tool in tools)]
            for count in samples.names(part, "workload")]
    return [f"**{part.removeprefix('growth: ')}**", ""] + table(
        [what, *(f"{tool}, ns" for tool in tools)], rows)


def growth(samples):
    parts = dict.fromkeys(row[0] for row in samples.rows if row[0].startswith("growth"))
    return section("Growth", "ns per call, or per fork + exec + exit.",
                   *(growth_table(samples, part, "number") for part in parts))


def split(samples):
    rows = []
    for log in samples.names("splitter", "workload"):
        for tool in samples.names("splitter", "tool"):
            seconds = samples.figure("splitter", log, tool, "seconds")
            if not seconds:
                continue
            rss = samples.figure("splitter", log, tool, "rss")
            rows.append([f"{log}: {tool}", spread(seconds, 2),
                         spread(samples.figure("splitter", log, tool, "gb_per_s"), 2),
                         spread(split_ratio(samples, log, tool, splitter.WC), 2),
                         number(rss.high / 2**20) if rss else "-"])
    return section("Splitter",
                   "Logs in the page cache, without events where it is not said otherwise. The "
                   "files go to a file system in memory, if there is one: the disk would be what "
                   "is measured.",
                   table(["log: program", "s", "GB/s", "x wc -l", "peak MiB"], rows))


def merge(samples):
    rows = [[f"{cpus}, {shape}",
             *(spread(samples.figure("merge", cpus, shape, metric), digits)
               for metric, digits in (("ns", 1), ("million_per_s", 2)))]
            for shape in samples.names("merge", "tool")
            for cpus in samples.names("merge", "workload")]
    return section(
        "Many CPUs, simulated",
        "The recorder's user side alone, fed with batches as that many CPUs would fill them, with "
        "either a busy process each, or threads of one process that take turns call by call; lines "
        "are written to /dev/null.",
        table(["CPUs", "ns per call", "million calls/s"], rows)) if rows else []


def pictures(setting):
    names = sorted(path.name for path in (setting.build / "bench").glob("*.svg"))
    return section("Plots", "", [f"![{name[:-4]}]({name})" for name in names] + [""]) if names else []


def missing(setting):
    lines = [f"- {peer}: {why}" for peer, why in setting.missing.items()] or ["- nothing"]
    lines += ["", *(f"- {note}" for note in setting.notes)] if setting.notes else []
    return section("Missing, failed, cut short", "", lines + [""])


def times(setting):
    rows = [[name, number(seconds, 0)] for name, seconds in setting.part_s.items()]
    return section("What the parts took", f"{setting.rounds} rounds.",
                   table(["part", "s"], rows))


def report(setting):
    samples = setting.samples
    parts = {"hot path": (path,), "calls": (cost, loss), "storm": (storm,), "work": (work,), "own": (own,),
             "growth": (growth,), "splitter": (split,), "merge": (merge,)}
    lines = ["# Bench", "", "Median (minimum to maximum) of the rounds; ratios are made round by "
             "round. The median counts: a round in which the machine was busy with something else "
             "shows in minimum and maximum.", "", *machine.describe(), ""]
    if setting.quick:
        lines += ["**--quick: sizes and times are a tenth of what stands here, or less, and the "
                  "figures only show that everything works.**", ""]
    lines += section("What it must reach", "", targets_table(samples))
    for part, sections in parts.items():
        if any(row[0].split(":")[0] == part for row in samples.rows):
            for one in sections:
                lines += one(samples)
    return "\n".join(lines + pictures(setting) + missing(setting) + times(setting))
