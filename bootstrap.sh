#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bootstrap.sh [TARGET...] - install the packages that are missing, then make TARGET...
set -eu
cd "$(dirname "$0")"

build='gcc make pkg-config clang libbpf-dev bpftool libelf-dev zlib1g-dev libcap-ng-dev libseccomp-dev
	libjansson-dev libxxhash-dev uthash-dev'
# What the bench compares with and works on; it says which of them are missing.
bench='strace linux-perf bpftrace gnuplot-nox mawk python3 sqlite3 redis-server redis-tools nginx wrk'
# libclang-rt-dev has what the default clang needs for libFuzzer, of whatever version that is.
check='clang-format clang-tidy libclang-rt-dev cppcheck shellcheck libcmocka-dev gcc-multilib bats libcap2-bin strace linux-perf python3 util-linux procps jq
	stress-ng bindfs qemu-system-x86 busybox-static cpio xz-utils'

packages=$build optional=
for target in "$@"; do
	case $target in
	check* | fuzz* | tests | stress) packages="$build $check" ;;
	bench) optional=$bench ;;
	esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "bootstrap.sh: only Debian and Ubuntu packages can be installed from here." >&2
	echo "bootstrap.sh: install what these are called elsewhere, then run: make $*" >&2
	echo "bootstrap.sh:" $packages $optional >&2
	exit 1
fi

# Ubuntu has bpftool and perf in the packages of its kernels.
if [ "$(. /etc/os-release && echo "$ID")" = ubuntu ]; then
	packages=$(echo $packages | sed 's/\bbpftool\b/linux-tools-common linux-tools-generic/; s/\blinux-perf\b//')
	optional=$(echo $optional | sed 's/\blinux-perf\b//')
fi

# Of the packages given, those that are not installed.
not_installed() {
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$status" = installed ] || printf ' %s' "$package"
	done
}

# Servers among them are not to run: a script of this name says so to every package's installation.
install_without_starting() {
	policy=/usr/sbin/policy-rc.d own_policy=
	if [ ! -e $policy ]; then
		own_policy=$policy
		trap 'rm -f $own_policy' EXIT
		trap 'exit 1' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	# One that can't be had does not keep the others away.
	for package in "$@"; do
		apt-get install -q -y --no-install-recommends "$package" ||
			echo "bootstrap.sh: $package could not be installed: going on without it" >&2
		# Nor are they to start with the system, which nobody asked for.
		case $package in redis-server | nginx) systemctl disable -q "$package" || true ;; esac
	done
	rm -f $own_policy
	trap - EXIT HUP INT TERM
}

missing=$(not_installed $packages)
missing_optional=$(not_installed $optional)
if [ -n "$missing$missing_optional" ]; then
	if [ "$(id -u)" -ne 0 ]; then
		echo "bootstrap.sh: not installed:$missing$missing_optional" >&2
		echo "bootstrap.sh: run it as root to install them: sudo ./bootstrap.sh $*" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	[ -z "$missing" ] || apt-get install -q -y --no-install-recommends $missing
	[ -z "$missing_optional" ] || install_without_starting $missing_optional
fi

exec make -j"$(nproc)" "$@"
