# SPDX-License-Identifier: BSD-2-Clause
# What recorded programs choose themselves: comms, paths, arguments, numbers. What is said of them is what
# the kernel used; nothing forges a line, an event or a file, or leaves the folder.
load ../lib/live.bash

prepare() {
	mv act subject
	cp "$BUILD/workloads/exec-as-static" exec-as
}

# last_exec MEMBER...: of the last process_exec, as JSON, one a line.
last_exec() {
	python3 -c '
import json, sys
last = [e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exec"][-1]
print(*[json.dumps(last[name]) for name in sys.argv[1:]], sep="\n")' "$@"
}

# bytes_are TYPE MEMBER [PREFIX]: these members are the bytes 1 to 255 that PREFIX allows, in order.
bytes_are() {
	python3 - "$LIB" "$@" <<-'E'
		import json, sys
		sys.path.insert(0, sys.argv[1])
		from recording import text_to_bytes
		events = [json.loads(line) for line in open("trace.jsonl", encoding="utf-8")]
		prefix = sys.argv[4].encode() if len(sys.argv) > 4 else b""
		said = [text_to_bytes(e[sys.argv[3]]) for e in events if e["event_type"] == sys.argv[2]]
		said = [value for value in said if value not in (b"subject", b"./subject")]
		wanted = [prefix + bytes([b]) for b in range(1, 256) if not prefix or b != ord("/")]
		assert said == wanted, (len(said), [w for w in zip(said, wanted) if w[0] != w[1]][:3])
	E
}

@test "every byte as a comm: the line, the events, the file, the index" {
	local steps=() byte char

	for byte in {1..255}; do
		printf -v char "\\x$(printf %x "$byte")"
		steps+=("name:$char" fork "{" $((5000 + byte)) "}" wait)
	done
	record_whole -q subject -- ./subject "${steps[@]}"
	python3 - <<-'E'
		lines = [l.split(b":", 2)[1:] for l in open("trace.log", "rb").read().split(b"\n")[:-1]]
		said = {int(n): comm for n, comm in lines if 5000 < int(n) < 5256}
		escaped = [*range(1, 32), 127, ord("%")]
		assert said == {5000 + b: b"%%%02X" % b if b in escaped else bytes([b]) for b in range(1, 256)}, said
	E
	bytes_are process_fork comm
	mkdir dir
	"$FORMATTER" -q -o dir/out
	python3 "$LIB/check_names.py" trace.log dir/out
	expect out ls -A dir
}

@test "every byte as a thread's name, with --threads: the line, the event, the file" {
	local steps=() byte char

	for byte in {1..255}; do
		printf -v char "\\x$(printf %x "$byte")"
		steps+=(thread "{" "name:$char" $((5000 + byte)) "}" join)
	done
	record_whole -q --threads subject -- ./subject "${steps[@]}"
	bytes_are thread_exit comm
	mkdir dir
	"$FORMATTER" -q -o dir/out
	python3 "$LIB/check_names.py" trace.log dir/out
	expect out ls -A dir
}

@test "a comm that another thread changes while it is read: each byte is of one of the names, no call is lost" {
	local names=(aaaaaaaaaaaaaaa $'\nbbbbbbbbbbbbbb' %)

	cp "$BUILD/workloads/torn" torn
	record_whole -q torn -- ./torn 20 "${names[@]}"
	made=$(cat out)
	python3 - "$made" "${names[@]}" <<-'E'
		import re, sys
		names = [name.encode().ljust(16, b"\0") for name in sys.argv[1:]]
		def is_mixed(comm):
		    return all(any(name[i] == byte for name in names) for i, byte in enumerate(comm.ljust(16, b"\0")[:len(comm) + 1]))
		said = [re.sub(rb"%(..)", lambda hex: bytes.fromhex(hex[1].decode()), line.split(b":", 2)[2])
		        for line in open("trace.log", "rb").read().split(b"\n") if b":5000:" in line]
		assert len(said) == int(sys.argv[1]) and all(map(is_mixed, set(said))), (len(said), set(said))
		# It was changed while the calls were made.
		changes = sum(a != b for a, b in zip(said, said[1:]))
		torn = sum(comm.ljust(16, b"\0") not in names for comm in said)
		print(f"{changes} changes, {torn} torn")
		assert changes >= 5, changes
	E
	"$FORMATTER" -q --by pid -o dir
	expect "$made" grep -cx 5000 <(tr ' ' '\n' <"$(ls dir/*.log)")
}

@test "every byte in the path of an exec: the event, and the name is matched" {
	local steps=() byte char

	for byte in {1..46} {48..255}; do
		printf -v char "\\x$(printf %x "$byte")"
		[ "$char" = . ] || ln subject "./x$char"
		steps+=(fork "{" exec "./x$char" $((5000 + byte)) "}" wait)
	done
	ln subject ./x.
	record_whole -q -- ./subject "${steps[@]}"
	bytes_are process_exec exe ./x
	bytes_are process_exec file x
	"$FORMATTER" -q -o dir
	python3 "$LIB/check_names.py" trace.log dir
	python3 - <<-'E'
		import csv, re
		rows = csv.DictReader(open("dir/index.csv", newline="", encoding="utf-8", errors="surrogateescape"))
		said = [re.sub(rb"%(..)", lambda hex: bytes.fromhex(hex[1].decode()), row["program"].encode("utf-8", "surrogateescape"))
		        for row in rows if row["start"] == "exec" and row["program"] != "./subject"]
		assert said == [b"./x%c" % byte for byte in range(1, 256) if byte != ord("/")], said
	E
	record_whole -q $'x\n' -- ./subject "${steps[@]}"
	expect 5010 markers
}

@test "the longest paths: relative, and with a folder's descriptor in front" {
	local long

	long=$(python3 - <<-'E'
		import os
		path = ["d" * 249] * 16 + ["e" * (4095 - 16 * 250 - len("/subject"))]
		base = os.open(".", os.O_RDONLY)
		for name in path:
		    os.mkdir(name)
		    os.chdir(name)
		os.link(os.readlink("/proc/self/fd/%d" % base) + "/subject", "subject")
		print("/".join(path) + "/subject")
	E
	)
	[ ${#long} -eq 4095 ]
	record_whole -q subject -- ./exec-as at . "$long"
	expect "\"/dev/fd/3/$long\"
\"subject\"
[\"$long\"]
false" last_exec exe file argv argv_cut
	# what a shorter buffer would take for the name is none
	record_whole -q "${long: -110:100}" -- ./exec-as at . "$long"
	expect '' cat trace.log
	mkdir else
	cp subject else/other
	(cd else && ln -s .. up)
	record_whole -q subject -- ./else/other exec "$long" 5000
	expect "\"$long\"" last_exec exe
	rm -r ddd*
}

@test "files without a name of their own: a memfd, a deleted file, a path in /proc" {
	record_whole -q -- ./exec-as memfd '../../x y%' ./subject 5000
	expect '"memfd:../../x y%25"
["./subject", "5000"]' last_exec file argv
	expect 5000 markers
	cp subject gone
	record_whole -q gone -- ./exec-as deleted ./gone 5000
	expect '"gone"
["./gone", "5000"]' last_exec file argv
	record_whole -q subject -- ./exec-as self-fd ./subject 5000
	expect '"3"
"/proc/self/fd/3"
"subject"' last_exec comm exe file
	expect 5000 markers
}

@test "a script whose interpreter is a script: argv is the kernel's; its name and the last interpreter match" {
	printf '#!%s exit:0 one\n' "$PWD/second" >first
	printf '#!%s exit:3 two\n' "$PWD/subject" >second
	chmod +x first second
	cp subject other
	for program in subject first; do
		record -q "$program" -- ./other fork { exec ./first 5000 } wait
		expect_status 0
		check_recording
		expect "\"./first\"
\"subject\"
6
[\"$PWD/subject\", \"exit:3 two\", \"$PWD/second\", \"exit:0 one\", \"./first\", \"5000\"]" \
			last_exec exe file argc argv
	done
	record -q second -- ./other fork { exec ./first 5000 } wait
	expect '' cat trace.log
	record -q -- ./exec-as kept-fd ./first 5000
	expect '"/dev/fd/3"
"subject"' last_exec exe file
}

@test "no arguments, huge ones, too many, one from a page that is not in memory" {
	record_whole -q -- ./exec-as nothing ./subject
	# Before 5.18 there was none at all.
	expect '1
[""]
false' last_exec argc argv argv_cut
	record -q -- ./exec-as huge 131071 ./subject 2>/dev/null
	check_recording
	expect '2
["./subject"]
true' last_exec argc argv argv_cut
	mapfile -t many < <(yes 7 | head -n 100000)
	# What is told ends between two of them.
	record_whole -q -- ./subject exit:00 "${many[@]}"
	expect '100002
true' last_exec argc argv_cut
	head -c 3000 /dev/zero | tr '\0' 'q' >page
	record -q -- ./exec-as paged page ./subject
	check_recording
	expect "[\"./subject\", \"$(cat page)\"]
false" last_exec argv argv_cut
}

@test "arguments that another thread changes while exec reads them: those that the new program has got" {
	cp "$BUILD/workloads/changing-argv-static" changing-argv
	record_whole -q -- ./changing-argv 500 report
	python3 - "$LIB" <<-'E'
		import json, sys
		sys.path.insert(0, sys.argv[1])
		from recording import text_to_bytes
		execs = {e["pid"]: e for e in map(json.loads, open("trace.jsonl")) if e["event_type"] == "process_exec"}
		shapes = set()
		for line in open("report"):
		    pid, argc, *args = line[:-1].split(" ")
		    args, said = [bytes.fromhex(arg) for arg in args], execs[int(pid)]
		    argv = [text_to_bytes(arg) for arg in said["argv"]]
		    assert said["argc"] == int(argc) == len(args), (said, args)
		    assert argv == args[:len(argv)] and said["argv_cut"] == (len(argv) < len(args)), (said, args)
		    shapes.add(tuple(map(len, args)))
		# They were changed in time: some have lost their NUL, some have another one.
		assert len(shapes) > 1, shapes
	E
}

@test "arguments that the program writes over afterwards stay those that it was started with" {
	local program='$0 = "forged"; syscall(5000); open(GATE, "gate"); <GATE>'

	mkfifo gate
	ln -s "$(command -v perl)" overwriting
	start -q overwriting
	background ./overwriting -e "$program" argument
	# It is there still, and forged, when the recorder tells of it.
	wait_until 10 has_call 5000
	wait_until 10 grep -q '"process_exec"' trace.jsonl
	[ "$(tr -d '\0' <"/proc/$background/cmdline")" = forged ]
	open_gate gate
	wait_until 10 has_ended "$background"
	stop
	expect "./overwriting -e $program argument" \
		jq -r 'select(.event_type == "process_exec").argv | join(" ")' trace.jsonl
	expect 5000:forged bash -c 'grep :5000: trace.log | cut -d: -f2-'
}

@test "a listed program's comm does not make a program that one, without --running" {
	cp subject beta
	record_whole -q subject -- ./beta name:subject 5000 fork { 5001 name:other exec ./subject 5002 } wait
	expect 5002 markers
}

# The numbers at the edges of what a word, an int and an ABI can be: as given, and as they are recorded.
edges=(0xEFFF 0xF000 0xF001 0xF7FF 0xF800 0xFFFD 0xFFFE 0xFFFF 0x10000 0x1FFFF -1 -4096
	0x7fffffff 0x80000000 0xffffffff 0x123456780000EFFF 0x1eadbeef0000F000 -2147483648
	0x40000208 0x4000FFFF 0x80000001)
edges_recorded() {
	python3 -c '
import sys
for text in sys.argv[1:]:
    number = int(text, 0) & 0xffffffff
    print(number - (1 << 32) if number >> 31 else number)' "${edges[@]}"
}

@test "numbers at every edge, from one thread and from several, native and ia32" {
	local ia32=(-1 -2147483648 0x7fffffff 51439 55535 55536)

	record_whole -q subject -- ./subject name:edges "${edges[@]}" "${ia32[@]/#/int80:}" name:end
	# prctl stands under both names
	expect "$(edges_recorded; printf '%d\n' 9999 -2147473648 2147493647 61439 65535 65536; echo 157)" \
		bash -c 'grep ":edges$" trace.log | cut -d: -f2'
	record_whole -q subject -- ./subject thread { name:one "${edges[@]}" } thread { name:two "${edges[@]}" \
		"${ia32[@]/#/int80:}" } join
	expect "$(edges_recorded; echo 60)" bash -c 'grep ":one$" trace.log | cut -d: -f2'
	expect "$(edges_recorded; printf '%d\n' 9999 -2147473648 2147493647 61439 65535 65536; echo 60)" \
		bash -c 'grep ":two$" trace.log | cut -d: -f2'
	"$FORMATTER" -q -o dir
	python3 "$LIB/check_names.py" trace.log dir
}
