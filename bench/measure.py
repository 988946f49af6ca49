# SPDX-License-Identifier: BSD-2-Clause
"""Samples, and what is said of them: median with minimum and maximum, ratios round by round."""
import csv
import statistics
from collections import namedtuple

Figure = namedtuple("Figure", "median low high rounds")
COLUMNS = ("part", "workload", "tool", "round", "metric", "value")


def figure(values):
    """The Figure of some numbers; None where there are none."""
    values = list(values)
    if not values:
        return None
    return Figure(statistics.median(values), min(values), max(values), len(values))


class Samples:
    """Every number that was measured, by where it comes from."""

    def __init__(self):
        self.rows = []

    def add(self, part, workload, tool, round_number, **metrics):
        for metric, value in metrics.items():
            self.rows.append((part, str(workload), tool, round_number, metric, value))

    def by_round(self, part, workload, tool, metric):
        """{round: value}"""
        wanted = (part, str(workload), tool)
        return {row[3]: row[5] for row in self.rows if row[:3] == wanted and row[4] == metric}

    def figure(self, part, workload, tool, metric):
        return figure(self.by_round(part, workload, tool, metric).values())

    def rounds(self, function, *keys):
        """
        The Figure of function(value, ...) over the rounds that have a value for each of keys, which
        are (part, workload, tool, metric). A ratio with nothing below the line is left out.
        """
        columns = [self.by_round(*key) for key in keys]
        results = []
        for number in sorted(set(columns[0]).intersection(*columns)):
            try:
                results.append(function(*(column[number] for column in columns)))
            except ZeroDivisionError:
                continue
        return figure(results)

    def names(self, part, column):
        """What stands in a column ("workload", "tool") of the part, in order of appearance."""
        at = COLUMNS.index(column)
        return list(dict.fromkeys(row[at] for row in self.rows if row[0] == part))

    def write(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(self.rows)
