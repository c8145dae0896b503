#!/bin/sh
# On the instance that becomes the image: all that a webhead needs, so that one that starts at night has nothing to build.
set -eu
mkdir -p /srv/sync /usr/local/sbin
cat > /srv/sync/webhead.py <<'SERVER'
#!/usr/bin/env python3
"""A webhead: keeps what users store on the dbnode that their token names, and a copy in the cache. webhead.py ADDRESS

PUT and GET /1.5/storage/KEY with a token of the tokenserver; /__heartbeat__ tells how it is, /nodes where it goes, /fail?seconds=N makes it ill.
"""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse


PATIENCE = 10  # seconds for a statement and for those before it, together
USER, KEY, LARGEST = 64, 255, 65_535  # bytes that the columns hold, of an item as many as a blob
TABLE = f"create table if not exists items (user varbinary({USER}), name varbinary({KEY}), item blob, primary key (user, name));\n"


class Database:
    """One session of MariaDB's client to a dbnode, which is begun anew when it ends, or when it has not answered in PATIENCE."""

    def __init__(self, host, port):
        self.where, self.lock, self.session = (host, port), threading.Lock(), None

    def ask(self, statement):
        ends = time.monotonic() + PATIENCE
        if not self.lock.acquire(timeout=PATIENCE):
            raise TimeoutError(f"{self.where[0]} is still asked something else")
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
            host, port = self.where
            statement = TABLE + statement
            self.session = subprocess.Popen(
                ["mariadb", "--no-defaults", "-h", host, "-P", port, "-u", "sync2", "-NBn", "--force", "sync"],
                env=dict(os.environ, MYSQL_PWD=os.environ["SYNC_PASSWORD"]), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        limit = threading.Timer(ends - time.monotonic(), self.session.kill)
        limit.start()
        try:
            self.session.stdin.write(statement + ";\nselect ':end';\n")
            self.session.stdin.flush()
            rows = []
            while (line := self.session.stdout.readline().rstrip("\n")) != ":end":
                if not line and self.session.poll() is not None:
                    raise EOFError(" ".join(rows).strip() or "the client has ended")
                rows.append(line)
        except (OSError, EOFError, ValueError):
            self.session.kill()
            self.session = None
            raise
        finally:
            limit.cancel()
        wrong = [row for row in rows if row.startswith("ERROR ")]
        if wrong:
            raise ValueError(wrong[0])
        return rows


class Cache:
    """One connection to a Redis. Without it everything works, and comes from the dbnode.

    One that does not answer in 2 s is left aside for 5 s, and who cannot have his turn in a moment goes on without it. What could not be deleted
    meanwhile is not read later: the cache is emptied before it is asked again.
    """

    def __init__(self, host, port):
        self.where, self.lock, self.stream = (host, int(port)), threading.Lock(), None
        self.aside_until, self.stale = 0.0, False

    def ask(self, *words):
        if self.lock.acquire(timeout=0.2):
            try:
                if time.monotonic() >= self.aside_until:
                    if self.stale:
                        self.stale = False
                        self.answer(["FLUSHDB"])
                    return self.answer(words)
            except (OSError, EOFError, ValueError) as error:
                print(f"{self.where[0]} is left aside: {error}", file=sys.stderr, flush=True)
                self.stream, self.aside_until, self.stale = None, time.monotonic() + 5, True
            finally:
                self.lock.release()
        elif words[0] == "DEL":
            self.stale = True
        return None

    def answer(self, words):
        if self.stream is None:
            self.stream = socket.create_connection(self.where, timeout=2).makefile("rwb")
        parts = [b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words]
        self.stream.write(b"*%d\r\n" % len(parts) + b"".join(parts))
        self.stream.flush()
        line = self.stream.readline()
        if line[:1] == b"$" and line != b"$-1\r\n":
            return self.stream.read(int(line[1:]) + 2)[:-2].decode()
        if not line:
            raise EOFError("it has closed the connection")
        if line[:1] == b"-":
            raise ValueError(line.decode().strip())
        return None


def named(prefix, kind):
    """The datastores of the environment by their names: DB, DB2, …"""
    found = sorted(name[:-5] for name in os.environ if re.fullmatch(prefix + "[0-9]*_HOST", name))
    return {name: kind(os.environ[name + "_HOST"], os.environ[name + "_PORT"]) for name in found}


databases, caches = named("DB", Database), named("CACHE", Cache)
secret = os.environ["TOKEN_SECRET"].encode()


def text(value):
    return "x'" + value.encode().hex() + "'"


class Webhead(http.server.ThreadingHTTPServer):
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
        length = self.headers.get("Content-Length", "0")
        try:
            if "Transfer-Encoding" in self.headers or not length.isdecimal():
                self.close_connection = True  # where its body ends is not known
                code, said = 411, "send a body with its length"
            elif int(length) > LARGEST:
                self.close_connection = True  # it is not read
                code, said = self.judge(url, None)
            else:
                code, said = self.judge(url, self.rfile.read(int(length)).decode())
        except UnicodeDecodeError:
            code, said = 400, "send UTF-8"
        except (OSError, EOFError, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
            code, said = 503, "the dbnode does not answer as it should: try again later"
        body = (said + "\n").encode()
        self.send_response(code)
        if code == 405:
            self.send_header("Allow", "GET")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_PUT = do_POST = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_GET

    def judge(self, url, given):
        writes = url.path.startswith("/1.5/storage/")
        if self.command not in ("GET", "HEAD", "PUT") or (self.command == "PUT" and not writes) or (self.command == "HEAD" and url.path == "/fail"):
            return 405, "send PUT or GET" if writes else "send GET"
        if url.path == "/__heartbeat__":
            ill = time.monotonic() < self.server.ill_until
            return (503, "ill") if ill else (200, "well")
        if url.path == "/fail":
            seconds = dict(urllib.parse.parse_qsl(url.query)).get("seconds", "10")
            if not seconds.isdecimal():
                return 400, "seconds is a number"
            self.server.ill_until = time.monotonic() + int(seconds[:6])
            return 200, "ill"
        if url.path == "/nodes":
            return 200, " ".join([*databases, *caches])
        if not writes:
            return 200, "syncstorage"
        user = self.user()
        if user is None:
            return 401, "a token of the tokenserver is needed"
        name, node = user
        key = url.path[len("/1.5/storage/"):]
        if len(name.encode()) > USER or len(key.encode()) > KEY:
            return 400, f"a user's name has {USER} bytes at most, and a key {KEY}"
        if node not in databases:
            return 503, f"this webhead does not know {node} yet: try again later"
        cached = "/".join(urllib.parse.quote(each, safe="") for each in (name, key))
        cache = list(caches.values())[hash_of(cached) % len(caches)] if caches else None
        if self.command == "PUT":
            if given is None:
                return 413, f"send {LARGEST} bytes at most"
            databases[node].ask(f"replace into items values ({text(name)}, {text(key)}, {text(given)})")
            if cache:
                cache.ask("DEL", cached)
            return 200, f"stored on {node}"
        found = cache and cache.ask("GET", cached)
        if found is None:
            rows = databases[node].ask(f"select hex(item) from items where user = {text(name)} and name = {text(key)}")
            if not rows:
                return 404, "there is no such item"
            found = bytes.fromhex(rows[0]).decode()
            if cache:
                cache.ask("SET", cached, found, "EX", "60")
        return 200, found

    def user(self):
        """Whose token came with the request, and the dbnode that it names."""
        told, _, signature = self.headers.get("Authorization", "").removeprefix("Token ").partition(".")
        if not hmac.compare_digest(hmac.new(secret, told.encode(), hashlib.sha256).hexdigest().encode(), signature.encode()):
            return None
        token = json.loads(base64.urlsafe_b64decode(told))
        return (token["user"], token["node"]) if token["until"] > time.time() else None

    def log_message(self, *_):
        pass


def hash_of(name):
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)


if __name__ == "__main__":
    site = Webhead((sys.argv[1], 80), Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=site.shutdown).start())
    site.serve_forever()
SERVER
cat > /usr/local/sbin/webhead-start <<'START'
#!/bin/bash
# Starts the webhead, or starts it anew with the configuration that there is now.
set -eu
[ -f /etc/baker/env ] || exit 0 # an image is being made
if [ -f /run/webhead.pid ] && kill "$(cat /run/webhead.pid)" 2> /dev/null; then
    while kill -0 "$(cat /run/webhead.pid)" 2> /dev/null; do sleep 0.1; done
fi
set -a
. /etc/baker/env
nohup python3 /srv/sync/webhead.py "$(hostname -i | awk '{print $1}')" > /var/log/webhead.log 2>&1 < /dev/null &
echo $! > /run/webhead.pid
START
chmod 755 /usr/local/sbin/webhead-start
python3 -m py_compile /srv/sync/webhead.py
rm -rf /srv/sync/__pycache__
