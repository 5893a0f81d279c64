#!/usr/bin/env bash
# The log of a SQLite database that is written without pause: what following it costs, how far behind it is, what is lost
# when the follower is killed, and how it comes back; beside Litestream 0.3.13, restic and borg, in one run on one machine.
#
#   tests/bench/sqlite_log_bench.sh [MEBIBYTES [SECONDS_EACH [RUNS]]]     1024 30 3 without; WORK=/folder for another disk
#
# Litestream comes from the npm package @flydotio/litestream-linux-x64 (or LITESTREAM=/path/to/it); without it its columns are empty.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
size=${1:-1024}
each=${2:-30}
runs=${3:-3}
here=$root/tests/bench
"$root/tests/support/packages.sh" build bench
cmake -S "$root" --preset release >/dev/null
cmake --build "$root/build/release" --target runbook benches -j "$(nproc)" | tail -n 1
runbook=$root/build/release/runbook
tools=$root/build/release/tests/bench

work=$(mktemp -d "${WORK:-/var/tmp}/holdfast-log-bench-XXXXXX")
background=()
clean_up() {
  for pid in "${background[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
cd "$work"
unset HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT
export BACKUP_ENCRYPTION_KEY=$(printf '%064d' 7)
export RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
export RESTIC_CACHE_DIR=$work/cache/restic BORG_BASE_DIR=$work/cache/borg

# ---- small tools ----
declare -A figure   # "WHO NAME" → number
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }
calculate() { awk "BEGIN { printf \"%.2f\", $1 }"; }
bytes_of() { du -sb "$1" | cut -f1; }
# Seconds of processor time that a process has used.
processor() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / hz }' "/proc/$1/stat"; }
# read_figures WHO: "name number" lines from standard input.
read_figures() { while read -r name value; do figure["$1 $name"]=$value; done; }
value() { echo "${figure["$1"]:--}"; }
newest() { sqlite3 "$1" 'select max(id) from orders'; }
# wait_until SECONDS COMMAND…
wait_until() {
  local most=$1; shift
  for ((i = 0; i < most * 20; ++i)); do "$@" && return 0; sleep 0.05; done
  echo "waited $most s in vain for: $*" >&2; return 1
}
stop() { kill -"${2:-TERM}" "$1" 2>/dev/null || true; wait "$1" 2>/dev/null || true; }
# timed WHO NAME COMMAND…
timed() {
  local who=$1 name=$2 begin; shift 2
  sync; begin=$(now)
  "$@" >"$work/.out" 2>"$work/.err" || { echo "failed: $*" >&2; cat "$work/.out" "$work/.err" >&2; exit 1; }
  figure["$who $name"]=$(since "$begin")
}

litestream=${LITESTREAM:-}
if [ -z "$litestream" ] && command -v npm >/dev/null; then
  (mkdir npm && cd npm && npm pack --silent @flydotio/litestream-linux-x64 && tar xzf ./*.tgz) >/dev/null 2>&1 || true
  [ -x npm/package/litestream ] && litestream=$work/npm/package/litestream
fi
[ -n "$litestream" ] || echo "Litestream could not be had: its columns stay empty."

mkdir policies
cat > policies/bench.yaml <<YAML
version: 1
stores: { local: { url: "file://$work/store", site: here } }
environments: { bench: { rpo: 1m, rto: 8h, copies: [local] } }
policies:
  steady:
    backups: { full: { every: 7d }, incremental: { every: 1d }, log: continuous }
    retention: { daily: 30d, at_least: 1, any_second: 1d }
    verify: { after_backup: none }
databases: { shop: { engine: sqlite, environment: bench, policy: steady, path: $work/shop.db } }
YAML

# ---- the two followers; each leaves its process id in $follower ----
says_it_follows() { grep -q "is followed" "$work/follower.txt"; }
start_ours() {
  : >"$work/follower.txt"
  "$runbook" follow shop >"$work/follower.txt" 2>&1 & follower=$!; background+=("$follower")
  wait_until 300 says_it_follows || { cat "$work/follower.txt" >&2; exit 1; }
}
snapshot_is_there() { ls "$work"/replica/generations/*/snapshots/*.lz4 >/dev/null 2>&1; }
start_theirs() {
  "$litestream" replicate "$work/shop.db" "file://$work/replica" >"$work/litestream.txt" 2>&1 & follower=$!; background+=("$follower")
  wait_until 300 snapshot_is_there
}
write() { "$tools/bench_writer" shop.db "$@"; }

echo "Making a database of $size MiB …"
"$tools/bench_database" make shop.db "$size"
database_bytes=$(stat -c %s shop.db)
cp shop.db first.db


echo "Following inside one process for $each s: lag, processor time …"
cp first.db inside.db
"$tools/log_bench" "$work/inside" inside.db "$each" 0 >inside.txt
read_figures ours <inside.txt
rm -rf inside inside.db*

# commits_in COPY: how many of the writer's commits a copy has.
base=$(newest first.db)
commits_in() { echo $(($(newest "$1") - base)); }
# acknowledged TIMES NANOSECONDS: commits that had returned by then.
acknowledged() { awk -v t="$2" '$1 <= t { ++n } END { print n + 0 }' "$1"; }

start()    { if [ "$1" = ours ]; then start_ours; else start_theirs; fi; }
replica()  { if [ "$1" = ours ]; then echo "$work/store"; else echo "$work/replica"; fi; }
restore()  { # WHO [MILLISECONDS]
  rm -f back.db*
  local at=${2:-}
  [ -z "$at" ] || at=$(date -u -d "@$(calculate "int($at / 1000)")" +%Y-%m-%dT%H:%M:%S).$(printf '%03d' "$((at % 1000))")Z
  if [ "$1" = ours ]; then "$runbook" restore shop --to "$work/back.db" ${at:+--before "$at"}
  else "$litestream" restore -o "$work/back.db" ${at:+-timestamp "$at"} "file://$work/replica"; fi
}

# Everything that one follower is asked to show; it begins with a database that nobody has followed yet.
measure() {
  local who=$1 store begin before middle kept
  store=$(replica "$who")
  rm -rf shop.db* .shop.db-litestream; cp first.db shop.db; sync
  echo "  first snapshot"
  begin=$(now); start "$who"; figure["$who begin"]=$(since "$begin")
  sleep 1; figure["$who begin_bytes"]=$(bytes_of "$store")

  echo "  $each s at 200 commits a second"
  before=$(processor "$follower")
  write 200 "$each" NORMAL times.txt >writer.txt
  sleep 3
  figure["$who processor"]=$(calculate "($(processor "$follower") - $before) / $each * 30")
  figure["$who load_bytes"]=$(bytes_of "$store")
  [ "$who" = ours ] || python3 "$here/litestream_lag.py" replica times.txt >lag.txt
  [ "$who" = ours ] || read_figures "$who" <lag.txt
  sleep 45   # Until both have put their small pieces together.
  before=$(processor "$follower"); sleep 20
  figure["$who idle"]=$(calculate "($(processor "$follower") - $before) / 20 * 100")
  stop "$follower"

  echo "  restores"
  for ((i = 0; i < runs; ++i)); do
    rm -f back.db*; timed cp "$i" sh -c 'cp shop.db back.db && sync back.db'; figure["cp restores"]+=" $(value "cp $i")"
    timed "$who" once restore "$who"; figure["$who restores"]+=" $(value "$who once")"
    figure["$who newest_missing"]=$(($(newest shop.db) - $(newest back.db)))
    middle=$(sed -n "$(($(wc -l <times.txt) / 2))p" times.txt)
    timed "$who" once restore "$who" $((middle / 1000000)); figure["$who middle_restores"]+=" $(value "$who once")"
    kept=$(commits_in back.db)
    figure["$who middle_away"]=$(($(acknowledged times.txt $((middle / 1000000 * 1000000 - 1))) - kept))
  done

  echo "  SIGKILL, $runs times"
  figure["$who lost"]=0
  for ((i = 0; i < runs; ++i)); do
    start "$who"
    before=$(newest shop.db)
    write 200 8 NORMAL times.txt >writer.txt & local writer=$!
    sleep "$(calculate "4 + $i * 0.37")"
    kill -9 "$follower"; local killed=$(date +%s%N); wait "$follower" 2>/dev/null || true
    wait "$writer"
    timed "$who" once restore "$who"
    local lost=$(($(acknowledged times.txt "$killed") - ($(newest back.db) - before)))
    echo "    lost $lost"
    [ "$lost" -le "$(value "$who lost")" ] || figure["$who lost"]=$lost
    [ "$((i + 1))" -eq "$runs" ] || sleep 1
  done

  echo "  the log is reset while nobody follows"
  sqlite3 shop.db 'pragma wal_checkpoint(truncate)' >/dev/null
  write 200 2 NORMAL >writer.txt
  before=$(bytes_of "$store"); begin=$(now)
  if [ "$who" = ours ]; then start_ours
  else
    local snapshots=$(ls replica/generations/*/snapshots/* | wc -l)
    start_theirs
    wait_until 120 more_snapshots_than "$snapshots"
  fi
  figure["$who gap"]=$(since "$begin")
  sleep 1; figure["$who gap_bytes"]=$(($(bytes_of "$store") - before))
  stop "$follower"
}
more_snapshots_than() { [ "$(ls "$work"/replica/generations/*/snapshots/*.lz4 | wc -l)" -gt "$1" ]; }
median() { tr -s ' ' '\n' <<<"$1" | grep . | sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

followers=(ours); [ -z "$litestream" ] || followers+=(theirs)
for who in "${followers[@]}"; do echo "Measuring $who …"; measure "$who"; done

echo "The application at full speed, in turns, $runs times $each s …"
for synchronous in NORMAL FULL; do
  for ((i = 0; i < runs; ++i)); do
    for who in alone "${followers[@]}"; do
      [ "$who" = alone ] || start "$who"
      write 0 "$each" "$synchronous" >writer.txt
      [ "$who" = alone ] || stop "$follower"
      figure["$who speeds_$synchronous"]+=" $(awk '$1 == "per_second" { print $2 }' writer.txt)"
      figure["$who stall_$synchronous"]=$(awk -v m="$(value "$who stall_$synchronous")" '$1 == "longest_stall_ms" { print ($2 > m + 0) ? $2 : m }' writer.txt)
      figure["$who wal"]=$(awk -v m="$(value "$who wal")" '$1 == "wal_bytes_most" { print ($2 > m + 0) ? $2 : m }' writer.txt)
    done
  done
  for who in "${followers[@]}"; do
    figure["$who slowdown_$synchronous"]=$(calculate "100 - $(median "${figure["$who speeds_$synchronous"]}") / $(median "${figure["alone speeds_$synchronous"]}") * 100")
  done
done

echo "Incrementals after 1 % of the rows at random …"
rm -rf shop.db* store .holdfast; cp first.db shop.db
"$runbook" backup now shop --full >/dev/null
restic init -q -r restic; restic backup -q -r restic shop.db
borg init -e repokey-blake2 borg 2>/dev/null; borg create -C zstd,3 borg::full shop.db
"$tools/bench_database" rows shop.db 10
grow() { local who=$1 folder=$2 before; shift 2; before=$(bytes_of "$folder"); timed "$who" incremental "$@"; figure["$who incremental_bytes"]=$(($(bytes_of "$folder") - before)); }
grow restic restic restic backup -q -r restic shop.db
grow borg borg borg create -C zstd,3 borg::rows shop.db
grow ours store "$runbook" backup now shop --incremental
restore ours >/dev/null && cmp shop.db back.db

# ---- the table ----
for who in "${followers[@]}"; do
  figure["$who restore"]=$(median "${figure["$who restores"]}")
  figure["$who restore_middle"]=$(median "${figure["$who middle_restores"]}")
done
figure["cp restore"]=$(median "${figure["cp restores"]}")
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-" || b + 0 == 0) print "-"; else printf "%.2f", a / b }'; }
mb() { awk -v b="$1" 'BEGIN { if (b == "-") print "-"; else printf "%.1f MB", b / 1e6 }'; }
row() { printf '%-46s %12s %12s %12s %8s\n' "$@"; }
# line TITLE WANTED NAME [AS]: ours, Litestream's, and the ratio of the two.
line() {
  local ours theirs as=${4:-echo}
  ours=$(value "ours $3"); theirs=$(value "theirs $3")
  row "$1" "$2" "$($as "$ours")" "$($as "$theirs")" "$(ratio "$ours" "$theirs")"
}
echo
echo "SQLite, $(mb "$database_bytes"), $(nproc) cores, load average $(cut -d' ' -f1 /proc/loadavg); $each s each, $runs times"
row "" wanted ours litestream ratio
line "first snapshot, s" "" begin
line "bytes after it" "" begin_bytes mb
line "lag at 200 commits/s, median, ms" "20" lag_median_ms
line "lag, 99th percentile, ms" "100" lag_p99_ms
line "processor in 30 s of it, s" "2" processor
line "processor idle, %" "0.1" idle
line "bytes after $each s of it" "" load_bytes mb
line "restore the newest state, s" "$(calculate "1.5 * $(value "cp restore")")" restore
line "restore a moment in the middle, s" "$(calculate "1.5 * $(value "cp restore")")" restore_middle
line "  commits away from that moment" "0" middle_away
line "commits lost by SIGKILL, most" "lag" lost
line "slowdown at full speed, NORMAL, %" "5" slowdown_NORMAL
line "slowdown at full speed, FULL, %" "10" slowdown_FULL
line "longest stall, NORMAL, ms" "50" stall_NORMAL
line "longest stall, FULL, ms" "50" stall_FULL
line "largest WAL" "" wal mb
line "caught up after a gap, s" "" gap
line "bytes for it" "" gap_bytes mb
echo "alone: longest stall $(value "alone stall_NORMAL") ms (NORMAL), $(value "alone stall_FULL") ms (FULL); cp+fsync $(value "cp restore") s;" \
     "log after merging $(mb "$(value "ours log_bytes_compacted")")"
row "incremental after 1 % of the rows" wanted ours restic borg
row "  bytes added" "20 MB" "$(mb "$(value "ours incremental_bytes")")" "$(mb "$(value "restic incremental_bytes")")" "$(mb "$(value "borg incremental_bytes")")"
row "  seconds" "" "$(value "ours incremental")" "$(value "restic incremental")" "$(value "borg incremental")"
