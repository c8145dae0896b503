"""What each step of examples/seatgeek/README.md has to come to."""
import json
import urllib.request

from check import equal, until

CATALOG = "/baker/env/production/services"
PLAIN, ADVISED = "tickets, no advice", "tickets, advice"


def entries(cloud, service):
    """The catalogue's entries of a service that serve, by instance."""
    found = [json.loads(value) for value in cloud.parameters(f"{CATALOG}/{service}").values()]
    return {each["instance"]: each for each in found if each["state"] == "serving"}


def ids(cloud, group):
    return {node["InstanceId"] for node in cloud.nodes(group)}


def announced(cloud, service, group):
    """Waits until just the nodes of a group have announced a service."""
    until(lambda: set(entries(cloud, service)) == ids(cloud, group), f"{service} of {group}")


def processes(cloud, node):
    """The services that run on a node."""
    told = cloud.on(node, r"for each in /proc/[0-9]*; do tr '\0' ' ' 2> /dev/null < $each/cmdline | sed -n 's/^python3 .*seatgeek.py \([a-z-]*\).*/\1 /p'; done || true")
    return sorted(told.split())


def bring_it_up(cloud):
    for group in ("12_04-bee", "12_04-www"):
        fleet = cloud.fleet(group)
        equal(len(fleet["Instances"]), 2, f"{group}, {cloud.history(fleet)}")
        equal(len({node["Placement"]["AvailabilityZone"] for node in cloud.nodes(group)}), 2, "zones")
    for service in ("api-workers", "cronq-workers", "djjob"):
        announced(cloud, service, "12_04-bee")
    equal(list(cloud.answers()), [PLAIN])
    cloud.kept["bee"] = sorted(ids(cloud, "12_04-bee"))
    equal(processes(cloud, cloud.kept["bee"][0]), ["api-workers", "cronq-workers", "djjob"])


def completely_new_standalone_services(cloud):
    announced(cloud, "ftp-listener", "ftp-listener")
    for group in ("ftp-listener", "ftp-processor"):
        equal(json.load(open(f"roles/{group}.json"))["run_list"][3], f"recipe[seatgeek-service::{group}]")
        equal(json.load(open(f"dna/production/asg/{group}.json"))["run_list"], [f"role[role-{group}]"])
    listener, = entries(cloud, "ftp-listener").values()
    urllib.request.urlopen(f"http://{listener['address']}:{listener['port']}/", b"an upload", timeout=30).read()
    processor, = ids(cloud, "ftp-processor")
    until(lambda: "an upload" in cloud.on(processor, "cat /var/log/ftp-processor.log 2> /dev/null || true"), "the upload at the processor")


def a_new_worker_on_existing_machines(cloud):
    equal(sorted(ids(cloud, "12_04-bee")), cloud.kept["bee"], "the nodes")
    announced(cloud, "process-users", "12_04-bee")
    for node in cloud.kept["bee"]:
        equal(processes(cloud, node), ["api-workers", "cronq-workers", "djjob", "process-users"])
        assert int(cloud.on(node, "cat /var/tmp/process-users/done")) > 0


def a_service_that_others_have_waited_for(cloud):
    announced(cloud, "recommendation", "recommendation")
    until(lambda: list(cloud.answers()) == [ADVISED], "advice of all of www")


def it_moves_to_other_machines(cloud):
    announced(cloud, "recommendation", "12_04-bee")
    equal(cloud.fleets("recommendation"), [])
    equal(sorted(ids(cloud, "12_04-bee")), cloud.kept["bee"], "the nodes")
    until(lambda: list(cloud.answers()) == [ADVISED], "advice of all of www")


def a_service_is_decommissioned(cloud):
    equal(cloud.parameters(f"{CATALOG}/djjob"), {})
    for node in cloud.kept["bee"]:
        equal(processes(cloud, node), ["api-workers", "cronq-workers", "process-users", "recommendation"])
    equal(sorted(ids(cloud, "12_04-bee")), cloud.kept["bee"], "the nodes")


def an_aws_zone_goes_away(cloud):
    for group, wanted in (("12_04-bee", 2), ("12_04-www", 2), ("ftp-listener", 1), ("ftp-processor", 1)):
        zones = [node["Placement"]["AvailabilityZone"] for node in cloud.nodes(group)]
        equal(("us-east-1a" in zones, len(zones)), (False, wanted), f"zones of {group}: {zones}")
        equal(len(cloud.fleet(group)["Instances"]), wanted)
    until(lambda: sorted(cloud.targets("production-www-12-04-www").values()).count("healthy") == 2, "two of www at the balancer")
    announced(cloud, "api-workers", "12_04-bee")
    for node in ids(cloud, "12_04-bee"):
        equal(processes(cloud, node), ["api-workers", "cronq-workers", "process-users", "recommendation"])
    until(lambda: list(cloud.answers()) == [ADVISED], "advice of all of www")
