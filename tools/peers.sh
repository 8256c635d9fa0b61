#!/usr/bin/env bash
# peers.sh FOLDER: the npm packages of test/peers, or of a folder in it, exactly as package-lock.json has them, their install scripts
# not run.
set -euo pipefail
cd "$(dirname "$0")/../${1:-test/peers}"
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "Node.js 20 or newer with npm is missing: the tests that ask jose, did-jwt-vc, bitstring and Credo are left out."
	[[ ${CI:-} != true ]]
	exit
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
touch node_modules/.package-lock.json
