#!/bin/sh
# Whether this web server serves, asked on it before the site is given back to everybody.
set -eu
address=$(hostname -i | awk '{print $1}')
python3 - "http://$address:8080/" <<'PY'
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode(), end="")
PY
