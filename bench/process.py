# SPDX-License-Identifier: BSD-2-Clause
"""Runs programs, and says what they took. What was started is ended, whatever happens."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass
class Result:
    status: int  # as a shell has it
    out: str
    err: str
    wall_s: float
    cpu_s: float  # of the program and all children that it has waited for
    rss_bytes: int  # the most that one of them had

    def failure(self, also_good=None):
        """One line: why it failed; empty if it did not."""
        if self.status in (0, also_good):
            return ""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return lines[-1].strip() if lines else f"exit status {self.status}"


@contextmanager
def started(argv, **options):
    """A program in a session of its own, which is killed at the end if it still runs."""
    child = subprocess.Popen(argv, start_new_session=True, stdin=subprocess.DEVNULL, **options)
    try:
        yield child
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait(child, timeout_s):
    """Waits for it: (status, rusage), or TimeoutError."""
    end = time.monotonic() + timeout_s
    pause_s = 0.0005
    while True:
        if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            # What it left behind goes, too; until it is waited for, the id is nobody else's.
            os.killpg(child.pid, signal.SIGKILL)
            _, status, usage = os.wait4(child.pid, 0)
            code = os.waitstatus_to_exitcode(status)
            child.returncode = code if code >= 0 else 128 - code
            return child.returncode, usage
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.01)


def run(argv, timeout_s=120, env=None, out_path=None):
    """Runs a program to its end. Its standard output goes to out_path, if there is one."""
    argv = [str(word) for word in argv]
    if not shutil.which(argv[0]):
        return Result(127, "", f"{argv[0]}: there is no such program", 0, 0, 0)
    try:
        return run_program(argv, timeout_s, env, out_path)
    except OSError as error:
        return Result(126, "", f"cannot run {argv[0]}: {error.strerror}", 0, 0, 0)


def run_program(argv, timeout_s, env, out_path):
    with tempfile.TemporaryFile() as err, \
            (open(out_path, "wb") if out_path else tempfile.TemporaryFile()) as out:
        begin = time.monotonic()
        with started(argv, stdout=out, stderr=err, env=env) as child:
            try:
                status, usage = wait(child, timeout_s)
            except TimeoutError:
                return Result(124, "", f"not done after {timeout_s} s", timeout_s, 0, 0)
        wall_s = time.monotonic() - begin
        err.seek(0)
        if not out_path:
            out.seek(0)
        return Result(status, "" if out_path else out.read().decode(errors="replace"),
                      err.read().decode(errors="replace"), wall_s,
                      usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def count_in(path, needle):
    """How often the bytes occur in a file of any size."""
    count, rest = 0, b""
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            text = rest + chunk
            count += text.count(needle)
            rest = text[len(text) - len(needle) + 1:]
    return count


def status_bytes(pid, field):
    """A size of /proc/PID/status, such as VmRSS; 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def map_bytes(pid):
    """What the BPF maps that a process holds take of the kernel's memory."""
    maps = {}
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as file:
                info = dict(line.split(":", 1) for line in file if ":" in line)
        except OSError:
            continue
        if "map_id" in info:
            maps[info["map_id"]] = int(info["memlock"])
    return sum(maps.values())
