#!/usr/bin/env python3
"""The services of this example, one a process: seatgeek.py SERVICE [PORT].

Those with a port answer on the node's own address: /status says whether it is well, /fail?seconds=N makes it ill for a while. Where others are is in
/etc/baker/services/services.json, which Baker writes anew when something has changed.
"""
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


def ask(service, path, data=None):
    """What one of a service's nodes answers; None where there is none that does."""
    try:
        known = json.loads(pathlib.Path("/etc/baker/services/services.json").read_text())["services"].get(service, [])
    except (OSError, ValueError, KeyError):
        known = []
    for node in known:
        try:
            with urllib.request.urlopen(f"http://{node['address']}:{node['port']}{path}", data, timeout=10) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            pass  # It has gone, and the next one is asked.
    return None


def customer_web(path, body):
    tickets, advice = ask("api-workers", "/tickets"), ask("recommendation", "/advice")
    return (503, "no tickets\n") if tickets is None else (200, f"{tickets}, {advice or 'no advice'}\n")


def ftp_listener(path, body):
    if body:
        SPOOL.mkdir(parents=True, exist_ok=True)
        (SPOOL / str(time.time_ns())).write_text(body)
        return 200, "stored\n"
    waiting = sorted(SPOOL.glob("*"))
    if not waiting:
        return 200, ""
    text = waiting[0].read_text()
    waiting[0].unlink()
    return 200, text


ANSWERS = {
    "customer-web": customer_web,
    "api-workers": lambda path, body: (200, "tickets"),
    "recommendation": lambda path, body: (200, "advice"),
    "ftp-listener": ftp_listener,
}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    ill_until = 0.0
    lock = threading.Lock()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if url.path == "/fail":
            Service.ill_until = time.monotonic() + float(dict(urllib.parse.parse_qsl(url.query)).get("seconds", "10"))
            self.answer(200, "ill\n")
        elif time.monotonic() < Service.ill_until:
            self.answer(503, "ill\n")
        elif url.path == "/status":
            self.answer(200, "well\n")
        else:
            with Service.lock if SERVICE == "ftp-listener" else threading.Lock():
                self.answer(*ANSWERS[SERVICE](url.path, body))

    do_POST = do_GET

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def work():
    """A worker without a port: it counts what it has done."""
    done = pathlib.Path("/var/tmp/process-users/done" if SERVICE == "process-users" else f"/var/log/{SERVICE}.done")
    number = 0
    while True:
        if SERVICE != "ftp-processor":
            number += 1
            time.sleep(1)
        elif text := ask("ftp-listener", "/take"):
            number += 1
            with open("/var/log/ftp-processor.log", "a") as log:
                log.write(text + "\n")
        else:
            time.sleep(0.5)
        done.write_text(f"{number}\n")


if len(sys.argv) > 2:
    Server((HERE, int(sys.argv[2])), Service).serve_forever()
else:
    work()
