# What the scripts of this cache share: how a member is asked, and where a member stands.
# A member's line is: name, host, port, data centre, master that it copies at first, first and last slot; "-" for none.
config=$(dirname "$0")
tls='/etc/redis/tls'
passwords='/etc/redis/passwords'
cli='redis-cli'

# password USER: only characters that no file of the server treats as special.
password() {
  secret=$(cat "$passwords/$1")
  case $secret in
    '' | *[!A-Za-z0-9._~+/=-]*) echo "the password of $1 is empty or holds a character other than letters, digits and ._~+/=-" >&2; return 1 ;;
  esac
  printf '%s' "$secret"
}

# as USER HOST PORT COMMAND...: asks one server; fails where it answers with an error.
as() {
  REDISCLI_AUTH=$(password "$1") || return 1
  VALKEYCLI_AUTH=$REDISCLI_AUTH
  export REDISCLI_AUTH VALKEYCLI_AUTH
  as_user=$1 as_host=$2 as_port=$3
  shift 3
  timeout 5 "$cli" -e --raw --tls --cacert "$tls/ca.crt" --cert "$tls/tls.crt" --key "$tls/tls.key" \
    --no-auth-warning --user "$as_user" -h "$as_host" -p "$as_port" "$@" < /dev/null 2> /dev/null
}

# address HOST: its IPv4 address; an address is its own.
address() {
  case $1 in
    *[!0-9.]*) getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }' ;;
    *) echo "$1" ;;
  esac
}

# member NAME: its line.
member() { awk -v name="$1" '$1 == name' "$config/members"; }

# value FIELD: the value of a field in what INFO or CLUSTER INFO prints.
value() { tr -d '\r' | awk -F: -v field="$1" '$1 == field { print $2 }'; }
