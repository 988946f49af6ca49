# SPDX-License-Identifier: BSD-2-Clause
"""Reads a recording as docs/formats.md describes it; everything stays bytes.

Independent of the programs under test on purpose: it shares no code with them.
"""
import ctypes
import json
import re

LINE = re.compile(rb"(0|[1-9][0-9]*):(0|-?[1-9][0-9]*):((?:[^\x00-\x1f\x7f%]|%[01][0-9A-F]|%7F|%25)*)")


def unescape(field):
    return re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), field)


def text_to_bytes(text):
    """The bytes that a JSON string of the events stands for."""
    return unescape(text.encode())


def read_log(path, cut=False):
    """[(pid, number, comm as it stands in the line)]; cut: the last line may lack its end."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop() and not cut:
        raise ValueError(f"{path}: the last line has no newline")
    calls = []
    for number, line in enumerate(lines, 1):
        match = LINE.fullmatch(line)
        if not match or len(unescape(match[3])) > 15:
            raise ValueError(f"{path}:{number}: malformed: {line!r}")
        calls.append((int(match[1]), int(match[2]), match[3]))
    return calls


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a member stands twice: {keys}")
    return dict(pairs)


def read_events(path, cut=False):
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop() and not cut:
        raise ValueError(f"{path}: the last line has no newline")
    events = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(json.loads(line.decode(), object_pairs_hook=unique))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}: {line!r}") from None
    return events


def dump_event(event):
    return json.dumps(event, separators=(",", ":")).encode()


def xxh3(text):
    """The checksum of docs/formats.md."""
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    return "%016x" % library.XXH3_64bits(text, ctypes.c_size_t(len(text)))
