# SPDX-License-Identifier: BSD-2-Clause
# Everything at once, for a short time; `make stress` does it for half an hour.
load ../lib/live.bash

@test "'*' beside stress-ng's fork, clone, exec, switch, pthread, signal and syscall: as many calls as the kernel counts" {
	timeout "$(longer 120)" "$TOP/tests/stress" 8 >&2 3>&- 8>&-
}
