# SPDX-License-Identifier: BSD-2-Clause
"""check_names.py LOG DIR - does every call of LOG stand in the file of DIR that docs/formats.md says?

Split by comm and pid, every process with one instance; each file once in the index, which is read by
Python's csv, and nothing else in DIR.
"""
import csv
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import read_log


def name_of(comm, pid):
    return comm.replace(b"/", b"%2F") + b":%d.log" % pid


log, folder = sys.argv[1], os.fsencode(sys.argv[2])
wanted, comms = {}, {}
for pid, number, comm in read_log(log):
    name = name_of(comm, pid)
    wanted.setdefault(name, []).append(number)
    comms[name] = (comm, pid)
found = {}
for name in os.listdir(folder):
    if name != b"index.csv":
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = [int(number) for number in file.read().split()]
assert found == wanted, (set(found) ^ set(wanted), [n for n in found if found[n] != wanted.get(n)])
with open(os.path.join(folder, b"index.csv"), newline="", encoding="utf-8", errors="surrogateescape") as file:
    text = file.read()
assert text.count("\r\n") == text.count("\n") == len(wanted) + 1, "an end of line that is not CR LF"
rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
indexed = {os.fsencode(row["file"]): (os.fsencode(row["comm"]), int(row["pid"])) for row in rows}
assert len(rows) == len(wanted) and indexed == comms, set(indexed) ^ set(comms)
assert all(int(row["calls"]) == len(wanted[os.fsencode(row["file"])]) for row in rows)
