#!/usr/bin/env bash
# acapy.sh: ACA-Py from PyPI in a virtual environment of its own, build/acapy, exactly as test/peers/acapy/requirements.txt
# has it. It needs Python 3.13, from PATH or among the versions of pyenv.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
	local python
	for python in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 python3; do
		# A name alone is not enough: pyenv has names for versions that are not chosen.
		if "$python" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
			command -v "$python"
			return
		fi
	done
	return 1
}

if ! python=$(find_python); then
	echo "not run: no Python 3.13"
	[[ ${CI:-} != true ]]
	exit
fi

home=build/acapy
wanted=test/peers/acapy/requirements.txt
if cmp -s "$wanted" "$home/requirements.txt"; then
	exit
fi
rm -rf "$home"
"$python" -m venv "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r "$wanted"
cp "$wanted" "$home/requirements.txt"
