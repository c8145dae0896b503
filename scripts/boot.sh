#!/bin/sh
# User data: serves /srv/www on the instance's own address, if the image has been baked.
[ -x /usr/local/sbin/serve-www ] || exit 0
address=$(hostname -i 2>/dev/null | awk '{print $1}')
nohup /usr/local/sbin/serve-www "${address:-127.0.0.1}" >/var/log/serve-www.log 2>&1 </dev/null &
