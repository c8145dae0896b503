#!/bin/sh
# Takes back what migrate.sh did.
set -eu
cd /srv/opendebates
python3 -c 'import stores; stores.Database().ask("alter table votes drop column if exists site")'
