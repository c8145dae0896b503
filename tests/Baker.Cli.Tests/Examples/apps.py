"""Sends an application of the examples what it should not be sent: apps.py EXAMPLES NAME, without a cloud. It answers each in words, and does nothing."""
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import types

LARGE = bytes(20_000_000)  # more than is under way in sockets
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


def trackmaven(folder):
    app = loaded((folder / "app/maven.py").read_text(), folder / "app")
    app.write, app.read, app.queue, app.cache = stores = [Store() for _ in range(4)]
    address = served(app.Site(("127.0.0.1", 0), app.Page))
    refuses(address, "/fail")
    changes_nothing(address, stores, "/collect?item=a", "/fail")
    looks_alike(address, "/", "/status", "/key?name=A")
    refuses_methods(address, "/collect?item=a", "POST", "PUT", "DELETE")
    shows_who_sends(address, "/status")
    loses_no_task(app, "write", app.collect)


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
    os.environ["TOKEN_SECRET"] = "secret"
    source = (folder / "scripts/setup_webhead.sh").read_text().split("<<'SERVER'\n")[1].split("\nSERVER\n")[0]
    app = loaded(source, folder)
    address = served(app.Webhead(("127.0.0.1", 0), app.Page))
    refuses(address, "/fail")
    changes_nothing(address, [], "/fail")
    looks_alike(address, "/", "/nodes", "/__heartbeat__")
    refuses_methods(address, "/", "POST", "PUT", "DELETE", chunked=411)
    refuses_methods(address, "/1.5/storage/a", "POST", "DELETE", chunked=411)
    for body, code in ((LARGE, 401), (iter([LARGE]), 411), (bytes(app.LARGEST + 1), 413)):
        assert asked(address, "PUT", "/1.5/storage/a", body)[0] == code
    assert asked(address, "PUT", "/1.5/storage/a", b"\xff")[0] == 400
    assert asked(address, "PUT", "/1.5/storage/a", b"a", {"Transfer-Encoding": "chunked"})[0] == 411
    assert asked(address, "GET", "/1.5/storage/a", headers={"Authorization": b"Token a.\xe9"})[0] == 401


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
