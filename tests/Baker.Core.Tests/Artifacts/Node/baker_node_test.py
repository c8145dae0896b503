"""Tests of baker-node: the program itself, against a metadata service and an SSM that do as they are told.

Run with the program's path: python3 baker_node_test.py PATH
"""

import email.utils
import http.server
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = sys.argv.pop(1)
ROLE = {"Code": "Success", "AccessKeyId": "ASIAKEYOFTHEROLE", "SecretAccessKey": "the-roles-own-secret", "Token": "the-session-token"}


class Stage(http.server.ThreadingHTTPServer):
    """Both services on one port, as in the local cloud."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.metadata = {
            "meta-data/placement/region": "eu-west-1",
            "meta-data/iam/security-credentials/": "web",
            "meta-data/iam/security-credentials/web": json.dumps(ROLE),
        }
        self.metadata_status = 200
        self.values = {}
        self.trouble = []  # (status, code) of the next calls; (200, body) and (418, body) are answered as they are
        self.ahead = 0     # seconds that AWS's clock is ahead of this machine's
        self.calls = []
        self.targets = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + self.server.ahead, usegmt=True)

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        life = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        self.answer(self.server.metadata_status if life else 400, "the-token")

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") != "the-token":
            self.answer(401, "")
            return
        found = self.server.metadata.get(self.path[len("/latest/"):])
        self.answer(404 if found is None else self.server.metadata_status, found or "")

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stage = self.server
        stage.calls.append((question, dict(self.headers)))
        signed = time.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        off = abs(time.mktime(signed) - time.mktime(time.gmtime(time.time() + stage.ahead)))
        if off > 300:
            self.answer(400, json.dumps({"__type": "com.amazon.coral.service#InvalidSignatureException", "message": "Signature expired"}))
        elif stage.trouble:
            status, code = stage.trouble.pop(0)
            self.answer(status, code if status in (200, 418) else json.dumps({"__type": code, "message": "as the test wants it"}))
        else:
            self.answer(200, json.dumps(self.page(question)))

    def page(self, question):
        names = sorted(name for name in self.server.values if name.rsplit("/", 1)[0] == question["Path"])
        start = int(question.get("NextToken", "0"))
        some = names[start:start + question["MaxResults"]]
        page = {"Parameters": [{"Name": name, "Type": "SecureString" if "SECRET" in name else "String", "Value": self.server.values[name]} for name in some]}
        if start + len(some) < len(names):
            page["NextToken"] = str(start + len(some))
        return page


class NodeTests(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.stage = Stage()
        threading.Thread(target=self.stage.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(self.stage.server_close)
        self.addCleanup(self.stage.shutdown)
        self.endpoint = "http://127.0.0.1:%d" % self.stage.server_address[1]
        self.env = os.path.join(self.root, "etc/baker/env")
        self.settings()

    def settings(self, **more):
        os.makedirs(os.path.dirname(self.env), exist_ok=True)
        with open(os.path.join(self.root, "etc/baker/node.json"), "w", encoding="utf-8") as file:
            json.dump(dict({"group": "web", "config_paths": ["/baker/config/_all", "/baker/config/web"]}, **more), file)

    def run_config(self, *arguments, wait=0.3, **variables):
        environment = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint, "AWS_ENDPOINT_URL": self.endpoint}
        environment.update(variables)
        return subprocess.run(
            [sys.executable, "-I", "-W", "error", PROGRAM, "--root", self.root, "config", "--wait", str(wait), *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)

    def ends(self, code, *words, arguments=(), wait=0.3, **variables):
        done = self.run_config(*arguments, wait=wait, **variables)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, code, said)
        for each in words:
            self.assertIn(each, said)
        self.assertNotIn("Traceback", said)
        return said

    def content(self):
        with open(self.env, encoding="utf-8") as file:
            return "".join(line for line in file if not line.startswith("#"))

    def test_values_of_all_groups_and_of_the_own_one_are_written_for_root_alone(self):
        self.stage.values = {
            "/baker/config/_all/REGION": "eu", "/baker/config/_all/PORT": "80",
            "/baker/config/web/PORT": "8080", "/baker/config/api/PORT": "1",
        }
        self.ends(0, "2 values", "new: PORT, REGION")
        self.assertEqual(self.content(), 'PORT="8080"\nREGION="eu"\n')
        self.assertEqual(stat.S_IMODE(os.stat(self.env).st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.env))), ["env", "node.json"])
        question, headers = self.stage.calls[0]
        self.assertTrue(question["WithDecryption"])
        self.assertEqual(headers["X-Amz-Target"], "AmazonSSM.GetParametersByPath")
        self.assertEqual(headers["X-Amz-Security-Token"], ROLE["Token"])
        self.assertIn("/eu-west-1/ssm/aws4_request", headers["Authorization"])

    def test_every_value_comes_back_from_a_shell_as_it_was(self):
        values = {
            "SPACES": " a  b ", "QUOTES": "it's \"so\"", "DOLLAR": "$HOME `id` $(id)", "SLASH": "a\\b\\\\c\\n", "LINES": "one\ntwo\n\nthree",
            "TAB": "a\tb", "UNICODE": "žluťoučký 🐎\u2028", "HASH": "# no comment", "EQUALS": "a=b=c", "LONG": "x" * 8000,
        }
        self.stage.values = {"/baker/config/web/" + name: value for name, value in values.items()}
        self.ends(0)
        printed = subprocess.run(
            ["sh", "-c", "set -a; . %s; exec env -0" % self.env],
            env={}, stdout=subprocess.PIPE, check=True).stdout.decode()
        found = dict(each.split("=", 1) for each in printed.split("\0") if each)
        self.assertEqual({name: found.get(name) for name in values}, values)

    def test_what_is_no_variable_is_left_out_and_said(self):
        self.stage.values = {"/baker/config/web/GOOD": "1", "/baker/config/web/no.name": "2", "/baker/config/web/BELL": "a\x07"}
        self.ends(0, "/baker/config/web/no.name is left out", "/baker/config/web/BELL is left out")
        self.assertEqual(self.content(), 'GOOD="1"\n')

    def test_many_values_come_in_pages(self):
        self.stage.values = {"/baker/config/web/V%03d" % number: str(number) for number in range(37)}
        self.ends(0, "37 values")
        self.assertEqual(len(self.stage.calls), 5)

    def test_nothing_has_changed_leaves_the_file_alone(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0)
        before = os.stat(self.env)
        os.chmod(self.env, 0o644)
        self.ends(0, "nothing has changed")
        self.assertEqual(os.stat(self.env).st_ino, before.st_ino)
        self.assertEqual(stat.S_IMODE(os.stat(self.env).st_mode), 0o600)

    def test_changes_are_named_without_their_values(self):
        self.stage.values = {"/baker/config/web/A": "first-value", "/baker/config/web/B": "1"}
        self.ends(0)
        self.stage.values = {"/baker/config/web/A": "second-value", "/baker/config/web/C": "third-value"}
        said = self.ends(0, "new: C; changed: A; gone: B")
        self.assertNotIn("-value", said)

    def test_credentials_and_values_stand_in_no_message(self):
        self.stage.values = {"/baker/config/web/A": "the-value-itself"}
        for trouble in ([], [(500, "InternalServerError")] * 50, [(400, "AccessDeniedException")] * 50):
            self.stage.trouble = trouble
            said = self.run_config().stderr.decode()
            for each in (ROLE["SecretAccessKey"], ROLE["Token"], ROLE["AccessKeyId"], "the-token", "the-value-itself"):
                self.assertNotIn(each, said)

    def test_clocks_that_are_years_off_go_by_the_replys_date(self):
        for years in (-3, 5):
            self.stage.ahead = years * 365 * 86400
            self.stage.values = {"/baker/config/web/YEARS": str(years)}
            self.ends(0, "this machine's clock is", "ahead" if years < 0 else "behind")
            self.assertEqual(self.content(), 'YEARS="%d"\n' % years)

    def test_throttling_and_outages_that_pass_are_waited_out(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.stage.trouble = [(400, "ThrottlingException"), (503, "ServiceUnavailable")]
        self.ends(0, "new: A", wait=60)
        self.assertEqual(len(self.stage.calls), 4)

    def test_throttling_that_lasts_keeps_the_last_answer(self):
        self.keeps([(400, "ThrottlingException")] * 99, "ssm is asked too often: ThrottlingException")

    def test_an_outage_keeps_the_last_answer(self):
        self.keeps([(500, "InternalServerError")] * 99, "ssm answers HTTP 500")

    def test_a_redirection_is_not_followed_and_keeps_the_last_answer(self):
        self.keeps([(302, "Found")] * 99, "ssm refuses GetParametersByPath")

    def test_a_role_that_may_not_keeps_the_last_answer(self):
        self.keeps([(400, "AccessDeniedException")] * 99, "ssm refuses GetParametersByPath: AccessDeniedException as the test wants it")

    def test_an_answer_that_is_not_ssms_keeps_the_last_answer(self):
        for body in ("", "<html>", "[]", "null", "{}", '{"Parameters": null}', '{"Parameters": [[]]}', '{"Parameters": [{"Name": "/baker/config/web/A"}]}',
                     '{"Parameters": [{"Name": "/baker/config/web/A", "Value": 2}]}', "[" * 100000):
            with self.subTest(body[:60]):
                self.keeps([(200, body)] * 99, "ssm gives an answer that cannot be read")
                self.stage.trouble = []

    def test_an_error_of_any_shape_keeps_the_last_answer(self):
        for body in ("", "[]", "null", '"no"', "[" * 100000):
            with self.subTest(body[:60]):
                self.keeps([(418, body)] * 99, "ssm refuses GetParametersByPath: HTTP 418")
                self.stage.trouble = []

    def keeps(self, trouble, *words):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0)
        before = self.content()
        self.stage.values = {"/baker/config/web/A": "2"}
        self.stage.trouble = trouble
        self.ends(3, "is kept as it was on 20", *words)
        self.assertEqual(self.content(), before)

    def test_credentials_that_have_ended_are_asked_for_anew(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.stage.trouble = [(400, "ExpiredTokenException")]
        self.ends(0, "new: A", wait=60)

    def test_a_missing_role_keeps_the_last_answer(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0)
        del self.stage.metadata["meta-data/iam/security-credentials/"]
        self.ends(3, "this instance has no role", "is kept as it was on 20")
        self.assertEqual(self.content(), 'A="1"\n')

    def test_a_missing_role_at_the_first_boot_is_said(self):
        del self.stage.metadata["meta-data/iam/security-credentials/"]
        self.ends(4, "this instance has no role", "there is no configuration yet")
        self.assertFalse(os.path.exists(self.env))

    def test_credentials_that_cannot_be_read_are_said(self):
        for text in ("no json", "{}", "[]", json.dumps({"Code": "Failed"})):
            self.stage.metadata["meta-data/iam/security-credentials/web"] = text
            self.ends(4, "the role web")

    def test_a_metadata_service_that_is_off_keeps_the_last_answer(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0)
        self.stage.metadata_status = 403
        self.ends(3, "the metadata service is turned off for this instance", "is kept as it was on 20")
        self.ends(3, "the metadata service does not answer", AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9")
        self.ends(3, "is no address", AWS_EC2_METADATA_SERVICE_ENDPOINT="nonsense")
        self.assertEqual(self.content(), 'A="1"\n')

    def test_an_instance_that_is_baked_or_kept_for_a_retry_is_given_nothing(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        for purpose in ("bake", "kept"):
            self.stage.metadata["meta-data/tags/instance/baker:purpose"] = purpose
            self.ends(0, "this instance is one of a bake")
            self.assertFalse(os.path.exists(self.env))
        self.assertEqual(self.stage.calls, [])

    def test_an_instance_that_is_tested_is_given_what_a_node_has(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.stage.metadata["meta-data/tags/instance/baker:purpose"] = "verify"
        self.ends(0, "new: A")

    def test_a_node_reads_its_own_environment_whichever_its_image_was_made_for(self):
        self.stage.values = {
            "/baker/env/staging/config/web/A": "staging", "/baker/env/production/config/web/A": "production",
            "/baker/env/production/config/_all/B": "all", "/baker/config/web/A": "none", "/baker/config/_all/B": "all",
        }
        made_for_staging = {
            "environment": "staging",
            "config_paths": ["/baker/env/staging/config/_all", "/baker/env/staging/config/web"],
        }
        for settings, tag, expected in (
                (made_for_staging, None, 'A="staging"\n'),
                (made_for_staging, "staging", 'A="staging"\n'),
                (made_for_staging, "production", 'A="production"\nB="all"\n'),
                ({}, "production", 'A="production"\nB="all"\n'),
                ({}, None, 'A="none"\nB="all"\n')):
            self.settings(**settings)
            self.stage.metadata.pop("meta-data/tags/instance/baker:environment", None)
            if tag:
                self.stage.metadata["meta-data/tags/instance/baker:environment"] = tag
            self.ends(0)
            self.assertEqual(self.content(), expected)

    def datastores(self, environment=None):
        prefix = "/baker/env/%s/config" % environment if environment else "/baker/config"
        return {
            prefix + "/_datastores/main-db": json.dumps({"store": "rds main", "engine": "postgres", "host": "main.rds", "port": 5432, "reader_host": "r.rds"}),
            prefix + "/_datastores/cache": json.dumps({"store": "elasticache c", "host": "c", "port": 6379, "nodes": ["a:1", "b:2"]}),
            prefix + "/_datastores/others": json.dumps({"host": "o", "port": 1}),
        }

    def dna(self):
        with open(os.path.join(self.root, "etc/baker/dna.json"), encoding="utf-8") as file:
            return json.load(file)

    USING = {"uses": ["main-db", "cache"], "datastores_path": "/baker/config/_datastores", "dna": {"id": "web", "run_list": ["role[web]"]}}

    def test_datastores_that_the_group_uses_are_variables_and_attributes(self):
        self.stage.values = dict(self.datastores(), **{"/baker/config/web/MAIN_DB_HOST": "mine", "/baker/config/web/A": "1"})
        self.settings(**self.USING)
        self.ends(0)
        self.assertEqual(self.content(), 'A="1"\nCACHE_HOST="c"\nCACHE_NODES="a:1,b:2"\nCACHE_PORT="6379"\nMAIN_DB_ENGINE="postgres"\n'
                                         'MAIN_DB_HOST="main.rds"\nMAIN_DB_PORT="5432"\nMAIN_DB_READER_HOST="r.rds"\n')
        self.assertEqual(self.dna(), {"id": "web", "run_list": ["role[web]"], "datastores": {
            "main-db": {"engine": "postgres", "host": "main.rds", "port": 5432, "reader_host": "r.rds"},
            "cache": {"host": "c", "port": 6379, "nodes": ["a:1", "b:2"]},
        }})
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.root, "etc/baker/dna.json")).st_mode), 0o600)

    def test_a_datastore_that_nobody_has_looked_up_or_that_is_damaged_is_said(self):
        for damaged in ("no json", "1", "[]", '"host"'):
            self.stage.values = {"/baker/config/_datastores/cache": damaged, "/baker/config/web/A": "1"}
            self.settings(**self.USING)
            self.ends(0, "the endpoints of the datastore main-db are not known")
            self.assertEqual(self.content(), 'A="1"\n')

    def test_datastores_are_those_of_the_instances_own_environment(self):
        self.stage.values = dict(self.datastores("staging"), **{
            "/baker/env/prod.eu/config/_datastores/main-db": json.dumps({"host": "prod.rds", "port": 1})})
        self.settings(
            environment="staging", uses=["main-db"], datastores_path="/baker/env/staging/config/_datastores", config_paths=[],
            dna={"environment": "staging", "chef_environment": "staging"})
        self.ends(0)
        self.assertEqual(self.dna()["datastores"]["main-db"]["host"], "main.rds")
        self.stage.metadata["meta-data/tags/instance/baker:environment"] = "prod.eu"
        self.ends(0, "changed: MAIN_DB_HOST, MAIN_DB_PORT; gone: MAIN_DB_ENGINE")
        self.assertEqual(self.dna(), {
            "environment": "prod.eu", "chef_environment": "prod_eu", "datastores": {"main-db": {"host": "prod.rds", "port": 1}}})

    def test_services_that_were_collected_stay_in_what_chef_starts_from(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        folder = os.path.join(self.root, "etc/baker/services")
        os.makedirs(folder)
        with open(os.path.join(folder, "attributes.json"), "w", encoding="utf-8") as file:
            json.dump({"services": {"api": [{"instance": "i-1"}]}}, file)
        named = {"services_path": "/baker/config/_services/web", "dna": {"id": "web", "run_list": ["role[web]"]}}
        self.settings(**named)
        self.ends(0)
        self.assertEqual(self.dna(), {"id": "web", "run_list": ["role[web]"], "services": {"api": [{"instance": "i-1"}]}})
        self.settings(**dict(named, services_path=None))
        self.ends(0)
        self.assertEqual(self.dna(), {"id": "web", "run_list": ["role[web]"]}, "its group takes part no more")
        with open(os.path.join(folder, "attributes.json"), "w", encoding="utf-8") as file:
            file.write("[1")
        self.settings(environment="staging", config_paths=[], **named)
        self.stage.metadata["meta-data/tags/instance/baker:environment"] = "prod.eu"
        self.ends(0)
        self.assertEqual(self.dna(), {"id": "web", "run_list": ["role[web]"], "environment": "prod.eu", "chef_environment": "prod_eu"})

    def test_proxies_do_not_see_the_metadata_service(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0, http_proxy="http://127.0.0.1:9", no_proxy=self.endpoint[len("http://"):])

    def reloading(self, code=0):
        log = os.path.join(self.root, "log")
        script = os.path.join(self.root, "reload")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho reloaded >> %s\nexit %d\n" % (log, code))
        os.chmod(script, 0o700)
        self.settings(config_reload=[script])
        return log

    def lines(self, log):
        if not os.path.exists(log):
            return 0
        with open(log, encoding="utf-8") as file:
            return len(file.readlines())

    def test_reload_runs_what_is_named_where_something_changed(self):
        log = self.reloading()
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(0, arguments=["--reload"])
        self.assertEqual(self.lines(log), 1)
        self.ends(0, "nothing has changed", arguments=["--reload"])
        self.assertEqual(self.lines(log), 1)
        self.stage.values["/baker/config/web/A"] = "2"
        self.ends(0)
        self.assertEqual(self.lines(log), 1, "at boot nothing is restarted")

    def test_what_a_reload_prints_of_secrets_is_masked(self):
        self.reloading()
        with open(os.path.join(self.root, "reload"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho plain-text and secret-text\necho second line of it >&2\n")
        self.stage.values = {"/baker/config/web/A": "plain-text", "/baker/config/web/SECRET": "secret-text", "/baker/config/web/SECRETS": "first\nsecond line"}
        said = self.ends(0, "plain-text and ********\n", "******** of it", arguments=["--reload"])
        self.assertNotIn("secret-text", said)

    def test_a_reload_that_failed_is_made_up_for(self):
        log = self.reloading(code=7)
        self.stage.values = {"/baker/config/web/A": "1"}
        self.ends(5, "failed: 7", arguments=["--reload"])
        self.reloading()
        self.ends(0, "nothing has changed", arguments=["--reload"])
        self.ends(0, arguments=["--reload"])
        self.assertEqual(self.lines(log), 2)

    def test_settings_that_cannot_be_read_are_said(self):
        with open(os.path.join(self.root, "etc/baker/node.json"), "w", encoding="utf-8") as file:
            file.write("{")
        self.ends(4, "node.json cannot be read")

    def test_a_file_that_cannot_be_written_is_said_and_leaves_the_old_one(self):
        self.stage.values = {"/baker/config/web/A": "1"}
        os.mkdir(self.env)
        self.ends(4, "Is a directory")

    def test_several_at_once_come_one_after_the_other(self):
        self.stage.values = {"/baker/config/web/V%d" % number: "x" * 4000 for number in range(20)}
        ends = []
        threads = [threading.Thread(target=lambda: ends.append(self.run_config().returncode)) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(ends, [0] * 5)
        self.assertEqual(self.content().count("\n"), 20)

    def test_arguments_that_are_wrong_end_with_1(self):
        for words in ([], ["nothing"], ["config", "--wait", "soon"]):
            done = subprocess.run([sys.executable, PROGRAM, *words], stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 1, words)


if __name__ == "__main__":
    unittest.main()
