#!/usr/bin/env bash
# fuzz.sh TIME [FOLDER…]: runs every fuzz target for TIME, each folder's test binary built once. Only our own code is
# instrumented (what "go test -fuzz" does to every dependency costs minutes of building and half of the speed).
# New inputs are kept in Go's build cache; an input that fails is written to the package's testdata/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1
shift

folders=$({ grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . || true; } | xargs -r -n1 dirname | sort -u)
[[ $# -eq 0 ]] || folders=$(printf '%s\n' "$@")
if [[ -z $folders ]]; then
	echo "no fuzz target"
	exit
fi

module=$(go list -m)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cache=$(go env GOCACHE)/fuzz
failed=0
count=0
for folder in $folders; do
	folder=${folder#./}
	package=$(go list "./$folder")
	go test -c -gcflags="$module/...=-d=libfuzzer" -o "$build/fuzz.test" "./$folder"
	for target in $(cd "$folder" && "$build/fuzz.test" -test.list '^Fuzz'); do
		count=$((count + 1))
		log=$build/log
		if (cd "$folder" && "$build/fuzz.test" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="$time" \
			-test.fuzzminimizetime=1s -test.fuzzcachedir="$cache/$package") >"$log" 2>&1; then
			printf '%-60s %s\n' "$folder $target" "$(grep -o 'execs: [0-9]*' "$log" | tail -1)"
		elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log"; then
			# Go's own fuzzer reports its deadline as a failure now and then (go.dev/issue/75804); nothing was found.
			printf '%-60s %s\n' "$folder $target" "stopped at its deadline"
		else
			failed=1
			echo "FAILED $folder $target"
			cat "$log"
		fi
	done
done
echo "$count fuzz targets"
exit "$failed"
