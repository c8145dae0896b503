#!/usr/bin/env python3
"""Collects items and shows how many there are. maven.py web ADDRESS | celery | shell

The web servers answer from the database that is read, and hand what is to be collected to the queue; a celery node takes it from there and
writes to the database that is written to. The shell reads Python from standard input, with `write`, `read`, `queue` and `cache`.
/collect?item=NAME collects, /key?name=NAME shows which API key is in use, /fail?seconds=N makes this server ill.
"""
import code
import contextlib
import glob
import hashlib
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

VERSION = "1"


class Database:
    """One session of psql, which is begun anew when it ends."""

    def __init__(self, host):
        self.host, self.lock, self.session = host, threading.Lock(), None

    def ask(self, statement):
        if "\0" in statement:
            raise ValueError("psql takes no NUL")
        with self.lock:
            try:
                return self.answer(statement)
            except (OSError, EOFError):
                self.session = None
                return self.answer(statement)

    def answer(self, statement):
        if self.session is None:
            program = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
            where = dict(os.environ, PGHOST=os.environ[self.host], PGPORT=os.environ["MAIN_PORT"], PGUSER="maven", PGDATABASE="maven",
                         PGPASSWORD=os.environ["DATABASE_PASSWORD"], PGCONNECT_TIMEOUT="5")
            self.session = subprocess.Popen([program, "-qAtXw"], env=where, text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.session.stdin.write(statement + ";\n\\echo :end\n")
        self.session.stdin.flush()
        rows = []
        while (line := self.session.stdout.readline().rstrip("\n")) != ":end":
            if not line and self.session.poll() is not None:
                raise EOFError(" ".join(rows) or "psql has ended")
            rows.append(line)
        wrong = [row for row in rows if "ERROR:" in row]
        if wrong:
            raise ValueError(wrong[0])
        return rows


class Redis:
    """One connection to a Redis, which is opened anew when it breaks."""

    def __init__(self, name):
        self.name, self.lock, self.stream = name, threading.Lock(), None

    def ask(self, *words):
        with self.lock:
            try:
                return self.answer(words)
            except (OSError, EOFError):
                self.stream = None
                return self.answer(words)

    def answer(self, words):
        if self.stream is None:
            where = (os.environ[self.name + "_HOST"], int(os.environ[self.name + "_PORT"]))
            self.stream = socket.create_connection(where, timeout=30).makefile("rwb")
        parts = [b"$%d\r\n%s\r\n" % (len(str(word).encode()), str(word).encode()) for word in words]
        self.stream.write(b"*%d\r\n" % len(parts) + b"".join(parts))
        self.stream.flush()
        return self.read()

    def read(self):
        line = self.stream.readline()
        if not line:
            raise EOFError("Redis has closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ValueError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest.decode()


write, read, queue, cache = Database("MAIN_HOST"), Database("MAIN_READER_HOST"), Redis("QUEUE"), Redis("CACHE")


class Site(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    ill_until = 0.0

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
        try:
            # psql drops what follows a NUL, and a quote with it.
            status, text = (400, "no text has a NUL") if "\0" in urllib.parse.unquote(self.path) else self.judge(url.path, query)
        except (OSError, EOFError, ValueError) as error:
            status, text = 500, str(error)
        self.answer(status, text)

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(405, "send GET")

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "GET")
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.send_header("Connection", "close")  # nobody reads what is sent
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def judge(self, path, query):
        if self.command == "HEAD" and path in ("/fail", "/collect"):
            return 405, "send GET"
        if path == "/status":
            ill = time.monotonic() < self.server.ill_until
            return (503, "ill") if ill else (200, "well")
        if path == "/fail":
            seconds = query.get("seconds", "10")
            if not seconds.isdecimal():
                return 400, "seconds is a number"
            self.server.ill_until = time.monotonic() + int(seconds[:6])
            return 200, "ill"
        if path == "/collect":
            queue.ask("LPUSH", "tasks", query.get("item", ""))
            return 200, "collecting"
        if path == "/key":
            return 200, hashlib.sha256(os.environ.get(query.get("name", ""), "").encode()).hexdigest()[:12]
        items = cache.ask("GET", "items")
        if items is None:
            items = read.ask("select count(*) from items")[0]
            cache.ask("SET", "items", items, "EX", 1)
        return 200, f"trackmaven: version {VERSION}, {items} items"

    def log_message(self, *_):
        pass


def collect():
    """Takes from the queue what is to be collected; what cannot be written now goes back. Who is to end ends what it has taken."""
    ends = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ends.set())
    while not ends.is_set():
        item = None
        try:
            found = queue.ask("BRPOP", "tasks", 1)
            item = found and found[1]
            if item:
                write.ask("insert into items (name, version) values ('{}', '{}')".format(item.replace("'", "''"), VERSION))
        except (OSError, EOFError, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
            while item:
                try:
                    queue.ask("RPUSH", "tasks", item)
                    item = None
                except (OSError, EOFError, ValueError):
                    time.sleep(1)
            ends.wait(1)


if __name__ == "__main__":
    if sys.argv[1] == "shell":
        code.interact(banner="", exitmsg="", local={"write": write, "read": read, "queue": queue, "cache": cache})
        sys.exit()
    if sys.argv[1] == "celery":
        collect()
        sys.exit()
    site = Site((sys.argv[2], 8080), Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=site.shutdown).start())
    site.serve_forever()
