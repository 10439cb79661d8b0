#!/bin/sh
exec /usr/lib/muster/bin/python3 -I -m console.cli "$@"
