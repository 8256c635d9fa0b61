#!/usr/bin/env bash
# peers.sh: the npm packages of test/peers, exactly as package-lock.json has them, their install scripts not run.
set -euo pipefail
cd "$(dirname "$0")/../test/peers"
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "Node.js 20 or newer with npm is missing: the tests that ask jose, did-jwt-vc and bitstring are left out."
	[[ ${CI:-} != true ]]
	exit
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
touch node_modules/.package-lock.json
