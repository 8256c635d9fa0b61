#!/usr/bin/env bash
# step.sh NAME COMMAND…: runs the command and says how long it took.
set -euo pipefail
name=$1
shift
start=$SECONDS
echo "== $name"
status=0
"$@" || status=$?
if [[ $status -ne 0 ]]; then
	echo "== $name: failed after $((SECONDS - start)) s" >&2
	exit "$status"
fi
echo "== $name: $((SECONDS - start)) s"
