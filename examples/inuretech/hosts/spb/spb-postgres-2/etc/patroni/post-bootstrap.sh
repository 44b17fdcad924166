#!/bin/sh
# Patroni runs this once, on the first leader, with the address of the new server.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$1" --file /etc/patroni/post-bootstrap.sql
# Archiving waits for the stanza; if the object store does not answer yet, the first base backup makes it.
timeout 30 pgbackrest --stanza=inuretech-core stanza-create || echo "the stanza is not made yet" >&2
