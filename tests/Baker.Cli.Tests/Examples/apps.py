"""Sends an application of the examples what it should not be sent: apps.py EXAMPLES NAME, without a cloud. It answers each in words, and does nothing."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import types

LARGE = bytes(20_000_000)  # more than is under way in sockets
CLIENT = r"""#!/bin/sh
while read -r line; do
    case $line in
        *'create table'*) echo "$line" >> "$0.tables" ;;
        *hang*) exec sleep 60 ;;
        *wrong*) printf 'ERROR:  wrong\nERROR 1064 wrong\n' >&2 ;;
        *like*) printf 'ERROR: a row\n:end\n' ;;
        "select ':end';") echo :end ;;
        '\echo '*) echo "${line#* }" ;;
        *) echo 7 ;;
    esac
done
"""  # stands in for a database's client
NUMBERS = ["abc", "-1", "nan", "inf", "1e400", "1.5", "0x10"]


class Store:
    """Keeps what it is asked; answers everything with 7."""

    def __init__(self):
        self.asked = []

    def ask(self, *words):
        self.asked.append(words)
        return ["7"] if len(words) == 1 else "7"


class Queue:
    """Gives its one task to a worker that is told to end meanwhile; and takes it back at the second try."""

    def __init__(self):
        self.tasks, self.tries = ["7"], 0

    def ask(self, word, _, what):
        if word in ("BRPOP", "BLPOP"):
            os.kill(os.getpid(), signal.SIGTERM)
            return ["queue", self.tasks.pop()]
        self.tries += 1
        if self.tries == 1:
            raise OSError("the queue is away")
        self.tasks.append(what)


class Away:
    def ask(self, *_):
        raise EOFError("the database is away")


class Items:
    """A dbnode, as far as a webhead asks it."""

    def __init__(self):
        self.items = {}

    def ask(self, statement):
        user, key, *item = re.findall("x'([0-9a-f]*)'", statement)
        if item:
            self.items[user, key] = item
        return self.items.get((user, key), [])


class Keys:
    """A cache."""

    def __init__(self):
        self.values = {}

    def ask(self, word, key, *value):
        if word == "SET":
            self.values[key] = value[0]
        return self.values.pop(key, None) if word == "DEL" else self.values.get(key)


class Redis(socketserver.ThreadingTCPServer):
    """Serves what a Redis does; answers nothing while it is not well, and goes away at the first word BREAK."""

    daemon_threads = True
    request_queue_size = 128

    class RequestHandlerClass(socketserver.StreamRequestHandler):
        def handle(self):
            while line := self.rfile.readline():
                words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2].decode() for _ in range(int(line[1:]))]
                self.server.asked.append(words)
                self.server.well.wait()
                if words == ["BREAK"] and self.server.asked.count(words) == 1:
                    return
                with contextlib.suppress(OSError):
                    self.wfile.write(self.server.answer(*words))

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.RequestHandlerClass)
        self.values, self.asked, self.well = {}, [], threading.Event()
        self.well.set()

    def answer(self, word, key="", *value):
        if word == "GET":
            found = self.values.get(key)
            return b"$-1\r\n" if found is None else b"$%d\r\n%s\r\n" % (len(found), found.encode())
        if word == "FLUSHDB":
            self.values.clear()
        self.values.pop(key, None)
        if word == "SET":
            self.values[key] = value[0]
        return b":1\r\n"


def at_once(many, ask):
    """What each of many that ask at the same time gets, and how long the last one waited."""
    found, begun = [], time.monotonic()

    def one():
        try:
            found.append(ask())
        except (OSError, EOFError) as error:
            found.append(error)

    threads = [threading.Thread(target=one) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found, time.monotonic() - begun


@contextlib.contextmanager
def clients(*modules):
    """The folder of clients that stand in for a database's; they have three seconds to answer."""
    for module in modules:
        module.PATIENCE = 3
    with tempfile.TemporaryDirectory() as folder:
        for name in ("psql", "mariadb"):
            client = pathlib.Path(folder) / name
            client.write_text(CLIENT)
            client.chmod(0o755)
        yield folder


def gives_up(database):
    """Who asks what is not answered is told so, and the next one is answered; so is who waits for his turn."""
    for statement in ("well", "hang", "hang", "well"):
        begun = time.monotonic()
        try:
            assert (statement, database.ask(statement)) == ("well", ["7"])
        except (OSError, EOFError):
            assert statement == "hang" and time.monotonic() - begun < 30
    database.lock.acquire()
    threading.Timer(2.5, database.lock.release).start()
    [error], took = at_once(1, lambda: database.ask("hang"))
    assert isinstance(error, EOFError) and took < 4.5, (error, took)
    with database.lock:
        try:
            raise AssertionError(database.ask("well"))
        except TimeoutError:
            pass
    try:
        raise AssertionError(database.ask("wrong"))
    except ValueError as error:
        assert "wrong" in str(error), error


def tries_once(server, redis):
    """A connection that breaks is opened anew; a Redis that does not answer has its patience once, whoever else waits for it."""
    assert redis.ask("BREAK") == 1 and server.asked == [["BREAK"]] * 2, server.asked
    server.well.clear()
    found, took = at_once(4, lambda: redis.ask("GET", "a"))
    assert all(isinstance(error, TimeoutError) for error in found) and took < redis.patience + 1, (found, took)
    server.well.set()
    assert redis.ask("GET", "a") is None


def loses_no_task(app, database, work):
    """What a worker has taken is done, or goes back, before it ends."""
    for store in (Store(), Away()):
        app.queue = Queue()
        setattr(app, database, store)
        work()
        done = [words for words in getattr(store, "asked", []) if "7" in words[0]]
        assert len(done) + len(app.queue.tasks) == 1, (store, done, app.queue.tasks)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def loaded(source, folder):
    module = types.ModuleType("app")
    sys.path.insert(0, str(folder))
    exec(source, module.__dict__)
    return module


def served(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address


def opendebates(folder):
    app = loaded((folder / "app/debates.py").read_text(), folder / "app")
    app.database, app.cache, app.queue = stores = [Store() for _ in range(3)]
    address = served(app.Site(("127.0.0.1", 0), app.Page))
    refuses(address, "/work", "/fail")
    changes_nothing(address, stores, "/vote?zip=20001", "/fail")
    looks_alike(address, "/", "/counted")
    refuses_methods(address, "/vote?zip=20001", "PUT", "DELETE", chunked=400)
    assert not any("insert" in words[0] for words in app.database.asked), app.database.asked
    shows_who_sends(address, "/", chunked=400)
    for body, code in ((LARGE, 200), (iter([LARGE]), 400), (bytes(app.LARGEST + 1), 400)):
        assert asked(address, "POST", "/vote?zip=20001", body)[0] == code
    assert asked(address, "POST", "/vote?zip=20001")[0] == 200
    loses_no_task(app, "database", app.work)
    app.database, app.queue = Store(), Store()
    app.cache = app.queue
    assert asked(address, "GET", "/vote?zip=20001")[0] == 200
    assert [words[0] for words in app.queue.asked] == ["RPUSH", "DEL"], app.queue.asked
    app.queue = app.cache = Away()
    assert asked(address, "GET", "/vote?zip=20001")[::2] == (200, b"vote 7\n")
    assert asked(address, "GET", "/")[::2] == (200, b"opendebates: version 1, 7 votes\n")
    counts_what_was_not_queued(app)
    app.database = Away()
    assert asked(address, "GET", "/counted")[::2] == (500, b"a store does not answer as it should\n")
    with clients(app.stores) as clients_folder:
        app.stores.glob = types.SimpleNamespace(glob=lambda _: [clients_folder + "/psql"])
        app.stores.address, app.stores.secret = lambda _: ("127.0.0.1", 5432), lambda _: ""
        gives_up(app.stores.Database())
    server = Redis()
    where = served(server)
    app.stores.address = lambda _: where
    tries_once(server, app.stores.Redis("QUEUE", 2))


def counts_what_was_not_queued(app):
    """Where the queue has nothing for the worker, the table may have."""
    def nothing(*_):
        os.kill(os.getpid(), signal.SIGTERM)

    app.database, app.queue = Store(), types.SimpleNamespace(ask=nothing)
    app.work()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert ["where not counted" in words[0] for words in app.database.asked] == [True], app.database.asked


def trackmaven(folder):
    app = loaded((folder / "app/maven.py").read_text(), folder / "app")
    app.write, app.read, app.queue, app.cache = stores = [Store() for _ in range(4)]
    address = served(app.Site(("127.0.0.1", 0), app.Page))
    refuses(address, "/fail")
    changes_nothing(address, stores, "/collect?item=a", "/fail")
    looks_alike(address, "/", "/status", "/key?name=TWITTER_API_KEY")
    refuses_methods(address, "/collect?item=a", "POST", "PUT", "DELETE")
    shows_who_sends(address, "/status")
    loses_no_task(app, "write", app.collect)
    for path in ("/collect", "/collect?item=", "/key", "/key?name=DATABASE_PASSWORD"):
        assert asked(address, "GET", path)[0] == 400, path
    app.cache = Away()
    assert asked(address, "GET", "/")[::2] == (500, b"a store does not answer as it should\n")
    with clients(app) as clients_folder:
        app.glob = types.SimpleNamespace(glob=lambda _: [clients_folder + "/psql"])
        os.environ.update(MAIN_HOST="127.0.0.1", MAIN_PORT="5432", DATABASE_PASSWORD="")
        database = app.Database("MAIN_HOST")
        gives_up(database)
        assert database.ask("like") == ["ERROR: a row", ":end"]
    server = Redis()
    os.environ["QUEUE_HOST"], os.environ["QUEUE_PORT"] = map(str, served(server))
    tries_once(server, app.Redis("QUEUE", 2))


def gekko(folder):
    app = loaded((folder / "app/gekko.py").read_text(), folder / "app")
    server = app.Gekko(("127.0.0.1", 0))
    address = served(server)
    refuses(address, "/fail")
    changes_nothing(address, [], "/widget", "/fail")
    assert not server.seen, server.seen
    looks_alike(address, "/", "/status")
    refuses_methods(address, "/widget", "POST", "PUT", "DELETE")
    shows_who_sends(address, "/status")


def syncstorage(folder):
    waits(folder.parent)
    brings_back(folder.parent)
    os.environ["TOKEN_SECRET"] = "secret"
    source = (folder / "scripts/setup_webhead.sh").read_text().split("<<'SERVER'\n")[1].split("\nSERVER\n")[0]
    app = loaded(source, folder)
    address = served(app.Webhead(("127.0.0.1", 0), app.Page))
    refuses(address, "/fail")
    changes_nothing(address, [], "/fail")
    looks_alike(address, "/", "/nodes", "/__heartbeat__")
    refuses_methods(address, "/", "POST", "PUT", "DELETE", chunked=411)
    refuses_methods(address, "/1.5/storage/a", "POST", "DELETE", chunked=411)
    app.databases.update(DB=Items(), AWAY=Away())
    app.caches["CACHE"] = Keys()
    ann = token("ann")
    for body, headers, code in ((LARGE, None, 401), (iter([LARGE]), None, 411), (LARGE, ann, 413), (bytes(app.LARGEST + 1), ann, 413)):
        assert asked(address, "PUT", "/1.5/storage/a", body, headers)[0] == code
    assert not app.databases["DB"].items
    assert asked(address, "PUT", "/1.5/storage/a", bytes(app.LARGEST), ann)[0] == 200
    assert len(asked(address, "GET", "/1.5/storage/a", None, ann)[2]) == app.LARGEST + 1
    for user, key, code in (("a" * 64, "k" * 255, 404), ("a" * 65, "k", 400), ("a", "k" * 256, 400)):
        assert asked(address, "GET", "/1.5/storage/" + key, None, token(user))[0] == code
    assert asked(address, "PUT", "/1.5/storage/c", b"private", token("a/b"))[0] == 200
    assert [asked(address, "GET", "/1.5/storage/" + key, None, token(user))[0] for user, key in (("a/b", "c"), ("a", "b/c"))] == [200, 404]
    assert asked(address, "GET", "/1.5/storage/a", None, token("ann", "DB9"))[::2] == (503, b"this webhead does not know DB9 yet: try again later\n")
    code, _, text = asked(address, "GET", "/1.5/storage/a", None, token("bob", "AWAY"))
    assert code == 503 and b"the database" not in text, (code, text)
    with clients(app) as clients_folder:
        os.environ.update(PATH=clients_folder + ":" + os.environ["PATH"], SYNC_PASSWORD="")
        gives_up(app.Database("127.0.0.1", "3306"))
        assert len(set((pathlib.Path(clients_folder) / "mariadb.tables").read_text().splitlines())) == 1
    server = Redis()
    leaves_aside(server, app.Cache(*served(server)))
    assert asked(address, "PUT", "/1.5/storage/a", b"\xff")[0] == 400
    assert asked(address, "PUT", "/1.5/storage/a", b"a", {"Transfer-Encoding": "chunked"})[0] == 411
    assert asked(address, "GET", "/1.5/storage/a", headers={"Authorization": b"Token a.\xe9"})[0] == 401


def leaves_aside(server, cache):
    """A cache that does not answer holds nobody up for long; what could not be deleted in it is not read later."""
    cache.ask("SET", "a", "old", "EX", "60")
    assert cache.ask("GET", "a") == "old"
    server.well.clear()
    for many, patience in ((20, 4), (20, 1)):
        found, took = at_once(many, lambda: cache.ask("GET", "a"))
        assert found == [None] * many and took < patience, (found, took)
    cache.ask("DEL", "a")
    server.well.set()
    until = time.monotonic() + 20
    while not server.values or "FLUSHDB" not in sum(server.asked, []):
        cache.ask("SET", "b", "new", "EX", "60")
        assert cache.ask("GET", "a") is None and time.monotonic() < until, server.asked
        time.sleep(0.2)
    assert cache.ask("GET", "b") == "new"
    with cache.lock:
        cache.ask("DEL", "b")
    assert cache.ask("GET", "b") is None


def waits(examples):
    """A `run` waits for its datastores, and ends in words where they do not come up."""
    log = "[1] FATAL: No space left on device\ninstance db-1: its service ended with exit code 1\n"
    for states, ended, patience, code, words in (
            (["creating", "creating", "available\tcreating", "available\tavailable"], 0, 60, 0, "it: creating\nit: available creating\n"),
            (["creating", "available\tfailed"], 0, 60, 1, "it: available failed, and not available"),
            (["incompatible-parameters"], 0, 60, 1, "it: incompatible-parameters, and not available"),
            ([], 0, 60, 1, "it: gone, and not available"),
            ([], 0, 60, 1, "the cloud has ended"),
            (["creating"] * 9, 0, 0, 1, "it: creating, and not available"),
            (["creating"] * 9, 3, 60, 1, "No space left on device")):
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            (at / ".run").mkdir()
            (at / ".run/cloud.log").write_text("the cloud has ended\n")
            (at / ".package/instances/db-1").mkdir(parents=True)
            (at / ".package/instances/db-1/console.log").write_text(log * ended)
            (at / "states").write_text("".join(state + "\n" for state in states))
            script = """set -euo pipefail
                . "$0"
                next() { local state; state=$(sed -n 1p states); sed -i 1d states; [ -n "$state" ] && echo "$state"; }
                available it next"""
            run = subprocess.run(["bash", "-c", script, (examples / "lib.sh").resolve()],
                                 cwd=at, env=dict(os.environ, PATIENCE=str(patience)), capture_output=True, text=True, timeout=60, check=False)
            assert run.returncode == code and words in run.stderr and ("Filesystem" in run.stderr) == (code == 1), (states, run)


def brings_back(examples):
    """`run --down` loses no manifest that a step has changed and kept."""
    for kept, found in (("first", "first"), (None, "changed")):
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            (at / ".run").mkdir()
            (at / "nodes.json").write_text("changed")
            if kept:
                (at / ".run/nodes.json").write_text(kept)
            script = "set -euo pipefail\npackage() { :; }\n. \"$0\"\nbegin --down"
            run = subprocess.run(["bash", "-c", script, (examples / "lib.sh").resolve()], cwd=at, capture_output=True, text=True, timeout=60, check=False)
            assert (run.returncode, (at / "nodes.json").read_text(), (at / ".run").exists()) == (0, found, False), run
            assert ("nodes.json is again" in run.stderr) == bool(kept), run


def token(user, node="DB"):
    """The header that the tokenserver's token comes in."""
    told = base64.urlsafe_b64encode(json.dumps({"user": user, "node": node, "until": time.time() + 60}).encode()).decode()
    return {"Authorization": f"Token {told}." + hmac.new(b"secret", told.encode(), hashlib.sha256).hexdigest()}


def seatgeek(folder):
    sys.argv = ["seatgeek.py", "process-users"]
    source = (folder / "cookbooks/seatgeek/files/seatgeek.py").read_text().split("\nif len(sys.argv) > 2:")[0]
    worker = loaded(source, folder)
    worker.nodes_of = worker.time = None  # what it works without, and where it ends
    try:
        worker.work()
    except AttributeError as error:
        assert "sleep" in str(error), error
    with socket.create_server((socket.gethostbyname(socket.gethostname()), 0)) as free:
        address = free.getsockname()
    process = subprocess.Popen([sys.executable, "-B", folder / "cookbooks/seatgeek/files/seatgeek.py", "api-workers", str(address[1])])
    try:
        for _ in range(100):
            try:
                socket.create_connection(address).close()
                break
            except OSError:
                time.sleep(0.1)
        refuses(address, "/fail")
        changes_nothing(address, [], "/fail")
        looks_alike(address, "/tickets", "/status")
        refuses_methods(address, "/tickets", "PUT")
        shows_who_sends(address, "/status", chunked=411)
        assert asked(address, "GET", "/status", bytes(worker.LARGEST + 1))[0] == 413
    finally:
        process.kill()
        process.wait()


def shop(folder):
    sys.argv = ["shop", "web", "127.0.0.1"]
    source = (folder / "scripts/serve.sh").read_text().split("<<'SERVER'\n")[1].split("\nServer((")[0]
    app = loaded(source, folder)
    address = served(app.Server(("127.0.0.1", 0), app.Shop))
    refuses(address, "/work")
    looks_alike(address, "/", "/work?seconds=0")
    refuses_methods(address, "/", "POST", "PUT", "DELETE")
    shows_who_sends(address, "/")


def asked(address, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


def refuses(address, *paths):
    for path in paths:
        for number in NUMBERS:
            code, _, text = asked(address, "GET", f"{path}?seconds={number}")
            assert (code, text) == (400, b"seconds is a number\n"), f"{path} of {number}: {code} {text}"


def changes_nothing(address, stores, *paths):
    for path in paths:
        code, headers, _ = asked(address, "HEAD", path)
        assert code == 405 and "GET" in headers["Allow"], f"HEAD {path}: {code} {headers}"
    assert not any(store.asked for store in stores), [store.asked for store in stores]


def looks_alike(address, *paths):
    for path in paths:
        code, headers, text = asked(address, "GET", path)
        head = asked(address, "HEAD", path)
        assert (head[0], head[1]["Content-Length"], head[2]) == (code, str(len(text)), b"") and code == 200, f"HEAD {path}: {head}, and not {code} {headers}"


def refuses_methods(address, path, *methods, chunked=405):
    """Who still sends gets the answer, and no reset."""
    for method in (*methods, "PATCH", "OPTIONS"):
        for body, wanted in ((LARGE, 405), (iter([LARGE]), chunked), (b"a", 405)):
            code, headers, _ = asked(address, method, path, body)
            assert code == wanted and (code != 405 or "GET" in headers["Allow"]), f"{method} {path}: {code} {headers}"


def shows_who_sends(address, path, chunked=200):
    """A page is shown to who sends a body too."""
    assert asked(address, "GET", path, LARGE)[0] == 200
    assert asked(address, "GET", path, iter([LARGE]))[0] == chunked


examples, name = sys.argv[1:]
sys.dont_write_bytecode = True
globals()[name](pathlib.Path(examples) / name)
