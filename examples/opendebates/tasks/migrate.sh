#!/bin/sh
# Before version 2: a vote has the site that it came by. It can be run again.
set -eu
cd /srv/opendebates
python3 -c 'import stores; stores.Database().ask("alter table votes add column if not exists site text")'
