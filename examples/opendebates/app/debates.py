#!/usr/bin/env python3
"""The debate site. debates.py web ADDRESS: takes votes and shows how many there are; debates.py worker: counts them.

/vote?zip=ZIP votes, /place?city=CITY finds zip codes, /key shows which secret key is in use; /work?seconds=N keeps a processor busy
and /fail?seconds=N makes this server ill.
"""
import contextlib
import hashlib
import http.server
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import stores

VERSION = "1"
COLUMNS = ["zip"]  # what is kept of a vote

database, cache, queue = stores.Database(), stores.Redis("CACHE", 2), stores.Redis("QUEUE", 10)
BUSY = "import sys, time\nend = time.time() + float(sys.argv[1])\nwhile time.time() < end: pass"


LARGEST = 64 << 20  # bytes of a body
CHANGES = {"/vote", "/fail"}  # what is no page to look at: HEAD may not do it


class BadRequest(Exception):
    """What is asked makes no sense."""


def quoted(text):
    return text.replace("'", "''")


def tried(store, *words):
    """What a store answers that the site does without for a while; None where it does not."""
    try:
        return store.ask(*words)
    except (OSError, EOFError, ValueError) as error:
        print(f"{words[0]} {words[1]}: {error}", file=sys.stderr, flush=True)
        return None


def seconds_of(query, otherwise):
    seconds = query.get("seconds", otherwise)
    if not seconds.isdecimal():
        raise BadRequest("seconds is a number")
    return int(seconds[:6])


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
            self.pass_over_body()
            if "\0" in urllib.parse.unquote(self.path):
                raise BadRequest("no text has a NUL")
            if self.command not in ("GET", "POST", "HEAD") or (self.command == "HEAD" and url.path in CHANGES):
                code, text = 405, "send GET or POST"
            else:
                code, text = getattr(self, "at_" + url.path[1:], self.at_)(query)
        except BadRequest as error:
            code, text = 400, str(error)
        except (OSError, EOFError, ValueError, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr, flush=True)
            code, text = 500, "a store does not answer as it should"
        body = (text + "\n").encode()
        self.send_response(code)
        if code == 405:
            self.send_header("Allow", "GET, POST")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_GET

    def pass_over_body(self):
        """Nobody needs what is sent, and unread it would be taken for the next request."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            raise BadRequest("send a body with its length, of 64 MB at most")
        left = int(length)
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)

    def at_(self, _):
        votes = tried(cache, "GET", "votes")
        if votes is None:
            votes = database.ask("select count(*) from votes")[0]
            tried(cache, "SET", "votes", votes, "EX", 60)
        return 200, f"opendebates: version {VERSION}, {votes} votes"

    def at_vote(self, query):
        known = {"zip": query.get("zip", ""), "site": self.headers.get("Host", "")}
        values = ", ".join("'" + quoted(known[name]) + "'" for name in COLUMNS)
        number = database.ask(f"insert into votes ({', '.join(COLUMNS)}) values ({values}) returning id")[0]
        tried(queue, "RPUSH", "votes", number)  # what the queue does not take, the worker finds in the table
        tried(cache, "DEL", "votes")
        return 200, f"vote {number}"

    def at_counted(self, _):
        return 200, database.ask("select count(*) from votes where counted")[0]

    def at_place(self, query):
        city = quoted(query.get("city", ""))
        return 200, " ".join(database.ask(f"select zip from zip_codes where unaccent(city) = unaccent('{city}') order by zip"))

    def at_key(self, _):
        return 200, hashlib.sha256(stores.secret("SECRET_KEY").encode()).hexdigest()[:12]

    def at_status(self, _):
        stores.address("POSTGRESQL")
        ill = time.monotonic() < self.server.ill_until
        return (503, "ill") if ill else (200, "well")

    def at_fail(self, query):
        self.server.ill_until = time.monotonic() + seconds_of(query, "10")
        return 200, "ill"

    def at_work(self, query):
        subprocess.run([sys.executable, "-c", BUSY, str(seconds_of(query, "5"))], check=True)
        return 200, "done"

    def log_message(self, *_):
        pass


def work():
    """Counts the votes of the queue, one by one, and when that is empty those that never came there.

    What cannot be counted now goes back. Who is to end ends what it has taken.
    """
    ends = []  # a handler sets nothing that its own thread may have locked
    signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
    while not ends:
        number = None
        try:
            found = queue.ask("BLPOP", "votes", 1)
            number = found and found[1]
            if number:
                database.ask(f"update votes set counted = true where id = {int(number)}")
            else:
                database.ask("update votes set counted = true where not counted")
        except (OSError, EOFError, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
            while number:
                try:
                    queue.ask("LPUSH", "votes", number)
                    number = None
                except (OSError, EOFError, ValueError):
                    time.sleep(1)
            time.sleep(1)


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        work()
        sys.exit()
    site = Site((sys.argv[2], 8080), Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=site.shutdown).start())
    site.serve_forever()
