"""The site's two kinds of stores, by what the machine has: PostgreSQL through its own client, Redis by its protocol."""
import glob
import os
import socket
import subprocess
import threading
import time

PATIENCE = 15  # seconds for a statement and for those before it, together


def address(service):
    """Where the catalogue of services has a service: the first of its nodes."""
    with open("/etc/baker/services/env", encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.strip().partition("=")
            if name == service + "_NODES" and value.strip("'\""):
                host, port = value.strip("'\"").split(",")[0].rsplit(":", 1)
                return host, int(port)
    raise ConnectionError(f"{service} is not known yet")


def secret(name):
    """A variable of the configuration, as it is now."""
    with open("/etc/baker/env", encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if key == name:
                return value.strip("'\"")
    return ""


class Database:
    """One session of psql, which is begun anew when it ends, or when it has not answered in PATIENCE."""

    def __init__(self):
        self.lock = threading.Lock()
        self.session = None

    def ask(self, statement):
        if "\0" in statement:
            raise ValueError("psql takes no NUL: it drops what follows, and a quote with it")
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
            self.session = self.begin()
        limit = threading.Timer(ends - time.monotonic(), self.session.kill)
        limit.start()
        try:
            self.session.stdin.write(statement + ";\n\\echo :end\n")
            self.session.stdin.flush()
            rows, wrong = [], None
            while (line := self.session.stdout.readline().rstrip("\n")) != ":end":
                if not line and self.session.poll() is not None:
                    raise EOFError(wrong or "psql has ended")
                if "ERROR:" in line or "FATAL:" in line:
                    wrong = line
                rows.append(line)
        except (OSError, EOFError, ValueError):
            self.session.kill()
            self.session = None
            raise
        finally:
            limit.cancel()
        if wrong:
            raise ValueError(wrong)
        return rows

    @staticmethod
    def begin():
        host, port = address("POSTGRESQL")
        program = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
        where = dict(os.environ, PGHOST=host, PGPORT=str(port), PGUSER="opendebates", PGDATABASE="opendebates",
                     PGPASSWORD=secret("DATABASE_PASSWORD"), PGCONNECT_TIMEOUT="5", PGCLIENTENCODING="UTF8")
        return subprocess.Popen([program, "-qAtXw"], env=where, text=True, encoding="utf-8",
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Redis:
    """One connection to a Redis, which is opened anew when it breaks, or when it has not answered within a patience of so many seconds."""

    def __init__(self, service, patience):
        self.service, self.patience = service, patience
        self.lock = threading.Lock()
        self.connection = self.stream = None

    def ask(self, *words):
        ends = time.monotonic() + self.patience
        if not self.lock.acquire(timeout=self.patience):
            raise TimeoutError(f"{self.service} is still asked something else")
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
                self.connection = socket.create_connection(address(self.service), timeout=left)
                self.stream = self.connection.makefile("rwb")
            self.connection.settimeout(left)
            self.send(words)
            return self.read()
        except (OSError, EOFError):
            self.connection = self.stream = None
            raise

    def send(self, words):
        whole = b"*%d\r\n" % len(words)
        for word in words:
            data = str(word).encode()
            whole += b"$%d\r\n%s\r\n" % (len(data), data)
        self.stream.write(whole)
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
