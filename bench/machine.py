# SPDX-License-Identifier: BSD-2-Clause
"""What machine the figures are from."""
import os
import platform
import re
import shutil
from pathlib import Path

from process import run

VERSIONS = (("strace", "-V"), ("perf", "--version"), ("bpftrace", "--version"),
            ("mawk", "-W version"), ("python3", "--version"), ("redis-server", "--version"),
            ("nginx", "-v"), ("sqlite3", "--version"), ("gcc", "--version"))


def read(path, default="unknown"):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return default


def cpu_model():
    found = re.search(r"^model name\s*: (.*)$", read("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def mitigations():
    """Of the CPU's faults, what the kernel does about them; most of that makes a call dearer."""
    folder = Path("/sys/devices/system/cpu/vulnerabilities")
    lines = [(path.name, read(path)) for path in sorted(folder.glob("*"))]
    return [f"{name}: {text.removeprefix('Mitigation: ')}" for name, text in lines
            if text.startswith(("Mitigation", "Vulnerable: "))]


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def system():
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), re.MULTILINE)
    return found.group(1) if found else "unknown system"


def versions():
    lines = []
    for program, option in VERSIONS:
        if shutil.which(program):
            result = run([program, *option.split(" ")], timeout_s=10)
            text = (result.out + result.err).strip().splitlines()
            lines.append(text[0] if text else program)
    return lines


def describe():
    """Lines of Markdown."""
    return [
        f"- CPU: {cpu_model()}, {len(os.sched_getaffinity(0))} cores",
        f"- memory: {memory_gib():.0f} GiB",
        f"- kernel: {platform.release()} {platform.machine()}, {system()}",
        "- clock source: "
        + read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        f"- BPF: JIT {read('/proc/sys/net/core/bpf_jit_enable')}, "
        f"hardening {read('/proc/sys/net/core/bpf_jit_harden')}",
        "- mitigations: " + ("; ".join(mitigations()) or "none"),
        "- peers: " + "; ".join(versions()),
    ]
