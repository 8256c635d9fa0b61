#!/usr/bin/env bash
# postgres.sh: makes sure that PostgreSQL's server programs are there. The tests start a server of their own on a
# free port in a temporary folder, so no system cluster is wanted and none is made.
set -euo pipefail

find_initdb() {
	command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 | grep .
}

if found=$(find_initdb); then
	echo "$("$found" --version), $found"
	exit
fi

if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
	echo "PostgreSQL's server programs are missing: the tests that need them are left out."
	echo "On Debian or Ubuntu: sudo apt-get install --no-install-recommends postgresql"
	[[ ${CI:-} != true ]]
	exit
fi

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends "$@" </dev/null; }

# postgresql-common comes first: its configuration says that the server package makes no cluster.
install postgresql-common || { apt-get update -q && install postgresql-common; }
conf=/etc/postgresql-common/createcluster.conf
before=$(mktemp)
cp -p "$conf" "$before"
trap 'cp -p "$before" "$conf"; rm -f "$before"' EXIT
echo 'create_main_cluster = false' >>"$conf"
install postgresql
find_initdb
