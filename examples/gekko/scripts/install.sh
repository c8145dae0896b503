#!/bin/sh
# On the instance that becomes the image: /srv/gekko has the newest commit already; it has to be well-formed.
set -eu
python3 -m py_compile /srv/gekko/gekko.py
rm -rf /srv/gekko/__pycache__
touch /etc/gekko-installed
