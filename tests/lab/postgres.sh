# What the PostgreSQL tests share: boots etcd, Patroni, HAProxy and PgBouncer of the rendered hosts. Sourced after lab.sh.
ETCD=${ETCD:-etcd}
PATRONI=$INURETECH_LAB/patroni/bin

# yaml_get FILE PATH : a value of a YAML file, e.g. `postgresql.data_dir`; empty when it is not there
yaml_get() {
  /usr/bin/python3 - "$1" "$2" <<'PY'
import sys, yaml
value = yaml.safe_load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = (value or {}).get(key)
print("" if value is None else value)
PY
}

start_etcd() { # HOST
  local data; data=$(yaml_get "$(root_of "$1")/etc/etcd/etcd.yaml" data-dir)
  lab_dir "$1" etcd 700 "$data"
  as etcd lab_start "$1" "etcd-$1" "$ETCD" --config-file /etc/etcd/etcd.yaml
}

start_patroni() { # HOST
  local data; data=$(yaml_get "$(root_of "$1")/etc/patroni/patroni.yml" postgresql.data_dir)
  lab_dir "$1" postgres 755 /var/lib/postgresql /var/log/postgresql /var/log/pgbackrest /var/spool/pgbackrest "$(dirname "$data")" /run/postgresql
  # As its unit does: a member that has not joined yet ends, and is started again.
  as postgres lab_start "$1" "patroni-$1" env LC_ALL=C.UTF-8 HOME=/var/lib/postgresql PATH="$PATRONI:$PG_BIN:/usr/bin:/bin" \
    sh -c 'set -a; . /etc/patroni/secrets.env; until patroni /etc/patroni/patroni.yml; do sleep 5; done'
}

start_proxy() { # HOST
  lab_dir "$1" haproxy 755 /run/haproxy /var/lib/haproxy
  lab_start "$1" "haproxy-$1" haproxy -db -f /etc/haproxy/haproxy.cfg
  [ -e "$(root_of "$1")/etc/pgbouncer/pgbouncer.ini" ] || return 0
  lab_dir "$1" postgres 755 /run/postgresql /run/pgbouncer /var/log/postgresql /var/log/pgbouncer
  as postgres lab_start "$1" "pgbouncer-$1" pgbouncer /etc/pgbouncer/pgbouncer.ini
}

# patronictl HOST ARGS... : on a member, with its own file; a cut network makes it wait, so it is bounded
patronictl() {
  local host=$1; shift
  as postgres lab_exec "$host" timeout 30 env LC_ALL=C.UTF-8 PATH="$PATRONI:$PG_BIN:/usr/bin:/bin" \
    sh -c 'set -a; . /etc/patroni/secrets.env; exec patronictl -c /etc/patroni/patroni.yml "$@"' sh "$@"
}

# members HOST : name, role and state of each member, one a line
members() { patronictl "$1" list -f json | python3 -c 'import json, sys; [print(m["Member"], m["Role"], m["State"]) for m in json.load(sys.stdin)]'; }
leader_of() { members "$1" | awk '$2 == "Leader" || $2 == "Standby Leader" {print $1}'; }
healthy() { # HOST COUNT : a leader, and everybody running or streaming
  local list; list=$(members "$1")
  [ "$(grep -cE '(running|streaming)$' <<< "$list")" = "$2" ] && grep -q ' Leader ' <<< "$list"
}

# local_sql HOST SQL : as superuser over the member's own socket
local_sql() {
  local socket; socket=$(yaml_get "$(root_of "$1")/etc/patroni/patroni.yml" postgresql.parameters.unix_socket_directories)
  as postgres lab_exec "$1" timeout 20 psql -qAtX -v ON_ERROR_STOP=1 -h "${socket:-/var/run/postgresql}" -d "${3:-postgres}" -c "$2"
}
