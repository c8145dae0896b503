#!/bin/sh
# Once an environment, and whenever the list has changed: the zip codes of the repository's list.
set -eu
bin=$(dirname "$(find /usr/lib/postgresql -name initdb | sort | tail -n 1)")
"$bin/psql" -qX -h /tmp -p 5432 -U postgres -v ON_ERROR_STOP=1 opendebates <<'SQL'
begin;
truncate zip_codes;
\copy zip_codes from '/srv/opendebates/zip-codes.csv' with (format csv)
commit;
SQL
