#!/bin/sh
# Once an environment: city names are found without their accents.
set -eu
bin=$(dirname "$(find /usr/lib/postgresql -name initdb | sort | tail -n 1)")
"$bin/psql" -qX -h /tmp -p 5432 -U postgres -v ON_ERROR_STOP=1 opendebates -c "create extension if not exists unaccent"
