# SPDX-License-Identifier: BSD-2-Clause
"""in_time.py FILE PATTERN COUNT PROGRAM ARG... - how long until what a program did is in the recording?

Ten times: runs the program, which writes the time to the file `made` just before the call in question,
and waits until FILE has COUNT whole lines that match PATTERN, where PID stands for the program's pid.
Prints every delay, and for how long this script itself was kept from running meanwhile: what the
machine, not the recorder, may be late. Fails when a delay is above 200 ms beyond that. Where TEST_SCALE says
that the machine is a slow one, all that is so many times longer, and done thrice.
"""
import os
import re
import subprocess
import sys
import time

SCALE = int(os.environ.get("TEST_SCALE", 1))
ROUNDS, ALLOWED_NS, DEADLINE_S, POLL_NS = 10 if SCALE == 1 else 3, SCALE * 200 * 10**6, SCALE * 20, 10**6


def made():
    """When the call was made; None as long as the program has not got that far."""
    try:
        with open("made") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    return int(text) if text.endswith("\n") else None


def wait_for(file, pattern, count):
    """When FILE had the lines, and the longest time between two looks."""
    deadline, text, seen, kept_waiting = time.monotonic() + DEADLINE_S, b"", 0, 0
    while time.monotonic() < deadline:
        text += file.read()
        now = time.time_ns()
        end = text.rfind(b"\n") + 1
        seen += len(pattern.findall(text[:end]))
        text = text[end:]
        if seen >= count:
            return now, kept_waiting
        time.sleep(POLL_NS / 10**9)
        kept_waiting = max(kept_waiting, time.time_ns() - now - POLL_NS)
    sys.exit(f"{seen} lines {pattern.pattern} within {DEADLINE_S} s, not {count}")


def one_round(path, pattern, count, command):
    if os.path.exists("made"):
        os.unlink("made")
    with open(path, "rb", buffering=0) as file:
        file.seek(0, os.SEEK_END)
        program = subprocess.Popen(command)
        pattern = re.compile(pattern.replace("PID", str(program.pid)).encode(), re.M)
        try:
            now, kept_waiting = wait_for(file, pattern, count)
        finally:
            program.kill()
            program.wait()
    late = now - made()
    print(f"{pattern.pattern.decode()}: after {late / 10**6:.1f} ms, machine {kept_waiting / 10**6:.1f} ms")
    return 0 <= late <= ALLOWED_NS + kept_waiting


path, pattern, count, *command = sys.argv[1:]
if not all([one_round(path, pattern, int(count), command) for _ in range(ROUNDS)]):
    sys.exit(f"later than {ALLOWED_NS // 10**6} ms")
