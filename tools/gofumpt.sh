#!/usr/bin/env bash
# gofumpt.sh GOFUMPT FILE…: fails and names the files that gofumpt would write otherwise.
set -euo pipefail
gofumpt=$1
shift
wrong=$("$gofumpt" -l "$@")
if [[ -n $wrong ]]; then
	echo "not as gofumpt writes it (make fmt does):"
	echo "$wrong"
	exit 1
fi
