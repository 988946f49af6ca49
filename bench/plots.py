# SPDX-License-Identifier: BSD-2-Clause
"""Plots of the samples, as SVG through gnuplot."""
import splitter
from calls import ONE, PER_CPU, THREADS
from process import run
from report import added
from targets import slowdown
from tools import FLOOR, NONE, PERF_RECORD, TO_FILE

HEAD = """set terminal svg size 900,480 font "sans,12" background "white"
set output "{output}"
set title "{title}"
set ylabel "{label}"
set grid ytics
set key outside top center horizontal
{options}
"""
BARS = """set style data histogram
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set xtics rotate by -30 noenhanced
set yrange [{low}:]"""


def block(name, rows):
    """A here-document of gnuplot: quoted words and numbers."""
    lines = ["\t".join(f'"{cell}"' if isinstance(cell, str) else f"{cell:.6g}" for cell in row)
             for row in rows]
    return "\n".join([f"${name} << EOD", *lines, "EOD", ""])


def median(figure):
    return figure.median if figure else float("nan")


def draw(setting, name, title, label, options, blocks, curves):
    folder = setting.build / "bench"
    script = (HEAD.format(output=folder / f"{name}.svg", title=title, label=label, options=options)
              + "".join(blocks) + "plot " + ", ".join(curves) + "\n")
    path = setting.scratch / f"{name}.gnuplot"
    path.write_text(script)
    result = run(["gnuplot", path])
    if result.failure():
        setting.lacks(f"plot {name}", result.failure())


def bars(setting, name, title, label, options, series, rows):
    """rows: [(name, value of each of series)]"""
    if not rows:
        return
    curves = [f'$data using {at + 2}:xtic(1) title "{title_}" noenhanced'
              for at, title_ in enumerate(series)]
    draw(setting, name, title, label, options, [block("data", rows)], curves)


def cost_plot(setting):
    samples, modes = setting.samples, (ONE, PER_CPU, THREADS)
    rows = [(tool, *(median(added(samples, mode, tool, "ns")) for mode in modes))
            for tool in samples.names("calls", "tool") if tool != NONE]
    bars(setting, "cost", "Cost per call", "ns added to a getppid call",
         BARS.format(low=10) + "\nset logscale y", modes, rows)


def work_plot(setting):
    samples, tools = setting.samples, (FLOOR, TO_FILE, PERF_RECORD)
    rows = [(workload, *(median(slowdown(samples, workload, tool, NONE)) for tool in tools))
            for workload in samples.names("work", "workload")]
    bars(setting, "work", "Real work", "time over that without a tracer", BARS.format(low=0.8),
         tools, rows)


def splitter_plot(setting):
    samples = setting.samples
    tools = [tool for tool in samples.names("splitter", "tool") if tool != splitter.PLAIN]
    rows = [(log, *(median(samples.figure("splitter", log, tool, "gb_per_s")) for tool in tools))
            for log in samples.names("splitter", "workload")]
    bars(setting, "splitter", "Splitter", "GB/s", BARS.format(low=0.01) + "\nset logscale y",
         tools, rows)


def growth_plot(setting):
    samples = setting.samples
    parts = [part for part in dict.fromkeys(row[0] for row in samples.rows)
             if part.startswith("growth: ") and "exec" not in part]
    blocks, curves = [], []
    for at, part in enumerate(parts):
        for tool in samples.names(part, "tool"):
            if tool == NONE:
                continue
            rows = [(max(1.0, float(count)), median(samples.figure(part, count, tool, "ns")))
                    for count in samples.names(part, "workload")]
            blocks.append(block(f"data{at}", rows))
            curves.append(f'$data{at} using 1:2 with linespoints title "{part[8:]}"')
    if curves:
        draw(setting, "growth", "Growth", "ns per recorded call",
             'set logscale x\nset yrange [0:]\nset xlabel "number"', blocks, curves)


def memory_plot(setting):
    samples = setting.samples
    rows = [(float(seconds), median(samples.figure("memory", seconds, TO_FILE, "rss")) / 2**20)
            for seconds in samples.names("memory", "workload")]
    if rows:
        draw(setting, "memory", "Memory, every CPU in a loop", "recorder's RSS, MiB",
             'set yrange [0:]\nset xlabel "s"', [block("data", rows)],
             ["$data using 1:2 with lines notitle"])


def plot_all(setting):
    for plot in cost_plot, work_plot, splitter_plot, growth_plot, memory_plot:
        plot(setting)
