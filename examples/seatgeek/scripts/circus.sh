#!/bin/sh
# Puts circus on the image, which keeps a node's services running, from each boot on.
set -eu
mkdir -p /etc/circus /var/lib/cloud/scripts/per-boot
cat > /usr/local/sbin/circus <<'PROGRAM'
#!/usr/bin/env python3
"""Keeps services running: one for each /etc/circus/NAME.json, {"command": [...]}; what changes there or goes is stopped, what dies begins again."""
import json
import pathlib
import signal
import subprocess
import sys
import time

running = {}  # by name: the file's text, and the process
failed = {}  # by name: the file's text that no process could be made of


def stop(name):
    _, process = running.pop(name)
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def look():
    wanted = {file.stem: file.read_text() for file in pathlib.Path("/etc/circus").glob("*.json")}
    for name, (text, process) in list(running.items()):
        if wanted.get(name) != text:
            stop(name)
        elif process.poll() is not None:
            del running[name]
    for name, text in wanted.items():
        if name not in running:
            start(name, text)


def start(name, text):
    try:
        running[name] = (text, subprocess.Popen(json.loads(text)["command"]))
        failed.pop(name, None)
    except (OSError, ValueError, KeyError, TypeError) as error:  # it is tried again at each look, and the others run on
        if failed.get(name) != text:
            print(f"{name} does not start: {error}", flush=True)
        failed[name] = text


def end(*_):
    for name in list(running):
        stop(name)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    try:
        look()
    except OSError as error:  # a file that goes at this moment
        print(error, flush=True)
    time.sleep(0.2)
PROGRAM
cat > /var/lib/cloud/scripts/per-boot/circus <<'BOOT'
#!/bin/sh
nohup /usr/local/sbin/circus > /var/log/circus.log 2>&1 < /dev/null &
BOOT
chmod 755 /usr/local/sbin/circus /var/lib/cloud/scripts/per-boot/circus
