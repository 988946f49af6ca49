# SPDX-License-Identifier: BSD-2-Clause
"""Tables and numbers as Markdown that can be read without a renderer, too."""


def number(value, digits=1):
    return f"{value:,.{digits}f}"


def spread(figure, digits=1):
    """`12.3 (11.9 to 13.0)`: median, minimum, maximum."""
    if figure is None:
        return "-"
    if figure.rounds == 1:
        return number(figure.median, digits)
    return (f"{number(figure.median, digits)} ({number(figure.low, digits)} to "
            f"{number(figure.high, digits)})")


def table(headers, rows):
    """Lines; the first column is text, the others are numbers."""
    cells = [list(map(str, row)) for row in (headers, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]

    def line(row):
        first, *rest = (cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths)))
        return "| " + " | ".join([first, *rest]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [line(cells[0]), line(rule), *map(line, cells[1:]), ""]


def section(title, text, *tables):
    lines = [f"## {title}", ""]
    if text:
        lines += [text, ""]
    for rows in tables:
        lines += rows
    return lines
