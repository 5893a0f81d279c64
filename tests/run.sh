#!/usr/bin/env bash
# Builds Holdfast and runs every test; the last line counts them all.
#
#   tests/run.sh            everything: plain, under ASan+UBSan, the threaded ones under TSan, the fuzzers
#   tests/run.sh quick      the plain build only
#
# A run leaves its build in build/ and its reports in build/reports/.
set -uo pipefail
cd "$(dirname "$0")/.."

./tests/support/packages.sh build test || exit 1

mode=${1:-all}
jobs=$(nproc)
reports=$PWD/build/reports
rm -rf "$reports"
mkdir -p "$reports"
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G}
export CTEST_OUTPUT_ON_FAILURE=1
# What the machine sets must not change what the tests see.
unset BACKUP_ENCRYPTION_KEY HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT

passed=0 failed=0 skipped=0

# Adds up one JUnit report, which names its totals in its first element.
count() {
  local header=$(grep -m1 -A6 '<testsuite' "$1" | tr '\n' ' ')
  number() { sed -nE "s/.*[^a-z]$1=\"([0-9]+)\".*/\1/p" <<<"$header"; }
  local all=$(number tests) bad=$(number failures) off=$(( $(number skipped) + $(number disabled) ))
  failed=$((failed + bad)); skipped=$((skipped + off)); passed=$((passed + all - bad - off))
}

# build_and_test PRESET TARGET [CTEST OPTION...]
build_and_test() {
  local preset=$1 target=$2; shift 2
  echo "== $preset: build"
  if ! { cmake --preset "$preset" >"$reports/$preset-configure.txt" 2>&1 &&
         cmake --build --preset "$preset" --target "$target" -j "$jobs" >"$reports/$preset-build.txt" 2>&1; }; then
    tail -n 60 "$reports/$preset-configure.txt" "$reports/$preset-build.txt" 2>/dev/null
    echo "$preset did not build"
    failed=$((failed + 1))
    return
  fi
  echo "== $preset: test"
  # Tests wait for disks and for other programs more than for a core.
  ctest --preset "$preset" -j $((jobs * 2)) --output-junit "$reports/$preset.xml" "$@" |
    grep -vE '^ *Start |\.+ +Passed +[0-9.]+ sec$'
  if [ -s "$reports/$preset.xml" ]; then
    count "$reports/$preset.xml"
  else
    echo "$preset ran no tests"
    failed=$((failed + 1))
  fi
}

# One run of one fuzzer is one test.
fuzz() {
  echo "== fuzzers"
  if ./tests/fuzz/run.sh >"$reports/fuzz.txt" 2>&1; then
    passed=$((passed + $(ls tests/fuzz/*_fuzz.cpp | wc -l)))
  else
    tail -n 60 "$reports/fuzz.txt"
    failed=$((failed + 1))
  fi
}

# in_time MINUTES WHAT: on a slow or busy machine the whole must still end; what is left out is said and counted.
in_time() {
  [ $((SECONDS - began)) -lt $(($1 * 60)) ] && return 0
  echo "SKIPPED: $2: $(((SECONDS - began) / 60)) minutes are used up; run it alone with its preset."
  skipped=$((skipped + 1))
  return 1
}

began=$SECONDS
build_and_test dev all
if [ "$mode" = all ]; then
  in_time 30 "address and undefined behaviour sanitizers" && build_and_test asan quick_tests -LE slow
  in_time 40 "thread sanitizer" && build_and_test tsan threaded_tests -L threads -LE 'slow|long'
  in_time 46 "fuzzers" && fuzz
fi
echo "Took $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s."
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
