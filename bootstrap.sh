#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bootstrap.sh [TARGET...] - install the packages that are missing, then make TARGET...
set -eu
cd "$(dirname "$0")"

build='gcc make pkg-config clang libbpf-dev bpftool libelf-dev zlib1g-dev libcap-ng-dev libseccomp-dev
	libjansson-dev uthash-dev'
check='clang-format libcmocka-dev gcc-multilib bats strace linux-perf python3 util-linux procps jq'

packages=$build
for target in "$@"; do
	case $target in check* | tests) packages="$build $check" ;; esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "bootstrap.sh: only Debian and Ubuntu packages can be installed from here." >&2
	echo "bootstrap.sh: install what these are called elsewhere, then run: make $*" >&2
	echo "bootstrap.sh:" $packages >&2
	exit 1
fi

# Ubuntu has bpftool and perf in the packages of its kernels.
if [ "$(. /etc/os-release && echo "$ID")" = ubuntu ]; then
	packages=$(echo $packages | sed 's/\bbpftool\b/linux-tools-common linux-tools-generic/; s/\blinux-perf\b//')
fi

missing=
for package in $packages; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
	if [ "$(id -u)" -ne 0 ]; then
		echo "bootstrap.sh: not installed:$missing" >&2
		echo "bootstrap.sh: run it as root to install them: sudo ./bootstrap.sh $*" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	apt-get install -q -y --no-install-recommends $missing
fi

exec make "$@"
