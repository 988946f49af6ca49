# SPDX-License-Identifier: BSD-2-Clause
"""strace_calls.py FILE - what `strace -f -n -e quiet=none -o FILE` saw, as `TID: NR NR NR ...` sorted by tid.

strace_calls.py --log LOG gives the lines of a log (made with --threads) in the same form. Numbers
of the ia32 ABI are 10000 + number in both.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import read_log

CALL = re.compile(r"(\d+) +\[ *(\d+|\?+)\] (?!<\.\.\.|\+\+\+|---|\[)(.*)")
MODE = re.compile(r"(\d+) +\[ *[\d?]+\] \[ Process PID=(\d+) runs in (32|64) bit mode")


SUPERSEDED = re.compile(r"(\d+) +\[ *[\d?]+\] \+\+\+ superseded by execve in pid (\d+)")


def signed(number):
    return number - 2**32 if number >= 2**31 else number


def read_strace(path):
    calls, offset = {}, {}
    with open(path, errors="surrogateescape") as file:
        for line in file:
            if mode := MODE.match(line):
                offset[mode[2]] = 10000 if mode[3] == "32" else 0
            if superseded := SUPERSEDED.match(line):
                # exec from another thread: the new program has the pid of the process
                calls[superseded[1]].append(calls[superseded[2]].pop())
            if not (match := CALL.match(line)):
                continue
            tid, number, rest = match.groups()
            if not number.isdigit():
                number = int(re.match(r"syscall_(0x[0-9a-f]+)", rest)[1], 16) % 2**32
            call = signed(int(number)) + offset.get(tid, 0)
            calls.setdefault(tid, []).append(call)
    return {int(tid): numbers for tid, numbers in calls.items()}


def read_recording(path):
    calls = {}
    for tid, number, _ in read_log(path):
        calls.setdefault(tid, []).append(number)
    return calls


calls = read_recording(sys.argv[2]) if sys.argv[1] == "--log" else read_strace(sys.argv[1])
for tid in sorted(calls):
    print(f"{tid}:", *calls[tid])
