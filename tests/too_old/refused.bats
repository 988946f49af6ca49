# SPDX-License-Identifier: BSD-2-Clause
# What the recorder says to a kernel that lacks what its programs need.
load ../lib/live.bash

@test "a kernel that is too old is refused with one clear sentence, and nothing is left behind" {
	record act -- ./act 5000
	expect_status 1
	expect "loader_and_logger: kernel $(uname -r) is too old: recording needs Linux 5.15 or newer" cat err
	expect '' cat out
	expect act ls --ignore=err --ignore=out
}
