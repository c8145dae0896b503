#!/bin/sh
# Once an environment, on the manager: the tables.
set -eu
/srv/trackmaven/shell <<'PYTHON'
write.ask("create table if not exists items (id serial primary key, name text, version text)")
PYTHON
