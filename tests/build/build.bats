# SPDX-License-Identifier: BSD-2-Clause
# The build itself, in a copy of the sources whose path has spaces.
# shellcheck disable=SC2016

setup_file() {
	export SOURCES="$BATS_FILE_TMPDIR/a path with spaces"
	# What the make that runs these tests was told is not for the one that is tested.
	unset MAKEFLAGS MFLAGS MAKELEVEL BUILD PROGDIR
	mkdir "$SOURCES"
	tar -C "$TOP" --exclude=./build --exclude=./.git --exclude='./trace.*' --exclude=./loader_and_logger \
		--exclude=./formatter -cf - . | tar -C "$SOURCES" -xf -
	make -C "$SOURCES" -j"$(nproc)" WERROR=1 >"$BATS_FILE_TMPDIR/make.out" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/make.out"
		return 1
	}
}

setup() {
	unset MAKEFLAGS MFLAGS MAKELEVEL BUILD PROGDIR
	cd "$SOURCES" || return
}

# split FORMATTER: it does its work.
split() {
	local dir="$BATS_TEST_TMPDIR/sequences"

	printf '7:59:sh\n7:12:sh\n8:39:ls\n' >"$BATS_TEST_TMPDIR/trace.log"
	"$1" -q -o "$dir" "$BATS_TEST_TMPDIR/trace.log"
	[ "$(cat "$dir/sh:7.log")" = "59 12" ]
	[ "$(cat "$dir/ls:8.log")" = "39" ]
}

@test "a build from a path with spaces works" {
	./loader_and_logger --version
	split ./formatter
}

@test "a second make builds nothing, and one after a header has changed builds again" {
	run make
	[ "$status" -eq 0 ]
	[ "$(grep -v -e '^make' <<<"$output")" = "" ]
	touch shared.h
	run make
	[[ $output == *"BPF "* && $output == *"LINK "*loader_and_logger* ]]
	[[ $output != *formatter* ]]
	run make
	[ "$(grep -v -e '^make' <<<"$output")" = "" ]
}

@test "make install fills an empty folder, and the programs work from there" {
	local root="$BATS_TEST_TMPDIR/root of it"

	make -s install DESTDIR="$root" PREFIX=/usr
	diff - <(cd "$root" && find . -type f -printf '%m %P\n' | sort -k 2) <<-EOF
		755 usr/bin/formatter
		755 usr/bin/loader_and_logger
		644 usr/share/man/man1/formatter.1
		644 usr/share/man/man1/loader_and_logger.1
	EOF
	split "$root/usr/bin/formatter"
	if [ "$(id -u)" -eq 0 ]; then
		cd "$BATS_TEST_TMPDIR"
		timeout 60 "$root/usr/bin/loader_and_logger" -q -o made.log -- /bin/true
		grep -q ':59:true$' made.log
	fi
	make -s -C "$SOURCES" uninstall DESTDIR="$root" PREFIX=/usr
	[ -z "$(find "$root" -type f)" ]
}

@test "make clean leaves what was there before" {
	cp -r "$SOURCES" "$BATS_TEST_TMPDIR/copy"
	make -s -C "$BATS_TEST_TMPDIR/copy" clean
	[ ! -e "$BATS_TEST_TMPDIR/copy/build" ] && [ ! -e "$BATS_TEST_TMPDIR/copy/formatter" ]
}

@test "clang compiles user space without a warning, too" {
	make -s -j"$(nproc)" CC=clang WERROR=1 BUILD="$BATS_TEST_TMPDIR/clang" PROGDIR="$BATS_TEST_TMPDIR"
	split "$BATS_TEST_TMPDIR/formatter"
}
