#!/usr/bin/env python3
"""The widget's server: /widget counts who looks at which page, /status says whether it is well, /fail makes it ill for a while.

gekko.py ADDRESS PORT
"""
import collections
import contextlib
import http.server
import socket
import sys
import threading
import time
import urllib.parse

VERSION = "1"


class Gekko(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address):
        super().__init__(address, Page)
        self.seen = collections.Counter()
        self.lock = threading.Lock()
        self.ill_until = 0.0

    def shutdown_request(self, request):
        """Reads on for a while before it closes: who is still sending would get a reset for an answer."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(5)
            ends, left = time.monotonic() + 30, 256 << 20
            while left > 0 and time.monotonic() < ends and (piece := request.recv(1 << 16)):
                left -= len(piece)
        self.close_request(request)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if self.command == "HEAD" and url.path in ("/fail", "/widget"):
            self.answer(405, "send GET\n")
        elif url.path == "/fail" and query.get("seconds", "10").isdecimal():
            self.server.ill_until = time.monotonic() + int(query.get("seconds", "10")[:6])
            self.answer(200, "ill\n")
        elif url.path == "/fail":
            self.answer(400, "seconds is a number\n")
        elif url.path == "/status":
            ill = time.monotonic() < self.server.ill_until
            self.answer(503 if ill else 200, "ill\n" if ill else "well\n")
        elif url.path == "/widget":
            page = query.get("page", "/")
            with self.server.lock:
                self.server.seen[page] += 1
                count = self.server.seen[page]
            self.answer(200, f"{page}: {count}\n")
        else:
            self.answer(200, f"gekko: version {VERSION}\n")

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(405, "send GET\n")

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        if code == 405:
            self.send_header("Allow", "GET")
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.send_header("Connection", "close")  # nobody reads what is sent
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Gekko((sys.argv[1], int(sys.argv[2]))).serve_forever()
