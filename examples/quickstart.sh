#!/usr/bin/env bash
# The whole story on a real SQLite database, in a folder of its own: a policy is checked, jobs are
# planned and run, another program deletes rows, and a runbook brings them back, although it is killed
# in the middle. Everything it shows is also asserted, so this is one of the tests.
#
#   ./examples/quickstart.sh                 builds what is missing, then tells the story
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

shop=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-quickstart-XXXXXX")
cd "$shop"
unset HOLDFAST_POLICIES HOLDFAST_NOW HOLDFAST_CRASH_AT
runbook() { "$RUNBOOK" "$@"; }

say()  { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
fail() { printf 'quickstart: %s\nThe folder %s is left for you to look at.\n' "$*" "$shop" >&2; exit 1; }
must_be() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3"; }
sql() { sqlite3 shop.db "$1"; }

say "1. A shop's database, in use by its own program"
sqlite3 shop.db <<'SQL'
pragma journal_mode = wal;
create table customers (id integer primary key, name text not null, city text);
create table orders (id integer primary key, customer integer not null references customers(id), day text not null, note text);
create table items (orders integer not null references orders(id), line integer not null, product text, price integer,
                    primary key (orders, line)) without rowid;
insert into customers select value, 'Customer ' || value, 'Town ' || (value % 40) from generate_series(1, 2000);
insert into orders select value, 1 + value % 2000, date('2026-01-01', '+' || (value % 300) || ' days'),
                          'order number ' || value || ', deliver to the back door' from generate_series(1, 20000);
insert into items select o.value, l.value, 'product ' || (o.value * l.value % 997), 100 + o.value % 900
                    from generate_series(1, 20000) o, generate_series(1, 3) l;
SQL
must_be "orders in the new shop" 20000 "$(sql 'select count(*) from orders')"
echo "20,000 orders with 60,000 items in shop.db"

say "2. The policy: YAML, committed beside the code"
mkdir policies
cat > policies/shop.yaml <<YAML
version: 1
timezone: Europe/Berlin
stores:
  local: { url: "file://$shop/backups", site: here }
encryption: { key: "env:BACKUP_ENCRYPTION_KEY" }
environments:
  shop: { rpo: 26h, rto: 1h, copies: [local] }
policies:
  nightly:
    backups:
      full:        { cron: "0 2 * * Sun" }
      incremental: { cron: "0 2 * * Mon-Sat" }
    retention: { daily: 30d, weekly: 3mo, at_least: 3 }
databases:
  shop: { engine: sqlite, environment: shop, policy: nightly, path: $shop/shop.db }
scenarios:
  accidental-deletion: { runbook: accidental-deletion }
YAML
cat policies/shop.yaml
BACKUP_ENCRYPTION_KEY=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
export BACKUP_ENCRYPTION_KEY
show runbook policy check

say "3. What would be done, and why; then do it"
show runbook plan
show runbook tick
sql "insert into orders values (20001, 7, '2026-11-20', 'the last one before lunch')"
show runbook backup now shop --incremental
show runbook catalog list
points=$(runbook catalog list --format json | grep -c '"id"') || true
[ "$points" -ge 2 ] || fail "expected two recovery points, saw $points"

say "4. Lunchtime: somebody forgets half of a WHERE clause"
sleep 1.1
before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
sql "pragma foreign_keys = on; delete from items where orders % 3 = 0; delete from orders where id % 3 = 0"
lost=$(( 20001 - $(sql 'select count(*) from orders') ))
echo "$lost orders are gone; it was some time after $before"
[ "$lost" -gt 0 ] || fail "nothing was deleted"
sql "insert into orders values (30000, 9, '2026-11-21', 'placed after the accident')"

say "5. The runbook, first only shown"
show runbook run accidental-deletion --before "$before" --plan

say "6. The runbook for real, and its machine dies in the middle"
printf '\033[2m$ runbook run accidental-deletion --before "%s" --yes\033[0m\n' "$before"
status=0
HOLDFAST_CRASH_AT=run.result.after:4 "$RUNBOOK" run accidental-deletion --before "$before" --yes || status=$?
[ "$status" -ne 0 ] || fail "the runbook was to be killed, but it ended well"
echo "(killed with SIGKILL, status $status)"
[ "$(sql 'select count(*) from orders')" -eq $(( 20002 - lost )) ] || fail "a killed run changed the live database"
show runbook runs list
run=$(runbook runs list --format json | grep -m1 -oE '"id": *"[0-9a-z]{26}"' | grep -oE '[0-9a-z]{26}')

say "7. Resume: what was done is not done again"
show runbook runs resume "$run" --yes
must_be "orders after the recovery" 20002 "$(sql 'select count(*) from orders')"
must_be "items after the recovery" 60000 "$(sql 'select count(*) from items')"
must_be "the order placed after the accident" 1 "$(sql 'select count(*) from orders where id = 30000')"
must_be "integrity" ok "$(sql 'pragma integrity_check')"
must_be "foreign keys" "" "$(sql 'pragma foreign_key_check')"
echo "All $lost orders and their items are back; what came after the accident is still there."

say "8. Who did what, and is every byte in the repository sound?"
show runbook audit show
show runbook audit verify
show runbook catalog verify

say "Now with a database of your own"
cat <<TEXT
  cd your-project
  export BACKUP_ENCRYPTION_KEY=\$(openssl rand -hex 32)     # keep a copy where a fire does not reach it
  runbook init                                             # writes policies/, with comments
  \$EDITOR policies/policy.yaml                             # the path of your database, and where backups go
  runbook policy check && runbook plan                     # what would be done, and why
  runbook tick                                             # does it; run it from cron or a systemd timer every minute
  runbook run accidental-deletion --before "20m ago" --plan  # try the bad day on a good one
TEXT
rm -rf "$shop"
