#!/usr/bin/env bash
# Full, incremental and restore of one SQLite database, beside cp+fsync, sqlite3 .backup | zstd -3,
# restic and borg, all in one run on one machine; medians of RUNS (3), a table with ratios at the end.
#
#   tests/bench/sqlite_bench.sh [MEBIBYTES]      default 1024; WORK=/folder for another disk
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
size=${1:-1024}
runs=${RUNS:-3}
"$root/tests/support/packages.sh" build bench
cmake -S "$root" --preset release >/dev/null
cmake --build "$root/build/release" --target runbook bench_database -j "$(nproc)" | tail -n 1
runbook=$root/build/release/runbook
maker=$root/build/release/tests/bench/bench_database

work=$(mktemp -d "${WORK:-/var/tmp}/holdfast-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
unset HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT
export BACKUP_ENCRYPTION_KEY=$(printf '%064d' 7)
export RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
export RESTIC_CACHE_DIR=$work/cache/restic BORG_BASE_DIR=$work/cache/borg

median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# measure NAME COMMAND…: appends seconds to NAME.s and peak KiB to NAME.kib
measure() {
  local name=$1; shift
  sync
  /usr/bin/time -o "$work/.time" -f '%e %M' "$@" >"$work/.out" 2>"$work/.err" || { cat "$work/.out" "$work/.err" >&2; exit 1; }
  awk '{ print $1 >> (n ".s"); print $2 >> (n ".kib") }' n="$work/$name" "$work/.time"
}
seconds() { [ -f "$work/$1.s" ] && median <"$work/$1.s" || echo -; }
memory()  { [ -f "$work/$1.kib" ] && sort -n "$work/$1.kib" | tail -n 1 | awk '{ printf "%.0f MB", $1 / 1000 * 1.024 }' || echo -; }
bytes_of() { du -sb "$1" | cut -f1; }

mkdir policies
cat > policies/bench.yaml <<YAML
version: 1
stores: { local: { url: "file://$work/store", site: here } }
environments: { bench: { rpo: 26h, rto: 8h, copies: [local] } }
policies:
  daily:
    backups: { full: { cron: "0 2 * * Sun" }, incremental: { cron: "0 2 * * Mon-Sat" } }
    retention: { daily: 30d, at_least: 1 }
    verify: { after_backup: none }
databases: { shop: { engine: sqlite, environment: bench, policy: daily, path: $work/shop.db } }
YAML

echo "Making a database of $size MiB …"
"$maker" make shop.db "$size"
database_bytes=$(stat -c %s shop.db)

fresh_restic() { rm -rf restic cache/restic; restic init -q -r restic; }
fresh_borg()   { rm -rf borg cache/borg; borg init -e repokey-blake2 borg 2>/dev/null; }
fresh_ours()   { rm -rf store .holdfast; }

echo "Full backups, $runs times each …"
for ((i = 0; i < runs; ++i)); do
  rm -f copy.db;      measure cp-full sh -c 'cp shop.db copy.db && sync copy.db'
  rm -f copy.db b.zst; measure sqlite-full sh -c 'sqlite3 shop.db ".backup copy.db" && zstd -3 -q copy.db -o b.zst && sync b.zst'
  rm -f copy.db
  fresh_restic;       measure restic-full restic backup -q -r restic shop.db
  fresh_borg;         measure borg-full borg create -C zstd,3 borg::full shop.db
  fresh_ours;         measure ours-full "$runbook" backup now shop --full
done
sqlite_bytes=$(stat -c %s b.zst)
declare -A full=( [restic]=$(bytes_of restic) [borg]=$(bytes_of borg) [ours]=$(bytes_of store) )

echo "Restores …"
snapshot=$(restic snapshots -q -r restic --json | grep -oE '"short_id":"[0-9a-f]+"' | tail -n 1 | cut -d'"' -f4)
for ((i = 0; i < runs; ++i)); do
  rm -f back.db; measure cp-restore sh -c 'cp shop.db back.db && sync back.db'
  rm -rf back;   measure restic-restore restic restore -q -r restic "$snapshot" --target back
  rm -rf back; mkdir back; measure borg-restore sh -c 'cd back && borg extract ../borg::full'
  rm -f back.db; measure ours-restore "$runbook" restore shop --to "$work/back.db"
  cmp shop.db back.db
done
rm -rf back back.db

# change VERB PERMILLE NAME: the same change for all, then one incremental each; ours is repeated from the same base.
change() {
  local verb=$1 permille=$2 name=$3
  cp shop.db before.db
  "$maker" "$verb" shop.db "$permille"
  /usr/bin/python3 - before.db shop.db >"$name.changed" <<'PY'
import sys
a, b = open(sys.argv[1], "rb"), open(sys.argv[2], "rb")
while page := b.read(4096):
    if page != a.read(4096):
        sys.stdout.buffer.write(page)
PY
  zstd -3 -q -f "$name.changed" -o "$name.zst"
  rm -f before.db
  local before
  before=$(bytes_of restic); measure "restic-$name" restic backup -q -r restic shop.db; echo $(($(bytes_of restic) - before)) >"restic-$name.added"
  before=$(bytes_of borg);   measure "borg-$name" borg create -C zstd,3 "borg::$name" shop.db; echo $(($(bytes_of borg) - before)) >"borg-$name.added"
  cp -a store store.base; cp -a .holdfast state.base
  for ((i = 0; i < runs; ++i)); do
    rm -rf store .holdfast; cp -a store.base store; cp -a state.base .holdfast
    before=$(bytes_of store); measure "ours-$name" "$runbook" backup now shop --incremental
    echo $(($(bytes_of store) - before)) >"ours-$name.added"
  done
  rm -rf store.base state.base
}
echo "Incrementals: 1 % of the rows at random, then 1 % of the pages …"
change rows 10 rows
"$runbook" restore shop --to "$work/back.db" >/dev/null && cmp shop.db back.db && rm back.db
change pages 10 pages
"$runbook" restore shop --to "$work/back.db" >/dev/null && cmp shop.db back.db && rm back.db

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-" || b == 0) print "-"; else printf "%.2f", a / b }'; }
mb() { awk -v b="$1" 'BEGIN { printf "%.1f MB", b / 1e6 }'; }
row() { printf '%-34s %10s %12s %12s %10s\n' "$@"; }

echo
echo "SQLite, $(mb "$database_bytes"), $(nproc) cores, medians of $runs; ratio: time against cp+fsync (full, restore) or against our full"
row "" seconds "peak memory" "bytes added" ratio
for who in cp sqlite restic borg ours; do
  bytes=-; [ "$who" = cp ] && bytes=$(mb "$database_bytes"); [ "$who" = sqlite ] && bytes=$(mb "$sqlite_bytes")
  [ -n "${full[$who]:-}" ] && bytes=$(mb "${full[$who]}")
  row "full: $who" "$(seconds $who-full)" "$(memory $who-full)" "$bytes" "$(ratio "$(seconds $who-full)" "$(seconds cp-full)")"
done
for name in rows pages; do
  changed=$(stat -c %s $name.changed); packed=$(stat -c %s $name.zst)
  echo "incremental, 1 % of the $name: $((changed / 4096)) pages changed, $(mb "$changed"), zstd -3 makes $(mb "$packed") of them"
  for who in restic borg ours; do
    row "incremental ($name): $who" "$(seconds $who-$name)" "$(memory $who-$name)" "$(mb "$(cat $who-$name.added)")" "$(ratio "$(seconds $who-$name)" "$(seconds ours-full)")"
  done
  echo "  ours added $(ratio "$(cat ours-$name.added)" "$packed") times the compressed size of the changed pages"
done
for who in cp restic borg ours; do
  row "restore: $who" "$(seconds $who-restore)" "$(memory $who-restore)" "" "$(ratio "$(seconds $who-restore)" "$(seconds cp-restore)")"
done
