"""Tests of baker-services: the program itself, against a metadata service and an SSM that do as they are told, and a real etcd.

Run with the program's path: python3 baker_services_test.py PATH
"""

import base64
import contextlib
import errno
import fcntl
import http.server
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
import urllib.parse
import urllib.request

PROGRAM = sys.argv.pop(1)
ROLE = {"Code": "Success", "AccessKeyId": "ASIAKEYOFTHEROLE", "SecretAccessKey": "the-roles-own-secret", "Token": "the-session-token"}
ROOT = "/baker/services"
SETTINGS = "/baker/config/_services/web"


def entry(service, instance, group="api", port=8080, check=None, state="serving", address="127.0.9.7"):
    return {"service": service, "group": group, "instance": instance, "address": address, "port": port, "check": check,
            "zone": "us-east-1a", "version": "ami-1", "since": "2026-11-27T08:00:01Z", "state": state}


DENIED = ()


class Stage(http.server.ThreadingHTTPServer):
    """The metadata service, SSM and Auto Scaling on one port."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.gate = threading.RLock()
        self.metadata = {
            "meta-data/placement/region": "us-east-1",
            "meta-data/placement/availability-zone": "us-east-1b",
            "meta-data/instance-id": "i-me",
            "meta-data/local-ipv4": "127.0.0.1",
            "meta-data/ami-id": "ami-2",
            "meta-data/iam/security-credentials/": "web",
            "meta-data/iam/security-credentials/web": json.dumps(ROLE),
        }
        self.history = {}  # name -> [(version, value, date)]
        self.trouble = None
        self.garbled = None  # what each call is answered
        self.refused_each = None
        self.up = True
        self.calls = []
        self.queries = []
        self.unheard = 0  # of the queries that follow so many are not answered
        self.alive = []
        self.clock = 0

    def put(self, name, value):
        with self.gate:
            self.clock += 1
            versions = self.history.setdefault(name, [])
            versions.append((versions[-1][0] + 1 if versions else 1, value, self.clock))
            del versions[:-100]

    def have(self, *entries):
        for each in entries:
            self.put("%s/%s/%s" % (ROOT, each["service"], each["instance"]), json.dumps(each, separators=(",", ":")))
            self.put(ROOT + "/_version", json.dumps({key: each[key] for key in ("service", "instance", "state")}, separators=(",", ":")))

    def lose(self, service, instance):
        with self.gate:
            del self.history["%s/%s/%s" % (ROOT, service, instance)]

    def value(self, name):
        with self.gate:
            return json.loads(self.history[name][-1][1]) if name in self.history else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        self.answer(200, "the-token")

    def do_GET(self):
        if self.path == "/up":
            self.answer(200 if self.server.up else 503, "")
            return
        found = self.server.metadata.get(self.path[len("/latest/"):])
        self.answer(404 if found is None else 200, found or "")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stage = self.server
        if not self.headers.get("X-Amz-Target"):
            query = dict(urllib.parse.parse_qsl(body.decode()))
            stage.queries.append(query)
            if stage.unheard > 0:
                stage.unheard -= 1
                self.answer(503, "")
                return
            there = [each for each in stage.alive if each in query.values()] if query.get("Action") == "DescribeInstances" else []
            self.answer(200 if stage.alive is not DENIED else 403, "<Response>%s</Response>" % "".join("<instanceId>%s</instanceId>" % each for each in there))
            return
        action = self.headers["X-Amz-Target"].split(".")[-1]
        question = json.loads(body)
        with stage.gate:
            stage.calls.append((action, question))
            if stage.trouble or (stage.refused_each and len(stage.calls) % stage.refused_each == 0):
                self.answer(400, json.dumps({"__type": stage.trouble or "ThrottlingException", "message": "as the test wants it"}))
                return
            status, reply = self.ssm(action, question)
        self.answer(status, json.dumps(reply) if stage.garbled is None else stage.garbled)

    def ssm(self, action, question):
        history = self.server.history

        def shown(name, version):
            return {"Name": name, "Type": "String", "Value": version[1], "Version": version[0], "LastModifiedDate": version[2]}

        if action == "PutParameter":
            self.server.put(question["Name"], question["Value"])
            return 200, {"Version": history[question["Name"]][-1][0]}
        if action == "GetParameters":
            return 200, {"Parameters": [shown(name, history[name][-1]) for name in question["Names"] if name in history]}
        if action == "GetParametersByPath":
            names = sorted(name for name in history if name.rsplit("/", 1)[0] == question["Path"])
            start = int(question.get("NextToken", "0"))
            some = names[start:start + question["MaxResults"]]
            page = {"Parameters": [shown(name, history[name][-1]) for name in some]}
            if start + len(some) < len(names):
                page["NextToken"] = str(start + len(some))
            return 200, page
        if question["Name"] not in history:
            return 400, {"__type": "ParameterNotFound"}
        if action == "DeleteParameter":
            del history[question["Name"]]
            return 200, {}
        start = int(question.get("NextToken", "0"))
        versions = history[question["Name"]][start:start + question["MaxResults"]]
        page = {"Parameters": [shown(question["Name"], version) for version in versions]}
        if start + len(versions) < len(history[question["Name"]]):
            page["NextToken"] = str(start + len(versions))
        return 200, page


class NodeCase(unittest.TestCase):
    catalog = {"ssm": True}

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.stage = Stage()
        threading.Thread(target=self.stage.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(self.stage.server_close)
        self.addCleanup(self.stage.shutdown)
        self.endpoint = "http://127.0.0.1:%d" % self.stage.server_address[1]
        self.settings()

    def settings(self, **more):
        os.makedirs(os.path.join(self.root, "etc/baker"), exist_ok=True)
        known = {"group": "web", "environment": None, "provides": {"www": {"port": self.stage.server_address[1], "check": "/up"}},
                 "needs": {"api": {"optional": False}}, "catalog": self.catalog, "settle": 0}
        with open(os.path.join(self.root, "etc/baker/node.json"), "w", encoding="utf-8") as file:
            json.dump({"group": "web", "services_path": SETTINGS}, file)
        with self.stage.gate:
            self.stage.history[SETTINGS] = [(1, json.dumps(dict(known, **more)), 0)]

    def command(self, *words):
        variables = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint, "AWS_ENDPOINT_URL": self.endpoint}
        return [sys.executable, "-I", "-W", "error", PROGRAM, "--root", self.root, *words], variables

    def run_it(self, *words, wait=0.3):
        command, variables = self.command(words[0], "--wait", str(wait), *words[1:])
        return subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)

    def ends(self, code, *words, says=(), wait=0.3):
        done = self.run_it(*words, wait=wait)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, code, said)
        self.assertEqual(done.stdout, b"")
        self.assertNotIn("Traceback", said)
        for each in says:
            self.assertIn(each, said)
        return said

    def path(self, name):
        return os.path.join(self.root, "etc/baker/services", name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, "it never came")
            time.sleep(0.02)

    def script(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def edited(self, *edits):
        """A copy of the program that does a few things in another way."""
        folder = os.path.join(self.root, "bin")
        os.makedirs(folder, exist_ok=True)
        shutil.copy(os.path.join(os.path.dirname(PROGRAM), "baker-node"), folder)
        with open(PROGRAM, encoding="utf-8") as file:
            text = file.read()
        for before, after in edits:
            self.assertIn(before, text)
            text = text.replace(before, after)
        program = os.path.join(folder, "baker-services")
        with open(program, "w", encoding="utf-8") as file:
            file.write(text)
        return program

    def watch(self, *edits):
        """The watch, with other pauses."""
        program = self.edited(("interval = 15.0", "interval = 0.05"), ("interval = 5.0", "interval = 0.5"), ("WINDOW = 10.0", "WINDOW = 0.05"), *edits)
        command, variables = self.command("watch", "--wait", "5")
        command[command.index(PROGRAM)] = program
        log = open(os.path.join(self.root, "log"), "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def said(self):
        with open(os.path.join(self.root, "log"), encoding="utf-8") as file:
            return file.read()


class OutageTests(NodeCase):
    catalog = {"etcd": ["http://127.0.0.1:1"]}

    def test_what_is_tried_again_is_said_while_it_is(self):
        for command in ("notify", "collect"):
            with self.subTest(command):
                said = self.ends(4, command, wait=12)
                self.assertRegex(said, r"^baker-node: http://127.0.0.1:1 does not answer \(.+\); it is tried again for up to (8|9|10) s\n")
                self.assertEqual(said.count("tried again"), 1)

    def test_what_passes_in_a_moment_is_not_said(self):
        self.assertNotIn("tried again", self.ends(4, "collect", wait=0.5))


class NotifyTests(NodeCase):
    def test_what_the_node_provides_is_announced_once(self):
        self.ends(0, "notify", says=["announced www"])
        self.assertEqual(
            dict(self.stage.value(ROOT + "/www/i-me"), since=None),
            {"service": "www", "group": "web", "instance": "i-me", "address": "127.0.0.1", "port": self.stage.server_address[1], "check": "/up",
             "zone": "us-east-1b", "version": "ami-2", "since": None, "state": "serving"})
        self.assertEqual(self.stage.value(ROOT + "/_version"), {"service": "www", "instance": "i-me", "state": "serving"})
        self.assertNotIn("announced", self.ends(0, "notify"))
        self.assertEqual(len(self.stage.history[ROOT + "/_version"]), 1)

    def test_a_run_that_was_killed_before_it_told_is_made_up_for(self):
        self.ends(0, "notify")
        del self.stage.history[ROOT + "/_version"]
        self.ends(0, "notify", says=["announced www"])
        self.assertEqual(self.stage.value(ROOT + "/_version")["service"], "www")

    def test_what_the_node_provides_no_more_is_removed(self):
        self.ends(0, "notify")
        self.settings(provides={"other": {}})
        self.ends(0, "notify", says=["withdrawn www", "announced other"])
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))
        self.assertIn({"service": "www", "instance": "i-me", "state": "leaving"}, [json.loads(each[1]) for each in self.stage.history[ROOT + "/_version"]])

    def test_an_environment_has_a_catalogue_of_its_own(self):
        self.settings(environment="prod")
        self.ends(0, "notify")
        self.assertIsNotNone(self.stage.value("/baker/env/prod/services/www/i-me"))

    def test_an_instance_that_is_baked_takes_no_part(self):
        self.stage.have(entry("api", "i-1"))
        self.stage.metadata["meta-data/tags/instance/baker:purpose"] = "bake"
        del self.stage.metadata["meta-data/iam/security-credentials/"]
        for words in (["notify"], ["collect"], ["decommission"], ["decommission", "--dropped"], ["watch"]):
            self.ends(0, *words, says=["one of a bake"])
        self.assertEqual(self.stage.calls, [])
        self.assertFalse(os.path.exists(self.path("services.json")), "an image knows nothing of where others are")

    def test_an_instance_that_tests_an_image_announces_nothing_and_collects(self):
        self.stage.have(entry("api", "i-1"))
        self.stage.metadata["meta-data/tags/instance/baker:purpose"] = "verify"
        self.ends(0, "notify", says=["it announces nothing"])
        self.ends(0, "collect", says=["api is on i-1"])
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_a_node_without_services_takes_no_part(self):
        with open(os.path.join(self.root, "etc/baker/node.json"), "w", encoding="utf-8") as file:
            json.dump({"group": "web"}, file)
        for word in ("notify", "collect", "decommission"):
            self.assertEqual(self.ends(0, word), "")
        watch = self.watch()
        with self.assertRaises(subprocess.TimeoutExpired):  # it may take part later
            watch.wait(1)
        self.assertEqual((self.said(), self.stage.calls), ("", []))
        self.settings()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me"))

    def test_a_refusal_is_said(self):
        self.stage.trouble = "AccessDeniedException"
        self.ends(4, "notify", says=["refuses GetParameters: AccessDeniedException"])

    def test_settings_that_cannot_be_read_are_said(self):
        self.stage.history[SETTINGS] = [(1, "{", 0)]
        self.ends(4, "notify", says=["what this node provides and needs cannot be read"])

    def test_settings_that_cannot_be_had_are_those_of_the_last_time(self):
        self.ends(0, "notify")
        self.stage.trouble = "AccessDeniedException"
        self.ends(4, "notify", says=["etc/baker/services.json is kept as it was"])

    def test_a_group_that_takes_part_no_more_takes_back_what_was_announced(self):
        self.ends(0, "notify")
        del self.stage.history[SETTINGS]
        self.ends(0, "notify", says=["withdrawn www"])
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_what_does_not_answer_is_not_announced(self):
        self.stage.up = False
        self.ends(4, "notify", says=["www is not announced, for it does not answer: HTTP 503"])
        self.settings(provides={"www": {"port": 1}})
        self.ends(4, "notify", says=["www is not announced, for it does not answer:"])
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_arguments_that_are_wrong_end_with_1(self):
        self.assertEqual(self.run_it("nothing").returncode, 1)


class CollectTests(NodeCase):
    def test_what_it_writes_may_be_read_by_all_whatever_mask_it_is_run_with(self):
        self.settings(reload=["touch %s/made" % self.root])
        self.stage.have(entry("api", "i-1"))
        command, variables = self.command("collect")
        done = subprocess.run(["/bin/sh", "-c", 'umask 077; exec "$0" "$@"', *command], env=variables, stdin=subprocess.DEVNULL, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        modes = {each: os.stat(each).st_mode & 0o777 for each in (self.path(""), self.path("haproxy.cfg"), self.path("env"), os.path.join(self.root, "made"))}
        self.assertEqual(list(modes.values()), [0o755, 0o644, 0o644, 0o644], modes)

    def test_where_services_are_stands_in_every_form(self):
        self.stage.have(entry("api", "i-1", check="/status"), entry("api", "i-2", address="fd00::2", check="/status"), entry("api", "i-3", state="leaving"), entry("other", "i-1"))
        self.ends(0, "collect", says=["api is on i-1, i-2"])
        self.assertEqual([each["instance"] for each in json.loads(self.read("services.json"))["services"]["api"]], ["i-1", "i-2"])
        self.assertEqual(json.loads(self.read("attributes.json"))["services"]["api"][0]["address"], "127.0.9.7")
        self.assertIn('API_NODES="127.0.9.7:8080,[fd00::2]:8080"\n', self.read("env"))
        self.assertIn("backend api\n    option redispatch 1\n    option httpchk GET /status\n    server i-1 127.0.9.7:8080 check\n    server i-2 [fd00::2]:8080 check\n", self.read("haproxy.cfg"))
        envoy = json.loads(self.read("envoy-eds.json"))["resources"]
        self.assertEqual([each["cluster_name"] for each in envoy], ["api"])
        self.assertEqual(len(envoy[0]["endpoints"][0]["lb_endpoints"]), 2)
        self.assertEqual(os.stat(self.path("haproxy.cfg")).st_mode & 0o777, 0o644)

    def test_haproxy_takes_the_backends(self):
        haproxy = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
        if not haproxy:
            self.skipTest("there is no haproxy here")
        self.settings(needs={"api": {}, "nobody": {}, "odd": {}, "mixed": {}})
        self.stage.have(
            entry("api", "i-1", check="/status"), entry("odd", "i-1", check="/a\"b'c#d\\x", address="nobody.invalid"),
            entry("mixed", "i-1", check="/old"), entry("mixed", "i-2", check="/new"))
        self.ends(0, "collect")
        self.assertEqual(self.read("haproxy.cfg").count("httpchk"), 2, "where the checks differ none is every server's")
        self.assertNotIn("nobody.invalid", self.read("envoy-eds.json"))
        whole = os.path.join(self.root, "whole.cfg")
        with open(whole, "w", encoding="utf-8") as file:
            file.write("defaults\n    mode http\n    timeout connect 1s\n    timeout client 1s\n    timeout server 1s\nfrontend in\n    bind 127.0.0.1:1\n    default_backend api\n")
        done = subprocess.run([haproxy, "-c", "-f", whole, "-f", self.path("haproxy.cfg")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_nothing_has_changed_leaves_files_alone_and_runs_nothing(self):
        log = os.path.join(self.root, "reloads")
        self.settings(reload=["echo again >> " + log])
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "collect", says=["run: echo"])
        before = {name: os.stat(self.path(name)).st_mtime_ns for name in os.listdir(self.path(""))}
        self.assertEqual(self.ends(0, "collect"), "")
        self.assertEqual({name: os.stat(self.path(name)).st_mtime_ns for name in os.listdir(self.path(""))}, before)
        self.stage.have(entry("api", "i-2"))
        self.ends(0, "collect", says=["api is on i-1, i-2"])
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "again\nagain\n")

    def test_a_reload_that_fails_is_tried_again(self):
        well = os.path.join(self.root, "well")
        self.settings(reload=["test -e " + well])
        self.stage.have(entry("api", "i-1"))
        self.ends(5, "collect", says=["failed with 1, and is tried again"])
        self.ends(5, "collect")
        open(well, "wb").close()
        self.ends(0, "collect", says=["run: test"])
        self.assertEqual(self.ends(0, "collect"), "")

    def test_reloads_are_apart(self):
        log = os.path.join(self.root, "reloads")
        self.settings(reload=["cut -d' ' -f1 /proc/uptime >> " + log])
        for number in range(3):
            self.stage.have(entry("api", "i-%d" % number))
            self.ends(0, "collect")
        with open(log, encoding="utf-8") as file:
            times = [float(line) for line in file]
        self.assertEqual(len(times), 3)
        self.assertGreaterEqual(min(times[1] - times[0], times[2] - times[1]), 1.9)

    def test_a_reload_on_a_full_disk_is_run_once(self):
        log = os.path.join(self.root, "reloads")
        self.settings(reload=["echo again >> " + log])
        self.stage.have(entry("api", "i-1"))
        command, variables = self.command("collect", "--wait", "0.3")
        command[command.index(PROGRAM)] = self.edited(('base.replace(services.reloaded, str(time.monotonic()).encode())',
                                                       'raise OSError(errno.ENOSPC, "No space left on device")'))
        for _ in range(2):
            done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "again\n")

    def test_a_reload_that_hangs_is_ended_and_tried_again(self):
        self.settings(reload=["exec sleep 1000"])
        self.stage.have(entry("api", "i-1"))
        program = self.edited(("RELOAD = 90.0", "RELOAD = 0.2"))
        command, variables = self.command("collect")
        command[command.index(PROGRAM)] = program
        done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn("failed with a timeout, and is tried again the next time: exec sleep 1000", done.stderr.decode())
        self.assertTrue(os.path.exists(self.path("services.json")))
        self.settings(reload=["true"])
        self.ends(0, "collect", says=["run: true"])

    def test_a_collect_that_waits_for_the_catalogue_keeps_nobody_from_the_files(self):
        self.ends(0, "notify")
        self.stage.trouble = "ThrottlingException"
        command, variables = self.command("collect", "--wait", "600")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as waiting:
            self.addCleanup(waiting.kill)
            self.until(lambda: [action for action, _ in self.stage.calls].count("GetParametersByPath") > 2)
            lock = next(os.path.join(folder, "services-lock") for folder, _, files in os.walk(self.root) if "services-lock" in files)
            with open(lock, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                # who writes now may know what the collect has not read
                os.makedirs(os.path.dirname(self.path("services.json")), exist_ok=True)
                with open(self.path("services.json"), "w", encoding="utf-8") as written:
                    json.dump({"services": {"api": []}}, written)
            self.stage.have(entry("api", "i-1"))
            self.stage.trouble = None
            self.assertEqual(waiting.wait(60), 0)
        self.assertIn("i-1", self.read("services.json"))

    def test_an_outage_keeps_what_there_is(self):
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "collect")
        before = self.read("services.json")
        self.stage.trouble = "ThrottlingException"
        self.ends(3, "collect", says=["is asked too often", "is kept as it was"])
        self.assertEqual(self.read("services.json"), before)

    def test_an_answer_that_is_not_ssms_keeps_what_there_is(self):
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "notify")
        self.ends(0, "collect")
        before = self.read("services.json")
        for body in ("[]", "null", "{}", '{"Parameters": null}', '{"Parameters": [[]]}', '{"Parameters": [{"Name": "a"}]}', "[" * 100000):
            with self.subTest(body[:60]):
                self.stage.garbled = body
                self.ends(3, "collect", says=["ssm gives an answer that cannot be read"])
                self.ends(4, "notify", says=["ssm gives an answer that cannot be read"])
                self.assertEqual(self.read("services.json"), before)

    def test_what_it_has_written_itself_and_cannot_read_is_as_if_it_were_not_there(self):
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "notify")
        self.ends(0, "collect")
        written = [os.path.join(folder, name) for folder, _, names in os.walk(self.root) for name in names
                   if name.endswith(".json") and name not in ("node.json", "services.json")] + [self.path("services.json")]
        for text in ("{", "[]", "null", '{"services": 1}', "[" * 100000):
            for path in written:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            with self.subTest(text[:20]):
                self.ends(0, "notify")
                self.ends(0, "collect")
                self.assertIn("i-1", self.read("services.json"))

    def test_an_outage_at_the_first_time_is_said(self):
        self.ends(0, "notify")
        self.stage.trouble = "AccessDeniedException"
        self.ends(4, "collect", says=["it is not known yet"])

    def test_what_is_no_entry_is_passed_over(self):
        self.stage.have(entry("api", "i-1"))
        for number, (key, value) in enumerate([
                ("service", "web"), ("instance", "i-other"), ("address", "127.0.9.7\n    server evil"), ("port", 0), ("port", "80"), ("port", True),
                ("check", "/a b"), ("state", "well"), ("zone", "a b"), ("group", "../x"), ("zone", []), ("version", 1.5), ("since", None),
                ("address", "127.0.9.7:80"), ("address", "a..b"), ("state", {}), ("address", "0x7f000001"), ("address", "0x7f.0.0.1"), ("address", "a.0x"),
                ("address", "0177.0.0.1"), ("address", "127.00.0.1"), ("address", "a-.b"), ("since", "2026-13-01T00:00:00Z"), ("since", "0000-01-01T00:00:00Z"),
                ("since", "2026-02-30T00:00:00Z"), ("since", "2026-01-01T00:00:60Z"), ("address", "0.0.0.0"), ("address", "0.1.2.3"),
                ("address", "224.0.0.1"), ("address", "239.255.255.250"), ("address", "240.0.0.1"), ("address", "255.255.255.255"),
                ("address", "::"), ("address", "0:0::0"), ("address", "::ffff:0.0.0.0"), ("address", "::ffff:224.0.0.1"),
                ("address", "ff02::1"), ("address", "FF0E::101")]):
            name = "i-bad%d" % number
            self.stage.put("%s/api/%s" % (ROOT, name), json.dumps(dict(entry("api", name), **{key: value})))
        self.stage.put(ROOT + "/api/i-text", "nothing")
        self.stage.put(ROOT + "/api/i-list", "[]")
        self.stage.put(ROOT + "/api/i-deep", "[" * 4000)
        said = self.ends(0, "collect", says=["i-text is no entry"])
        self.assertEqual(said.count("is no entry"), 41)
        self.assertEqual([each["instance"] for each in json.loads(self.read("services.json"))["services"]["api"]], ["i-1"])

    def test_an_address_that_one_machine_can_have_is_one(self):
        addresses = ["10.0.0.7", "1.2.3.4", "223.255.255.254", "::1", "::ffff:10.0.0.7", "fe80::1", "2001:db8::7"]
        self.stage.have(*(entry("api", "i-%d" % number, address=address) for number, address in enumerate(addresses)))
        self.assertNotIn("no entry", self.ends(0, "collect"))
        self.assertEqual([each["address"] for each in json.loads(self.read("services.json"))["services"]["api"]], addresses)

    def test_a_reload_without_a_last_newline_leaves_the_next_words_a_line_of_their_own(self):
        self.stage.have(entry("api", "i-1"))
        self.settings(reload=["printf reloading"])
        self.assertIn("reloading\nbaker-node: run: printf reloading\n", self.ends(0, "collect"))

    def test_an_entry_without_what_may_lack_is_one(self):
        lacks = entry("api", "i-2")
        for each in ("check", "zone", "version"):
            del lacks[each]
        self.stage.have(entry("api", "i-1"), lacks, dict(entry("api", "i-3"), zone=None, more=[1]))
        self.ends(0, "collect", says=["api is on i-1, i-2, i-3"])
        self.assertEqual([each["zone"] for each in json.loads(self.read("services.json"))["services"]["api"]], ["us-east-1a", "", ""])

    def test_the_dna_has_them_beside_what_it_had(self):
        dna = os.path.join(self.root, "etc/baker/dna.json")
        with open(dna, "w", encoding="utf-8") as file:
            json.dump({"run_list": ["role[role-web]"], "datastores": {}}, file)
        self.settings(attribute="seatgeek-services")
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "collect")
        with open(dna, encoding="utf-8") as file:
            found = json.load(file)
        self.assertEqual(sorted(found), ["datastores", "run_list", "seatgeek-services"])
        self.assertEqual(found["seatgeek-services"]["api"][0]["instance"], "i-1")
        with open(dna, "w", encoding="utf-8") as file:
            json.dump({"datastores": {}}, file)
        self.assertEqual(self.ends(0, "collect"), "", "nothing has moved")
        with open(dna, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["seatgeek-services"], found["seatgeek-services"], "`baker-node config` has written it anew")


    def test_chef_is_given_them_in_its_own_file_too(self):
        file = os.path.join(self.root, "dna.json")
        with open(file, "w", encoding="utf-8") as dna:
            json.dump({"run_list": ["role[role-web]"], "app": 1}, dna)
        self.refuse()
        self.ends(4, "collect", "--dna", file)
        with open(file, encoding="utf-8") as dna:
            self.assertEqual(json.load(dna), {"run_list": ["role[role-web]"], "app": 1})
        self.stage.trouble = None
        self.stage.have(entry("api", "i-1"))
        self.ends(0, "collect", "--dna", file)
        with open(file, encoding="utf-8") as dna:
            found = json.load(dna)
        self.assertEqual((found["app"], [each["instance"] for each in found["services"]["api"]]), (1, ["i-1"]))
        with open(file, "w", encoding="utf-8") as dna:
            json.dump({"run_list": []}, dna)
        self.refuse()
        self.ends(3, "collect", "--dna", file)
        with open(file, encoding="utf-8") as dna:
            self.assertEqual(json.load(dna)["services"], found["services"], "what was known is given where the catalogue does not answer")
        self.ends(3, "collect", "--dna", file + ".not")
        self.assertFalse(os.path.exists(file + ".not"))

    def refuse(self):
        self.stage.trouble = "AccessDeniedException"

    def test_a_reload_that_leaves_a_child_with_its_output_ends_with_its_shell(self):
        self.settings(reload=["echo reloading; sleep 60 & exit 0"])
        self.stage.have(entry("api", "i-1"))
        began = time.monotonic()
        self.ends(0, "collect")
        self.assertLess(time.monotonic() - began, 30)


class DecommissionTests(NodeCase):
    def drains(self, text, **more):
        self.settings(drain={"script": self.script("drain", text), "timeout": 60}, **more)

    def test_it_is_withdrawn_then_drained_then_removed(self):
        self.drains("echo draining\n")
        self.ends(0, "notify")
        said = self.ends(0, "decommission", says=["withdrawn: www", "drained", "stopped being used: www"])
        self.assertLess(said.index("withdrawn: www"), said.index("draining"))
        self.assertLess(said.index("draining"), said.index("stopped being used"))
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))
        self.assertEqual([json.loads(each[1])["state"] for each in self.stage.history[ROOT + "/_version"]], ["serving", "leaving"])
        self.assertEqual(self.ends(0, "decommission"), "baker-node: stopped being used: www\n")
        self.ends(0, "notify", says=["announced www"])

    def test_at_shutdown_alone_where_the_unit_is_stopped(self):
        self.ends(0, "notify")
        folder = os.path.join(self.root, "with-systemctl")
        os.mkdir(folder)
        path = os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        os.environ["PATH"] = folder + ":" + path
        for state in ("running", "degraded", "starting", "stopping"):
            with open(os.path.join(folder, "systemctl"), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n[ \"$*\" = is-system-running ] && echo %s\nexit 1\n" % state)
            os.chmod(file.name, 0o755)
            self.ends(0, "decommission", "--at-shutdown")
            self.assertEqual(self.stage.value(ROOT + "/www/i-me") is None, state == "stopping", state)

    def test_one_service_of_several(self):
        self.settings(provides={"www": {}, "api": {}})
        self.ends(0, "notify")
        self.ends(0, "decommission", "api", says=["withdrawn: api"])
        self.assertIsNotNone(self.stage.value(ROOT + "/www/i-me"))
        self.assertIsNone(self.stage.value(ROOT + "/api/i-me"))

    def test_a_service_that_the_node_has_not_drains_nothing(self):
        self.drains("echo draining\n")
        self.ends(0, "notify")
        for words in ([""], ["../www"], ["www", "--dropped"]):
            self.ends(1, "decommission", *words)
        self.ends(1, "decommission", "wwww", says=["this node has no service 'wwww'; it has www"])
        self.assertEqual(self.stage.value(ROOT + "/www/i-me")["state"], "serving")
        self.ends(0, "decommission", "www", says=["withdrawn: www", "draining"])
        self.settings(provides={})
        self.ends(0, "decommission", "www", says=["stopped being used: www"])

    def test_a_kill_between_any_two_steps_keeps_the_order(self):
        for step in ("settle", "drain", "remove", "stop"):
            with self.subTest(step):
                shutil.rmtree(os.path.join(self.root, "var"), ignore_errors=True)
                self.stage.history.clear()
                self.drains("echo draining\n")
                self.ends(0, "notify")
                folder = os.path.join(self.root, "killed")
                os.makedirs(folder, exist_ok=True)
                shutil.copy(os.path.join(os.path.dirname(PROGRAM), "baker-node"), folder)
                with open(PROGRAM, encoding="utf-8") as file:
                    text = file.read()
                killed = text.replace("        note(path, journal)\n\n    if", "        note(path, journal)\n        if step == %r:\n            os.kill(os.getpid(), signal.SIGKILL)\n\n    if" % step)
                self.assertNotEqual(killed, text)
                with open(os.path.join(folder, "baker-services"), "w", encoding="utf-8") as file:
                    file.write(killed)
                command, variables = self.command("decommission")
                command[command.index(PROGRAM)] = os.path.join(folder, "baker-services")
                first = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
                self.assertEqual(first.returncode, -signal.SIGKILL)
                left = self.stage.value(ROOT + "/www/i-me")
                self.assertEqual(left and left["state"], None if step == "stop" else "leaving")
                said = first.stderr.decode() + self.ends(0, "decommission")
                self.assertEqual([said.count(each) for each in ("withdrawn: www", "draining", "stopped being used")], [1, 1, 1])
                self.assertLess(said.index("withdrawn: www"), said.index("draining"))
                self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_a_catalogue_that_cannot_be_written_drains_nothing(self):
        self.drains("echo draining\n")
        self.ends(0, "notify")
        self.stage.trouble = "AccessDeniedException"
        said = self.ends(4, "decommission", says=["AccessDeniedException"])
        self.assertNotIn("draining", said)
        self.stage.trouble = None
        self.ends(0, "decommission", says=["withdrawn: www", "draining"])

    def test_a_drain_that_takes_too_long_ends(self):
        self.settings(drain={"script": self.script("drain", "sleep 600\n"), "timeout": 0})
        self.ends(0, "notify")
        self.ends(0, "decommission", says=["the drain ended with a timeout", "stopped being used"])

    def test_what_the_group_provides_no_more_goes_and_the_others_serve_on(self):
        port = self.stage.server_address[1]
        log = os.path.join(self.root, "drained")
        self.settings(provides={"www": {"port": port}, "old": {"port": port}})
        self.ends(0, "notify", says=["announced old", "announced www"])
        self.assertEqual(self.ends(0, "decommission", "--dropped"), "", "nothing is dropped")
        self.drains("echo drained >> %s\n" % log, hook="terminating")
        self.stage.metadata["meta-data/autoscaling/target-lifecycle-state"] = "InService"
        self.ends(0, "decommission", "--dropped", says=["withdrawn: old", "drained", "stopped being used: old"])
        self.assertEqual((self.stage.value(ROOT + "/old/i-me"), self.stage.value(ROOT + "/www/i-me")["state"]), (None, "serving"))
        changes = [json.loads(each[1]) for each in self.stage.history[ROOT + "/_version"]]
        self.assertIn({"service": "old", "instance": "i-me", "state": "leaving"}, changes)
        self.assertNotIn({"service": "www", "instance": "i-me", "state": "leaving"}, changes)
        self.assertEqual(set(os.listdir(os.path.join(self.root, "var/lib/baker-node"))) & {"decommission.json", "dropping.json"}, set())
        self.assertEqual(self.ends(0, "decommission", "--dropped"), "")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "drained\n")
        self.assertEqual(self.stage.queries, [], "the hook holds another end")

    def test_a_drop_that_was_killed_goes_on_where_it_was(self):
        self.ends(0, "notify")
        self.settings(provides={}, drain={"script": self.script("drain", "exit 0\n"), "timeout": 60})
        journal = os.path.join(self.root, "var/lib/baker-node/dropping.json")
        with open(journal, "w", encoding="utf-8") as file:
            json.dump({"services": ["www"], "step": "remove"}, file)
        said = self.ends(0, "decommission", "--dropped", says=["stopped being used: www"])
        self.assertNotIn("drained", said)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_while_a_dropped_service_drains_the_watch_goes_on_and_leaves_it_alone(self):
        port = self.stage.server_address[1]
        gate, begun = os.path.join(self.root, "gate"), os.path.join(self.root, "begun")
        self.settings(provides={"old": {"port": port}})
        self.ends(0, "notify")
        self.drains("touch %s\nwhile [ ! -e %s ]; do sleep 0.05; done\n" % (begun, gate), provides={"www": {"port": port}})
        command, variables = self.command("decommission", "--dropped")
        drop = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(drop.wait)
        self.addCleanup(drop.kill)
        self.until(lambda: os.path.exists(begun))
        self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me"))
        self.stage.have(entry("api", "i-1"))
        self.until(lambda: os.path.exists(self.path("services.json")) and "i-1" in self.read("services.json"))
        self.assertEqual(self.stage.value(ROOT + "/old/i-me")["state"], "leaving")
        self.assertNotIn("withdrawn", self.ends(0, "notify"))
        self.assertEqual(self.stage.value(ROOT + "/old/i-me")["state"], "leaving")
        self.settings(provides={"www": {"port": port}, "old": {"port": port}})
        self.ends(0, "notify", says=["old is not announced, for it is being taken out of use"])
        self.assertEqual(self.stage.value(ROOT + "/old/i-me")["state"], "leaving")
        self.settings(provides={"www": {"port": port}})
        self.ends(0, "collect")  # the watch knows of it before the drain is over
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(drop.wait(60), 0)
        self.assertEqual((self.stage.value(ROOT + "/old/i-me"), self.stage.value(ROOT + "/www/i-me")["state"]), (None, "serving"))

    def test_what_is_being_taken_out_of_use_is_announced_by_nothing_else(self):
        gate, begun = os.path.join(self.root, "gate"), os.path.join(self.root, "begun")
        self.drains("touch %s\nwhile [ ! -e %s ]; do sleep 0.05; done\n" % (begun, gate), provides={"www": {}, "api": {}})
        self.ends(0, "notify")
        command, variables = self.command("decommission", "api")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)
            self.until(lambda: os.path.exists(begun))
            said = self.ends(0, "notify", says=["api is not announced, for it is being taken out of use"])
            self.assertNotIn("announced api", said)
            self.assertEqual([self.stage.value("%s/%s/i-me" % (ROOT, each))["state"] for each in ("api", "www")], ["leaving", "serving"])
            with open(gate, "w", encoding="utf-8"):
                pass
            self.assertEqual(process.wait(60), 0)
        changes = [json.loads(each[1]) for each in self.stage.history[ROOT + "/_version"] if '"api"' in each[1]]
        self.assertEqual([each["state"] for each in changes], ["serving", "leaving"])
        self.assertIsNone(self.stage.value(ROOT + "/api/i-me"))
        self.ends(0, "notify", says=["announced api"])

    def test_what_a_run_that_was_killed_was_to_drop_is_announced_where_it_is_provided_again(self):
        self.ends(0, "notify")
        self.stage.have(entry("www", "i-me", state="leaving"))
        with open(os.path.join(self.root, "var/lib/baker-node/dropping.json"), "w", encoding="utf-8") as file:
            json.dump({"services": ["www"], "step": "drain"}, file)
        self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me")["state"] == "serving")

    def test_a_log_that_takes_nothing_ends_no_decommission(self):
        log = os.path.join(self.root, "drained")
        self.drains("echo drained >> %s\necho so much | tee /dev/stderr\n" % log)
        self.ends(0, "notify")
        command, variables = self.command("decommission")
        with open("/dev/full", "wb") as full:
            self.assertEqual(subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stdout=full, stderr=full, timeout=60, check=False).returncode, 0)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "drained\n")

    def test_what_a_drain_prints_is_told_as_it_comes(self):
        gate = os.path.join(self.root, "gate")
        self.drains("echo two jobs left\nwhile [ ! -e %s ]; do sleep 0.05; done\n" % gate)
        self.ends(0, "notify")
        command, variables = self.command("decommission")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            self.assertEqual([process.stderr.readline() for _ in range(2)], [b"baker-node: withdrawn: www\n", b"two jobs left\n"])
            with open(gate, "w", encoding="utf-8"):
                pass
            self.assertIn(b"drained", process.stderr.read())

    def test_a_drain_whose_run_was_killed_is_waited_for_and_not_begun_again(self):
        log, gate = os.path.join(self.root, "drained"), os.path.join(self.root, "gate")
        self.drains("echo begun | tee -a %s\nwhile [ ! -e %s ]; do sleep 0.05; done\necho it goes on\necho ended >> %s\nexit 3\n" % (log, gate, log))
        self.ends(0, "notify")
        command, variables = self.killed_in_its_drain(log)
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as second:
            self.addCleanup(second.kill)
            self.assertEqual(second.stderr.readline(), b"baker-node: the drain of an earlier run goes on, and is waited for\n")
            self.assertEqual(self.stage.value(ROOT + "/www/i-me")["state"], "leaving")
            with open(gate, "w", encoding="utf-8"):
                pass
            said = second.stderr.read().decode()
        self.assertEqual(said, "it goes on\nbaker-node: the drain ended with 3; it goes on\nbaker-node: stopped being used: www\n")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\nended\n")

    def test_a_drain_that_goes_on_keeps_its_service_from_being_announced_and_no_other_takes_it_for_its_own(self):
        log, gate = os.path.join(self.root, "drained"), os.path.join(self.root, "gate")
        self.drains("echo begun >> %s\nwhile [ ! -e %s ]; do sleep 0.05; done\necho ended >> %s\n" % (log, gate, log), provides={"www": {}, "api": {}})
        self.ends(0, "notify")
        self.killed_in_its_drain(log, "api")
        self.ends(0, "notify", says=["api is not announced, for it is being taken out of use"])
        self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")))
        self.assertEqual([self.stage.value("%s/%s/i-me" % (ROOT, each))["state"] for each in ("api", "www")], ["leaving", "serving"])
        command, variables = self.command("decommission", "www")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as other:
            self.addCleanup(other.kill)
            self.assertEqual(other.stderr.readline(), b"baker-node: withdrawn: www\n")
            self.assertEqual(other.stderr.readline(), b"baker-node: the drain of an earlier run is waited for, before this one's begins\n")
            with open(gate, "w", encoding="utf-8"):
                pass
            self.assertIn("drained", other.stderr.read().decode())
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\nended\n" * 2)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_the_watch_drains_what_is_dropped_and_a_decommission_waits_for_that(self):
        port = self.stage.server_address[1]
        gate, begun = os.path.join(self.root, "gate"), os.path.join(self.root, "begun")
        both = {"www": {"port": port}, "old": {"port": port}}
        self.settings(provides=both)
        self.watch()
        self.until(lambda: self.stage.value(ROOT + "/old/i-me") and self.stage.value(ROOT + "/www/i-me"))
        self.drains("echo >> %s\nwhile [ ! -e %s ]; do sleep 0.05; done\n" % (begun, gate), provides={"www": {"port": port}})
        self.ends(0, "collect")
        self.until(lambda: os.path.exists(begun))
        self.assertEqual(self.stage.value(ROOT + "/old/i-me")["state"], "leaving")
        self.stage.have(entry("api", "i-1"))
        self.until(lambda: "i-1" in self.read("services.json"))
        command, variables = self.command("decommission", "--dropped")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as drop:
            self.addCleanup(drop.kill)
            with self.assertRaises(subprocess.TimeoutExpired):
                drop.wait(1)
            with open(gate, "w", encoding="utf-8"):
                pass
            self.assertEqual(drop.wait(60), 0)
        self.assertEqual((self.stage.value(ROOT + "/old/i-me"), self.stage.value(ROOT + "/www/i-me")["state"]), (None, "serving"))
        self.assertEqual((os.path.getsize(begun), self.said().count("stopped being used: old")), (1, 1), self.said())

    def test_what_a_drain_leaves_in_the_background_keeps_no_later_one(self):
        log = os.path.join(self.root, "drained")
        self.drains("echo drained >> %s\nsleep 60 > /dev/null 2>&1 &\necho $! > %s.pid\n" % (log, log))
        for _ in range(2):
            self.ends(0, "notify")
            self.ends(0, "decommission", says=["drained"])
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "drained\n" * 2)
        with open(log + ".pid", encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGKILL)

    def test_the_hook_that_holds_the_node_hears_of_it(self):
        self.leaves()
        self.drains("sleep 0.2\n", hook="terminating")
        self.ends(0, "notify")
        self.ends(0, "decommission")
        self.assertEqual([each["Action"] for each in self.stage.queries], ["RecordLifecycleActionHeartbeat", "CompleteLifecycleAction"])
        self.assertEqual(
            self.stage.queries[-1],
            {"Version": "2011-01-01", "Action": "CompleteLifecycleAction", "AutoScalingGroupName": "web-v001", "LifecycleHookName": "terminating",
             "InstanceId": "i-me", "LifecycleActionResult": "CONTINUE"})

    def killed_in_its_drain(self, log, *words):
        """A decommission that is killed once its drain has written to a log; how it is called again."""
        command, variables = self.command("decommission", *words)
        first = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        self.until(lambda: os.path.exists(log))
        first.kill()
        first.wait()
        return command, variables

    def leaves(self):
        """From now on the instance's group takes it out, and a hook holds it."""
        self.stage.metadata["meta-data/tags/instance/aws:autoscaling:groupName"] = "web-v001"
        self.stage.metadata["meta-data/autoscaling/target-lifecycle-state"] = "Terminated"

    def test_the_hook_hears_of_the_end_also_where_it_was_not_heard_at_first(self):
        self.leaves()
        self.drains("exit 0\n", hook="terminating")
        self.ends(0, "notify")
        self.stage.unheard = 3
        self.ends(0, "decommission")
        self.assertEqual(self.stage.unheard, 0)
        self.assertEqual(self.stage.queries[-1]["Action"], "CompleteLifecycleAction")
        self.assertGreater(len([each for each in self.stage.queries if each["Action"] == "CompleteLifecycleAction"]), 1)

    def test_an_instance_that_ends_drains_without_the_catalogue_too_and_keeps_its_hook(self):
        self.drains("echo draining\n", hook="terminating", beat=0.01, provides={"www": {"port": self.stage.server_address[1]}, "worker": {}})
        self.ends(0, "notify")
        self.leaves()
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        self.settings(catalog={"etcd": ["http://127.0.0.1:%d" % port]}, hook="terminating", beat=0.01, settle=0,
                      provides={"www": {"port": self.stage.server_address[1]}, "worker": {}}, drain={"script": "echo draining", "timeout": 60})
        said = self.ends(0, "decommission", says=["does not answer", "draining", "drained"])
        self.assertEqual(said.count("it goes on without the catalogue"), 1)
        self.assertNotIn("withdrawn", said)
        self.assertEqual(self.stage.queries[0]["Action"], "RecordLifecycleActionHeartbeat", "while it waits for the catalogue")
        self.assertEqual(self.stage.queries[-1]["Action"], "CompleteLifecycleAction")

    def test_a_watch_that_was_killed_in_its_drain_goes_on_there(self):
        gate, log = os.path.join(self.root, "gate"), os.path.join(self.root, "drained")
        self.drains("echo begun >> %s\nwhile [ ! -e %s ]; do sleep 0.05; done\necho half\necho ended >> %s\n" % (log, gate, log), hook="terminating")
        first = self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me"))
        self.leaves()
        self.until(lambda: os.path.exists(log))
        first.kill()
        first.wait()
        second = self.watch()
        self.until(lambda: "the drain of an earlier run goes on" in self.said())
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(second.wait(60), 0)
        said = self.said()
        self.assertNotIn("withdrawn", said)
        self.assertIn("drained", said)
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\nended\n")
        self.assertEqual([each["Action"] for each in self.stage.queries if each["Action"] != "DescribeInstances"][-1], "CompleteLifecycleAction")

    def test_a_drain_that_was_killed_with_its_run_is_begun_again(self):
        log = os.path.join(self.root, "drained")
        self.drains("echo begun >> %s\n[ $(wc -l < %s) = 2 ] || sleep 600\n" % (log, log))
        self.ends(0, "notify")
        self.killed_in_its_drain(log)
        with open(os.path.join(self.root, "var/lib/baker-node/drain-process"), encoding="utf-8") as file:
            os.killpg(int(file.read().split()[0]), signal.SIGKILL)
        self.ends(0, "decommission", says=["drained"])
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\n" * 2)

    def test_the_hook_hears_of_the_node_while_others_have_their_time_too(self):
        self.leaves()
        self.settings(drain={"script": "exit 0", "timeout": 60}, hook="terminating", settle=0.3, beat=0.01)
        self.ends(0, "notify")
        self.ends(0, "decommission")
        self.assertEqual([each["Action"] for each in self.stage.queries][:2], ["RecordLifecycleActionHeartbeat"] * 2, "in the settle, and in the drain")


    def test_a_drain_without_a_last_newline_leaves_the_next_words_a_line_of_their_own(self):
        self.settings(drain={"script": "printf finishing", "timeout": 60})
        self.assertIn("finishing\nbaker-node: drained\n", self.ends(0, "decommission"))


class DroppedTests(NodeCase):
    """What the group provides no more, while the watch takes it out of use."""

    def setUp(self):
        super().setUp()
        self.gate, self.begun = os.path.join(self.root, "gate"), os.path.join(self.root, "begun")

    def provide(self, *services):
        """These services, and a drain that ends once its gate is open."""
        text = "echo x >> %s\nwhile [ ! -e %s ]; do sleep 0.05; done\n" % (self.begun, self.gate)
        self.settings(provides={each: {"port": self.stage.server_address[1]} for each in services}, drain={"script": self.script("drain", text), "timeout": 60})

    def open_gate(self):
        with open(self.gate, "w", encoding="utf-8"):
            pass

    def lock(self):
        """The file that a decommission locks for as long as it runs."""
        return open(os.path.join(self.root, "var/lib/baker-node/decommission-lock"), "w", encoding="utf-8")

    def one_drains_and_the_whole_waits(self, *words):
        """The decommission of old, whose drain waits for the gate, and that of all, by hand or as the words say, behind it."""
        processes = []
        for more, begun in ((("old",), lambda: self.drains() == 1), (words, lambda: self.states("www") == ["leaving"])):
            command, variables = self.command("decommission", *more)
            command[command.index(PROGRAM)] = self.edited(("def is_shutting_down():", "def is_shutting_down():\n    return True\n\n\ndef unused():"))
            processes.append(subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            self.addCleanup(processes[-1].wait)
            self.addCleanup(processes[-1].kill)
            self.until(begun)
        return processes

    def states(self, *services):
        return [(self.stage.value("%s/%s/i-me" % (ROOT, each)) or {}).get("state") for each in services]

    def drains(self):
        return os.path.getsize(self.begun) // 2 if os.path.exists(self.begun) else 0

    def turns(self):
        """Waits until the watch has looked at the catalogue some times."""
        self.turned(30)

    def turned(self, times):
        before = len(self.stage.calls)
        self.until(lambda: len(self.stage.calls) > before + times)

    def dropping(self, *edits):
        """A watch that drains old, and serves www on."""
        self.provide("www", "old")
        process = self.watch(*edits)
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        self.provide("www")
        self.ends(0, "collect")
        self.until(lambda: self.drains() == 1)
        self.assertEqual(self.states("www", "old"), ["serving", "leaving"])
        return process

    def test_what_is_provided_meanwhile_is_dropped_by_none_that_waited(self):
        self.dropping()
        command, variables = self.command("decommission", "--dropped")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as waits:
            self.addCleanup(waits.kill)
            with self.assertRaises(subprocess.TimeoutExpired):
                waits.wait(1)
            self.provide("www", "new")
            self.ends(0, "collect")
            self.until(lambda: self.states("new") == ["serving"])
            self.open_gate()
            self.assertEqual((waits.wait(60), waits.stderr.read()), (0, b""))
        self.assertEqual((self.states("www", "old", "new"), self.drains()), (["serving", None, "serving"], 1))

    def test_what_a_killed_drop_has_left_makes_no_later_one_shorter(self):
        for at in ("settle", "drain", "remove"):
            with self.subTest(at):
                for each in (self.gate, self.begun):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(each)
                self.provide("www", "old")
                self.ends(0, "notify")
                with open(os.path.join(self.root, "var/lib/baker-node/dropping.json"), "w", encoding="utf-8") as file:
                    json.dump({"services": ["old"], "step": at}, file)
                self.stage.have(entry("old", "i-me", state="leaving"))
                watch = self.watch()
                self.until(lambda: self.states("old") == ["serving"])
                self.provide("www")
                self.ends(0, "collect")
                self.until(lambda: self.drains() == 1)
                self.assertEqual(self.states("old"), ["leaving"])
                self.open_gate()
                self.until(lambda: self.states("old") == [None])
                watch.kill()
                watch.wait()

    def test_an_instance_that_ends_meanwhile_withdraws_the_rest_at_once(self):
        process = self.dropping()
        self.stage.metadata["meta-data/spot/instance-action"] = "{}"
        self.until(lambda: self.states("www", "old") == ["leaving", "leaving"])
        self.assertEqual(self.drains(), 1)
        self.open_gate()
        self.assertEqual(process.wait(60), 0)
        self.assertEqual((self.states("www", "old"), self.drains()), ([None, None], 2))

    def test_notify_leaves_it_to_the_watch(self):
        self.provide("www", "old")
        self.watch(("beat = 3.0", "beat = 0.05"), ("class Watch:", "turns = threading.Event()\n\n\nclass Watch:"), ("            self._untaken.update(self.changed())", "            if os.path.exists(%r):\n                turns.wait()\n            self._untaken.update(self.changed())" % os.path.join(self.root, "hold")))
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        with open(os.path.join(self.root, "hold"), "w", encoding="utf-8"):
            self.provide("www")
        self.assertNotIn("withdrawn", self.ends(0, "notify"))
        self.assertEqual((self.states("old"), self.drains()), (["serving"], 0))

    def test_a_signal_ends_the_watch_when_the_drain_is_over(self):
        process = self.dropping()
        process.send_signal(signal.SIGTERM)
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1)
        self.open_gate()
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.states("old"), [None])

    def test_beside_what_a_person_took_out_the_others_come_and_go(self):
        self.open_gate()
        self.provide("www", "api")
        self.watch()
        self.until(lambda: self.states("www", "api") == ["serving", "serving"])
        self.ends(0, "decommission", "api")
        self.provide("api", "new")
        self.ends(0, "collect")
        self.until(lambda: self.states("www", "api", "new") == [None, None, "serving"])
        self.ends(0, "notify", says=["announced api"])

    def test_where_the_group_has_no_settings_any_more_all_of_it_goes(self):
        self.open_gate()
        self.provide("www")
        self.watch(("EVERYTHING = 600.0", "EVERYTHING = 0.5"))
        self.until(lambda: self.states("www") == ["serving"])
        with self.stage.gate:
            del self.stage.history[SETTINGS]
        self.until(lambda: self.states("www") == [None])

    def test_where_the_node_takes_no_part_any_more_all_of_it_drains(self):
        for is_watched in (True, False):
            with self.subTest(is_watched):
                for each in (self.gate, self.begun):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(each)
                self.provide("www")
                self.ends(0, "notify")
                watch = self.watch() if is_watched else None
                if is_watched:
                    self.turns()
                with open(os.path.join(self.root, "etc/baker/node.json"), "w", encoding="utf-8") as file:
                    json.dump({"group": "web"}, file)  # the parameter is there still
                watch = watch or self.watch()
                self.until(lambda: self.drains() == 1)
                self.assertEqual(self.states("www"), ["leaving"])
                self.open_gate()
                self.until(lambda: self.states("www") == [None])
                watch.kill()
                watch.wait()
                self.assertEqual((self.ends(0, "notify"), self.states("www")), ("", [None]))
                watch = self.watch()
                with self.assertRaises(subprocess.TimeoutExpired):
                    watch.wait(0.5)
                self.provide("www")  # it takes part again
                self.until(lambda: self.states("www") == ["serving"])
                watch.kill()
                watch.wait()

    def test_what_a_person_took_out_stays_out_also_where_the_watch_begins_again(self):
        self.open_gate()
        for words, stays in ((("decommission", "api"), ["serving", None]), (("decommission",), [None, None])):
            with self.subTest(words):
                self.provide("www", "api")
                self.ends(0, "notify")
                self.ends(0, *words)
                watch = self.watch()
                self.turns()
                self.assertEqual(self.states("www", "api"), stays)
                watch.kill()
                watch.wait()

    def test_what_a_person_took_out_stays_out_when_more_is_taken_out(self):
        self.open_gate()
        for first, others in ((("decommission", "api"), "serving"), (("decommission",), None)):
            with self.subTest(first):
                self.provide("www", "api", "old")
                watch = self.watch()
                self.until(lambda: self.states("www", "api", "old") == ["serving"] * 3)
                self.ends(0, *first)
                self.ends(0, "decommission", "old")
                self.turns()
                self.assertEqual(self.states("www", "api", "old"), [others, None, None])
                watch.kill()
                watch.wait()
                with open(os.path.join(self.root, "var/lib/baker-node/ends"), "w", encoding="utf-8") as file:
                    file.write("another")  # the machine went down, and is up again
                watch = self.watch()
                self.turns()
                self.until(lambda: self.states("www") == [others])
                self.assertEqual(self.states("api", "old"), [None, None])
                self.ends(0, "notify")
                self.turns()
                self.assertEqual(self.states("www", "api", "old"), ["serving"] * 3)
                watch.kill()
                watch.wait()

    def test_what_an_end_has_withdrawn_stays_so_while_another_drains(self):
        self.provide("www", "old")
        self.watch()
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        processes = self.one_drains_and_the_whole_waits("--at-shutdown")
        self.turns()
        self.assertEqual(self.states("www", "old"), ["leaving", "leaving"])
        self.open_gate()
        self.assertEqual([each.wait(60) for each in processes], [0, 0])
        self.turns()
        self.assertEqual(self.states("www", "old"), [None, None])

    def test_what_an_earlier_life_took_out_serves_and_is_taken_out_anew(self):
        self.provide("www", "new")
        folder = os.path.join(self.root, "var/lib/baker-node")
        os.makedirs(folder, exist_ok=True)
        for name, content in (("ends", "another"), ("decommission.json", '{"services": ["new", "www"], "step": "remove", "life": "another"}')):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        with self.lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.watch()
            self.until(lambda: self.states("www", "new") == ["serving", "serving"])
        self.open_gate()
        self.ends(0, "decommission", says=["withdrawn: www", "drained"])
        self.assertEqual(self.states("www", "new"), [None, None])

    def test_notify_brings_back_what_is_out_while_something_else_drains(self):
        self.open_gate()
        self.provide("www", "api", "old")
        self.ends(0, "notify")
        self.ends(0, "decommission", "api")
        os.unlink(self.gate)
        os.unlink(self.begun)
        self.provide("www", "api")
        self.watch()
        self.until(lambda: self.drains() == 1)
        self.ends(0, "notify", says=["announced api"])
        self.open_gate()
        self.until(lambda: self.states("www", "api", "old") == ["serving", "serving", None])

    def test_what_a_notify_has_announced_is_taken_out_anew(self):
        self.open_gate()
        self.provide("aaa", "www")
        self.ends(0, "notify")
        self.ends(0, "decommission")
        code = "    if not refused:  # what the node provides instead is there\n"
        command, variables = self.command("notify")
        command[command.index(PROGRAM)] = self.edited((code, "    os.kill(os.getpid(), signal.SIGKILL)\n" + code))
        self.assertEqual(subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode, -signal.SIGKILL)
        self.assertEqual(self.states("aaa", "www"), ["serving", "serving"])
        self.ends(0, "decommission", says=["withdrawn: aaa", "withdrawn: www", "drained"])
        self.assertEqual(self.states("aaa", "www"), [None, None])

    def test_a_node_that_is_taken_back_after_all_serves_again(self):
        self.open_gate()
        self.provide("www")
        watch = self.watch()
        self.until(lambda: self.states("www") == ["serving"])
        self.stage.metadata["meta-data/spot/instance-action"] = "hibernate"
        self.assertEqual((watch.wait(60), self.states("www")), (0, [None]), self.said())
        del self.stage.metadata["meta-data/spot/instance-action"]
        self.watch()
        self.until(lambda: self.states("www") == ["serving"])

    def test_a_journal_that_cannot_be_is_no_progress(self):
        self.open_gate()
        self.provide("www", "old")
        for step in ("stop", "another", None, [], {}):
            with self.subTest(step):
                self.ends(0, "notify")
                with open(os.path.join(self.root, "var/lib/baker-node/decommission.json"), "w", encoding="utf-8") as file:
                    json.dump({"services": ["www"], "step": step}, file)
                self.ends(0, "decommission", "www", says=["withdrawn: www", "drained", "stopped being used: www"])
                self.assertEqual(self.states("www", "old"), [None, "serving"])
                self.assertNotIn("withdrawn", self.ends(0, "decommission", "www"), "it is over")

    def test_a_notify_while_another_drains_leaves_no_journal_of_what_it_announces(self):
        self.open_gate()
        self.provide("www", "old")
        self.ends(0, "notify")
        self.ends(0, "decommission", "www")
        with self.lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.ends(0, "notify", says=["announced www"])
        self.ends(0, "decommission", "www", says=["withdrawn: www", "drained"])
        self.assertEqual(self.states("www", "old"), [None, "serving"])

    def test_a_notify_leaves_alone_what_waits_to_be_taken_out_as_a_whole(self):
        self.provide("www", "old")
        self.watch()
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        processes = self.one_drains_and_the_whole_waits()
        self.ends(0, "notify", says=["www is not announced, for it is being taken out of use"])
        self.open_gate()
        self.assertEqual([each.wait(60) for each in processes], [0, 0])
        self.turns()
        self.assertEqual(self.states("www", "old"), [None, None])
        self.ends(0, "notify", says=["announced old", "announced www"])

    def test_of_what_does_not_answer_nothing_but_itself_is_asked(self):
        self.provide("www", "old")
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            provides = {"www": {"port": self.stage.server_address[1]}, "old": {"port": closed.getsockname()[1]}}
            self.settings(provides=provides)
            self.watch(("interval = 0.05", "interval = 2.0"), ("pause = 1.0 if silent", "pause = 0.05 if silent"))
            self.until(lambda: self.states("www") == ["serving"])
            self.turned(2)
            with self.stage.gate:
                self.stage.calls.clear()
            self.turned(3)
            with self.stage.gate:
                self.assertEqual({str(question) for _, question in self.stage.calls}, {str({"Names": [ROOT + "/_version"]})})
            closed.listen()
            self.until(lambda: self.states("www", "old") == ["serving", "serving"])

    def test_a_drop_that_another_was_quicker_than_is_done_later(self):
        self.open_gate()
        begun, goes_on, over = (os.path.join(self.root, each) for each in ("drop-begun", "drop-goes-on", "drop-over"))
        before = "                if drop(Run(self._run.arguments), alone_if_free) is None:\n"
        self.provide("www", "old")
        self.watch((before, "                open(%r, 'w').close()\n                while not os.path.exists(%r):\n                    time.sleep(0.02)\n%s                    open(%r, 'w').close()\n" % (begun, goes_on, before, over)))
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        with self.lock() as lock:
            self.provide("www")
            self.ends(0, "collect")
            self.until(lambda: os.path.exists(begun))
            fcntl.flock(lock, fcntl.LOCK_EX)
            with open(goes_on, "w", encoding="utf-8"):
                pass
            self.until(lambda: os.path.exists(over))
            self.assertEqual(self.states("old"), ["serving"])
        self.until(lambda: self.states("www", "old") == ["serving", None])

    def test_a_drop_that_waits_keeps_no_watch_from_its_end(self):
        self.provide("www", "old")
        process = self.watch()
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        with self.lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.provide("www")
            self.ends(0, "collect")
            self.turns()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0, self.said())
        self.assertEqual((self.states("old"), self.drains()), (["serving"], 0))

    def test_what_is_dropped_again_before_the_watch_knows_of_it_goes(self):
        self.open_gate()
        self.provide("www", "old")
        self.watch(("interval = 0.05", "interval = 3.0"))  # all is done within one turn
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        self.provide("www")
        self.ends(0, "notify")
        self.until(lambda: self.states("old") == [None])
        self.turned(2)
        for provided in (("www", "old"), ("www",)):
            self.provide(*provided)
            self.ends(0, "notify")
        self.until(lambda: self.states("www", "old") == ["serving", None])

    def test_what_others_dropped_before_the_first_turn_is_not_announced(self):
        self.open_gate()
        self.provide("www", "old")
        self.ends(0, "notify")
        begun, goes_on = os.path.join(self.root, "watch-begun"), os.path.join(self.root, "watch-goes-on")
        before = "            self._converges, self._sight ="
        self.watch((before, "            open(%r, 'x').close()\n            while not os.path.exists(%r):\n                time.sleep(0.02)\n%s" % (begun, goes_on, before)))
        self.until(lambda: os.path.exists(begun))
        self.provide("www")
        self.ends(0, "decommission", "--dropped", says=["stopped being used: old"])
        with open(goes_on, "x", encoding="utf-8"):
            pass
        self.turns()
        self.assertEqual((self.states("www", "old"), self.said().count("announced")), (["serving", None], 0), self.said())

    def test_what_others_dropped_is_not_announced_where_the_settings_cannot_be_read_anew(self):
        self.open_gate()
        self.provide("www", "old")
        bad, before = os.path.join(self.root, "bad"), "    def load(self, wait=None):\n        before = self.services.home\n"
        self.watch((before, "%s        if os.path.exists(%r):\n            raise Failure('no metadata')\n" % (before, bad)))
        self.until(lambda: self.states("www", "old") == ["serving", "serving"])
        with open(bad, "x", encoding="utf-8"):
            pass
        self.provide("www")
        self.ends(0, "decommission", "--dropped", says=["stopped being used: old"])
        self.until(lambda: "no metadata" in self.said())
        self.stage.have(entry("api", "i-1"))
        self.until(lambda: "i-1" in self.read("services.json"))  # it follows what it needs all the same
        os.unlink(bad)
        self.turns()
        self.assertEqual((self.states("www", "old"), self.said().count("announced old")), (["serving", None], 1), self.said())

    def test_a_drain_that_hangs_is_ended_before_the_next_one_begins(self):
        log = os.path.join(self.root, "drained")
        script = "echo begun >> %s\n[ $(wc -l < %s) = 2 ] || sleep 600\n" % (log, log)
        self.settings(provides={"www": {}, "api": {}}, drain={"script": self.script("drain", script), "timeout": 2})
        self.ends(0, "notify")
        command, variables = self.command("decommission", "api")
        with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
            self.until(lambda: os.path.exists(log))
            first.kill()
        self.ends(0, "decommission", "www", says=["that drain ended with a timeout", "baker-node: drained"])


class ConvergesTests(unittest.TestCase):
    @staticmethod
    def converges(instance):
        sys.dont_write_bytecode = True
        loader = importlib.machinery.SourceFileLoader("baker_services", PROGRAM)
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("baker_services", loader))
        loader.exec_module(module)
        return module.Converges(instance)

    def due(self, converges, clock):
        """How long until it is due."""
        return next(each for each in range(3600) if converges.is_due(clock + each))

    def test_a_fifth_of_the_nodes_begins_at_a_time_and_each_seldom_in_a_storm(self):
        begins = []
        for number in range(40):
            converges, clock, pauses = self.converges("i-%d" % number), 1000000000, []
            for _ in range(6):
                converges.queue()
                clock += self.due(converges, clock)
                pauses.append(clock)
                converges.begin(clock)
            begins.append(pauses[0] // 10 % 5)
            self.assertTrue(all(60 * 2 ** min(each, 4) <= later - earlier < 60 * 2 ** min(each, 4) + 50
                                for each, (earlier, later) in enumerate(zip(pauses, pauses[1:]))), pauses)
        self.assertEqual(set(begins), set(range(5)))

    def test_a_clock_that_is_put_back_keeps_no_converge_for_long(self):
        converges = self.converges("i-1")
        converges.queue()
        clock = 1000000000 + self.due(converges, 1000000000)
        converges.begin(clock)
        converges.queue()
        self.assertLess(self.due(converges, clock - 86400), 120)


class SightTests(unittest.TestCase):
    def setUp(self):
        sys.dont_write_bytecode = True
        loader = importlib.machinery.SourceFileLoader("baker_services_sight", PROGRAM)
        self.program = importlib.util.module_from_spec(importlib.util.spec_from_loader("baker_services_sight", loader))
        loader.exec_module(self.program)
        self.down = set()
        self.asked = []

        def answers(places, _):
            self.asked.append(len(places))
            return {place: place not in self.down for place in places if place not in self.lacking}

        self.program.answers, self.lacking, self.real = answers, set(), self.program.answers

    def test_one_look_leaves_nobody_out_and_a_few_bring_nobody_back(self):
        found = {"api": [entry("api", "i-1", address="127.9.0.1"), entry("api", "i-2", address="127.9.0.2")]}
        sight, hidden, course = self.program.Sight(), {}, []
        for is_down in (True, False, True, True, False, False, True, False, False, False, False, False):
            self.down = {("127.9.0.2", 8080)} if is_down else set()
            hidden = sight.look(found, hidden)
            course.append("".join(each["instance"][-1] for each in hidden.get("api", [])) or "-")
        self.assertEqual("".join(course), "---2" + "2222" + "222-")

    def test_of_many_a_look_asks_some_and_all_have_their_turn(self):
        found = {"api": [entry("api", "i-%d" % number, address="127.9.%d.%d" % divmod(number, 250)) for number in range(200)]}
        self.down = {("127.9.0.77", 8080)}
        sight, hidden = self.program.Sight(), {}
        for _ in range(8):
            hidden = sight.look(found, hidden)
        self.assertEqual(max(self.asked), self.program.Sight.MOST)
        self.assertEqual([each["instance"] for each in hidden["api"]], ["i-77"])

    def test_names_and_what_has_no_port_are_not_asked(self):
        found = {"api": [entry("api", "i-1", address="one.internal"), entry("api", "i-2", port=None)], "none": []}
        self.assertEqual(self.program.Sight().look(found, {}), {})
        self.assertEqual(self.asked, [0])

    def after(self, looks, found, hidden, me=None):
        sight = self.program.Sight(me)
        for _ in range(looks):
            hidden = sight.look(found, hidden)
        return {service: [each["instance"] for each in entries] for service, entries in hidden.items()}

    def test_what_comes_and_goes_is_back_later_each_time(self):
        found = {"api": [entry("api", "i-1", address="127.9.0.1"), entry("api", "i-2", address="127.9.0.2")]}
        sight, hidden, changes = self.program.Sight(), {}, 0
        for number in range(3000):
            self.down = {("127.9.0.2", 8080)} if number % 12 > 9 else set()
            before, hidden = hidden, sight.look(found, hidden)
            changes += hidden != before
        self.assertLess(changes, 10)
        self.down = set()
        looks = [sight.look(found, hidden) for _ in range(320)]
        self.assertEqual(looks[-1], {}, "it is never out for ever")

    def test_one_that_has_failed_is_asked_again_at_once_among_many(self):
        found = {"api": [entry("api", "i-%d" % number, address="127.9.%d.%d" % divmod(number, 250)) for number in range(1000)]}
        self.down = {("127.9.0.%d" % number, 8080) for number in (1, 2, 3)}
        sight, hidden, looks = self.program.Sight(), {}, 0
        while len(hidden.get("api", [])) < 3:
            hidden, looks = sight.look(found, hidden), looks + 1
        self.assertLessEqual(looks, 17)

    def test_what_this_machine_lacks_tells_nothing_of_others(self):
        found = {"api": [entry("api", "i-1", address="127.9.0.1"), entry("api", "i-2", address="127.9.0.2")]}
        sight = self.program.Sight()
        self.down = {("127.9.0.2", 8080)}
        hidden = sight.look(found, sight.look(found, {}))
        self.lacking = {("127.9.0.1", 8080), ("127.9.0.2", 8080)}
        for _ in range(9):
            self.assertEqual(sight.look(found, hidden), hidden)

        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.create_server(("127.0.0.1", 0)) as server:
            place = server.getsockname()
            self.assertEqual(self.real({place, ("127.9.0.1", 1)}, 1), {place: True, ("127.9.0.1", 1): False})
            there = max(map(int, os.listdir("/proc/self/fd"))) + 2
            resource.setrlimit(resource.RLIMIT_NOFILE, (there, limits[1]))
            held = []
            try:
                with contextlib.suppress(OSError):
                    while True:
                        held.append(os.open("/dev/null", os.O_RDONLY))
                os.close(held.pop())  # the selector's
                self.assertEqual(self.real({place, ("127.9.0.1", 1)}, 1), {})
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            for each in held:
                os.close(each)

        class Exhausted(socket.socket):
            def connect_ex(self, _):
                return errno.EADDRNOTAVAIL

        self.program.socket = types.SimpleNamespace(**dict(vars(socket), socket=Exhausted))
        self.assertEqual(self.real({("127.9.0.1", 8080)}, 1), {}, "no local port is free for it")

    def begun(self):
        root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, root)
        services = self.program.Services(root)
        services._take(json.dumps({"needs": {"api": {}}, "reload": ["true"], "catalog": {"etcd": ["http://127.0.0.1:1"]}}))
        known = [entry("api", "i-1", address="127.9.0.1"), entry("api", "i-2", address="127.9.0.2")]
        self.program.say = lambda _: None
        self.program.write(services, {"api": known})
        watch = self.program.Watch(types.SimpleNamespace(services=services))
        watch._sight, watch._converges = self.program.Sight("i-me"), self.program.Converges("i-me")
        return services, watch, known

    def test_whatever_ends_it_between_two_writes_loses_nobody(self):
        replace, left = self.program.base.replace, []

        def until_then(path, content):
            if not left:
                raise OSError(errno.ENOSPC, "No space")
            left.pop()
            replace(path, content)

        for number in range(12):
            services, watch, _ = self.begun()
            for down, nodes in (({("127.9.0.2", 8080)}, ["i-1"]), (set(), ["i-1", "i-2"])):
                self.down, left[:] = down, [None] * number
                self.program.base.replace = until_then
                for _ in range(7):
                    with contextlib.suppress(OSError):
                        watch.see()
                self.program.base.replace = replace
                self.assertEqual([each["instance"] for each in self.program.last(services)["api"]], ["i-1", "i-2"], number)
                for _ in range(7):
                    watch.see()
                self.assertEqual([each["instance"] for each in self.program.written(services)["api"]], nodes, number)
                with open(os.path.join(services.out, "haproxy.cfg"), encoding="utf-8") as file:
                    self.assertEqual("i-2" in file.read(), "i-2" in nodes)
            self.assertEqual(self.program.unseen(services), {})

    def test_what_was_kept_of_a_service_counts_no_more_once_it_is_not_needed(self):
        services, _, _ = self.begun()
        self.program.write_json(services.missed, {"api/i-1": 1.0, "db/i-3": 1.0})
        self.assertEqual(self.program.missed(services), {"api/i-1": 1.0})

    def test_a_need_that_comes_while_it_looks_is_left_to_the_catalogue(self):
        services, watch, known = self.begun()
        self.assertEqual(watch.beat, 1.0, "without a catalogue, which is the turns' to make")

        def answers(places, _):
            services._take(json.dumps({"needs": {"api": {}, "db": {}}}))
            return {place: place[0] == "127.9.0.1" for place in places}

        self.program.answers = answers
        for _ in range(3):
            watch.see()
        self.assertEqual(list(self.program.written(services)), ["api"], "nobody has asked for the other yet")
        self.program.write(services, {"api": known, "db": [entry("db", "i-3")]})
        watch.see()
        self.assertEqual({service: [each["instance"] for each in entries] for service, entries in self.program.written(services).items()},
                         {"api": ["i-1"], "db": ["i-3"]})

    def test_a_node_that_is_cut_off_from_hundreds_keeps_nearly_all_whole_on_the_way(self):
        found = {"s%02d" % service: [entry("api", "i-%d" % number, address="127.9.%d.%d" % (number, service)) for number in range(10)] for service in range(50)}
        sight, hidden, parted = self.program.Sight(), {}, set()
        for number in range(40):
            self.down = set() if number < 10 else {(each["address"], 8080) for entries in found.values() for each in entries}
            hidden = sight.look(found, hidden)
            parted.update(service for service, entries in hidden.items() if len(entries) < 10)
        self.assertEqual([len(entries) for entries in hidden.values()], [10] * 50)
        self.assertLess(len(parted), 17)

    def test_that_this_node_itself_answers_is_no_sign_that_it_is_not_cut_off(self):
        found = {"api": [entry("api", "i-%d" % number, address="127.9.0.%d" % number) for number in (1, 2)]
                 + [entry("api", "i-me", address="127.9.0.3"), entry("api", "i-4", address="four.internal")]}
        self.down = {("127.9.0.1", 8080), ("127.9.0.2", 8080)}
        self.assertEqual(self.after(2, found, {}, "i-me"), {"api": ["i-1", "i-2", "i-me", "i-4"]}, "all of it stays")
        self.down = {("127.9.0.2", 8080)}
        self.assertEqual(self.after(5, found, found, "i-me"), {"api": ["i-2"]})


class WatchTests(NodeCase):
    def test_a_change_is_followed_with_one_converge(self):
        log = os.path.join(self.root, "converges")
        self.settings(converge="echo converged >> " + log)
        self.stage.have(entry("api", "i-1"))
        process = self.watch()
        self.until(lambda: os.path.exists(log))
        self.assertIsNotNone(self.stage.value(ROOT + "/www/i-me"))
        for number in range(2, 30):
            self.stage.have(entry("api", "i-%d" % number))
        self.until(lambda: os.path.exists(self.path("services.json")) and "i-29" in self.read("services.json"))
        self.stage.have(entry("other", "i-9"))
        seen = len(self.stage.calls)
        self.until(lambda: len(self.stage.calls) > seen + 3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "converged\n", "those of a storm wait until the brake lets one through")

    def test_settings_that_a_collect_has_taken_are_those_of_the_watch_at_once(self):
        log = os.path.join(self.root, "reloads")
        self.settings(reload=["echo old >> " + log])
        self.stage.have(entry("api", "i-1"))
        self.watch()
        self.until(lambda: os.path.exists(log) and self.stage.value(ROOT + "/www/i-me"))

        def looks():
            with self.stage.gate:
                return self.stage.calls.count(("GetParameters", {"Names": [SETTINGS]}))

        before = looks()
        self.settings(reload=["echo new >> " + log])
        self.ends(0, "collect")
        self.until(lambda: looks() >= before + 2)  # that of the collect, and that of the watch
        self.stage.have(entry("api", "i-2"))
        self.until(lambda: "i-2" in self.read("services.json") and os.path.getsize(log) > len("old\n"))
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old\nnew\n")

    def test_a_disk_that_is_full_ends_nothing_and_loses_no_change(self):
        self.stage.have(entry("api", "i-1"))
        full = os.path.join(self.root, "full")
        process = self.watch(("class Cloud(base.Cloud):", """
replace_well = base.replace

def replace_or_not(path, content):
    if os.path.exists(%r) and "services" in path:
        raise OSError(errno.ENOSPC, "No space left on device", path)
    replace_well(path, content)

base.replace = replace_or_not


class Cloud(base.Cloud):""" % full))
        self.until(lambda: os.path.exists(self.path("services.json")) and self.stage.value(ROOT + "/www/i-me"))
        open(full, "wb").close()
        self.stage.have(entry("api", "i-2"))
        self.until(lambda: "No space left on device; it is tried again" in self.said())
        seen = len(self.stage.calls)
        self.until(lambda: len(self.stage.calls) > seen + 5)
        self.assertIsNone(process.poll(), self.said())
        os.unlink(full)
        self.until(lambda: "i-2" in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertEqual(self.said().count("it is tried again"), 1)

    def test_a_look_costs_one_call_and_a_change_those_of_its_service(self):
        self.stage.have(entry("api", "i-1"))
        process = self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")) and self.stage.value(ROOT + "/www/i-me"))
        seen = len(self.stage.calls)
        self.until(lambda: len(self.stage.calls) > seen + 5)
        with self.stage.gate:
            self.stage.calls.clear()
        self.until(lambda: len(self.stage.calls) > 5)
        with self.stage.gate:
            self.assertEqual({(action, str(question)) for action, question in self.stage.calls}, {("GetParameters", str({"Names": [ROOT + "/_version"]}))})
            self.stage.calls.clear()
            self.stage.have(entry("other", "i-1"))
        self.until(lambda: len(self.stage.calls) > 5)
        with self.stage.gate:
            self.assertEqual({action for action, _ in self.stage.calls}, {"GetParameters"}, "another service's change is read by nobody")
            self.stage.calls.clear()
            self.stage.have(entry("api", "i-2"))
        self.until(lambda: "i-2" in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        with self.stage.gate:
            self.assertEqual([action for action, _ in self.stage.calls if action != "GetParameters"], ["GetParametersByPath"])

    def test_what_others_of_its_service_left_behind_is_removed(self):
        self.stage.alive = ["i-2"]
        self.stage.have(entry("www", "i-1"), entry("www", "i-2"), entry("api", "i-3"))
        process = self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me"))
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-1"))
        self.assertIsNotNone(self.stage.value(ROOT + "/www/i-2"))
        self.assertIsNotNone(self.stage.value(ROOT + "/api/i-3"), "another's service is not its own to clear")
        self.assertEqual(self.said().count("i-1 is gone, and www on it"), 1)

    def test_a_role_that_may_not_ask_ec2_clears_nothing_and_goes_on(self):
        self.stage.alive = DENIED
        self.stage.have(entry("www", "i-1"))
        process = self.watch(("EVERYTHING = 600.0", "EVERYTHING = 0.1"))
        self.until(lambda: self.stage.value(ROOT + "/www/i-me") and len(self.stage.queries) > 2)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        self.assertIsNotNone(self.stage.value(ROOT + "/www/i-1"))
        self.assertEqual(self.said().count("ec2 refuses DescribeInstances: HTTP 403"), 1)

    def test_a_signal_ends_it_whatever_it_is_about(self):
        pause = "        if self._ended.wait(max(0.0, duration)):\n"
        process = self.watch((pause, "        with self._ended._cond:\n            os.kill(os.getpid(), signal.SIGTERM)\n            time.sleep(0.05)\n" + pause))
        self.assertEqual(process.wait(30), 0, self.said())

    def test_a_look_that_is_refused_goes_on_where_it_was(self):
        needs = ["s%d" % number for number in range(6)]
        self.settings(needs={each: {} for each in needs}, provides={})
        self.stage.have(*(entry(each, "i-1") for each in needs))
        self.stage.refused_each = 3  # so that no look is done without a refusal
        process = self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")))
        self.assertEqual(sorted(json.loads(self.read("services.json"))["services"]), needs)
        with self.stage.gate:
            read = [question["Path"].split("/")[-1] for action, question in self.stage.calls if action == "GetParametersByPath"]
        self.assertEqual(sorted(set(read)), needs)
        self.assertLessEqual(len(read), 2 * len(needs), "each is read once, but for those that were refused")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_a_refusal_alone_makes_nobody_look_at_everything(self):
        self.stage.have(entry("api", "i-1"))
        process = self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")) and self.stage.value(ROOT + "/www/i-me"))
        self.stage.trouble = "ThrottlingException"
        self.until(lambda: "is kept until the catalogue answers" in self.said())
        with self.stage.gate:
            self.stage.calls.clear()
            self.stage.trouble = None
        self.until(lambda: len(self.stage.calls) > 5)
        self.stage.have(entry("api", "i-2"))
        self.until(lambda: "i-2" in self.read("services.json"))
        with self.stage.gate:
            self.assertEqual([action for action, _ in self.stage.calls if action != "GetParameters"], ["GetParametersByPath"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_what_any_node_may_write_ends_no_watch(self):
        process = self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me"))
        for version in ("[" * 4000, "nothing", json.dumps({"service": []}), json.dumps({"service": "api"})):
            self.stage.put(ROOT + "/api/i-deep", "[" * 4000)
            seen = len(self.stage.calls)
            self.stage.put(ROOT + "/_version", version)
            self.until(lambda: len(self.stage.calls) > seen + 3)
        self.stage.have(entry("api", "i-1"))
        self.until(lambda: "i-1" in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_an_outage_is_said_once_and_what_is_known_is_kept(self):
        self.stage.have(entry("api", "i-1"))
        process = self.watch(("EVERYTHING = 600.0", "EVERYTHING = 1.0"))
        self.until(lambda: os.path.exists(self.path("services.json")))
        self.stage.trouble = "ThrottlingException"
        self.until(lambda: "is kept until the catalogue answers" in self.said())
        self.stage.lose("api", "i-1")
        seen = len(self.stage.calls)
        self.until(lambda: len(self.stage.calls) > seen + 3)
        self.assertIn("i-1", self.read("services.json"))
        self.stage.trouble = None
        self.until(lambda: '"api": []' in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(self.said().count("is kept until"), 1)
        self.assertEqual(self.said().count("answers again"), 1)

    def test_a_service_is_announced_once_it_answers(self):
        self.stage.up = False
        process = self.watch()
        self.until(lambda: len(self.stage.calls) > 8)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))
        self.stage.up = True
        self.until(lambda: self.stage.value(ROOT + "/www/i-me") is not None)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_what_takes_no_connection_is_left_out_while_others_of_its_service_do(self):
        log = os.path.join(self.root, "reloads")
        self.settings(reload=["echo reloaded >> " + log])
        one, other = self.listens(), self.listens()
        ports = one.getsockname()[1], other.getsockname()[1]
        self.stage.have(entry("api", "i-1", address="127.0.0.1", port=ports[0]), entry("api", "i-2", address="127.0.0.1", port=ports[1]))
        process = self.watch(("beat = 3.0", "beat = 0.05"))
        self.until(lambda: self.nodes() == ["i-1", "i-2"])
        self.end(other)
        self.until(lambda: self.nodes() == ["i-1"])
        self.until(lambda: not os.path.exists(os.path.join(self.root, "var/lib/baker-node/services-to-reload")))
        self.assertNotIn("i-2", self.read("haproxy.cfg") + self.read("envoy-eds.json") + self.read("attributes.json"))
        self.assertIn("api on i-2 takes no connection", self.said())
        self.ends(0, "collect")
        self.assertEqual(self.nodes(), ["i-1"], "a look at the catalogue knows it too")

        self.end(one)
        self.until(lambda: "i-1" in json.dumps(self.unseen()))
        self.until(lambda: self.nodes() == ["i-1", "i-2"])  # it may be this node that is cut off
        self.listens(ports[1])
        self.until(lambda: self.nodes() == ["i-2"])
        self.listens(ports[0])
        self.until(lambda: self.nodes() == ["i-1", "i-2"] and self.unseen() == {})
        self.stage.have(entry("api", "i-3", port=None))
        self.until(lambda: self.nodes() == ["i-1", "i-2", "i-3"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertNotIn("Traceback", self.said())
        with open(log, encoding="utf-8") as file:
            self.assertGreaterEqual(len(file.readlines()), 6)

    def test_what_is_left_out_and_withdrawn_is_forgotten(self):
        one = self.listens()
        self.stage.have(entry("api", "i-1", address="127.0.0.1", port=one.getsockname()[1]), entry("api", "i-2"))
        process = self.watch(("beat = 3.0", "beat = 0.05"))
        self.until(lambda: "i-2" in json.dumps(self.unseen()))
        self.stage.have(entry("api", "i-2", state="leaving"))
        self.until(lambda: self.unseen() == {})
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_what_comes_while_nothing_of_its_service_answers_takes_nobodys_place(self):
        self.stage.have(entry("api", "i-1"), entry("api", "i-2", address="127.0.9.8"))  # by UDP, for example
        process = self.watch(("beat = 3.0", "beat = 0.05"))
        self.until(lambda: len(self.unseen().get("api", [])) == 2)
        self.stage.have(entry("api", "i-3", address="127.0.9.9"))
        self.until(lambda: "i-3" in self.read("services.json"))
        self.assertEqual(self.nodes(), ["i-1", "i-2", "i-3"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertNotIn("api is on i-3\n", self.said())
        self.assertNotIn("left out", self.said())

    def test_what_is_left_out_in_another_versions_words_ends_no_watch(self):
        one = self.listens()
        self.stage.have(entry("api", "i-1", address="127.0.0.1", port=one.getsockname()[1]), entry("api", "i-2"))
        path = os.path.join(self.root, "var/lib/baker-node/unseen.json")
        os.makedirs(os.path.dirname(path))
        for content in ([1], {"api": 5}, {"api": ["i-2"]}, {"api": [{"instance": "i-2"}]}, {"api": {"i-2": "127.0.9.7:8080"}},
                        {"api": [dict(entry("api", "i-2"), address=5)]}, {"api": [dict(entry("api", "i-2"), instance=5)]}):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(content, file)
            self.ends(0, "collect")
            self.assertEqual(self.nodes(), ["i-1", "i-2"], content)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"api": [{"instance": "i-2"}]}, file)
        process = self.watch(("beat = 3.0", "beat = 0.05"))
        self.until(lambda: self.nodes() == ["i-1"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertNotIn("could not be seen", self.said())

    def test_files_that_could_not_be_written_follow_later_and_that_is_said_once(self):
        one = self.listens()
        self.stage.have(entry("api", "i-1", address="127.0.0.1", port=one.getsockname()[1]), entry("api", "i-2"))
        os.makedirs(self.path(""))
        self.script("etc/baker/services/full", "")
        process = self.watch(
            ("beat = 3.0", "beat = 0.05"),
            ("    for name in sorted(files, key", "    if hidden and os.path.exists(services.out + '/full'):\n        raise OSError(28, 'No space')\n    for name in sorted(files, key"))
        self.until(lambda: "could not be seen: No space" in self.said() and "i-2" in json.dumps(self.unseen()))
        self.assertEqual(self.nodes(), ["i-1", "i-2"])
        time.sleep(0.5)
        os.unlink(self.path("full"))
        self.until(lambda: self.nodes() == ["i-1"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertEqual(self.said().count("could not be seen"), 1)

    def test_what_was_left_out_is_back_where_nobody_looks_any_more(self):
        one = self.listens()
        self.stage.have(entry("api", "i-1", address="127.0.0.1", port=one.getsockname()[1]), entry("api", "i-2"))
        processes = [self.watch(("beat = 3.0", "beat = 0.05")) for _ in range(2)]
        self.until(lambda: self.nodes() == ["i-1"])
        for process in processes:
            self.ends(0, "collect")
            self.assertEqual(self.nodes(), ["i-1"])
            process.kill()
            process.wait(30)
            time.sleep(0.2)
        self.ends(0, "collect")
        self.assertEqual(self.nodes(), ["i-1", "i-2"])

    def test_what_takes_no_connection_is_left_out_and_converged_for_while_the_catalogue_is_down(self):
        log = os.path.join(self.root, "converges")
        one, other = self.listens(), self.listens()
        self.settings(provides={}, reload=["test ! -e %s/broken" % self.root], converge="cat %s >> %s" % (self.path("env"), log))
        self.stage.have(*(entry("api", "i-%d" % number, address="127.0.0.1", port=each.getsockname()[1]) for number, each in enumerate((one, other))))
        process = self.watch(("beat = 3.0", "beat = 0.05"), ("BETWEEN = 60.0", "BETWEEN = 0.1"))
        self.until(lambda: os.path.exists(log))
        self.stage.trouble = "ThrottlingException"
        self.script("broken", "")
        self.until(lambda: "is kept until the catalogue answers" in self.said())
        self.end(other)
        self.until(lambda: "failed with 1" in self.said())
        os.unlink(os.path.join(self.root, "broken"))
        self.until(lambda: not os.path.exists(os.path.join(self.root, "var/lib/baker-node/services-to-reload")))
        self.until(lambda: self.said().count("converged") == 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        with open(log, encoding="utf-8") as file:
            self.assertEqual([line.count(":") for line in file if "API" in line], [2, 1])

    def listens(self, port=0):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", port))
        one.listen(128)
        self.addCleanup(one.close)

        def take():
            with contextlib.suppress(OSError):
                while True:
                    one.accept()[0].close()

        threading.Thread(target=take, daemon=True).start()
        return one

    @staticmethod
    def end(listener):
        listener.shutdown(socket.SHUT_RDWR)  # a thread waits in it
        listener.close()

    def nodes(self):
        if not os.path.exists(self.path("services.json")):
            return None
        return [each["instance"] for each in json.loads(self.read("services.json"))["services"]["api"]]

    def unseen(self):
        path = os.path.join(self.root, "var/lib/baker-node/unseen.json")
        if not os.path.exists(path):
            return {}
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def test_a_spot_notice_decommissions(self):
        process = self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me") is not None)
        self.stage.metadata["meta-data/spot/instance-action"] = json.dumps({"action": "terminate"})
        self.assertEqual(process.wait(30), 0)
        self.assertIn("takes this Spot instance back", self.said())
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))

    def test_a_group_that_takes_the_node_out_decommissions_it(self):
        process = self.watch()
        self.until(lambda: self.stage.value(ROOT + "/www/i-me") is not None)
        self.stage.metadata["meta-data/autoscaling/target-lifecycle-state"] = "Terminated"
        self.assertEqual(process.wait(30), 0)
        self.assertIsNone(self.stage.value(ROOT + "/www/i-me"))


@unittest.skipUnless(shutil.which("etcd"), "there is no etcd here")
class EtcdTests(NodeCase):
    def setUp(self):
        self.data = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.data)
        self.port, self.peer = self.free(), self.free()
        self.url = "http://127.0.0.1:%d" % self.port
        self.catalog = {"etcd": ["http://127.0.0.1:1", self.url], "lease": 5}
        self.more, self.context = [], None
        self.begin()
        self.addCleanup(lambda: self.end())
        super().setUp()

    @staticmethod
    def free():
        with socket.socket() as some:
            some.bind(("127.0.0.1", 0))
            return some.getsockname()[1]

    def begin(self):
        peer = "http://127.0.0.1:%d" % self.peer
        self.etcd = subprocess.Popen(
            ["etcd", "--data-dir", self.data, "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer, *self.more],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(self.answers)

    def end(self):
        self.etcd.kill()
        self.etcd.wait()

    def answers(self):
        try:
            self.ask("/v3/kv/range", {"key": "AA=="})
            return True
        except urllib.error.HTTPError as error:
            with error:
                return b"user name is empty" in error.read()
        except OSError:
            return False

    def ask(self, path, question, token=None):
        headers = {"authorization": token} if token else {}
        request = urllib.request.Request(self.url + path, data=json.dumps(question).encode(), headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=5, context=self.context) as reply:
            return json.loads(reply.read())

    @staticmethod
    def b64(text):
        return base64.b64encode(text.encode()).decode()

    def have(self, *entries):
        for each in entries:
            self.ask("/v3/kv/put", {"key": self.b64("%s/%s/%s" % (ROOT, each["service"], each["instance"])), "value": self.b64(json.dumps(each))})

    def value(self, service, instance):
        found = self.ask("/v3/kv/range", {"key": self.b64("%s/%s/%s" % (ROOT, service, instance))}).get("kvs")
        return json.loads(base64.b64decode(found[0]["value"])) if found else None

    def test_a_life_with_etcd(self):
        self.catalog = dict(self.catalog, lease=600)  # it ends between no two of its commands, however slow they are
        self.settings()
        self.have(entry("api", "i-1", check="/status"))
        self.ends(0, "notify", says=["announced www"])
        self.assertEqual(self.value("www", "i-me")["address"], "127.0.0.1")
        self.assertEqual(self.ends(0, "notify"), "")
        self.ends(0, "collect", says=["api is on i-1"])
        self.ends(0, "decommission", says=["withdrawn: www", "stopped being used: www"])
        self.assertIsNone(self.value("www", "i-me"))

    def test_a_lease_that_ends_between_two_calls_is_no_other_server(self):
        self.ends(0, "notify")
        program = self.edited((
            '            if int(self._call("/v3/lease/keepalive", {"ID": known})["result"].get("TTL") or 0) > 0:\n',
            '            if not os.path.exists(self._lease_file + "-once"):\n                open(self._lease_file + "-once", "w").close()\n'))
        with open(os.path.join(self.root, "var/lib/baker-node/lease"), "w", encoding="utf-8") as file:
            file.write("12345")
        command, variables = self.command("notify")
        command[command.index(PROGRAM)] = program
        done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual((done.returncode, b"is no etcd" in done.stderr), (0, False), done.stderr)
        self.assertIsNotNone(self.value("www", "i-me"))

    def test_what_is_no_entry_is_said_on_its_own_line(self):
        self.have(entry("api", "i-1\x1b[2J\nforged: line"))
        said = self.ends(0, "collect", says=["/baker/services/api/i-1\\x1b[2J\\nforged: line is no entry"])
        self.assertNotIn("\x1b", said)

    def test_an_entry_goes_with_its_nodes_lease(self):
        self.ends(0, "notify")
        self.until(lambda: self.value("www", "i-me") is None)
        self.ends(0, "notify", says=["announced www"])

    def test_a_withdrawn_entry_keeps_its_lease(self):
        self.catalog["lease"] = 20
        self.settings(settle=3600)
        self.ends(0, "notify")
        command, variables = self.command("decommission")
        process = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.until(lambda: (self.value("www", "i-me") or {}).get("state") == "leaving")
        process.kill()
        process.wait()
        self.until(lambda: self.value("www", "i-me") is None)

    def test_a_watch_follows_and_renews_and_outlives_an_outage(self):
        self.have(entry("api", "i-1"))
        process = self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")) and self.value("www", "i-me") is not None)
        self.have(entry("api", "i-2"))
        self.until(lambda: "i-2" in self.read("services.json"))
        self.end()
        self.until(lambda: "is kept until the catalogue answers" in self.said())
        self.assertIn("i-2", self.read("services.json"))
        self.begin()
        self.have(entry("api", "i-3"))
        self.until(lambda: "i-3" in self.read("services.json"))
        self.until(lambda: self.value("www", "i-me") is not None)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertIn("the catalogue answers again", self.said())

    def drop(self, service, instance):
        self.ask("/v3/kv/deleterange", {"key": self.b64("%s/%s/%s" % (ROOT, service, instance))})

    def nodes(self):
        return [each["instance"] for each in json.loads(self.read("services.json"))["services"]["api"]]

    def test_what_vanishes_without_being_withdrawn_is_kept_for_as_long_as_a_lease_lives(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            one.listen()
            lives = entry("api", "i-1", address="127.0.0.1", port=one.getsockname()[1])
            self.have(lives, dict(lives, instance="i-2"), entry("api", "i-3", address="127.0.0.1", port=self.free()))
            process = self.watch(("beat = 1.0", "beat = 0.05"))
            self.until(lambda: os.path.exists(self.path("services.json")) and self.nodes() == ["i-1", "i-2"])
            self.have(dict(lives, instance="i-2", state="leaving"))
            for each in ("i-1", "i-2", "i-3"):
                self.drop("api", each)
            began = time.monotonic()
            self.until(lambda: self.nodes() == ["i-1"])
            self.assertEqual(self.run_it("collect").returncode, 0)
            self.assertEqual(self.nodes(), ["i-1"])
            self.until(lambda: self.nodes() == [])
            self.assertGreaterEqual(time.monotonic() - began, 4)
            self.assertEqual(self.said().count("has vanished"), 1, self.said())
            self.assertIn("api on i-1 has vanished without being withdrawn: it is kept for up to 5 s", self.said())
            self.have(lives)
            self.until(lambda: self.nodes() == ["i-1"])
            self.drop("api", "i-1")
            self.until(lambda: self.said().count("has vanished") == 2)
            self.have(lives)
            time.sleep(6)
            self.assertEqual(self.nodes(), ["i-1"], "its node has announced it anew")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0, self.said())

    def calls(self, method):
        with urllib.request.urlopen(self.url + "/metrics", timeout=5) as reply:
            found = re.search(r'grpc_server_started_total\{grpc_method="%s".*\} (\S+)' % method, reply.read().decode())
        return int(float(found[1])) if found else 0

    def renewed(self, times):
        """Waits until leases have been renewed so many times more."""
        before = self.calls("LeaseKeepAlive")
        self.until(lambda: self.calls("LeaseKeepAlive") >= before + times)

    def test_a_long_converge_neither_ends_the_lease_nor_stops_the_watch(self):
        begun, end = os.path.join(self.root, "begun"), os.path.join(self.root, "end")
        self.settings(converge="touch %s; while [ ! -e %s ]; do sleep 0.1; done" % (begun, end))
        process = self.watch()
        self.until(lambda: os.path.exists(begun))
        announced = self.value("www", "i-me")
        until = time.monotonic() + 12  # more than two lives of a lease
        while time.monotonic() < until:
            self.assertEqual(self.value("www", "i-me"), announced)
            time.sleep(0.2)
        self.have(entry("api", "i-1"))
        self.until(lambda: "i-1" in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        with open(end, "w", encoding="utf-8"):
            pass
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertEqual(self.said().count("converged"), 1, "it is waited for")

    def test_a_watch_moves_with_the_catalogue(self):
        self.settings(catalog={"ssm": True})
        self.stage.have(entry("api", "i-1"))
        process = self.watch(("EVERYTHING = 600.0", "EVERYTHING = 0.5"))
        self.until(lambda: self.stage.value(ROOT + "/www/i-me") and os.path.exists(self.path("services.json")))
        self.have(entry("api", "i-2"))
        self.settings(catalog={"etcd": ["http://127.0.0.1:1"]})
        self.until(lambda: "does not answer" in self.said())
        self.assertIn("i-1", self.read("services.json"), "what is known is kept")
        self.settings(catalog={"etcd": ["https://127.0.0.1:1"], "ca": "/none.pem"})
        time.sleep(2)
        self.assertIsNone(process.poll(), self.said())
        self.settings()
        self.until(lambda: self.value("www", "i-me") and "i-2" in self.read("services.json"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def gated(self, *words, **more):
        """A decommission that drains until the gate is there."""
        gate, begun = os.path.join(self.root, "gate"), os.path.join(self.root, "begun")
        self.settings(drain={"script": "touch %s; while [ ! -e %s ]; do sleep 0.05; done" % (begun, gate), "timeout": 60}, **more)
        command, variables = self.command("decommission", *words)
        leaving = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(leaving.wait)
        self.addCleanup(leaving.kill)
        self.until(lambda: os.path.exists(begun))
        return leaving, gate

    def test_while_one_service_drains_the_others_keep_their_lease(self):
        port = self.stage.server_address[1]
        both = {"www": {"port": port}, "old": {"port": port}}
        self.settings(provides=both)
        self.watch()
        self.until(lambda: self.value("old", "i-me") and self.value("www", "i-me"))
        leaving, gate = self.gated("old", provides=both)
        until = time.monotonic() + 12  # more than two lives of a lease
        while time.monotonic() < until:
            self.assertEqual((self.value("old", "i-me")["state"], self.value("www", "i-me")["state"]), ("leaving", "serving"))
            time.sleep(0.2)
        self.end()
        time.sleep(6)  # the lease is over: all is announced anew, but not what leaves
        self.begin()
        self.until(lambda: "announced www again" in self.said() or self.value("www", "i-me"))
        self.assertNotEqual((self.value("old", "i-me") or {"state": "gone"})["state"], "serving")
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(leaving.wait(60), 0)
        self.assertEqual((self.value("old", "i-me"), self.value("www", "i-me")["state"]), (None, "serving"))

    def test_what_has_been_dropped_is_not_announced_with_another_lease(self):
        port = self.stage.server_address[1]
        self.settings(provides={"www": {"port": port}, "old": {"port": port}})
        self.watch(("interval = 0.5", "interval = 3.0"), ("self._retried = time.monotonic() + pause", "self._retried = 0.0"))  # all is done within one turn
        self.until(lambda: self.value("old", "i-me") and self.value("www", "i-me"))
        self.settings(provides={"www": {"port": port}})
        self.ends(0, "decommission", "--dropped", says=["stopped being used: old"])
        self.renewed(4)
        with open(os.path.join(self.root, "var/lib/baker-node/lease"), encoding="utf-8") as file:
            self.ask("/v3/lease/revoke", {"ID": file.read()})
        self.until(lambda: self.value("www", "i-me"))  # by the renewal, or by a turn that had the other settings to take
        self.renewed(4)
        self.assertEqual((self.value("old", "i-me"), self.value("www", "i-me")["state"]), (None, "serving"))
        self.assertEqual(self.said().count("announced old"), 1, self.said())

    def test_a_watch_that_begins_while_the_node_drains_announces_nothing(self):
        self.ends(0, "notify")
        leaving, gate = self.gated()
        self.have(entry("api", "i-odd", port="80"))
        process = self.watch()
        self.until(lambda: "i-odd is no entry" in self.said())
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(leaving.wait(60), 0)
        self.have(entry("api", "i-1"))
        self.until(lambda: os.path.exists(self.path("services.json")) and "i-1" in self.read("services.json"))
        self.assertIsNone(self.value("www", "i-me"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_a_watch_is_one_stream_that_hears_of_what_the_node_needs_alone(self):
        self.catalog["lease"] = 600
        self.settings()
        self.have(entry("api", "i-1"))
        self.watch()
        self.until(lambda: os.path.exists(self.path("services.json")) and self.calls("Watch") == 1 and self.calls("LeaseKeepAlive") == 1)
        reads = self.calls("Range")
        for number in range(50):
            self.have(entry("db", "i-%d" % number))
        for instance in ("i-2", "i-3"):
            self.have(entry("api", instance))
            self.until(lambda: instance in self.read("services.json"))
        self.assertEqual(self.calls("Range"), reads + 2)
        self.assertEqual((self.calls("Watch"), self.calls("LeaseKeepAlive")), (1, 1))

    def test_a_service_that_others_withdraw_stays_withdrawn(self):
        self.watch()
        self.until(lambda: self.value("www", "i-me") is not None)
        self.ask("/v3/kv/put", {"key": self.b64(ROOT + "/www/i-me"), "ignore_lease": True,
                                "value": self.b64(json.dumps(dict(self.value("www", "i-me"), state="leaving")))})
        self.renewed(3)
        self.assertEqual(self.value("www", "i-me")["state"], "leaving")

    def certify(self, name, *more):
        """A key and a certificate, its own or the authority's."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=" + name,
             "-keyout", name + ".key", "-out", name + ".pem", *more], cwd=self.root, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return os.path.join(self.root, name + ".pem")

    def test_tls_is_trusted_by_its_authority_alone(self):
        signs = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")  # without it no authority to Python 3.13 and newer
        ca, other = self.certify("ca", *signs), self.certify("other", *signs)
        etcd = self.certify("etcd", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE")
        self.end()
        self.url = self.url.replace("http:", "https:")
        self.more, self.context = ["--cert-file", etcd, "--key-file", etcd.replace(".pem", ".key")], ssl.create_default_context(cafile=ca)
        self.begin()
        self.catalog = {"etcd": ["https://127.0.0.1:1", self.url], "ca": ca}
        self.settings()
        self.ends(0, "notify", says=["announced www"])
        self.ends(0, "collect")
        for authority, words in [(other, "is not trusted"), (None, "is not trusted"), (ca + ".none", "the certificates for etcd cannot be read")]:
            self.catalog["ca"] = authority
            self.settings()
            self.ends(3, "collect", says=[words])

    def test_a_user_may_write_its_own_service_alone(self):
        for path, question in [
                ("/v3/auth/user/add", {"name": "root", "password": "of-root"}), ("/v3/auth/user/grant", {"user": "root", "role": "root"}),
                ("/v3/auth/role/add", {"name": "web"}),
                ("/v3/auth/role/grant", {"name": "web", "perm": {"permType": "READWRITE", "key": self.b64(ROOT + "/www/"), "range_end": self.b64(ROOT + "/www0")}}),
                ("/v3/auth/role/grant", {"name": "web", "perm": {"permType": "READ", "key": self.b64(ROOT + "/"), "range_end": self.b64(ROOT + "0")}}),
                ("/v3/auth/user/add", {"name": "web", "password": "of-web"}), ("/v3/auth/user/grant", {"user": "web", "role": "web"}),
                ("/v3/auth/enable", {})]:
            if path == "/v3/auth/user/grant" and question["user"] == "root":
                self.ask("/v3/auth/role/add", {"name": "root"})
            self.ask(path, question)
        password = os.path.join(self.root, "etc/baker/env")
        self.catalog = dict(self.catalog, user="web", password_env="ETCD_PASSWORD", lease=600)
        self.settings()
        self.ends(4, "notify", says=["the password of etcd's user web is not in /etc/baker/env: set ETCD_PASSWORD with config:set"])
        with open(password, "w", encoding="utf-8") as file:
            file.write('ETCD_PASSWORD="wrong"\n')
        self.ends(4, "notify", says=["etcd refuses its user web, whose password is ETCD_PASSWORD: authentication failed"])
        with open(password, "w", encoding="utf-8") as file:
            file.write('ETCD_PASSWORD="of-web"\n')
        self.ends(0, "notify", says=["announced www"])
        self.ends(0, "collect")
        process = self.watch()
        self.until(lambda: self.calls("Watch") == 1)
        self.end()
        self.until(lambda: "is kept until the catalogue answers" in self.said())
        self.begin()  # it knows no token of before
        self.until(lambda: "the catalogue answers again" in self.said())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertNotIn("auth token", self.said())
        www = {"port": self.stage.server_address[1], "check": "/up"}
        self.settings(provides={"api": {}})
        self.ends(4, "notify", says=["api: etcd refuses its user web: permission denied"])
        token = self.ask("/v3/auth/authenticate", {"name": "root", "password": "of-root"})["token"]
        self.assertIn("kvs", self.ask("/v3/kv/range", {"key": self.b64(ROOT + "/www/i-me")}, token), "what is to take its place is not there")
        self.settings(provides={"api": {}, "www": dict(www, check=None)})
        self.ends(4, "notify", says=["announced www", "api: etcd refuses its user web: permission denied"])
        self.watch()
        self.until(lambda: "api: etcd refuses its user web: permission denied" in self.said())
        said = len(self.said())
        self.ask("/v3/kv/put", {"key": self.b64(ROOT + "/api/i-1"), "value": self.b64(json.dumps(entry("api", "i-1")))}, token)
        self.until(lambda: "i-1" in self.read("services.json"))
        self.assertNotRegex(self.said()[said:], "refuses|is kept until", "what is refused is said once, and keeps from following nothing")
        self.settings(provides={"www": www})
        notified = self.ends(0, "notify")
        self.assertNotIn("refuses", notified)
        self.assertIn("announced www", notified + self.said()[said:], "by it, or by the watch before it")
        for path, question in [
                ("/v3/auth/user/add", {"name": "api", "password": "of-web"}), ("/v3/auth/role/add", {"name": "api"}),
                ("/v3/auth/role/grant", {"name": "api", "perm": {"permType": "READWRITE", "key": self.b64(ROOT + "/api/"), "range_end": self.b64(ROOT + "/api0")}}),
                ("/v3/auth/role/grant", {"name": "api", "perm": {"permType": "READ", "key": self.b64(ROOT + "/"), "range_end": self.b64(ROOT + "0")}}),
                ("/v3/auth/user/grant", {"user": "api", "role": "api"})]:
            self.ask(path, question, token)
        self.catalog = dict(self.catalog, user="api")
        self.settings(provides={"api": {}})
        self.ends(0, "notify")
        found = self.ask("/v3/kv/range", {"key": self.b64(ROOT + "/api/i-me")}, token)
        self.assertIn("kvs", found, "the lease has an entry that this user may not write")

    def test_what_is_no_etcd_and_what_does_not_answer_is_said(self):
        self.catalog = {"etcd": [self.endpoint]}
        self.settings()
        self.ends(4, "collect", says=["gives an answer that cannot be read"])
        self.catalog = {"etcd": ["http://127.0.0.1:1"]}
        self.settings()
        self.ends(4, "collect", says=["http://127.0.0.1:1 does not answer"])


if __name__ == "__main__":
    unittest.main()
