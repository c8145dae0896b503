#!/bin/sh
# What a worker image has beyond the base.
set -eu
mkdir -p /etc/bee
printf 'queues: api cronq djjob\n' > /etc/bee/workers.conf
echo "bee: 3 queues" > /srv/www/index.html
echo "worker: /etc/bee/workers.conf is ready"
