#!/bin/sh
# in_root.sh ROOT COMMAND... : runs COMMAND in a host's root folder, where rendered files lie at their real paths. Called by `ip netns exec`, which has
# already made the mounts private. /usr, /opt, /tmp, the devices, the lab's cache and this checkout are the machine's; /etc, /var, /run and the rest the host's.
set -eu
root=$1; shift
cache=${INURETECH_LAB:-$HOME/.cache/inuretech-lab} tests=$(cd "$(dirname "$0")" && pwd)
mount --bind "$root" "$root" # a root that is no mount cannot be made private again, which a checker with a view of its own does
for d in usr opt tmp proc sys dev; do mount --rbind "/$d" "$root/$d"; done
mount --bind "$root/local" "$root/usr/local"
for d in "$cache" "$tests"; do
  case $d in /usr/*|/opt/*|/tmp/*|/dev/*) continue ;; esac
  mkdir -p "$d" "$root$d"; mount --bind "$d" "$root$d"
done
cd "$root"
exec chroot "$root" /usr/bin/env PATH="${LAB_PATH:+$LAB_PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$@"
