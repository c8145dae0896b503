#!/bin/sh
# What an image of the shop has: a server that says which role it is, and works for /work?seconds=N as long as it is told.
set -eu
mkdir -p /usr/local/sbin
cat > /usr/local/sbin/shop <<'SERVER'
#!/usr/bin/env python3
"""Serves one role of the shop on an address, port 8080."""
import contextlib
import http.server
import os
import socket
import subprocess
import sys
import time
import urllib.parse

role, address = sys.argv[1:]
orders = ", orders in {ORDERS_HOST}:{ORDERS_PORT}".format(**os.environ) if "ORDERS_HOST" in os.environ else ""
WORK = "import sys, time\nend = time.time() + float(sys.argv[1])\nwhile time.time() < end: pass"


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        seconds = urllib.parse.parse_qs(url.query).get("seconds", ["5"])[0]
        is_number = seconds.isdecimal()
        if url.path == "/work" and is_number and self.command == "GET":
            subprocess.run([sys.executable, "-c", WORK, seconds[:6]], check=True)
        body = f"shop: {role}{orders}\n".encode() if is_number else b"seconds is a number\n"
        self.send_response(200 if is_number else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self):
        body = b"send GET\n"
        self.send_response(405)
        self.send_header("Allow", "GET")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST


class Server(http.server.ThreadingHTTPServer):
    def shutdown_request(self, request):
        """Reads on for a while before it closes: who is still sending would get a reset for an answer."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(5)
            ends, left = time.monotonic() + 30, 256 << 20
            while left > 0 and time.monotonic() < ends and (piece := request.recv(1 << 16)):
                left -= len(piece)
        self.close_request(request)


Server((address, 8080), Shop).serve_forever()
SERVER
chmod 755 /usr/local/sbin/shop
echo "$1" > /etc/shop-role
echo "shop: $1 is ready"
