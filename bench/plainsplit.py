# SPDX-License-Identifier: BSD-2-Clause
"""plainsplit.py LOG DIR - what formatter does, as one would write it in Python at first."""
import sys
from collections import defaultdict

sequences = defaultdict(list)
with open(sys.argv[1], "rb") as log:
    for line in log:
        pid, number, comm = line[:-1].split(b":", 2)
        sequences[comm, pid].append(number)
for (comm, pid), numbers in sequences.items():
    with open(sys.argv[2].encode() + b"/" + comm + b":" + pid + b".log", "wb") as file:
        file.write(b" ".join(numbers) + b"\n")
