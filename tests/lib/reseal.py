# SPDX-License-Identifier: BSD-2-Clause
"""reseal.py DIR - put the checksums of DIR/trace.jsonl right, after it or DIR/trace.log was edited."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording import dump_event, read_events, xxh3


def reseal(log, events):
    text, log_at, events_at = b"", 0, 0
    for event in events:
        if event.pop("events_xxh3", None) is None:
            text += dump_event(event) + b"\n"
            continue
        log_to = sum(map(len, log[:event["line"] - 1]))
        event.update(bytes=log_to, log_xxh3=xxh3(b"".join(log)[log_at:log_to]))
        text += dump_event(event)[:-1]
        text += b',"events_xxh3":"%s"}\n' % xxh3(text[events_at:]).encode()
        log_at, events_at = log_to, len(text)
    return text


def main():
    log_path, events_path = (os.path.join(sys.argv[1], name) for name in ("trace.log", "trace.jsonl"))
    with open(log_path, "rb") as file:
        log = file.read().splitlines(keepends=True)
    text = reseal(log, read_events(events_path))
    with open(events_path, "wb") as file:
        file.write(text)


main()
