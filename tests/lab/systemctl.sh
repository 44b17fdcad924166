#!/bin/sh
# systemctl.sh LOG HOST COMMAND... : stands in for systemctl where nothing is started: it remembers what is enabled and what would run, as files of the
# host, and writes every order into LOG.
set -eu
log=$1 host=$2 now='' verb='' units=''
shift 2
running=/run/units enabled=/etc/systemd/system/multi-user.target.wants
mkdir -p $running $enabled
for word; do
  case $word in
    --now) now=1 ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else units="$units $word"; fi ;;
  esac
done
case $verb in show|is-enabled|is-active|list-unit-files) ;; *) echo "$(date +%s.%N) $host $verb$units" >> "$log" ;; esac
start() { : > "$running/$1"; }
for unit in $units; do
  [ "$(readlink "/etc/systemd/system/$unit")" != /dev/null ] || case $verb in
    enable|start|restart) echo "Unit $unit is masked." >&2; exit 1 ;;
  esac
  case $verb in
    enable) ln -sf "/etc/systemd/system/$unit" "$enabled/$unit"; [ -z "$now" ] || start "$unit" ;;
    start|restart|reload-or-restart) start "$unit" ;;
    reload) [ -e "$running/$unit" ] || { echo "$unit is not active, cannot reload." >&2; exit 1; } ;;
    mask) ln -sf /dev/null "/etc/systemd/system/$unit"; rm -f "$running/$unit" ;;
    unmask) [ "$(readlink "/etc/systemd/system/$unit")" != /dev/null ] || rm "/etc/systemd/system/$unit" ;;
    is-active) [ -e "$running/$unit" ] || exit 3 ;;
    is-enabled) if [ -e "$enabled/$unit" ] || [ -L "$enabled/$unit" ]; then echo enabled; else echo disabled; exit 1; fi ;;
    show) echo "LoadState=loaded"; if [ -e "$running/$unit" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi ;;
  esac
done
