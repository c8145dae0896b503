"""What the steps of examples/opendebates/README.md say, asked of its cloud."""
import pathlib
import re

from check import equal, until

MAILBOX = pathlib.Path(".package/mailbox")
CLIENT, TEAM = "debates@lists.example.com", "debates-team@example.com"
# Who is told when an alarm rings, when it is over, and when there is nothing to judge by. The team is subscribed to two topics.
TOLD = {
    "backend-connection-errors": ({TEAM}, set(), set()),
    "healthy-hosts": ({CLIENT, TEAM}, {CLIENT, TEAM}, {TEAM}),
    "latency": ({CLIENT, TEAM}, {CLIENT, TEAM}, {CLIENT, TEAM}),
    "request-count": ({CLIENT, TEAM}, {CLIENT, TEAM}, {CLIENT, TEAM}),
}


def version(cloud):
    return cloud.get().split(",")[0]


def mails():
    """The mails that were sent: to whom, and about what."""
    found = re.split(r"^From ", MAILBOX.read_text(), flags=re.MULTILINE)[1:]
    return [(re.search(r"^To: <?(.*?)>?$", mail, re.MULTILINE).group(1), re.search(r"^Subject: (.*)$", mail, re.MULTILINE).group(1)) for mail in found]


def ring(cloud, alarm, state):
    cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a check")


def an_environment_from_nothing(cloud):
    for role in ("db", "cache", "queue", "worker", "web"):
        size = 2 if role == "web" else 1
        fleet = cloud.fleet(role)
        equal([each["LifecycleState"] for each in fleet["Instances"] if not each["LifecycleState"].startswith("Terminating")], ["InService"] * size, role)
        equal(len(cloud.images(role)), 1, f"images of {role}")
        for node in cloud.nodes(role):
            tags = {tag["Key"]: tag["Value"] for tag in node["Tags"]}
            equal((tags["environment"], tags["group"]), ("production", role), "the tags of a node")
    equal(sorted(each for each in cloud.targets("production-web").values() if each != "draining"), ["healthy"] * 2, "the targets")
    # The vote is in the database, and a worker has counted it.
    until(lambda: cloud.get("counted") == "1\n", "the worker to count the vote")
    [db] = cloud.nodes("db")
    equal(cloud.on(db["InstanceId"], "$(dirname \"$(find /usr/lib/postgresql -name initdb | sort | tail -n 1)\")/psql"
          " -h /tmp -p $(ls -a /tmp | sed -n 's/^\\.s\\.PGSQL\\.\\([0-9]*\\)$/\\1/p') -U postgres -qAtX opendebates -c 'select zip, counted from votes'"), "20001|t\n", "the vote")
    cloud.kept["images"] = {role: cloud.images(role)[0]["ImageId"] for role in ("db", "cache", "queue", "worker", "web")}
    cloud.kept["web"] = sorted(each["InstanceId"] for each in cloud.nodes("web"))


def alarms_policies_and_who_is_told(cloud):
    subjects = mails()
    told = {who for who, what in subjects if what.startswith("ALARM:") and "scale-up" in what}
    equal(told, {TEAM}, "who was told of scale-up")
    activities = cloud.client("autoscaling").describe_scaling_activities(AutoScalingGroupName="production/web-v001")["Activities"]
    causes = " ".join(each["Cause"] for each in activities)
    for policy, change in (("increase", "from 2 to 4"), ("decrease", "from 4 to 2")):
        assert f"baker-{policy}-group-size" in causes and change in causes, f"{policy}: {causes}"
    # Every other alarm, each of its states: who gets a mail.
    names = {each["AlarmName"].split("/")[-1]: each["AlarmName"] for each in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    equal(set(names), {*TOLD, "scale-up", "scale-down"}, "the alarms")
    for short, wanted in TOLD.items():
        for state, who in zip(("ALARM", "OK", "INSUFFICIENT_DATA"), wanted):
            before = len(mails())
            cloud.client("cloudwatch").disable_alarm_actions(AlarmNames=[names[short]])
            ring(cloud, names[short], "OK" if state == "ALARM" else "ALARM")
            cloud.client("cloudwatch").enable_alarm_actions(AlarmNames=[names[short]])
            ring(cloud, names[short], state)
            if who:
                until(lambda: {to for to, what in mails()[before:] if short in what and what.split(":")[0].startswith(state.split("_")[0])} == who,
                      f"mails of {short} in {state} to {who}, not {mails()[before:]}")


def what_is_done_once(cloud):
    equal(cloud.get("place?city=Mayaguez"), "00680\n")
    equal(cloud.get("place?city=Pi%C3%B1on%20Hills"), "92329\n")
    cloud.kept["key"] = cloud.get("key")


def secrets(cloud):
    equal(cloud.parameters("/baker/env/production/config/_all")["/baker/env/production/config/_all/SECRET_KEY"], "a new key", "the secret")
    kinds = {each["Type"] for each in cloud.client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": ["/baker/env/production/config/_all"]}])["Parameters"]}
    equal(kinds, {"SecureString"}, "how secrets are kept")
    keys = cloud.answers(path="key")
    assert len(keys) == 1 and cloud.kept["key"].strip() not in keys, f"{keys} after {cloud.kept['key']}"
    for role in ("worker", "web", "db"):
        for node in cloud.nodes(role):
            equal(cloud.on(node["InstanceId"], ". /etc/baker/env; echo $DATABASE_PASSWORD"), "a new password\n", f"a secret on {role}")
    # The database takes the new password, and no longer the old one: a new session of a server that was started anew.
    assert cloud.get("vote?zip=95050").startswith("vote "), "a vote with the new password"


def a_new_image(cloud):
    for role in ("worker", "web"):
        first, second = cloud.images(role)
        equal(first["ImageId"], cloud.kept["images"][role], "the older image")
        tags = {tag["Key"]: tag["Value"] for tag in second["Tags"]}
        equal(tags["baker:code:/srv/opendebates"].split()[0], commit(), f"the commit in the image of {role}")
    equal(version(cloud), "opendebates: version 1", "what serves")


def a_full_deploy_with_a_notice_and_a_migration(cloud):
    equal(set(answer.split(",")[0] for answer in cloud.answers()), {"opendebates: version 2"}, "the answers")
    for role in ("worker", "web"):
        equal(cloud.fleet(role)["AutoScalingGroupName"], f"production/{role}-v002", "the fleet")
        equal({each["ImageId"] for each in cloud.nodes(role)}, {cloud.images(role)[-1]["ImageId"]}, "the images that run")
    [listener] = [each for balancer in cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
                  for each in cloud.client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]]
    equal([each["Type"] for each in listener["DefaultActions"]], ["forward"], "what the balancer does")
    [db] = cloud.nodes("db")
    assert cloud.get("vote?zip=94027").startswith("vote "), "a vote that needs the column"
    alarms = {each["AlarmName"] for each in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert {"baker:production/web-v002/scale-up", "baker:production/web-v002/scale-down"} <= alarms and len(alarms) == 6, alarms
    cloud.kept["web"] = sorted(each["InstanceId"] for each in cloud.nodes("web"))
    cloud.kept["db"] = db["InstanceId"]


def a_serial_deploy(cloud):
    until(lambda: set(answer.split(",")[0] for answer in cloud.answers()) == {"opendebates: version 3"}, "version 3 alone")
    equal(cloud.fleet("web")["AutoScalingGroupName"], "production/web-v002", "the fleet, which stays")
    nodes = [each["InstanceId"] for each in cloud.nodes("web")]
    assert len(nodes) == 2 and not set(nodes) & set(cloud.kept["web"]), f"{nodes} after {cloud.kept['web']}"
    [refresh] = cloud.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName="production/web-v002")["InstanceRefreshes"]
    equal((refresh["Status"], refresh["Preferences"]["InstanceWarmup"]), ("Successful", 60), "the refresh, which waits for no grace of 1200 s")
    one_after_the_other(cloud, nodes, cloud.kept["web"])
    equal([each["InstanceId"] for each in cloud.nodes("db")], [cloud.kept["db"]], "the database, which nobody touches")
    cloud.kept["web"] = sorted(nodes)


def one_after_the_other(cloud, new, old):
    """The first of the new servers is in service before the first old one leaves and before the second new one begins, and that one before the last leaves."""
    activities = cloud.client("autoscaling").describe_scaling_activities(AutoScalingGroupName="production/web-v002")["Activities"]
    first, second = of_instances(activities, "Launching", new)
    gone, last = of_instances(activities, "Terminating", old)
    assert first["EndTime"] <= gone["StartTime"] and first["EndTime"] <= second["StartTime"] and second["EndTime"] <= last["StartTime"], (first, gone, second, last)


def of_instances(activities, kind, instances):
    found = [each for each in activities if each["Description"].startswith(kind) and any(each["Description"].endswith(instance) for instance in instances)]
    return sorted(found, key=lambda each: each["StartTime"])


def a_deploy_in_place_and_its_warning(cloud):
    equal(set(answer.split(",")[0] for answer in cloud.answers()), {"opendebates: version 4"}, "the answers")
    equal(sorted(each["InstanceId"] for each in cloud.nodes("web")), cloud.kept["web"], "the same servers")
    fleet = cloud.fleet("web")
    equal((fleet["AutoScalingGroupName"], fleet["SuspendedProcesses"]), ("production/web-v002", []), "the fleet, resumed, and not replaced")


def what_a_server_that_starts_now_has(cloud):
    equal(set(answer.split(",")[0] for answer in cloud.answers(60)), {"opendebates: version 3", "opendebates: version 4"}, "the answers")
    [new] = [each for each in cloud.nodes("web") if each["InstanceId"] not in cloud.kept["web"]]
    equal(new["ImageId"], cloud.images("web")[-1]["ImageId"], "the image of the new server")


def commit():
    return pathlib.Path(".run/opendebates.git/refs/heads/master").read_text().strip()
