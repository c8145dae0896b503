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
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

VERSION = "1"
PATIENCE = 15  # seconds for a statement and for those before it, together


class Database:
    """One session of psql, which is begun anew when it ends, or when it has not answered in PATIENCE."""

    def __init__(self, host):
        self.host, self.lock, self.session = host, threading.Lock(), None

    def ask(self, statement):
        if "\0" in statement:
            raise ValueError("psql takes no NUL")
        ends = time.monotonic() + PATIENCE
        if not self.lock.acquire(timeout=PATIENCE):
            raise TimeoutError("the database is still asked something else")
        try:
            try:
                return self.answer(statement, ends)
            except (OSError, EOFError):
                if time.monotonic() >= ends:
                    raise
                return self.answer(statement, ends)
        finally:
            self.lock.release()

    def answer(self, statement, ends):
        if self.session is None:
            self.errors = open(os.memfd_create("errors"), "w+b", buffering=0)  # apart from the rows, which may look like errors
            program = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
            where = dict(os.environ, PGHOST=os.environ[self.host], PGPORT=os.environ["MAIN_PORT"], PGUSER="maven", PGDATABASE="maven",
                         PGPASSWORD=os.environ["DATABASE_PASSWORD"], PGCONNECT_TIMEOUT="5")
            self.session = subprocess.Popen([program, "-qAtXw"], env=where, text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        end = secrets.token_hex()
        limit = threading.Timer(ends - time.monotonic(), self.session.kill)
        limit.start()
        try:
            self.session.stdin.write(f"{statement};\n\\echo {end}\n")
            self.session.stdin.flush()
            rows = []
            while (line := self.session.stdout.readline().rstrip("\n")) != end:
                if not line and self.session.poll() is not None:
                    raise EOFError(self.said() or "psql has ended")
                rows.append(line)
        except (OSError, EOFError, ValueError):
            self.session.kill()
            self.session = None
            raise
        finally:
            limit.cancel()
        wrong = [line for line in self.said().splitlines() if line.startswith("ERROR:")]
        if wrong:
            raise ValueError(wrong[0])
        return rows

    def said(self):
        """What psql has said beside the rows since it was asked last."""
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace").strip()
        self.errors.seek(0)
        self.errors.truncate()
        return text


class Redis:
    """One connection to a Redis, which is opened anew when it breaks, or when it has not answered within a patience of so many seconds."""

    def __init__(self, name, patience):
        self.name, self.patience, self.lock = name, patience, threading.Lock()
        self.connection = self.stream = None

    def ask(self, *words):
        ends = time.monotonic() + self.patience
        if not self.lock.acquire(timeout=self.patience):
            raise TimeoutError(f"{self.name} is still asked something else")
        try:
            try:
                return self.answer(words, ends)
            except TimeoutError:
                raise
            except (OSError, EOFError):
                return self.answer(words, ends)
        finally:
            self.lock.release()

    def answer(self, words, ends):
        left = max(ends - time.monotonic(), 0.1)
        try:
            if self.stream is None:
                where = (os.environ[self.name + "_HOST"], int(os.environ[self.name + "_PORT"]))
                self.connection = socket.create_connection(where, timeout=left)
                self.stream = self.connection.makefile("rwb")
            self.connection.settimeout(left)
            self.send(words)
            return self.read()
        except (OSError, EOFError):
            self.connection = self.stream = None
            raise

    def send(self, words):
        parts = [b"$%d\r\n%s\r\n" % (len(str(word).encode()), str(word).encode()) for word in words]
        self.stream.write(b"*%d\r\n" % len(parts) + b"".join(parts))
        self.stream.flush()

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


write, read, queue, cache = Database("MAIN_HOST"), Database("MAIN_READER_HOST"), Redis("QUEUE", 10), Redis("CACHE", 2)


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
            print(error, file=sys.stderr, flush=True)
            status, text = 500, "a store does not answer as it should"
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
            if "item" not in query:
                return 400, "which item?"
            queue.ask("LPUSH", "tasks", query["item"])
            return 200, "collecting"
        if path == "/key":
            name = query.get("name", "")
            if not name.endswith("_API_KEY"):
                return 400, "which API key?"
            return 200, hashlib.sha256(os.environ.get(name, "").encode()).hexdigest()[:12]
        items = cache.ask("GET", "items")
        if items is None:
            items = read.ask("select count(*) from items")[0]
            cache.ask("SET", "items", items, "EX", 1)
        return 200, f"trackmaven: version {VERSION}, {items} items"

    def log_message(self, *_):
        pass


def collect():
    """Takes from the queue what is to be collected; what cannot be written now goes back. Who is to end ends what it has taken."""
    ends = []  # a handler sets nothing that its own thread may have locked
    signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
    while not ends:
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
            time.sleep(1)


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
