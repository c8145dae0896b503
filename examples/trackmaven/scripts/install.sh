#!/bin/sh
# On the instance that becomes the image, and on a node that is deployed to: /srv/trackmaven has the newest commit already.
set -eu
python3 -m py_compile /srv/trackmaven/maven.py
rm -rf /srv/trackmaven/__pycache__
echo "$1" > /etc/trackmaven-type
[ ! -f /run/trackmaven-booted ] || /srv/trackmaven/start
