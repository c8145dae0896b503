#!/bin/sh
# Runs in every image: leaves a page that says which machine this is, and the server that shows it at boot.
set -eu
mkdir -p /srv/www /usr/local/sbin
echo "baked" > /srv/www/index.html

cat > /usr/local/sbin/serve-www <<'SERVER'
#!/usr/bin/env python3
"""Serves /srv/www on this instance's own address, port 8080."""
import functools
import http.server
import sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/www")
http.server.ThreadingHTTPServer((sys.argv[1], 8080), handler).serve_forever()
SERVER
chmod 755 /usr/local/sbin/serve-www
echo "base: /srv/www is ready"
