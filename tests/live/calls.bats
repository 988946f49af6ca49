# SPDX-License-Identifier: BSD-2-Clause
# What a line holds: the number and the comm.
load ../lib/live.bash

# The lines of the log from the second field on, without the calls that every program makes.
said() {
	awk -F: '$2 >= 5000 || $2 < 0 || $2 == 157' trace.log | cut -d: -f2-
}

@test "numbers stand as the kernel has them: negative, unknown, x32" {
	record_whole -q act -- ./act -1 -2 2147483647 -2147483648 1000000 0x40000027 0x40000000 5000 9999 10039
	expect '-1:act
-2:act
2147483647:act
-2147483648:act
1000000:act
1073741863:act
1073741824:act
5000:act
9999:act
10039:act' said
}

@test "only the lower 32 bits make the number, as in the kernel" {
	record_whole -q act -- ./act 0x100001388 0x1388ffffffff
	expect '5000:act
-1:act' said
}

@test "int 0x80 in a 64-bit program: 10000 + the ia32 number" {
	record_whole -q act -- ./act 5000 int80:20 5001 int80:5002 int80:224 5003
	expect '5000:act
10020:act
5001:act
15002:act
10224:act
5003:act' said
}

@test "a 32-bit program: every call is 10000 + the ia32 number, its exec by a 64-bit one is not" {
	cp "$BUILD/workloads/act-32" .
	record_whole -q act act-32 -- ./act-32 5000 fork { 5001 } wait exec ./act 5002 exec ./act-32 5003
	expect_story <<-'E'
		A exec ./act-32 (act-32) started
		A:59:act-32
		A:15000:act-32
		A:10120:act-32
		A exec ./act (act)
		A:10011:act
		A:5002:act
		A exec ./act-32 (act-32)
		A:59:act-32
		A:15003:act-32
		A:10252:act-32
		A exit 0
		B fork of A, act-32
		B:15001:act-32
		B:10252:act-32
		B exit 0
	E
	expect 0 awk -F: '$3 == "act-32" && $2 < 10000 && $2 != 59 { n++ } END { print n + 0 }' trace.log
}

@test "a comm stands as it is but for control bytes, 0x7f and %; it cannot forge a line" {
	record_whole -q act -- ./act \
		name:$'x\n1:2:sshd' 5000 \
		name:'100%' 5001 \
		name:'a:b/c d' 5002 \
		name:'zażółć' 5003 \
		name:$'\xff\xfe\x80' 5004 \
		name: 5005 \
		name:1234567890123456789 5006 \
		name:$'\x01\x1f\x7f\x20\t\r' 5007 \
		name:$'\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n' 5008 \
		name:'%0A' 5009 \
		name:'../../etc/x' 5010 \
		name:$' "\\\'' 5011
	diff --label expected --label recorded -u - <(said) <<-E
		157:act
		5000:x%0A1:2:sshd
		157:x%0A1:2:sshd
		5001:100%25
		157:100%25
		5002:a:b/c d
		157:a:b/c d
		5003:zażółć
		157:zażółć
		5004:$(printf '\xff\xfe\x80')
		157:$(printf '\xff\xfe\x80')
		5005:
		157:
		5006:123456789012345
		157:123456789012345
		5007:%01%1F%7F %09%0D
		157:%01%1F%7F %09%0D
		5008:%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A
		157:%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A%0A
		5009:%250A
		157:%250A
		5010:../../etc/x
		157:../../etc/x
		5011: "\\'
	E
}

@test "the comm is the calling thread's own" {
	record_whole -q act -- ./act thread { name:one 5000 thread { 5001 name:two 5002 } 5003 } join 5004
	expect '5000:one
5001:one
5002:two
5003:one
5004:act' bash -c 'awk -F: "\$2 >= 5000" trace.log | cut -d: -f2- | sort'
}

@test "every call of every program is a line, and nothing else is in the log" {
	record_whole -q act -- ./act 5000x12345 fork { 5001x23456 } wait 5002x3
	expect '12345 5000
23456 5001
3 5002' bash -c "awk -F: '\$2 >= 5000 { print \$2 }' trace.log | sort | uniq -c | sed 's/^ *//'"
	expect "$(wc -l <trace.log)" events recording_end lines
}
