#!/bin/sh
# User data: an instance of the image starts what its type runs.
[ -f /etc/trackmaven-type ] || exit 0
touch /run/trackmaven-booted
/srv/trackmaven/start
