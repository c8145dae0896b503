"""What the steps of examples/syncstorage/README.md say, asked of its cloud."""
import json
import pathlib
import urllib.error
import urllib.request

from check import equal, until


def webheads(cloud, command):
    """What a command prints, with the configuration, on each of the webheads."""
    nodes = sorted(each["InstanceId"] for each in cloud.nodes("webhead") if each["InstanceId"] in cloud.targets("production-lb-webhead"))
    return {node: cloud.on(node, "set -a; . /etc/baker/env; " + command).strip() for node in nodes}


def item(cloud, user, key, code=200):
    """What the site has of a user, asked with a new token."""
    tokens = pathlib.Path(".run/tokenserver/address").read_text().strip()
    with urllib.request.urlopen(f"{tokens}1.0/sync?user={user}", timeout=30) as answer:
        token = answer.read().decode().strip()
    request = urllib.request.Request(f"{cloud.site}1.5/storage/{key}", headers={"Authorization": "Token " + token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        equal(answer.status, code)
        return answer.read().decode()


def stored(cloud, node):
    """Whose items a dbnode has: asked of the database itself, from a webhead."""
    command = f"MYSQL_PWD=$SYNC_PASSWORD mariadb --no-defaults -h ${node}_HOST -P ${node}_PORT -u sync2 -NB sync -e 'select user from items'"
    return sorted(next(iter(webheads(cloud, command).values())).split())


def guarded(cloud):
    """Which security groups the dbnodes and the caches are in, by their names."""
    names = {each["GroupId"]: each["GroupName"] for each in cloud.client("ec2").describe_security_groups()["SecurityGroups"]}
    nodes = {each["DBInstanceIdentifier"]: [names[group["VpcSecurityGroupId"]] for group in each["VpcSecurityGroups"]]
             for each in cloud.client("rds").describe_db_instances()["DBInstances"]}
    caches = [[names[group["SecurityGroupId"]] for group in each["SecurityGroups"]]
              for each in cloud.client("elasticache").describe_cache_clusters()["CacheClusters"]]
    return nodes, caches


def bring_it_up(cloud):
    [db] = cloud.client("rds").describe_db_instances()["DBInstances"]
    equal((db["DBInstanceIdentifier"], db["DBInstanceStatus"]), ("sync2-db", "available"), "the database")
    fleet = cloud.fleet("webhead")
    equal([each["LifecycleState"] for each in fleet["Instances"] if not each["LifecycleState"].startswith("Terminating")], ["InService"] * 2, "the fleet")
    equal(set(webheads(cloud, "echo $DB_HOST:$DB_PORT").values()), {f"{db['Endpoint']['Address']}:{db['Endpoint']['Port']}"}, "the database's address on the webheads")


def security_groups(cloud):
    groups = {each["GroupName"]: each for each in cloud.client("ec2").describe_security_groups()["SecurityGroups"]}
    web = groups["sync2-sg-web"]["GroupId"]

    def rules(name):
        return sorted((rule["FromPort"], rule["ToPort"], *[each["CidrIp"] for each in rule["IpRanges"]], *[each["GroupId"] for each in rule["UserIdGroupPairs"]])
                      for rule in groups[name]["IpPermissions"])

    equal(rules("sync2-sg-web"), [(22, 22, "0.0.0.0/0"), (80, 80, "0.0.0.0/0")])
    equal(rules("sync2-sg-db"), [(3306, 3306, web)])
    equal(rules("sync2-sg-cache"), [(11211, 11211, web)])
    for node in cloud.nodes("webhead"):
        equal([each["GroupId"] for each in node["SecurityGroups"]], [web], "the security groups of a webhead")
    equal(guarded(cloud), ({"sync2-db": ["sync2-sg-db"]}, [["sync2-sg-cache"]]), "the groups of the stores")


def load_balancer(cloud):
    elb = cloud.client("elbv2")
    [balancer] = elb.describe_load_balancers(Names=["sync2-lb"])["LoadBalancers"]
    [listener] = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    equal((listener["Port"], listener["Protocol"]), (80, "HTTP"), "the listener")
    [group] = elb.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
    equal((group["HealthCheckPath"], group["Protocol"]), ("/__heartbeat__", "HTTP"), "the health check")
    equal(sorted(each for each in cloud.targets("production-lb-webhead").values() if each != "draining"), ["healthy"] * 2, "the targets")


def webhead_instance(cloud):
    equal(item(cloud, "ann", "tabs"), "three tabs\n", "what was stored")
    equal(stored(cloud, "DB"), ["ann"], "what the dbnode has")
    try:
        cloud.get("1.5/storage/tabs", 401)
    except urllib.error.HTTPError as error:
        raise AssertionError("without a token") from error
    [image] = cloud.images("webhead")
    equal({each["ImageId"] for each in cloud.nodes("webhead")}, {image["ImageId"]}, "the image")


def a_second_dbnode(cloud):
    hosts = {each["DBInstanceIdentifier"]: each["Endpoint"]["Address"] for each in cloud.client("rds").describe_db_instances()["DBInstances"]}
    found = webheads(cloud, "echo $DB_HOST $DB2_HOST")
    equal((len(found), set(found.values())), (2, {f"{hosts['sync2-db']} {hosts['sync2-db2']}"}), "the addresses on the webheads")
    equal(cloud.answers(path="nodes").keys(), {"DB DB2 CACHE"}, "what the webheads use")
    equal((item(cloud, "ann", "tabs"), item(cloud, "bob", "bookmarks")), ("three tabs\n", "two bookmarks\n"), "what was stored")
    equal((stored(cloud, "DB"), stored(cloud, "DB2")), (["ann"], ["bob"]), "what the dbnodes have")
    equal(guarded(cloud)[0], {"sync2-db": ["sync2-sg-db"], "sync2-db2": ["sync2-sg-db"]}, "the groups of the dbnodes")


def a_second_cache(cloud):
    groups = {each["ReplicationGroupId"]: each["NodeGroups"][0]["PrimaryEndpoint"]["Address"] for each in cloud.client("elasticache").describe_replication_groups()["ReplicationGroups"]}
    found = webheads(cloud, "echo $CACHE_HOST $CACHE2_HOST")
    equal((len(found), set(found.values())), (2, {f"{groups['sync2-cache']} {groups['sync2-cache2']}"}), "the addresses on the webheads")
    equal(cloud.answers(path="nodes").keys(), {"DB DB2 CACHE CACHE2"}, "what the webheads use")
    equal(guarded(cloud)[1], [["sync2-sg-cache"]] * 2, "the groups of the caches")
    equal(item(cloud, "ann", "tabs"), "three tabs\n", "what was stored")


def nodes_of_a_cache_are_discovered(cloud):
    [group] = [each for each in cloud.client("elasticache").describe_replication_groups()["ReplicationGroups"] if each["ReplicationGroupId"] == "sync2-cache"]
    nodes = {f"{each['ReadEndpoint']['Address']}:{each['ReadEndpoint']['Port']}" for each in group["NodeGroups"][0]["NodeGroupMembers"]}
    found = webheads(cloud, "echo $CACHE_NODES")
    equal((len(nodes), len(found), {frozenset(each.split(",")) for each in found.values()}), (2, 2, {frozenset(nodes)}), "the cache's nodes on the webheads")


def a_webhead_that_fails_its_heartbeat(cloud):
    before = {each["id"] for each in json.loads(pathlib.Path(".run/before.json").read_text())}
    until(lambda: len([each for each in cloud.targets("production-lb-webhead").values() if each == "healthy"]) == 2, "two healthy webheads")
    fleet = cloud.fleet("webhead")
    serving = {each["InstanceId"] for each in fleet["Instances"] if each["LifecycleState"] == "InService"}
    assert len(serving) == 2 and len(serving - before) >= 1, f"{serving} after {before}"
    activities = cloud.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=fleet["AutoScalingGroupName"])["Activities"]
    assert any("health check" in each["Cause"] for each in activities), [each["Cause"] for each in activities]
    found = webheads(cloud, "echo $DB2_HOST $CACHE2_HOST")
    assert all(len(each.split()) == 2 for each in found.values()), f"a webhead that started without all datastores: {found}"
    equal(item(cloud, "ann", "tabs"), "three tabs\n", "what was stored")
