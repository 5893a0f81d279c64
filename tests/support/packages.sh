#!/usr/bin/env bash
# Installs the Debian packages that are missing: packages.sh build [test] [bench]
#
# Needs root or sudo only where something is missing.
set -euo pipefail

build=(g++ cmake ninja-build pkg-config ccache mold git ca-certificates tzdata sqlite3
       libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev libhowardhinnant-date-dev
       liblua5.4-dev libzstd-dev zlib1g-dev libsqlite3-dev libssl-dev libpq-dev libcurl4-openssl-dev)
test=(catch2 clang-14 libclang-rt-14-dev strace python3 python3-cryptography python3-zstandard
      python3-jsonschema python3-yaml python3-aiosmtpd openssl postgresql-15)
bench=(restic borgbackup zstd lz4 time)

wanted=()
for group in "$@"; do
  declare -n names=$group
  wanted+=("${names[@]}")
done

missing=()
for name in "${wanted[@]}"; do
  dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Please install these packages as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
