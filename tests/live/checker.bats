# SPDX-License-Identifier: BSD-2-Clause
# The other tests rest on lib/check_recording.py: it must not overlook damage. Nor must the formatter.
load ../lib/live.bash

# found COMMAND ARG...: the command damages a copy of the recording in the folder bad, and it is noticed.
found() {
	rm -rf bad
	mkdir bad
	cp trace.log trace.jsonl bad
	(cd bad && "$@")
	if cmp -s trace.log bad/trace.log && cmp -s trace.jsonl bad/trace.jsonl; then
		fail "no damage was done: $*"
	fi
	if python3 "$LIB/check_recording.py" bad/trace.log bad/trace.jsonl 2>/dev/null; then
		fail "not found: $*"
	fi
	if "$FORMATTER" --verify -q bad/trace.log 2>/dev/null; then
		fail "not found by the formatter: $*"
	fi
}

@test "every kind of damage to a recording is found" {
	cp act beta
	record_whole -q act -- ./act 5000 fork { 5001 exec ./beta 5002 } wait fork { 5003 exit:4 } wait 5004

	# lines: missing, doubled, swapped, malformed, of another process
	for n in 1 2 5 '$'; do
		found sed -i "${n}d" trace.log
		found sed -i "${n}p" trace.log
		found sed -i "${n}s/:act$/:a%ct/" trace.log
		found sed -i "${n}s/^/1/" trace.log
		found sed -i "${n}s/:/:0/" trace.log
	done
	found sed -i '1{h;d};2{G}' trace.log
	found sed -i '$s/$/ /;1s/act/act%/' trace.log
	found truncate -s -1 trace.log

	# events: missing, doubled
	for ((n = 1; n <= $(wc -l <trace.jsonl); n++)); do
		found sed -i "${n}d" trace.jsonl
		found sed -i "${n}p" trace.jsonl
		found sed -i "${n}s/\"timestamp\"/\"time\"/" trace.jsonl
		found sed -i "${n}s/}$/,\"line\":1}/" trace.jsonl
		found sed -i "${n}s/}$//" trace.jsonl
	done

	# members
	found sed -i -E '/process_exit/s/"calls": ?[0-9]+/"calls":3/' trace.jsonl
	found sed -i -E '/process_exit/s/"lost": ?0/"lost":1/' trace.jsonl
	found sed -i -E '/process_exit/s/"line": ?[0-9]+/"line":1/' trace.jsonl
	found sed -i -E '/process_exec/s/"comm": ?"act"/"comm":"other"/' trace.jsonl
	found sed -i -E '/process_exec/s/"argv_cut": ?false/"argv_cut":true/' trace.jsonl
	found sed -i -E 's/"started": ?true/"started":false/' trace.jsonl
	found sed -i -E 's/"recorded": ?false/"recorded":true/' trace.jsonl
	found sed -i -E 's/"lines": ?[0-9]+/"lines":1/' trace.jsonl
	found sed -i -E 's/"processes": ?[0-9]+/"processes":1/' trace.jsonl
	found sed -i -E 's/"calls_lost": ?[0-9]+/"calls_lost":1/' trace.jsonl
	found sed -i -E 's/"complete": ?true/"complete":false/' trace.jsonl
	found sed -i -E 's/([0-9]{6})Z"/Z"/' trace.jsonl
}
