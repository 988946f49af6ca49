# SPDX-License-Identifier: BSD-2-Clause
"""story.py [--marked] [--calls] LOG EVENTS - a recording, told process by process without its pids.

    A exec ./act (act) started        process_exec: exe, file and what it means for the recording
    A:59:act                          a line of the log, its pid as a letter
    A:5000:act
    B fork of A, act                  process_fork, the next process
    ...

Of the calls only those that tell something stay: the markers (numbers that no real call has:
negative, 5000 to 9999, from 15000 up) and what begins and ends programs and threads. The letters
go by each process's first marker, so the story is the same whoever ran first. With --threads
recordings, A.1 is the first thread of A that started, and so on; the calls of a process still stand
in their order. --marked leaves out processes without any marker, --calls the events.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import read_events, read_log

# clone fork vfork execve exit kill exit_group execveat clone3; ia32: exit execve getpid clone exit_group
TELLING = {56, 57, 58, 59, 60, 62, 231, 322, 435, 10001, 10011, 10020, 10120, 10252}


def is_marker(number):
    return number < 0 or 5000 <= number < 10000 or number >= 15000


def describe(event, name):
    kind = event["event_type"]
    if kind == "process_exec":
        fate = " started" if event["started"] else "" if event["recorded"] else " left"
        return f"{name} exec {event['exe']} ({event['file']}){fate}"
    if kind == "process_fork":
        return f"{name} fork of {letter(event['ppid'])}, {event['comm']}"
    if kind == "process_attach":
        return f"{name} attach {event['comm']} ({event['file']})"
    if kind == "process_exit":
        if "signal" in event:
            return f"{name} killed by {event['signal']}"
        return f"{name} exit {event['exit_code']}"
    if kind == "process_end_unseen":
        return f"{name} end unseen"
    if kind == "lost":
        return f"{name} lost {event['calls']}"
    if kind == "thread_start":
        return f"{name} starts, {event['comm']}"
    if kind == "thread_exit":
        return f"{name} ends, {event['comm']}"
    return None


flags = {arg for arg in sys.argv[1:] if arg.startswith("--")}
log, events_path = [arg for arg in sys.argv[1:] if not arg.startswith("--")]
calls, events = read_log(log), read_events(events_path)
with_threads = events[0]["options"]["threads"]

# pid -> [(what, first field or event)] in order; events stand before the line they name
parts, first_marker, tgid_of, thread_nr = {}, {}, {}, {}
todo = [event for event in events if "pid" in event]


def take_events(line):
    while todo and todo[0]["line"] <= line:
        event = todo.pop(0)
        pid = event["pid"]
        if event["event_type"] == "thread_start":
            tgid_of[event["tid"]] = pid
            mine = thread_nr.setdefault(pid, {})
            mine[event["tid"]] = len(mine) + 1
        parts.setdefault(pid, []).append(event)


for line, (tid, number, comm) in enumerate(calls, 1):
    take_events(line)
    pid = tgid_of.get(tid, tid) if with_threads else tid
    if is_marker(number):
        first_marker.setdefault(pid, number % 2**32)
    if is_marker(number) or number in TELLING:
        parts.setdefault(pid, []).append((tid, number, comm))
take_events(len(calls) + 1)

order = sorted(parts, key=lambda pid: (first_marker.get(pid, 2**32), pid))
letters = {pid: chr(ord("A") + n) if n < 26 else f"P{n}" for n, pid in enumerate(order)}


def letter(pid):
    return letters.get(pid, "another")


for pid in order:
    if "--marked" in flags and pid not in first_marker:
        continue
    for part in parts[pid]:
        if isinstance(part, tuple):
            tid, number, comm = part
            thread = f".{thread_nr[pid][tid]}" if with_threads else ""
            text = f"{letters[pid]}{thread}:{number}:{comm.decode(errors='backslashreplace')}"
        elif "--calls" in flags:
            continue
        else:
            thread = f".{thread_nr[pid][part['tid']]}" if part["event_type"].startswith("thread") else ""
            text = describe(part, letters[pid] + thread)
        if text:
            print(text)
