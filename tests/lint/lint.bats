# SPDX-License-Identifier: BSD-2-Clause
# What programs find that only read the sources. Which checks: .clang-tidy, and the calls here.

setup() {
	cd "$TOP" || return
}

# What is installed, one file a line.
c_sources() {
	printf '%s\n' ./*.c common/*.c recorder/*.c splitter/*.c | grep -v '\.bpf\.c$'
}

@test "clang-tidy finds nothing" {
	# Lines of .c files only: the skeleton's header is generated.
	run xargs -P "$(nproc)" -I FILE clang-tidy --quiet '--line-filter=[{"name":".c"}]' FILE -- \
		-std=gnu17 -I. "-I$BUILD" -D_GNU_SOURCE '-DVERSION="0"' < <(c_sources)
	printf '%s\n' "$output" | grep -v 'warnings generated' || true
	[ "$status" -eq 0 ]
}

@test "cppcheck finds nothing" {
	mapfile -t sources < <(c_sources)
	run cppcheck --quiet --std=c11 --enable=warning,performance,portability -j "$(nproc)" \
		--suppressions-list=tests/lint/cppcheck.suppressions --error-exitcode=1 -I. \
		--include=tests/lint/library_macros.h -D_GNU_SOURCE '-DVERSION="0"' "${sources[@]}"
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}

@test "shellcheck finds nothing" {
	# Of the tests: workloads are told what to do with { and }, bats sets variables that are used
	# here, a loop may count without using its number, and a command in $() that fails is seen by
	# what is then compared.
	run shellcheck --severity=warning --exclude=SC1083,SC2034,SC2154,SC2155,SC2207 bootstrap.sh \
		.ci/run tests/run tests/stress tests/demo tests/fuzz/run \
		tests/kernels/{apt.bash,boot,fetch,fetch-qemu,init,matrix,run} tests/lib/*.bash \
		tests/*/*.bats
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}
