#!/usr/bin/env python3
"""The services of this example, one a process: seatgeek.py SERVICE [PORT].

Those with a port answer on the node's own address: GET /status says whether it is well, GET /fail?seconds=N makes it ill for a while. Where others are is in
/etc/baker/services/services.json, which Baker writes anew when something has changed. ftp-listener keeps what is sent to it by POST; GET /next shows what came
first, behind its name in a line, until DELETE /NAME says that it is done.
"""
import contextlib
import http.server
import json
import pathlib
import socket
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SERVICE = sys.argv[1]
SPOOL = pathlib.Path("/var/spool/ftp")
HERE = socket.gethostbyname(socket.gethostname())
LARGEST = 64 << 20
met = set()  # listeners that ftp-processor has seen: one that leaves is still emptied


def nodes_of(service):
    try:
        return json.loads(pathlib.Path("/etc/baker/services/services.json").read_text())["services"].get(service, [])
    except (OSError, ValueError, KeyError):
        return []


def places_of(service):
    return [f"http://{node['address']}:{node['port']}" for node in nodes_of(service)]


def answers(places, path):
    """What those answer that do, one after the other, and where each is."""
    for at in places:
        try:
            with urllib.request.urlopen(at + path, timeout=10) as answer:
                yield answer.read(), at
        except (OSError, urllib.error.URLError):
            met.discard(at)  # It has gone, and the next one is asked.


def customer_web(method, path, body):
    tickets, advice = (next((answer for answer, _ in answers(places_of(service), path)), None)
                       for service, path in (("api-workers", "/tickets"), ("recommendation", "/advice")))
    return (503, b"no tickets\n") if tickets is None else (200, tickets + b", " + (advice or b"no advice") + b"\n")


def ftp_listener(method, path, body):
    SPOOL.mkdir(parents=True, exist_ok=True)
    if method == "POST":
        name = SPOOL / str(time.time_ns())
        name.with_suffix(".new").write_bytes(body)
        name.with_suffix(".new").rename(name)
        return (200, b"stored\n")
    waiting = sorted(file for file in SPOOL.iterdir() if file.name.isdecimal())
    if method == "GET" and path == "/next":
        return (200, waiting[0].name.encode() + b"\n" + waiting[0].read_bytes() if waiting else b"")
    if method == "DELETE" and path[1:] in [file.name for file in waiting]:
        (SPOOL / path[1:]).unlink()
        return (200, b"done\n")
    return (404, b"there is no such upload\n")


ANSWERS = {
    "customer-web": customer_web,
    "api-workers": lambda method, path, body: (200, b"tickets"),
    "recommendation": lambda method, path, body: (200, b"advice"),
    "ftp-listener": ftp_listener,
}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    ill_until = 0.0
    is_ready = False
    lock = threading.Lock()

    def do_GET(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True  # where its body ends is not known, or it is not read
            self.answer(411 if "Transfer-Encoding" in self.headers else 400 if not length.isdecimal() else 413, b"send a body with its length\n")
            return
        body = self.rfile.read(int(length))
        url = urllib.parse.urlsplit(self.path)
        seconds = dict(urllib.parse.parse_qsl(url.query)).get("seconds", "10")
        method = "GET" if self.command == "HEAD" else self.command
        asked = url.path if method == "GET" else ""
        if asked == "/fail" and self.command == "HEAD":
            self.answer(405, b"send GET\n")
        elif asked == "/fail" and seconds.isdecimal():
            Service.ill_until = time.monotonic() + int(seconds[:6])
            self.answer(200, b"ill\n")
        elif asked == "/fail":
            self.answer(400, b"seconds is a number\n")
        elif time.monotonic() < Service.ill_until:
            self.answer(503, b"ill\n")
        elif asked == "/status":
            self.answer(*((200, b"well\n") if self.is_well() else (503, b"it does not know yet who has tickets\n")))
        else:
            with Service.lock if SERVICE == "ftp-listener" else contextlib.nullcontext():
                code, text = ANSWERS[SERVICE](method, url.path, body)
            self.answer(code, text)  # without the lock: who reads slowly holds nobody up

    do_POST = do_DELETE = do_HEAD = do_GET

    def do_PUT(self):
        self.close_connection = True  # nobody reads what is sent
        self.answer(405, b"send GET, POST or DELETE\n", "GET, POST, DELETE")

    do_PATCH = do_OPTIONS = do_PUT

    @staticmethod
    def is_well():
        """A node that has just begun is sent nobody until it knows where to ask; later it is no node's fault that others are gone."""
        Service.is_ready = Service.is_ready or SERVICE != "customer-web" or bool(nodes_of("api-workers"))
        return Service.is_ready

    def answer(self, code, body, allowed="GET"):
        self.send_response(code)
        if code == 405:
            self.send_header("Allow", allowed)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request):
        """Reads on for a while before it closes: who is still sending would get a reset for an answer."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(5)
            ends, left = time.monotonic() + 30, 256 << 20
            while left > 0 and time.monotonic() < ends and (piece := request.recv(1 << 16)):
                left -= len(piece)
        self.close_request(request)


def listeners():
    met.update(places_of("ftp-listener"))
    return sorted(met)


def work():
    """A worker without a port: it counts what it has done."""
    done = pathlib.Path("/var/tmp/process-users/done" if SERVICE == "process-users" else f"/var/log/{SERVICE}.done")
    number = 0
    while True:
        if SERVICE != "ftp-processor":
            number += 1
            time.sleep(1)
        elif found := next((each for each in answers(listeners(), "/next") if each[0]), None):
            name, _, text = found[0].partition(b"\n")
            try:
                with open("/var/log/ftp-processor.log", "ab") as log:
                    log.write(text + b"\n")
            except OSError as error:
                print(f"{name.decode()} waits on: {error}", flush=True)
                time.sleep(5)
                continue
            number += 1
            urllib.request.urlopen(urllib.request.Request(f"{found[1]}/{name.decode()}", method="DELETE"), timeout=10).close()
        else:
            time.sleep(0.5)
        done.write_text(f"{number}\n")


if len(sys.argv) > 2:
    Server((HERE, int(sys.argv[2])), Service).serve_forever()
else:
    work()
