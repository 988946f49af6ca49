# SPDX-License-Identifier: BSD-2-Clause
"""Real programs at work. Each is a script for sh that writes to $RESULT how long its work took."""
import shutil
import socket
from dataclasses import dataclass
from typing import Callable, Tuple

DIRECTORIES, FILES_PER_DIRECTORY, FILE_LINES = 60, 100, 60
# Part of the work for tools that slow everything down by much; compared with as much without them.
SMALL = 0.05


@dataclass(frozen=True)
class Workload:
    name: str
    needs: Tuple[str, ...]
    script: Callable  # (folder, share of the full work) -> sh script
    fixed_s: float = 0  # it runs for so long, and what it writes is ns per request


def many(share, full):
    return max(1, round(full * share))


def timed(command):
    return f'"$TIMED" "$RESULT" {command}\n'


def repeated(share, full, command):
    count = many(share, full)
    return timed(f"sh -c 'i=0; while [ $i -lt {count} ]; do {command}; i=$((i+1)); done'")


def until(condition):
    """A server that does not start ends the script."""
    return (f"i=0; until {condition}; do sleep 0.05; i=$((i+1)); "
            "[ $i -lt 100 ] || exit 1; done\n")


def part_of_tree(share):
    """Its name, or the names of so many of its directories."""
    count = many(share, DIRECTORIES)
    return "tree" if count == DIRECTORIES else " ".join(f"tree/{i:02}" for i in range(count))


def tar(folder, share):
    return repeated(1, 3, f"cd {folder}; tar cf - {part_of_tree(share)} | cat >/dev/null")


def find(folder, share):
    expression = '-type f -size +1k -printf "%s %p\\n"'
    return repeated(1, 8, f"cd {folder}; find {part_of_tree(share)} {expression} >/dev/null")


def grep(folder, share):
    return repeated(1, 5, f"cd {folder}; grep -rc number {part_of_tree(share)} >/dev/null")


def compile_c(folder, share):
    return repeated(share, 2, f"cc -O1 -c -o {folder}/work.o {folder}/work.c")


def short_execs(_folder, share):
    return repeated(share, 500, "/bin/true")


def sqlite(folder, share):
    inserts = f"{folder}/inserts-{many(share, 100)}.sql"
    return (f"rm -f {folder}/work.db\n"
            f"head -n {many(share, 3000)} {folder}/inserts.sql >{inserts}\n"
            + timed(f"sqlite3 -init {inserts} {folder}/work.db .quit >/dev/null 2>&1"))


def redis(folder, share):
    at = f"{folder}/redis.socket"
    return (f"redis-server --port 0 --unixsocket {at} --save '' --dir {folder} >/dev/null &\n"
            "server=$!\n"
            + until(f"redis-cli -s {at} ping >/dev/null 2>&1")
            + timed(f"redis-benchmark -s {at} -q -c 20 -n {many(share, 8000)} -t set,get "
                    ">/dev/null")
            + "kill $server; wait $server\n")


def nginx(folder, _share):
    return (f"rm -f {folder}/nginx.pid\n"
            f"nginx -e {folder}/nginx.err -p {folder} -c {folder}/nginx.conf &\n"
            "server=$!\n"
            + until(f"[ -s {folder}/nginx.pid ]")
            + f'wrk -t 1 -c 8 -d 1s "http://127.0.0.1:$(cat {folder}/port)/tree/00/00" '
            """| awk '/^Requests\\/sec/ { printf "%.0f\\n", 1e9 / $2 }' >"$RESULT"\n"""
            "kill $server; wait $server\n")


WORKLOADS = (
    Workload("tar of a tree", ("tar",), tar),
    Workload("find in a tree", ("find",), find),
    Workload("grep -r in a tree", ("grep",), grep),
    Workload("cc of a C program", ("cc",), compile_c),
    Workload("shell, short execs", ("sh",), short_execs),
    Workload("sqlite3 inserts", ("sqlite3",), sqlite),
    Workload("redis-benchmark", ("redis-server", "redis-benchmark"), redis),
    Workload("wrk against nginx", ("nginx", "wrk"), nginx, fixed_s=1),
)

NGINX_CONF = """daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def make_tree(root):
    for directory in range(DIRECTORIES):
        (root / f"{directory:02}").mkdir(parents=True)
        for name in range(FILES_PER_DIRECTORY):
            lines = "".join(f"line number {line} of a file\n" for line in range(FILE_LINES))
            (root / f"{directory:02}" / f"{name:02}").write_text(lines)


def make_c_program(path):
    functions = "\n".join(
        f"static int work{i}(int n)\n{{\n\tfor (int i = 0; i < n; i++)\n"
        f"\t\tif (i % {i + 2} == 1)\n\t\t\tn += printf(\"%d\\n\", i);\n\treturn n;\n}}"
        for i in range(60))
    calls = " + ".join(f"work{i}(argc)" for i in range(60))
    path.write_text("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
                    f"{functions}\nint main(int argc, char **argv)\n{{\n"
                    f"\treturn (argv[0] != NULL) + {calls};\n}}\n")


def prepare(folder):
    """Everything that the scripts work on."""
    folder.mkdir()
    make_tree(folder / "tree")
    make_c_program(folder / "work.c")
    # Every insert is a transaction of its own; waiting for the disk would hide all else.
    (folder / "inserts.sql").write_text(
        "PRAGMA synchronous = OFF; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT);\n"
        + "".join(f"INSERT INTO t (text) VALUES ('line {i}');\n" for i in range(4000)))
    port = free_port()
    (folder / "port").write_text(f"{port}\n")
    (folder / "nginx.conf").write_text(NGINX_CONF.format(folder=folder, port=port, user="root"))


def usable(setting):
    found = []
    for workload in WORKLOADS:
        lacking = [program for program in workload.needs if not shutil.which(program)]
        if lacking:
            setting.lacks(f"workload {workload.name}", f"{lacking[0]}: there is no such program")
        else:
            found.append(workload)
    return found
