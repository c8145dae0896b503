#!/bin/sh
# User data: serves the shop's role on the instance's own address, if the image has been baked.
[ -x /usr/local/sbin/shop ] || exit 0
set -a
# shellcheck source=/dev/null
[ ! -f /etc/baker/env ] || . /etc/baker/env # where the datastores are that the role uses
address=$(hostname -i | awk '{print $1}')
nohup /usr/local/sbin/shop "$(cat /etc/shop-role)" "$address" >/var/log/shop.log 2>&1 </dev/null &
