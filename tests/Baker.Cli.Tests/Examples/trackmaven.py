"""What the steps of examples/trackmaven/README.md say, asked of its cloud."""
import hashlib
import pathlib

from check import equal, until


def names(cloud, group, environment="prod"):
    """The names of an environment's nodes, whose other tags have to agree."""
    found = []
    for node in cloud.nodes(group):
        tags = {tag["Key"]: tag["Value"] for tag in node["Tags"]}
        if tags["Env"] == environment:
            equal(tags["Type"], group, "the tag Type")
            found.append(tags["Name"])
    return sorted(found)


def prod(cloud, group):
    return [each["InstanceId"] for each in cloud.nodes(group) if {"Key": "Env", "Value": "prod"} in each["Tags"]]


def versions(cloud):
    return {answer.split(",")[0].split(" ")[-1] for answer in cloud.answers()}


def code_on(cloud, *groups):
    """Which versions of the code the nodes of groups have."""
    return {cloud.on(node, "sed -n 's/^VERSION = \"\\(.*\\)\"$/\\1/p' /srv/trackmaven/maven.py").strip() for group in groups for node in prod(cloud, group)}


def master():
    return pathlib.Path(".run/trackmaven.git/refs/heads/master").read_text().strip()


def commit_of(image):
    return {tag["Key"]: tag["Value"] for tag in image["Tags"]}["baker:code:/srv/trackmaven"].split()[0]


def bring_it_up(cloud):
    equal([names(cloud, group) for group in ("web", "celery", "manager")],
          [["prodweb1", "prodweb2"], ["prodcelery1", "prodcelery2"], ["prodmanager1"]], "the names")
    equal(sorted(cloud.targets("prod-web").values()), ["healthy"] * 2, "the targets")
    [cluster] = cloud.client("rds").describe_db_clusters()["DBClusters"]
    for group in ("web", "celery", "manager"):
        for node in prod(cloud, group):
            equal(cloud.on(node, ". /etc/baker/env; echo $MAIN_HOST $MAIN_READER_HOST $QUEUE_HOST").split(), [cluster["Endpoint"], cluster["ReaderEndpoint"], "127.0.0.1"], "the stores of a node")
    assert cluster["Endpoint"] != cluster["ReaderEndpoint"], "one database to write to, and one to read"
    cloud.kept["nodes"] = {group: prod(cloud, group) for group in ("web", "celery", "manager")}


def another_environment(cloud):
    equal([each["AutoScalingGroupName"] for each in cloud.fleets("web")], ["prod/web-v001"], "the fleets, of which prod's is left")
    equal(names(cloud, "web", "puppycrate"), [], "the nodes of puppycrate")
    equal({group: prod(cloud, group) for group in ("web", "celery", "manager")}, cloud.kept["nodes"], "the nodes of prod, which nobody touched")
    made = [each for each in cloud.images("web") if {"Key": "baker:environment", "Value": "puppycrate"} in each["Tags"]]
    equal(len(made), 1, "images of puppycrate")


def the_project_s_shell(cloud):
    [manager] = prod(cloud, "manager")
    told = cloud.on(manager, "echo \"print(read.ask('select name, version from items'))\" | /srv/trackmaven/shell 2> /dev/null")
    assert "a post|1" in told, told


def environment_variables(cloud):
    wanted = hashlib.sha256(b"second").hexdigest()[:12]
    equal(set(cloud.answers(path="key?name=TWITTER_API_KEY")), {wanted}, "the key in use")
    for group in ("web", "celery", "manager"):
        for node in prod(cloud, group):
            equal(cloud.on(node, ". /etc/baker/env; echo $TWITTER_API_KEY $FACEBOOK_API_KEY"), "second first\n", f"the keys on {group}")


def deploy_master(cloud):
    equal(versions(cloud), {"2"}, "the answers")
    equal(code_on(cloud, "web", "celery", "manager"), {"2"}, "the code")
    equal({group: prod(cloud, group) for group in ("web", "celery", "manager")}, cloud.kept["nodes"], "the nodes, which stay")
    for group in ("web", "celery", "manager"):
        equal(commit_of(cloud.images(group)[-1]), master(), f"the commit in the image of {group}")
    cloud.get("collect?item=a+tweet")
    [manager] = prod(cloud, "manager")
    until(lambda: "a tweet|2" in cloud.on(manager, "echo \"print(read.ask('select name, version from items'))\" | /srv/trackmaven/shell 2> /dev/null"), "a celery node of version 2 to collect")


def the_same_deploy_by_ansible(cloud):
    equal(versions(cloud), {"3"}, "the answers")
    equal(code_on(cloud, "web", "celery", "manager"), {"3"}, "the code")
    equal({group: prod(cloud, group) for group in ("web", "celery", "manager")}, cloud.kept["nodes"], "the nodes, which stay")
    for group in ("web", "celery", "manager"):
        equal(commit_of(cloud.images(group)[-1]), master(), f"the commit in the image of {group}")
    until(lambda: sorted(cloud.targets("prod-web").values()) == ["healthy"] * 2, "both web servers in the balancer")


def scale_the_web_servers_and_never_below_two(cloud):
    until(lambda: len(cloud.fleet("web")["Instances"]) == 2 and len(prod(cloud, "web")) == 2, "two web servers")
    fleet = cloud.fleet("web")
    equal((fleet["MinSize"], fleet["DesiredCapacity"]), (2, 2), "the size")
    newest = cloud.images("web")[-1]
    equal({each["ImageId"] for each in cloud.nodes("web")}, {newest["ImageId"]}, "the image of those that were started")
    equal((versions(cloud), commit_of(newest)), ({"3"}, master()), "what they serve")
    activities = cloud.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=fleet["AutoScalingGroupName"])["Activities"]
    assert any("from 2 to 3" in each["Cause"] for each in activities), [each["Cause"] for each in activities]


def images_three_deep(cloud):
    left = cloud.images("web")
    mine = [each for each in left if any(tag["Key"] == "baker:environment" and "prod" in tag["Value"].split() for tag in each["Tags"])]
    equal(len(mine), 3, f"images of web: {[(each['Name'], commit_of(each)) for each in left]}")
    equal(commit_of(mine[-1]), master(), "the newest")
