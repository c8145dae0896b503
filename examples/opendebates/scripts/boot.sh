#!/bin/sh
# User data: an instance of the image starts what its role runs.
[ -f /etc/opendebates-role ] || exit 0
touch /run/opendebates-booted
/srv/opendebates/start
