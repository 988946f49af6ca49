# SPDX-License-Identifier: BSD-2-Clause
# Recorded, then split: the sequence files hold what the programs did.
load ../lib/live.bash

prepare() {
	cp act beta
}

split() {
	"$FORMATTER" "$@" 3>&- 8>&-
}

# The calls in a sequence file from the first marker on, so without the program's own start.
from_first() {
	local file
	for file; do
		printf '%s: ' "$file"
		sed -E 's/^([0-9]{1,3} )*//' "$file"
	done
}

@test "each process's calls are in its own file, in order" {
	record_whole -q act beta -- ./act pid:a 5000..5003 fork { pid:b 5010 name:renamed 5011 5012 exec ./beta 5013 } wait 5004
	split
	a=$(cat a) b=$(cat b)
	expect "act:$a.log
act:$b.log
beta:$b.log
renamed:$b.log" bash -c 'ls *:*.log'
	expect "act:$a.log: 5000 5001 5002 5003 56 61 61 5004 231" from_first "act:$a.log"
	expect "39 257 1 3 5010 157" cat "act:$b.log"
	expect "5011 5012" cat "renamed:$b.log"
	expect "beta:$b.log: 5013 231" from_first "beta:$b.log"
	expect 59 bash -c 'cut -d" " -f1 beta:*.log'
}

@test "the index knows how each sequence began and ended, and that it is complete" {
	record_whole -q act beta -- ./act pid:a 5000 fork { pid:b 5010 name:renamed 5011 exec ./beta 5013 kill:9 } wait
	split
	a=$(cat a) b=$(cat b)
	expect "act:$a.log,act,$a,1,./act,exec,exit,0,yes
act:$b.log,act,$b,1,./act,fork,rename,0,yes
beta:$b.log,beta,$b,1,./beta,exec,signal,0,yes
renamed:$b.log,renamed,$b,1,./act,rename,exec,0,yes" \
		bash -c 'tr -d "\r" <index.csv | sed 1d | cut -d, -f1-7,9- | sort'
	# the column calls is the number of IDs in the file
	tr -d '\r' <index.csv | sed 1d | while IFS=, read -r file _ _ _ _ _ _ calls _; do
		expect "$calls" bash -c 'wc -w <"$0"' "$file"
	done
}

@test "a pid that is used twice makes two files" {
	record_whole -q act -- ./act fork { pid:pid 5001 exit:1 } wait fork-as:pid { 5003 exit:2 } wait
	split
	pid=$(cat pid)
	expect '39 257 1 3 5001 231' cat "act:$pid.log"
	grep -q ' 5003 231$' "act:$pid.2.log"
}

@test "lost calls make the sequence incomplete in the index" {
	lose_calls 5000 read:gate 110x"$(fewer 300000 20000)"
	split
	lost=$(events recording_end calls_lost)
	[ "$lost" -gt "$(fewer 100000 6000)" ]
	expect "act:$background.log $lost no" bash -c 'tr -d "\r" <index.csv | sed 1d | cut -d, -f1,9,10 | tr , " "'
}

@test "a log made with --threads is split by thread, and by process when asked" {
	record_whole -q -t act -- ./act pid:pid 5000 thread { tid:tid 5001 } join 5002
	pid=$(cat pid) tid=$(cat tid)
	split -o by-thread
	expect "$(printf '%s\n' "act:$pid.log" "act:$tid.log" | sort)" bash -c 'cd by-thread; ls *:*.log'
	expect '186 257 1 3 5001 60' cat "by-thread/act:$tid.log"
	split -b comm,pid -o by-process
	expect "act:$pid.log" bash -c 'cd by-process; ls *:*.log'
	expect "act:$pid.log: 5000 9 56 186 257 1 3 5001 60 5002 231" bash -c 'cd by-process; sed -E "s/^([0-9]{1,3} )*5000/$0: 5000/" "$0"' "act:$pid.log"
}

@test "hostile comms cannot leave the folder or forge a file" {
	mkdir dir
	record_whole -q act -- ./act pid:pid name:'../../x' 5000 name:$'x\n1:2:sshd' 5001 name: 5002 name:. 5003 name:.. 5004
	split -o dir/out
	pid=$(cat pid)
	expect "..%2F..%2Fx:$pid.log
..:$pid.log
.:$pid.log
:$pid.log
act:$pid.log
index.csv
x%0A1:2:sshd:$pid.log" ls -A1 dir/out
	expect '5001 157' cat "dir/out/x%0A1:2:sshd:$pid.log"
	expect out ls dir
}

@test "a recording of a shell: the sequences are those that strace saw, file by file" {
	echo 'for n in 1 2 3; do ls / | sort | head -n $n >/dev/null; (cd /; pwd) >/dev/null; done' >script
	ln -s "$(command -v bash)" recorded-shell
	record_whole -q -f recorded-shell -- strace -f -n -o strace.out ./recorded-shell script
	split
	# All files of one pid, put together, against all calls of that pid (these programs have no threads).
	python3 "$LIB/strace_calls.py" strace.out >from-strace
	while IFS=: read -r pid calls; do
		# in order of time: the order of the first line with this comm
		files=$(awk -F: -v pid="$pid" '$1 == pid && !seen[$3]++ { print $3 ":" pid ".log" }' trace.log)
		expect "${calls# }" bash -c 'cat "$@" | tr "\n" " " | sed "s/ $//"; echo' bash $files
	done <from-strace
	[ "$(wc -l <from-strace)" -ge 10 ]
	expect '' bash -c 'tr -d "\r" <index.csv | sed 1d | grep -v ",yes$"'
}
