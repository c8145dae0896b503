"""What each step of examples/gekko/README.md has to come to."""
import re

from check import equal

OLD, NEW = "gekko: version 1", "gekko: version 2"
FIRST, SECOND = "production/gekko-v001", "production/gekko-v002"


def sizes(fleet):
    return fleet["MinSize"], fleet["MaxSize"], fleet["DesiredCapacity"]


def commit(image):
    return next(tag["Value"] for tag in image["Tags"] if tag["Key"] == "baker:code:/srv/gekko")


def bring_it_up(cloud):
    fleet = cloud.fleet("gekko")
    equal((fleet["AutoScalingGroupName"], sizes(fleet)), (FIRST, (2, 6, 2)))
    equal(list(cloud.answers()), [OLD])
    balancers = cloud.client("elbv2").describe_load_balancers(Names=["gekko"])["LoadBalancers"]
    assert balancers[0]["DNSName"] in cloud.site, balancers
    equal(cloud.get("widget?page=/a/b"), "/a/b: 1\n")


def list_the_snapshots(cloud):
    image, = cloud.images("gekko")
    assert re.fullmatch(r"gekko-\d{8}-\d{6}", image["Name"]), image["Name"]
    cloud.kept["first"] = image["ImageId"]


def create_a_snapshot(cloud):
    first, second = cloud.images("gekko")
    equal(first["ImageId"], cloud.kept["first"])
    assert commit(first) != commit(second), "the commit is another"
    equal(list(cloud.answers()), [OLD], "what serves")
    cloud.kept["second"] = second["ImageId"]


def deploy_it_beside_the_old_one_for_24_hours(cloud):
    old, new = cloud.fleets("gekko")
    equal((sizes(new), old["DesiredCapacity"]), ((2, 6, 2), 2))
    equal({node["ImageId"] for node in cloud.nodes("gekko")}, {cloud.kept["first"], cloud.kept["second"]})
    equal(sorted(cloud.targets("production-gekko").values()), ["healthy"] * 4)
    equal(set(cloud.answers()), {OLD, NEW}, "what serves")


def raise_it_to_production_s_size(cloud):
    old, new = cloud.fleets("gekko")
    equal((new["AutoScalingGroupName"], new["MaxSize"], new["DesiredCapacity"], old["DesiredCapacity"]), (SECOND, 20, 14, 2))
    equal(len([each for each in new["Instances"] if each["LifecycleState"] == "InService"]), 14)
    equal(sorted(cloud.targets("production-gekko").values()), ["healthy"] * 16)


def half_an_hour_of_warm_up_and_the_old_group_goes(cloud):
    fleet = cloud.fleet("gekko")
    equal((fleet["AutoScalingGroupName"], sizes(fleet)), (SECOND, (8, 20, 14)))
    equal(list(cloud.answers()), [NEW])
    equal(len([state for state in cloud.targets("production-gekko").values() if state == "healthy"]), 14)
    equal({node["ImageId"] for node in cloud.nodes("gekko")}, {cloud.kept["second"]})
