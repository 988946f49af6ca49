# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the fetching scripts share: packages of a Debian suite, unpacked and not installed.
#
# apt keeps all that it learns here in a folder of its own, $work, which goes away at the end: the machine's
# sources and package lists stay as they are. The mirror is the one that the machine uses.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/log"

# In messages the mirror has no name.
fail() {
	sed -n '/^[EW]:/s#//[^/ ]*#//MIRROR#gp' "$work/log" >&2
	echo "${0##*/}: $*" >&2
	exit 1
}

# The archive with suites of this kind: those with security updates have one of their own.
archive() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk '/^(bullseye|bookworm|trixie|forky|sid)(-backports|-updates)? / { print $2; exit }'
}

use_suite() { # SUITE
	local uri

	uri=$(archive)
	[ -n "$uri" ] || fail "apt has no Debian archive among its sources"
	mkdir -p "$work/lists/partial" "$work/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $1 main" >"$work/sources"
	cat >"$work/apt.conf" <<-E
		Dir::Etc::SourceList "$work/sources";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$work/lists";
		Dir::State::Status "/dev/null";
		Dir::Cache "$work";
		Acquire::Languages "none";
		Acquire::Retries "2";
		APT::Sandbox::User "root";
	E
	export APT_CONFIG=$work/apt.conf
	apt-get -q update >>"$work/log" 2>&1 || fail "no package list of $1"
}

# download PACKAGE...: as $work/*.deb
download() {
	(cd "$work" && apt-get -q download "$@" >>log 2>&1) || fail "no $* to be had"
}
