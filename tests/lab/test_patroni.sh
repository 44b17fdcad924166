#!/bin/bash
# test_patroni.sh [--broken] : the rendered etcd, Patroni, HAProxy and PgBouncer files boot one cluster over both data centres; a row written through the
# proxy of either data centre is read through the other's; when the leader is killed, both proxies find the new one.
. "$(dirname "$0")/lab.sh"
. "$LAB_HERE/postgres.sh"
BROKEN_SAYS='a write through .*: not within'
WRITER=5000 POOLER=6432 DATABASE=core ROLE=core
need "$ETCD" haproxy pgbouncer psql "$PG_BIN/postgres" "$PATRONI/patroni"

prepare() { render_with 'hosts/*/*/etc/patroni/patroni.yml'; }

# HAProxy asks Patroni at a port where nobody listens: every server stays down.
damage() { sed -i 's/8008/8009/g' "$OUT"/hosts/*/*/etc/haproxy/haproxy.cfg; }

# sql HOST ADDRESS PORT SQL : as the application, from a proxy host; the certificate must be one for that proxy's address
sql() {
  lab_exec "$1" timeout 20 env PGPASSWORD=lab PGCONNECT_TIMEOUT=4 PGSSLMODE=verify-full PGSSLROOTCERT=/etc/haproxy/tls/ca.crt \
    psql -qAtX -v ON_ERROR_STOP=1 -h "$2" -p "$3" -U "$ROLE" -d "$DATABASE" -c "$4"
}

check() {
  local dcs members proxies h first leader site other n=0 local_proxy other_proxy
  dcs=$(hosts_with etc/etcd/etcd.yaml | grep -- -dcs- || hosts_with etc/etcd/etcd.yaml)
  members=$(hosts_with etc/patroni/patroni.yml) proxies=$(hosts_with etc/haproxy/haproxy.cfg)
  # shellcheck disable=SC2086 # lists of host names
  lab_up $dcs $members $proxies
  lab_wan delay msk spb 4.5
  for h in $dcs; do start_etcd "$h"; done
  for h in $members; do start_patroni "$h"; done
  first=$(head -1 <<< "$members")
  wait_for 180 'all members healthy' healthy "$first" "$(wc -w <<< "$members")"
  leader=$(leader_of "$first")
  say "leader $leader"
  # The database and the pooler's way to passwords come from the rendered bootstrap, the application's role from a person.
  local_sql "$leader" "create role $ROLE login password 'lab'"
  local_sql "$leader" "create table drill (id int primary key, site text); alter table drill owner to $ROLE" "$DATABASE"
  for h in $proxies; do start_proxy "$h"; done
  for site in msk spb; do
    n=$((n + 1)) other=$([ $site = msk ] && echo spb || echo msk)
    local_proxy=$(hosts_with etc/haproxy/haproxy.cfg $site | sed -n 1p) other_proxy=$(hosts_with etc/haproxy/haproxy.cfg $other | sed -n 1p)
    wait_for 20 "a write through $local_proxy" sql "$local_proxy" "$(address "$local_proxy")" $WRITER "insert into drill values ($n, '$site') on conflict do nothing"
    same "the row written in $site, read in $other" "$site" "$(sql "$other_proxy" "$(address "$other_proxy")" $WRITER "select site from drill where id = $n")"
    if [ -e "$(root_of "$local_proxy")/etc/pgbouncer/pgbouncer.ini" ]; then
      wait_for 30 "a write through the pooler of $site" sql "$local_proxy" "$(address "$local_proxy")" $POOLER "insert into drill values (${n}0, '$site') on conflict do nothing"
    fi
  done
  # Until the leader has written the others into its quorum nobody may take over, and nobody does.
  in_quorum() { [ "$(members "$1" | grep -cE ' (Quorum|Sync) Standby ')" = "$2" ]; }
  wait_for 60 'every standby in the quorum' in_quorum "$leader" "$(($(wc -w <<< "$members") - 1))"
  kill_leader "$leader" "$members" "$proxies"
}

# kill_leader LEADER MEMBERS PROXIES : Patroni and PostgreSQL at once, as a power cut does
kill_leader() {
  local survivor pid h
  survivor=$(tr ' ' '\n' <<< "$2" | grep -vxF "$1" | sed -n 1p)
  rm "$WORK/patroni-$1.pid"
  for pid in $(ip netns pids "$LAB_PREFIX-$1"); do kill -KILL "$pid" 2>/dev/null || true; done
  new_leader() { local l; l=$(leader_of "$survivor"); [ -n "$l" ] && [ "$l" != "$1" ]; }
  wait_for 75 'another leader' new_leader "$1"
  for h in $3; do
    wait_for 30 "a write through $h after the failover" sql "$h" "$(address "$h")" $WRITER "insert into drill values ($RANDOM$RANDOM % 1000000 + 100, '$h') on conflict do nothing"
  done
  same 'rows acknowledged before the failover' 2 "$(sql "$h" "$(address "$h")" $WRITER 'select count(*) from drill where id in (1, 2)')"
}
lab_main "$@"
