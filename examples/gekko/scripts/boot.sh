#!/bin/sh
# User data: at its first boot an instance of the image serves gekko on its own address.
[ -f /etc/gekko-installed ] || exit 0
address=$(hostname -i | awk '{print $1}')
nohup python3 /srv/gekko/gekko.py "$address" 8080 > /var/log/gekko.log 2>&1 < /dev/null &
