"""Checks one step of an example, on its cloud: check.py EXAMPLE STEP, in the example's folder, with what `package local:env` prints.

The step is a function of EXAMPLE.py beside this, which is given a Cloud, and raises AssertionError where the cloud is not as it should be. What it
keeps in `cloud.kept` later steps have, too.
"""
import collections
import importlib
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

import boto3

KEPT = pathlib.Path(".run/checks.json")
PATIENCE = 120


class Cloud:
    def __init__(self):
        self.kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        self.site = pathlib.Path(".run/site").read_text().strip()
        self.clients = {}

    def client(self, service):
        """A client of boto3: cloud.client("ec2")."""
        if service not in self.clients:
            self.clients[service] = boto3.client(service)
        return self.clients[service]

    def get(self, path="", code=200, base=None):
        """What the site answers at a path, with this code."""
        url = (base or self.site) + path.lstrip("/")
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                got, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            got, text = error.code, error.read().decode()
        assert got == code, f"{url}: {got} {text!r}, and not {code}"
        return text

    def answers(self, requests=20, path=""):
        """How often the site answers what, of so many requests."""
        return collections.Counter(self.get(path).strip() for _ in range(requests))

    def images(self, group):
        """The images of a group, the oldest first."""
        found = self.client("ec2").describe_images(Owners=["self"], Filters=[{"Name": "tag:group", "Values": [group]}])["Images"]
        return sorted(found, key=lambda image: image["CreationDate"])

    def fleets(self, group):
        """The Auto Scaling groups of a group, by name."""
        pages = self.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate(Filters=[{"Name": "tag:group", "Values": [group]}])
        return sorted((each for page in pages for each in page["AutoScalingGroups"]), key=lambda each: each["AutoScalingGroupName"])

    def fleet(self, group):
        """The one Auto Scaling group of a group."""
        found = self.fleets(group)
        assert len(found) == 1, f"fleets of {group}: {[each['AutoScalingGroupName'] for each in found]}"
        return found[0]

    def history(self, fleet):
        """What became of the instances of an Auto Scaling group."""
        activities = self.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=fleet["AutoScalingGroupName"])["Activities"]
        return ([(each["InstanceId"], each["LifecycleState"], each["HealthStatus"]) for each in fleet["Instances"]],
                [(each["StartTime"].isoformat(), each["StatusCode"], each["Description"], each["Cause"]) for each in activities])

    def nodes(self, group):
        """The running instances of a group."""
        pages = self.client("ec2").get_paginator("describe_instances").paginate(
            Filters=[{"Name": "tag:group", "Values": [group]}, {"Name": "instance-state-name", "Values": ["running"]}])
        return [each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"]]

    def targets(self, target_group):
        """The states of a target group's targets, by the instance's id."""
        elb = self.client("elbv2")
        arn = elb.describe_target_groups(Names=[target_group])["TargetGroups"][0]["TargetGroupArn"]
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]}

    def parameters(self, path):
        """The values below a path of Parameter Store, by name."""
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True, WithDecryption=True)
        return {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}

    def on(self, instance, command):
        """What a command prints on a node."""
        ssm = self.client("ssm")
        sent = ssm.send_command(InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": [command]})["Command"]["CommandId"]
        result = until(
            lambda: (lambda got: got if got["Status"] not in ("Pending", "InProgress") else None)(ssm.get_command_invocation(CommandId=sent, InstanceId=instance)),
            f"the end of '{command}'")
        assert result["Status"] == "Success", f"'{command}' on {instance}: {result['Status']} {result['StandardErrorContent']}"
        return result["StandardOutputContent"]


def until(condition, what):
    """Asks over and over, two minutes at most; what the condition came to."""
    end = time.monotonic() + PATIENCE
    while True:
        came = condition()
        if came:
            return came
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.2)


def equal(got, wanted, what=""):
    assert got == wanted, f"{what or 'it'} is {got!r}, and not {wanted!r}"


def main(example, step):
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    sys.modules["check"] = sys.modules["__main__"]
    checks = importlib.import_module(example)
    cloud = Cloud()
    getattr(checks, step)(cloud)
    KEPT.write_text(json.dumps(cloud.kept))


if __name__ == "__main__":
    main(*sys.argv[1:])
