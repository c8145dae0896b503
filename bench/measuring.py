"""What the benches share: servers that end with their block, and commands that are timed."""
import datetime
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ANY_KEY = ("bench", "bench")


def environment(url=None, **more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DOTNET_ROOT") if name in os.environ}
    kept.update(AWS_ACCESS_KEY_ID=ANY_KEY[0], AWS_SECRET_ACCESS_KEY=ANY_KEY[1], AWS_EC2_METADATA_DISABLED="true", AWS_REGION="us-east-1", CHECKPOINT_DISABLE="1")
    if url:
        kept["AWS_ENDPOINT_URL"] = url
    kept.update(more)
    return kept


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def key_of(project):
    """The access key of a project's local cloud, once it has been served; any, where it has none."""
    try:
        with open(os.path.join(project, ".package", "key.json"), encoding="utf-8") as file:
            kept = json.load(file)
        return kept["Id"], kept["Secret"]
    except FileNotFoundError:
        return ANY_KEY


def signed(key, method, url, service, body=b"", **headers):
    """Headers with Signature Version 4, the given ones among the signed."""
    parts = urllib.parse.urlsplit(url)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {**{name.replace("_", "-"): value for name, value in headers.items()}, "host": parts.netloc, "x-amz-date": stamp}
    if service == "s3":
        headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{method}\n{parts.path or '/'}\n{parts.query}\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/us-east-1/{service}/aws4_request"
    chain = b"AWS4" + key[1].encode()
    for part in scope.split("/"):
        chain = hmac.new(chain, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(chain, text.encode(), hashlib.sha256).hexdigest()
    del headers["host"]
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 Credential={key[0]}/{scope}, SignedHeaders={names}, Signature={signature}"}


def fetch(url, data=None, method=None, key=None, service="baker"):
    headers = signed(key, method or "GET", url, service, data or b"") if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers), timeout=60) as answer:
        return answer.read()


class Server:
    """A process that listens on a port of its own, until the block ends."""

    def __init__(self, command, probe, env=None, cwd=None):
        self.command, self.probe, self.env, self.cwd = command, probe, env, cwd

    def __enter__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([part.replace("PORT", str(self.port)) for part in self.command],
                                        env=self.env, cwd=self.cwd, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                if self.probe is None:
                    socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                else:
                    fetch(self.url + self.probe)
                return self
            except OSError:
                if self.process.poll() is not None:
                    self.log.seek(0)
                    raise SystemExit(f"{self.command} ended: {self.log.read().decode()}")
                time.sleep(0.1)
        raise SystemExit(f"{self.command} does not answer")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def children(pid):
    """The process and all that it started, as /proc tells."""
    found = [pid]
    for one in found:
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children", encoding="ascii") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def resident(pid):
    total = 0
    for one in children(pid):
        try:
            with open(f"/proc/{one}/statm", encoding="ascii") as file:
                total += int(file.read().split()[1])
        except OSError:
            pass
    return total * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_seconds(pid):
    """What the process alone has used of the processors so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(command, cwd, env, patience):
    """Seconds, peak resident MiB of the process and all it started, exit code, and what it said."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        peak, over = 0.0, threading.Event()

        def watch():
            nonlocal peak
            while not over.wait(0.1):
                peak = max(peak, resident(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
        seconds = time.perf_counter() - began
        over.set()
        watcher.join()
        output.seek(0)
        return seconds, peak, code, output.read().decode("utf-8", "replace")
