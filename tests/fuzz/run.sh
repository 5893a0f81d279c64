#!/usr/bin/env bash
# Builds the fuzzers with clang and runs each for a short while, starting from its kept corpus.
#
#   tests/fuzz/run.sh              ten seconds each
#   tests/fuzz/run.sh 600 pack     ten minutes for those whose name holds "pack"
#
# A crash ends it with status 1 and leaves the input in build/fuzz/crashes/. Once mended, that input
# belongs into tests/fuzz/corpus/<what it reads>/, where every later run tries it again.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
wanted=${2:-}

clang=$(command -v clang++-14 || command -v clang++) || { echo "clang is missing: apt-get install clang-14" >&2; exit 1; }
cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_BUILD_TYPE=Debug -DHOLDFAST_FUZZ=ON \
  -DHOLDFAST_SANITIZE=fuzzer-no-link,address,undefined >build/fuzz-configure.txt 2>&1 || { tail -n 30 build/fuzz-configure.txt; exit 1; }
cmake --build build/fuzz --target fuzzers -j "$(nproc)" || exit 1

status=0
for source in tests/fuzz/*_fuzz.cpp; do
  name=$(basename "$source" .cpp)
  [[ $name == *"$wanted"* ]] || continue
  found=build/fuzz/found/$name crashes=build/fuzz/crashes/$name
  mkdir -p "$found" "$crashes"
  corpus=tests/fuzz/corpus/${name%_fuzz}
  dictionary=()
  [ -e "$corpus.dict" ] && dictionary=(-dict="$corpus.dict")
  echo "== $name: $seconds s"
  # New inputs are kept in the first folder only; the corpus in the sources stays as it is.
  if ! "build/fuzz/tests/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=0 \
      -print_final_stats=1 -artifact_prefix="$crashes/" "${dictionary[@]}" "$found" "$corpus"; then
    echo "$name found something: look in $crashes"
    status=1
  fi
done
exit $status
