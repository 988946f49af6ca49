# SPDX-License-Identifier: BSD-2-Clause
"""check_recording.py [--lost | --lossy | --cut] LOG EVENTS - does a recording keep what docs/formats.md says?

Every line and every object by itself, then both together: each line belongs to a process that is in
the recording at that place, an exec stands at its own call, the counts of each process and of the
whole are the lines that are there, the checksums those of the bytes; and nothing was lost. --lost:
calls may be, all else has to be right. --lossy: whole processes and events may be missing, too.
--cut: the recorder was killed; whole lines have to be right all the same.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import read_events, read_log, text_to_bytes, unescape, xxh3

NUMBER, TEXT, BOOL, LIST, OBJECT = int, str, bool, list, dict
BASE = {"event_type": TEXT, "timestamp": TEXT, "line": NUMBER}
MEMBERS = {
    "recording_start": {
        "format_version": NUMBER, "recorder_version": TEXT, "kernel_release": TEXT, "machine": TEXT,
        "hostname": TEXT, "clocksource": TEXT, "boot_id": TEXT, "command_line": LIST,
        "programs": LIST, "options": OBJECT},
    "process_exec": {
        "pid": NUMBER, "ppid": NUMBER, "tid": NUMBER, "comm": TEXT, "exe": TEXT, "file": TEXT,
        "argc": NUMBER, "argv": LIST, "argv_cut": BOOL, "started": BOOL, "recorded": BOOL},
    "process_fork": {"pid": NUMBER, "ppid": NUMBER, "comm": TEXT},
    "process_attach": {"pid": NUMBER, "ppid": NUMBER, "comm": TEXT, "file": TEXT},
    "process_exit": {"pid": NUMBER, "ppid": NUMBER, "comm": TEXT, "calls": NUMBER, "lost": NUMBER},
    "process_end_unseen": {"pid": NUMBER, "calls": NUMBER, "lost": NUMBER},
    "thread_start": {"pid": NUMBER, "tid": NUMBER, "comm": TEXT},
    "thread_exit": {"pid": NUMBER, "tid": NUMBER, "comm": TEXT},
    "lost": {"pid": NUMBER, "calls": NUMBER, "process_line": NUMBER},
    "recording_end": {
        "lines": NUMBER, "processes": NUMBER, "calls_lost": NUMBER, "records_lost": OBJECT,
        "complete": BOOL, "reason": TEXT, "bytes": NUMBER, "log_xxh3": TEXT, "events_xxh3": TEXT},
    "checkpoint": {"bytes": NUMBER, "log_xxh3": TEXT, "events_xxh3": TEXT},
}
EXEC_NUMBERS = {59, 322, 10011, 10358}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
problems = []


def expect(true, event, what):
    if not true:
        problems.append(f"{what}: {event}")


def check_members(event):
    kind = event.get("event_type")
    if kind not in MEMBERS:
        return expect(False, event, "unknown event_type")
    members = dict(BASE, **MEMBERS[kind])
    if kind == "process_exit":
        members["signal" if "signal" in event else "exit_code"] = NUMBER
    if kind == "process_exec" and event.get("recorded") is False:
        members.update(calls=NUMBER, lost=NUMBER)
    if kind == "process_exec" and "misplaced" in event:
        members["misplaced"] = BOOL
    expect(set(event) == set(members), event, f"members, expected {sorted(members)}")
    for name, value in event.items():
        expect(type(value) is members.get(name, type(value)), event, f"type of {name}")
    expect(TIMESTAMP.fullmatch(event["timestamp"]), event, "timestamp")
    if kind == "process_exec":
        expect(all(type(arg) is str for arg in event["argv"]), event, "type of argv")
        expect((len(event["argv"]) < event["argc"]) == event["argv_cut"], event, "argv_cut")
    if kind == "recording_end":
        losses = event["records_lost"].values()
        expect(all(type(n) is int and n >= 0 for n in losses), event, "records_lost")
        expect(event["complete"] <= (event["calls_lost"] == 0 and not any(losses)), event, "complete")


class Process:
    def __init__(self):
        self.lines, self.lost, self.threads = 0, 0, set()
        self.exec_due, self.last = None, None


class Recording:
    def __init__(self, with_threads):
        self.live, self.tgid_of, self.with_threads, self.taken_in = {}, {}, with_threads, 0

    def start(self, event):
        expect(event["pid"] not in self.live, event, "is in the recording already")
        self.live[event["pid"]] = Process()
        self.taken_in += 1

    def end(self, event):
        process = self.live.pop(event["pid"], None)
        if not process:
            return expect(False, event, "is not in the recording")
        expect(event["calls"] == process.lines, event, f"calls, but its lines are {process.lines}")
        expect(event["lost"] == process.lost, event, f"lost, but its events say {process.lost}")
        expect(not process.exec_due, event, "ended before the line of its exec")
        if event["event_type"] == "process_exec" and not event.get("misplaced"):
            expect(process.last in EXEC_NUMBERS, event, f"its last line is call {process.last}")

    def event(self, event):
        kind, process = event["event_type"], self.live.get(event.get("pid"))
        if kind in ("process_fork", "process_attach") or kind == "process_exec" and event["started"]:
            self.start(event)
            process = self.live[event["pid"]]
        if kind in ("process_exit", "process_end_unseen"):
            self.end(event)
        elif kind == "process_exec" and not event["recorded"]:
            self.end(event)
        elif kind in ("process_exec", "lost", "thread_start", "thread_exit") and not process:
            expect(False, event, "is not in the recording")
        elif kind == "process_exec":
            process.exec_due = None if event.get("misplaced") else event
            if self.with_threads and not event["started"]:
                process.threads = {event["pid"]}
        elif kind == "lost":
            process.lost += event["calls"]
            expect(event["process_line"] == process.lines + 1, event,
                   f"process_line, but it has had {process.lines} lines")
        elif kind == "thread_start":
            self.tgid_of[event["tid"]] = event["pid"]
            process.threads.add(event["tid"])
        elif kind == "thread_exit":
            process.threads.discard(event["tid"])

    def line(self, at, tid, number, comm):
        where = f"line {at} {tid}:{number}:{comm.decode(errors='backslashreplace')}"
        pid = self.tgid_of.get(tid) if self.with_threads else tid
        process = self.live.get(pid)
        if not process:
            return expect(False, where, "a line of a process that is not in the recording")
        if self.with_threads:
            expect(tid in process.threads, where, "a line of a thread that is not there")
        process.lines += 1
        process.last = number
        if process.exec_due:
            due, process.exec_due = process.exec_due, None
            expect(number in EXEC_NUMBERS, where, "the next line is not the exec")
            expect(unescape(comm) == text_to_bytes(due["comm"]), where, f"not the exec's comm {due}")


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def check_checksums(log_path, events_path):
    """Each checkpoint speaks of what came since the one before, to the last byte."""
    log, events = read_bytes(log_path), read_bytes(events_path)
    log_at, line_at, sealed_at = 0, 1, 0
    for match in re.finditer(rb".*\n", events):
        event = json.loads(match[0])
        if "events_xxh3" not in event:
            continue
        stretch = log[log_at:event["bytes"]]
        seal = b',"events_xxh3":"%s"}\n' % event["events_xxh3"].encode()
        expect(match[0].endswith(seal), event, "events_xxh3 is not the last member")
        sealed = events[sealed_at:match.end() - len(seal)]
        expect(len(log) >= event["bytes"] >= log_at, event, f"bytes, but the log has {len(log)}")
        expect(xxh3(stretch) == event["log_xxh3"], event, "log_xxh3")
        expect(xxh3(sealed) == event["events_xxh3"], event, "events_xxh3")
        expect(stretch.count(b"\n") == event["line"] - line_at, event, f"line, the last one was {line_at}")
        log_at, line_at, sealed_at = event["bytes"], event["line"], match.end()


def check(log, events_path, lost_some, lossy, cut):
    calls, events = read_log(log, cut), read_events(events_path, cut)
    for event in events:
        check_members(event)
    if problems:
        return
    kinds = [event["event_type"] for event in events]
    expect(kinds[:1] == ["recording_start"] and kinds.count("recording_start") == 1, kinds[:1], "start")
    if not cut:
        expect(kinds[-1:] == ["recording_end"] and kinds.count("recording_end") == 1, kinds[-1:], "end")
    places = [event["line"] for event in events]
    # Of calls that could not be written after all, the events may know already.
    unwritten = 0 if cut else events[-1]["records_lost"].get("unwritten_calls", 0)
    ordered = places[:-1] if unwritten else places
    expect(ordered == sorted(ordered), "events", "not in the order of their lines")
    if not cut:
        end = len(calls) + 1
        expect(all(1 <= at <= end + unwritten for at in places), "events", "a line that is not there")
        expect(places[-1] == end, events[-1], f"line, but the log has {len(calls)}")
    if not (lossy or cut):
        together(calls, events)
    check_checksums(log, events_path)
    if not cut:
        end = events[-1]
        lost = sum(event["calls"] for event in events if event["event_type"] == "lost")
        expect(end["complete"] or lost_some or lossy, end, "incomplete")
        expect(end["bytes"] == os.path.getsize(log), end, "bytes are not all of the log")
        expect(end["lines"] == len(calls), end, f"lines, but the log has {len(calls)}")
        expect(end["calls_lost"] == lost or lossy, end, f"calls_lost, but the events say {lost}")


def together(calls, events):
    recording = Recording(events[0]["options"].get("threads"))
    todo = list(reversed(events))
    for at, (tid, number, comm) in enumerate(calls, 1):
        while todo and todo[-1]["line"] <= at:
            recording.event(todo.pop())
        recording.line(at, tid, number, comm)
    while todo:
        recording.event(todo.pop())
    if events[-1]["event_type"] == "recording_end":
        taken_in = recording.taken_in
        expect(events[-1]["processes"] == taken_in, events[-1], f"processes, but {taken_in} came in")
        # With '*' and --running there is more than COMMAND and its descendants.
        others = {"*", "--running"}.intersection(events[0]["command_line"])
        if events[-1]["reason"] == "command ended" and not others:
            expect(not recording.live, events[-1], f"these have not ended: {list(recording.live)}")


try:
    check(*sys.argv[-2:], "--lost" in sys.argv, "--lossy" in sys.argv, "--cut" in sys.argv)
except (ValueError, KeyError) as error:
    problems.append(repr(error))
for problem in problems[:10]:
    print(problem)
if problems:
    sys.exit(f"{len(problems)} problems")
