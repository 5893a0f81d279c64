#!/usr/bin/env bash
# The whole story on a real PostgreSQL server, in a folder of its own: from nothing to a verified point-in-time recovery in five steps
# and eight lines of configuration; then another program deletes rows and drops a table, and a runbook brings them back into the live
# database. Everything it shows is also asserted, so this is one of the tests.
#
#   ./examples/postgres.sh                   builds what is missing, then tells the story
#   RUNBOOK=/path/to/runbook …               uses that command instead of building one
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

if [ -z "${RUNBOOK:-}" ]; then
  "$root/tests/support/packages.sh" build
  echo "Building Holdfast (a few minutes the first time) …"
  cmake -S "$root" --preset release -DHOLDFAST_TESTS=OFF >/dev/null
  cmake --build "$root/build/release" --target runbook -j "$(nproc)" | tail -n 1
  RUNBOOK=$root/build/release/runbook
fi

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$programs/initdb" ] || { echo "postgres.sh: no PostgreSQL server here; install postgresql" >&2; exit 1; }

house=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-postgres-XXXXXX")
cd "$house"
unset HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT "${!PG@}"
runbook()  { "$RUNBOOK" "$@"; }
as_server() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }   # A server does not run as root.
clean_up() {
  for data in "$house"/server "$house"/elsewhere/restored; do
    [ ! -f "$data/postmaster.pid" ] || as_server "$programs/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true
  done
}
trap clean_up EXIT

say()  { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
fail() { printf 'postgres.sh: %s\nThe folder %s is left for you to look at.\n' "$*" "$house" >&2; exit 1; }
must_be() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3"; }
sql()  { psql -XAtq -v ON_ERROR_STOP=1 "host=$house/server port=5433 user=postgres dbname=shop" -c "$1"; }
content="select (select count(*) || ' ' || md5(string_agg(o::text, '|' order by id)) from orders o), (select count(*) || ' ' || md5(string_agg(i::text, '|' order by order_id, line)) from items i)"

say "A shop's server, in use by its own program"
chmod 711 "$house"
mkdir server elsewhere
[ "$(id -u)" != 0 ] || chown postgres server elsewhere
as_server "$programs/initdb" -D "$house/server" -U postgres -A trust -k --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
printf '%s\n' "port = 5433" "listen_addresses = ''" "unix_socket_directories = '$house/server'" "fsync = off" >> server/postgresql.conf
as_server "$programs/pg_ctl" -D "$house/server" -l "$house/server/log" -w start >/dev/null
psql -XAtq "host=$house/server port=5433 user=postgres dbname=postgres" -c "create role shop login" -c "create database shop owner shop"
sql "set role shop;
     create table orders (id integer primary key, customer text not null, day date not null, note text);
     create table items (order_id integer not null references orders, line integer not null, product text, price numeric(8,2), primary key (order_id, line));
     insert into orders select n, 'Customer ' || n % 2000, date '2026-01-01' + n % 300, 'order number ' || n from generate_series(1, 20000) n;
     insert into items select o, l, 'product ' || (o * l % 997), 100 + o % 900 from generate_series(1, 20000) o, generate_series(1, 3) l"
echo "20,000 orders with 60,000 items in the database shop of PostgreSQL $(sql 'show server_version')"

say "Step 1: a role that may replicate (for a server elsewhere, a line of pg_hba.conf as well)"
show psql -q "host=$house/server port=5433 user=postgres dbname=shop" -c "create role backup login replication in role pg_read_all_data"

say "Step 2: the policy, eight lines of YAML"
mkdir policies
cat > policies/shop.yaml <<YAML
version: 1
timezone: UTC
stores: { local: { url: "file://$house/backups", site: here } }
environments: { shop: { rpo: 1h, rto: 1h, copies: [local] } }
policies:
  safe: { backups: { full: { cron: "0 2 * * Sun" }, log: { every: 5m } }, retention: { any_second: 7d, at_least: 2 } }
databases:
  shop: { engine: postgres, environment: shop, policy: safe, connection: "host=$house/server port=5433 user=backup dbname=shop" }
YAML
cat policies/shop.yaml
must_be "lines of configuration" 8 "$(wc -l < policies/shop.yaml)"
BACKUP_ENCRYPTION_KEY=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
export BACKUP_ENCRYPTION_KEY
runbook policy check || fail "the policy does not hold"


moment() { sql "select to_char(clock_timestamp() at time zone 'utc' + interval '1 ms', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') from pg_sleep(0.01)"; }

say "Step 3: the first full backup; from now on every minute, from cron"
show runbook tick
sql "update orders set note = note || ', deliver to the back door' where id % 7 = 0; insert into orders values (20001, 'Customer 7', '2026-11-20', 'the last one before lunch')"
good=$(sql "$content")
before=$(moment)
sql "select pg_sleep(0.01)" >/dev/null
sql "update orders set note = 'oops'"
show runbook backup now shop --log   # What is due every five minutes, now.

say "Step 4: the cluster as it was right before somebody forgot a WHERE clause"
show runbook restore shop --before "$before" --to "$house/elsewhere/restored"

say "Step 5: start it, and look"
show as_server "$programs/pg_ctl" -D "$house/elsewhere/restored" -l "$house/elsewhere/log" -o "-p 5434" -w start >/dev/null
restored() { psql -XAtq -v ON_ERROR_STOP=1 "host=$house/server port=5434 user=postgres dbname=shop" -c "$1"; }
must_be "orders without their note in the restored cluster" 0 "$(restored "select count(*) from orders where note = 'oops'")"
must_be "what is in the restored cluster" "$good" "$(restored "$content")"
must_be "the restored cluster replays no further" t "$(restored 'select pg_is_in_recovery()')"
echo "Everything that was committed before $before is in it, and nothing after: $good"
as_server "$programs/pg_ctl" -D "$house/elsewhere/restored" -m fast -w stop >/dev/null

say "Another day: a third of the orders is deleted, and a table dropped, while the shop goes on"
sql "update orders set note = 'order number ' || id"
good=$(sql "$content")
before=$(moment)
sql "select pg_sleep(0.01)" >/dev/null
sql "drop table items; delete from orders where id % 3 = 0"
sql "insert into orders values (30000, 'Customer 9', '2026-11-21', 'placed after the accident')"
lost=$(( 20002 - $(sql 'select count(*) from orders') ))
show runbook backup now shop --log
echo "$lost orders and a table are gone; it was some time after $before"

say "Which commit was it, and what was there before it? Nothing needs to be restored by hand to know"
show runbook log shop
runbook log shop | grep -q "items dropped" || fail "the log does not tell which table was dropped"
show runbook find shop --last-good "select count(*) = 20001 from orders"
must_be "orders right before it" 20001 "$(runbook query shop --at "$before" "select count(*) from orders" --format json | grep -oE '20001' | head -n 1)"

say "The runbook brings them back into the live database, which needs to be written to"
show psql -q "host=$house/server port=5433 user=postgres dbname=shop" -c "grant shop to backup; grant set on parameter session_replication_role to backup"
show runbook run accidental-deletion --before "$before" --yes
must_be "the order placed after the accident" 1 "$(sql 'select count(*) from orders where id = 30000')"
sql "delete from orders where id = 30000"
must_be "what is in the live cluster" "$good" "$(sql "$content")"
echo "All $lost orders and the table are back; what came after the accident was still there."

say "Who did what, and is every byte in the repository sound?"
show runbook audit show
show runbook audit verify
show runbook catalog verify

say "Now with a server of your own"
cat <<'TEXT'
  CREATE ROLE backup LOGIN REPLICATION PASSWORD '…';       -- and a line of pg_hba.conf that admits it
  $EDITOR policies/policy.yaml                              # the eight lines above
  runbook policy check && runbook plan                     # what would be done, and why
  runbook doctor                                           # connects, and names what is missing
  runbook tick                                             # run it from cron or a systemd timer every minute
  runbook run accidental-deletion --before "20m ago" --plan  # try the bad day on a good one
TEXT
clean_up
rm -rf "$house"
