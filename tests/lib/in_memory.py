# SPDX-License-Identifier: BSD-2-Clause
"""in_memory.py MIB COMMAND ARG... - run COMMAND, and see that it does with MIB of memory.

The exit status is COMMAND's, or 99 after a message where its peak resident set was larger.
"""
import resource
import subprocess
import sys

limit = int(sys.argv[1])
status = subprocess.call(sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
if peak > limit:
    print(f"{sys.argv[2]} took {peak} MiB, more than {limit}", file=sys.stderr)
    status = 99
sys.exit(status)
