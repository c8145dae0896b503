#!/bin/sh
# On the instance that becomes the image, and on a node that is deployed to: /srv/opendebates has the newest commit already.
set -eu
python3 -m py_compile /srv/opendebates/*.py
rm -rf /srv/opendebates/__pycache__
if [ "$1" = db ] && [ -z "$(find /usr/lib/postgresql -name initdb 2> /dev/null)" ]; then
    echo "PostgreSQL is not installed" >&2
    exit 1
fi
echo "$1" > /etc/opendebates-role
[ ! -f /run/opendebates-booted ] || /srv/opendebates/start
