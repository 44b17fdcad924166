#!/bin/sh
# Whether the server on this port answers: health.sh USER PORT
. "$(dirname "$0")/common.sh"
[ "$(as "$1" localhost "$2" ping)" = PONG ]
