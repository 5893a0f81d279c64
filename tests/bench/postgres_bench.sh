#!/usr/bin/env bash
# Full, incremental, restore, --delta and point-in-time recovery of one PostgreSQL 15 cluster beside pg_basebackup and (where it is
# installed) pgBackRest, all in one run on one machine; medians of RUNS (3), a table with ratios at the end. pgBackRest: two processes,
# zst-3, AES-256, block incrementals.
#
#   tests/bench/postgres_bench.sh [SCALE]      of pgbench, default 100; WORK=/folder for another disk, RUNBOOK=/path for a built one
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scale=${1:-100}
runs=${RUNS:-3}
bin=/usr/lib/postgresql/15/bin
"$root/tests/support/packages.sh" build test
if [ -z "${RUNBOOK:-}" ]; then
  cmake -S "$root" --preset release >/dev/null
  cmake --build "$root/build/release" --target runbook -j "$(nproc)" | tail -n 1
  RUNBOOK=$root/build/release/runbook
fi

work=$(mktemp -d "${WORK:-/var/tmp}/holdfast-bench-XXXXXX")
chmod 755 "$work"
as_server=()
[ "$(id -u)" -eq 0 ] && { as_server=(setpriv --reuid postgres --regid postgres --init-groups); chown postgres "$work"; }
stop() {
  [ -n "${follower:-}" ] && kill "$follower" 2>/dev/null
  for each in data pitr; do "${as_server[@]}" "$bin/pg_ctl" -D "$work/$each" -m immediate stop >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap stop EXIT
cd "$work"
unset HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT
export BACKUP_ENCRYPTION_KEY=$(printf '%064d' 7) PGHOST=$work PGUSER=postgres PGDATABASE=postgres

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
bytes_of() { [ -d "$1" ] && du -sb "$1" | cut -f1 || echo 0; }

mkdir policies
cat > policies/bench.yaml <<YAML
version: 1
stores: { local: { url: "file://$work/store", site: here } }
environments: { bench: { rpo: 26h, rto: 8h, copies: [local] } }
policies:
  daily:
    backups: { full: { cron: "0 2 * * Sun" }, incremental: { cron: "0 2 * * Mon-Sat" }, log: continuous }
    retention: { any_second: 1d, daily: 30d, at_least: 1 }
    verify: { after_backup: none }
databases: { shop: { engine: postgres, environment: bench, policy: daily, connection: "host=$work user=postgres" } }
YAML

have_backrest=false
if command -v pgbackrest >/dev/null; then
  have_backrest=true
  install -d "$work/backrest" "$work/backrest-log"
  [ "$(id -u)" -eq 0 ] && chown postgres "$work/backrest" "$work/backrest-log"
  cat > backrest.conf <<CONF
[global]
repo1-path=$work/backrest
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=bench
beta=y
repo1-bundle=y
repo1-block=y
compress-type=zst
compress-level=3
process-max=2
start-fast=y
log-path=$work/backrest-log
lock-path=$work/backrest-log
[shop]
pg1-path=$work/data
pg1-socket-path=$work
CONF
fi
backrest() { "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop "$@"; }

echo "Making a cluster of scale $scale …"
"${as_server[@]}" "$bin/initdb" -D data -U postgres -A trust -k --no-sync --locale=C.UTF-8 -E UTF8 >/dev/null
archive=off
$have_backrest && archive=on
cat >> data/postgresql.conf <<CONF
listen_addresses=''
unix_socket_directories='$work'
max_wal_size=4GB
archive_mode=$archive
archive_command='pgbackrest --config=$work/backrest.conf --stanza=shop archive-push %p'
CONF
"${as_server[@]}" "$bin/pg_ctl" -D data -l "$work/data/log" -w start >/dev/null
"$bin/pgbench" -i -q -s "$scale" 2>/dev/null
psql -qc "create table documents as select i as id, (select string_agg(md5((i * 31 + k)::text), ' ') from generate_series(1, 20) k) as body from generate_series(1, $scale * 4000) i" -c "vacuum analyze" -c checkpoint
$have_backrest && backrest stanza-create --log-level-console=warn
cluster_bytes=$(bytes_of data/base)

fresh_ours() { rm -rf store .holdfast; }
echo "Full backups, $runs times each …"
for ((i = 0; i < runs; ++i)); do
  rm -rf plain; measure basebackup-full "$bin/pg_basebackup" -D plain -c fast -X fetch
  $have_backrest && { measure backrest-full "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop --type=full backup; backrest expire --repo1-retention-full=1 >/dev/null 2>&1 || true; }
  fresh_ours; measure ours-full "$RUNBOOK" backup now shop --full
done
declare -A full=( [basebackup]=$(bytes_of plain) [backrest]=$(bytes_of backrest/backup) [ours]=$(bytes_of store) )
rm -rf plain

begin_following() { "$RUNBOOK" follow shop >"$work/follow.out" 2>&1 & follower=$!; until grep -q . "$work/follow.out" 2>/dev/null || ! kill -0 "$follower"; do sleep 0.1; done; }
end_following() { kill -INT "$follower"; wait "$follower" || true; follower=; }

# change NAME SQL: the same change for all, then one incremental each.
change() {
  local name=$1 before
  [ -n "$2" ] && psql -qc "$2" -c checkpoint
  $have_backrest && { before=$(bytes_of backrest/backup); measure "backrest-$name" "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop --type=incr backup; echo $(($(bytes_of backrest/backup) - before)) >"backrest-$name.added"; }
  before=$(bytes_of store); measure "ours-$name" "$RUNBOOK" backup now shop --incremental; echo $(($(bytes_of store) - before)) >"ours-$name.added"
}
echo "Incrementals: nothing changed, 1 % of neighbouring rows, 1 % of the rows at random …"
begin_following   # Its log says what has changed.
change nothing ""
change neighbours "update pgbench_accounts set abalance = abalance + 1 where aid <= $scale * 1000"
change random "update pgbench_accounts set abalance = abalance + 1 where aid % 100 = 7"

end_following

echo "Restores, and again over what is there …"
for ((i = 0; i < runs; ++i)); do
  rm -rf back; measure ours-restore "$RUNBOOK" restore shop --to "$work/back"
  measure ours-delta "$RUNBOOK" restore shop --to "$work/back" --delta --yes
  $have_backrest && {
    rm -rf backrest-back; "${as_server[@]}" mkdir -m 700 backrest-back
    measure backrest-restore "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop --pg1-path="$work/backrest-back" restore
    measure backrest-delta "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop --pg1-path="$work/backrest-back" --delta restore
  }
done
rm -rf back backrest-back

# Transactions a second: with the log received continuously, and without, turn by turn.
echo "pgbench with and without a follower …"
tps() { "$bin/pgbench" -n -c 4 -j 2 -T "${BENCH_SECONDS:-15}" 2>/dev/null | awk '/^tps/ { print $3 }'; }
for ((i = 0; i < runs; ++i)); do
  tps >>alone.tps
  begin_following; tps >>followed.tps; end_following
done

echo "Point-in-time recovery …"
"$RUNBOOK" backup now shop --full >/dev/null
$have_backrest && backrest --type=full backup >/dev/null
begin_following
"$bin/pgbench" -n -c 4 -j 2 -T "${BENCH_SECONDS:-15}" >/dev/null 2>&1
sleep 0.1; moment=$(psql -Atqc "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.MS')"); sleep 0.1
rows=$(psql -Atqc "select count(*) from pgbench_history")
"$bin/pgbench" -n -c 4 -j 2 -T 5 >/dev/null 2>&1
psql -qc "select pg_switch_wal()" >/dev/null
end_following
# recovered FOLDER: starts a server there, and ends when it has replayed to that moment and answers with its rows.
recovered() {
  "${as_server[@]}" "$bin/pg_ctl" -D "$1" -l "$work/pitr.log" -o "-c port=5999 -c archive_mode=off" -w start >/dev/null
  until [ "$(PGPORT=5999 psql -Atqc 'select pg_get_wal_replay_pause_state()')" = paused ]; do sleep 0.02; done
  [ "$(PGPORT=5999 psql -Atqc 'select count(*) from pgbench_history')" = "$rows" ] || { echo "recovery ended at another moment" >&2; tail "$work/pitr.log" >&2; return 1; }
}
ours_pitr() { "$RUNBOOK" restore shop --before "${moment/ /T}Z" --to "$work/pitr" && recovered "$work/pitr"; }
backrest_pitr() {
  "${as_server[@]}" mkdir -m 700 pitr
  "${as_server[@]}" pgbackrest --config="$work/backrest.conf" --stanza=shop --pg1-path="$work/pitr" --type=time --target="$moment+00" --target-action=pause restore && recovered "$work/pitr"
}
clear_pitr() { "${as_server[@]}" "$bin/pg_ctl" -D "$work/pitr" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work/pitr"; }
timed() { local name=$1 begin; shift; sync; begin=$(date +%s.%N); "$@" >"$work/.out" 2>"$work/.err" || { cat "$work/.out" "$work/.err" >&2; exit 1; }; awk -v b="$begin" -v e="$(date +%s.%N)" 'BEGIN { printf "%.2f\n", e - b }' >>"$name.s"; }
for ((i = 0; i < runs; ++i)); do
  timed ours-pitr ours_pitr; clear_pitr
  $have_backrest && { timed backrest-pitr backrest_pitr; clear_pitr; }
done

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-" || b == 0) print "-"; else printf "%.2f", a / b }'; }
mb() { awk -v b="$1" 'BEGIN { printf "%.1f MB", b / 1e6 }'; }
row() { printf '%-34s %10s %12s %12s %10s\n' "$@"; }
against=basebackup
$have_backrest && against=backrest
echo
echo "PostgreSQL 15, $(mb "$cluster_bytes"), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), medians of $runs; ratio: time against $against"
row "" seconds "peak memory" "bytes added" ratio
for who in basebackup backrest ours; do row "full: $who" "$(seconds $who-full)" "$(memory $who-full)" "$(mb "${full[$who]}")" "$(ratio "$(seconds $who-full)" "$(seconds $against-full)")"; done
for name in nothing neighbours random; do
  for who in backrest ours; do
    [ -f "$who-$name.added" ] && row "incremental ($name): $who" "$(seconds $who-$name)" "$(memory $who-$name)" "$(mb "$(cat $who-$name.added)")" "$(ratio "$(seconds $who-$name)" "$(seconds $against-$name)")"
  done
done
for what in restore delta pitr; do
  for who in backrest ours; do row "$what: $who" "$(seconds $who-$what)" "$(memory $who-$what)" "" "$(ratio "$(seconds $who-$what)" "$(seconds $against-$what)")"; done
done
row "pgbench, alone" "$(median <alone.tps) tps" "" "" ""
row "pgbench, followed" "$(median <followed.tps) tps" "" "" "$(ratio "$(median <followed.tps)" "$(median <alone.tps)")"
