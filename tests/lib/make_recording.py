# SPDX-License-Identifier: BSD-2-Clause
"""make_recording.py [--old] [--killed] [--lost] [--records-lost] [--running] [--loop] [--brief] DIR - write DIR/trace.log
and DIR/trace.jsonl.

A recording that is always the same: a shell, sh, starts 40 programs, one after the other and two at a
time, each by a fork and an exec. There is a checkpoint after each eighth of them, and recording_end.
--old: no checksums, as recorders made them once. --killed: without its end, the last line cut.
--lost: some calls were, and it is said. --records-lost: likewise of records. --running: sh has not ended. --brief: sh makes two calls, and there is
no checkpoint. --loop: sh starts nothing, but makes
one call 100 times for each of ten checkpoints, all of which speak of the same lines.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import dump_event, xxh3


class Writer:
    def __init__(self, with_checksums):
        self.log, self.events, self.with_checksums = b"", b"", with_checksums
        self.log_at = self.events_at = self.clock = 0
        self.lines, self.calls = 0, {}

    def call(self, pid, number, comm):
        self.log += b"%d:%d:%s\n" % (pid, number, comm)
        self.lines += 1
        self.calls[pid] += 1

    def event(self, kind, **members):
        self.clock += 1
        stamp = f"2026-03-01T12:00:00.{self.clock:09}Z"
        event = {"event_type": kind, "timestamp": stamp, "line": self.lines + 1}
        self.events += dump_event(dict(event, **members)) + b"\n"

    def sealed(self, kind, **members):
        if not self.with_checksums:
            return self.event(kind, **members) if kind == "recording_end" else None
        self.event(kind, **members, bytes=len(self.log), log_xxh3=xxh3(self.log[self.log_at:]))
        self.events = self.events[:-2]
        self.events += b',"events_xxh3":"%s"}\n' % xxh3(self.events[self.events_at:]).encode()
        self.log_at, self.events_at = len(self.log), len(self.events)

    def exec(self, pid, comm, started=False):
        name = comm.decode()
        self.calls.setdefault(pid, 0)
        self.event("process_exec", pid=pid, ppid=1, comm=name, tid=pid, exe="/bin/" + name, file=name,
                   argc=1, argv=[name], argv_cut=False, started=started, recorded=True)
        self.call(pid, 59, comm)

    def fork(self, pid, ppid, comm):
        self.calls[pid] = 0
        self.event("process_fork", pid=pid, ppid=ppid, comm=comm.decode())

    def exit(self, pid, comm, lost=0):
        self.event("process_exit", pid=pid, ppid=1, comm=comm.decode(), exit_code=0,
                   calls=self.calls[pid], lost=lost)


def record(writer, lost, running):
    writer.event("recording_start", format_version=1, recorder_version="0.1.0", options={"threads": False})
    writer.exec(7, b"sh", started=True)
    for n in range(20):
        pids = {900 + 70 * n: b"ls", 5 + 7000 * (n + 1): b"sort"}
        for pid, comm in pids.items():
            writer.call(7, 56, b"sh")
            writer.fork(pid, 7, b"sh")
            writer.call(pid, 14, b"sh")
            writer.exec(pid, comm)
        for i in range(50 + n % 3):
            for pid, comm in pids.items():
                writer.call(pid, (i * 37 + pid) % 440, comm)
        for pid, comm in pids.items():
            is_losing = lost and n == 7 and comm == b"ls"
            if is_losing:
                writer.event("lost", pid=pid, calls=3, process_line=writer.calls[pid] + 1)
            writer.call(pid, 231, comm)
            writer.exit(pid, comm, 3 if is_losing else 0)
        writer.call(7, 61, b"sh")
        if n % 4 == 3:
            writer.sealed("checkpoint")
    writer.call(7, 231, b"sh")
    if not running:
        writer.exit(7, b"sh")
    return 41


def record_brief(writer):
    writer.event("recording_start", format_version=1, recorder_version="0.1.0", options={"threads": False})
    writer.exec(7, b"sh", started=True)
    writer.call(7, 231, b"sh")
    writer.exit(7, b"sh")
    return 1


def record_loop(writer):
    writer.event("recording_start", format_version=1, recorder_version="0.1.0", options={"threads": False})
    writer.exec(7, b"sh", started=True)
    for _ in range(10):
        writer.sealed("checkpoint")
        for _ in range(100):
            writer.call(7, 110, b"sh")
    writer.exit(7, b"sh")
    return 1


def main():
    folder = sys.argv[-1]
    lost = "--lost" in sys.argv
    records_lost = 2 if "--records-lost" in sys.argv else 0
    writer = Writer("--old" not in sys.argv)
    if "--brief" in sys.argv:
        processes = record_brief(writer)
    elif "--loop" in sys.argv:
        processes = record_loop(writer)
    else:
        processes = record(writer, lost, "--running" in sys.argv)
    if "--killed" in sys.argv:
        writer.log += b"7:2"
    else:
        writer.sealed("recording_end", lines=writer.lines, processes=processes, calls_lost=3 if lost else 0,
                      records_lost={"process_records": records_lost}, complete=not lost and not records_lost,
                      reason="command ended")
    for name, text in (("trace.log", writer.log), ("trace.jsonl", writer.events)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(text)


main()
