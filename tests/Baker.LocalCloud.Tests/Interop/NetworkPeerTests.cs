namespace Baker.LocalCloud.Tests.Interop;

/// <summary>boto3 makes networks, and is refused as AWS refuses.</summary>
public sealed class NetworkPeerTests
{
    private const string Beginning =
        """
        import boto3, json, time
        from botocore.exceptions import ClientError
        ec2, iam = boto3.client("ec2"), boto3.client("iam")
        failures = []
        def refused(code, call, **arguments):
            try:
                call(**arguments)
                failures.append((code, "not refused", call.__name__, arguments))
            except ClientError as error:
                if error.response["Error"]["Code"] != code:
                    failures.append((code, error.response["Error"], call.__name__, arguments))
        def until(what, condition):
            for _ in range(600):
                if condition(): return
                time.sleep(0.05)
            raise Exception("waited in vain for " + what)
        def tags(kind, **tags): return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        def by(**filters): return [{"Name": k.replace("__", ".").replace("_", "-"), "Values": v if isinstance(v, list) else [v]} for k, v in filters.items()]

        """;

    [Test]
    public Task Networks_AreRefusedAsOnAws() => RunAsync(
        """
        for cidr, code in (("10.0.0.0/8", "InvalidVpc.Range"), ("10.0.0.0/29", "InvalidVpc.Range"), ("127.1.0.0/16", "InvalidVpc.Range"), ("ten", "InvalidParameterValue")):
            refused(code, ec2.create_vpc, CidrBlock=cidr)
        vpc = ec2.create_vpc(CidrBlock="10.1.2.3/16", TagSpecifications=tags("vpc", Name="main"))["Vpc"]
        assert (vpc["CidrBlock"], vpc["State"], vpc["IsDefault"]) == ("10.1.0.0/16", "pending", False), vpc
        vpc = vpc["VpcId"]
        other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
        assert ec2.describe_vpcs(Filters=by(vpc_id="vpc-00000000"))["Vpcs"] == []
        assert [v["VpcId"] for v in ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["main"]}])["Vpcs"]] == [vpc]
        refused("DryRunOperation", ec2.create_vpc, CidrBlock="10.3.0.0/16", DryRun=True)
        refused("InvalidVpcID.NotFound", ec2.delete_vpc, VpcId="vpc-00000000")
        refused("InvalidParameterCombination", ec2.modify_vpc_attribute, VpcId=vpc)
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
        for _ in range(2): last = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        refused("VpcLimitExceeded", ec2.create_vpc, CidrBlock="10.9.0.0/16")
        refused("CidrConflict", ec2.associate_vpc_cidr_block, VpcId=vpc, CidrBlock="10.1.4.0/24")
        more = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.4.0.0/16")["CidrBlockAssociation"]["AssociationId"]
        assert len(ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlockAssociationSet"]) == 2

        refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.3.0.0/24")
        refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.0.0/29")
        refused("InvalidParameterValue", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.0.0/24", AvailabilityZone="us-east-1z")
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/28", AvailabilityZone="us-east-1b")["Subnet"]
        assert (subnet["AvailableIpAddressCount"], subnet["MapPublicIpOnLaunch"]) == (11, False), subnet
        subnet = subnet["SubnetId"]
        refused("InvalidSubnet.Conflict", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.0.0/24")
        far = ec2.create_subnet(VpcId=vpc, CidrBlock="10.4.0.0/24")["Subnet"]["SubnetId"]
        refused("DependencyViolation", ec2.disassociate_vpc_cidr_block, AssociationId=more)
        refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
        foreign = ec2.create_subnet(VpcId=other, CidrBlock="10.2.0.0/24")["Subnet"]["SubnetId"]

        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        elastic = ec2.allocate_address(Domain="vpc")["AllocationId"]
        failed = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=elastic)["NatGateway"]["NatGatewayId"]
        until("the gateway to fail", lambda: ec2.describe_nat_gateways(NatGatewayIds=[failed])["NatGateways"][0]["State"] == "failed")
        assert ec2.describe_nat_gateways(NatGatewayIds=[failed])["NatGateways"][0]["FailureCode"] == "Gateway.NotAttached"
        refused("Gateway.NotAttached", ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        refused("Resource.AlreadyAssociated", ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=other)
        refused("DependencyViolation", ec2.delete_internet_gateway, InternetGatewayId=gateway)
        refused("NatGatewayNotFound", ec2.describe_nat_gateways, NatGatewayIds=["nat-00000000"])
        refused("MissingParameter", ec2.create_nat_gateway, SubnetId=subnet)
        nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=elastic, TagSpecifications=tags("natgateway", Name="out"))["NatGateway"]
        assert nat["State"] == "pending", nat
        nat = nat["NatGatewayId"]
        until("the gateway", lambda: ec2.describe_nat_gateways(Filters=by(state="available"))["NatGateways"] != [])
        assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 10
        refused("AuthFailure", ec2.release_address, AllocationId=elastic)
        refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
        refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
        for _ in range(4): spare = ec2.allocate_address()["AllocationId"]
        refused("AddressLimitExceeded", ec2.allocate_address)
        refused("InvalidAllocationID.NotFound", ec2.release_address, AllocationId="eipalloc-00000000")
        refused("InvalidAddress.NotFound", ec2.describe_addresses, PublicIps=["10.1.1.1"])

        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]
        assert [r["GatewayId"] for r in table["Routes"]] == ["local", "local"], table
        table = table["RouteTableId"]
        main = ec2.describe_route_tables(Filters=by(association__main="true", vpc_id=vpc))["RouteTables"][0]
        refused("DependencyViolation", ec2.delete_route_table, RouteTableId=main["RouteTableId"])
        refused("InvalidParameterValue", ec2.disassociate_route_table, AssociationId=main["Associations"][0]["RouteTableAssociationId"])
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
        refused("RouteAlreadyExists", ec2.create_route, RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        refused("InvalidGatewayID.NotFound", ec2.create_route, RouteTableId=table, DestinationCidrBlock="8.0.0.0/8", GatewayId="igw-00000000")
        refused("InvalidParameterValue", ec2.create_route, RouteTableId=table, DestinationCidrBlock="10.1.0.0/16", GatewayId=gateway)
        refused("InvalidRoute.NotFound", ec2.delete_route, RouteTableId=table, DestinationCidrBlock="9.0.0.0/8")
        refused("InvalidRouteTableID.NotFound", ec2.create_route, RouteTableId="rtb-00000000", DestinationCidrBlock="9.0.0.0/8", GatewayId=gateway)
        refused("InvalidParameterValue", ec2.associate_route_table, RouteTableId=table, SubnetId=foreign)
        association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
        second = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        refused("Resource.AlreadyAssociated", ec2.associate_route_table, RouteTableId=second, SubnetId=subnet)
        association = ec2.replace_route_table_association(AssociationId=association, RouteTableId=second)["NewAssociationId"]
        refused("DependencyViolation", ec2.delete_route_table, RouteTableId=second)

        refused("InvalidServiceName", ec2.create_vpc_endpoint, VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s4")
        refused("UnsupportedOperation", ec2.create_vpc_endpoint, VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Interface")
        endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[table])["VpcEndpoint"]["VpcEndpointId"]
        s3 = ec2.describe_prefix_lists(Filters=by(prefix_list_name="com.amazonaws.us-east-1.s3"))["PrefixLists"][0]["PrefixListId"]
        assert s3 == "pl-63a5400a"
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        assert [r["GatewayId"] for r in routes if r.get("DestinationPrefixListId") == s3] == [endpoint], routes
        refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
        assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint, "vpce-00000000"])["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"

        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        rule = dict(NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})
        ec2.create_network_acl_entry(**rule)
        refused("NetworkAclEntryAlreadyExists", ec2.create_network_acl_entry, **rule)
        refused("InvalidNetworkAclEntry.NotFound", ec2.delete_network_acl_entry, NetworkAclId=acl, RuleNumber=101, Egress=False)
        ec2.replace_network_acl_entry(**{**rule, "RuleAction": "deny"})
        default = ec2.describe_network_acls(Filters=by(default="true", vpc_id=vpc))["NetworkAcls"][0]
        assert len(default["Associations"]) == 2 and len(default["Entries"]) == 4, default
        moved = [a["NetworkAclAssociationId"] for a in default["Associations"] if a["SubnetId"] == subnet][0]
        ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=acl)
        refused("DependencyViolation", ec2.delete_network_acl, NetworkAclId=acl)
        refused("InvalidParameterValue", ec2.delete_network_acl, NetworkAclId=default["NetworkAclId"])

        groups = [ec2.create_security_group(GroupName="in-%d" % i, Description="d", VpcId=v)["GroupId"] for i, v in enumerate([vpc, vpc, other])]
        run = dict(ImageId="ami-1ebb2077", InstanceType="m5.large", MinCount=1, MaxCount=1)
        refused("InvalidParameter", ec2.run_instances, **run, SubnetId=subnet, SecurityGroupIds=[groups[2]])
        refused("InvalidParameterCombination", ec2.run_instances, **run, SubnetId=subnet, SecurityGroups=["external"])
        refused("InvalidParameterCombination", ec2.run_instances, **run, SubnetId=subnet, NetworkInterfaces=[{"DeviceIndex": 0}])
        refused("InvalidParameterValue", ec2.run_instances, **run, SubnetId=subnet, PrivateIpAddress="10.9.9.9")
        refused("InsufficientFreeAddressesInSubnet", ec2.run_instances, **{**run, "MinCount": 11, "MaxCount": 11}, SubnetId=subnet)
        refused("InvalidParameterValue", ec2.run_instances, **run, SubnetId=subnet, Placement={"AvailabilityZone": "us-east-1a"})
        instance = ec2.run_instances(**run, SubnetId=subnet, SecurityGroupIds=groups[:2], TagSpecifications=tags("network-interface", role="first"))["Instances"][0]
        assert (instance["VpcId"], instance["SubnetId"], instance["Placement"]["AvailabilityZone"]) == (vpc, subnet, "us-east-1b"), instance
        assert "PublicIpAddress" not in instance and instance["PrivateIpAddress"].startswith("127."), instance
        first = instance["NetworkInterfaces"][0]
        assert (first["VpcId"], first["SubnetId"], len(first["Groups"])) == (vpc, subnet, 2), first
        instance, first = instance["InstanceId"], first["NetworkInterfaceId"]
        ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
        found = ec2.describe_network_interfaces(Filters=[{"Name": "tag:role", "Values": ["first"]}])["NetworkInterfaces"]
        assert [(i["NetworkInterfaceId"], i["Attachment"]["InstanceId"], i["Status"]) for i in found] == [(first, instance, "in-use")], found
        refused("DependencyViolation", ec2.delete_security_group, GroupId=groups[0])
        ec2.modify_network_interface_attribute(NetworkInterfaceId=first, Groups=[groups[1]])
        assert [g["GroupId"] for g in ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["SecurityGroups"]] == [groups[1]]
        ec2.delete_security_group(GroupId=groups[0])

        address = ec2.associate_address(AllocationId=spare, InstanceId=instance)["AssociationId"]
        shown = ec2.describe_addresses(AllocationIds=[spare])["Addresses"][0]
        assert (shown["InstanceId"], shown["NetworkInterfaceId"]) == (instance, first), shown
        assert ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["PublicIpAddress"] == shown["PublicIp"]
        refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=spare)
        refused("InvalidAssociationID.NotFound", ec2.disassociate_address, AssociationId="eipassoc-00000000")
        ec2.disassociate_address(AssociationId=address)
        ec2.release_address(AllocationId=spare)

        extra = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.1.0.9", Description="extra")["NetworkInterface"]
        assert extra["PrivateIpAddress"] == "10.1.0.9" and extra["Groups"][0]["GroupName"] == "default", extra
        extra = extra["NetworkInterfaceId"]
        refused("InvalidIPAddress.InUse", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.1.0.9")
        refused("InvalidParameterValue", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.1.0.1")
        refused("InvalidParameterValue", ec2.attach_network_interface, NetworkInterfaceId=extra, InstanceId=instance, DeviceIndex=0)
        attachment = ec2.attach_network_interface(NetworkInterfaceId=extra, InstanceId=instance, DeviceIndex=1)["AttachmentId"]
        refused("InvalidNetworkInterface.InUse", ec2.attach_network_interface, NetworkInterfaceId=extra, InstanceId=instance, DeviceIndex=2)
        refused("InvalidParameterValue", ec2.delete_network_interface, NetworkInterfaceId=extra)
        assert len(ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["NetworkInterfaces"]) == 2
        refused("InvalidAttachmentID.NotFound", ec2.detach_network_interface, AttachmentId="eni-attach-00000000")
        ec2.detach_network_interface(AttachmentId=attachment)
        ec2.delete_network_interface(NetworkInterfaceId=extra)
        refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[extra])

        ec2.terminate_instances(InstanceIds=[instance])
        ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
        ec2.delete_nat_gateway(NatGatewayId=nat)
        refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
        until("the gateway's end", lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "deleted")
        assert [r["State"] for r in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"] if "NatGatewayId" in r] == ["blackhole"]
        ec2.disassociate_route_table(AssociationId=association)
        for each in (table, second): ec2.delete_route_table(RouteTableId=each)
        for each in (subnet, far): ec2.delete_subnet(SubnetId=each)
        ec2.delete_network_acl(NetworkAclId=acl)
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway)
        ec2.delete_security_group(GroupId=groups[1])
        ec2.delete_vpc(VpcId=vpc)
        assert ec2.describe_security_groups(Filters=by(vpc_id=vpc))["SecurityGroups"] == []
        refused("UnsupportedOperation", ec2.delete_vpc, VpcId=ec2.describe_vpcs(Filters=by(is_default="true"))["Vpcs"][0]["VpcId"])
        refused("InvalidParameterValue", ec2.describe_route_tables, Filters=by(unheard_of="x"))
        seen = [s["SubnetId"] for page in ec2.get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5}) for s in page["Subnets"]]
        assert len(seen) == len(set(seen)) == 7, seen
        """);

    [Test]
    public Task SecurityGroups_AndPrefixLists_AreRefusedAsOnAws() => RunAsync(
        """
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        refused("InvalidGroup.Reserved", ec2.create_security_group, GroupName="default", Description="d", VpcId=vpc)
        refused("InvalidParameterValue", ec2.create_security_group, GroupName="sg-1", Description="d", VpcId=vpc)
        refused("InvalidParameterValue", ec2.create_security_group, GroupName="a", Description="caf\u00e9", VpcId=vpc)
        web = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
        db = ec2.create_security_group(GroupName="db", Description="d", VpcId=vpc)["GroupId"]
        outside = ec2.create_security_group(GroupName="outside", Description="d")["GroupId"]
        refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName="web", Description="d", VpcId=vpc)
        refused("InvalidGroup.NotFound", ec2.describe_security_groups, GroupNames=["web"])
        refused("InvalidGroupId.Malformed", ec2.delete_security_group, GroupId="web")
        def tcp(port, **peer): return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}]
        def cidr(*ranges): return {"IpRanges": [{"CidrIp": r} for r in ranges]}
        def group(id): return {"UserIdGroupPairs": [{"GroupId": id}]}
        allow, deny = ec2.authorize_security_group_ingress, ec2.revoke_security_group_ingress
        made = allow(GroupId=web, IpPermissions=tcp(80, **cidr("10.0.0.0/8", "192.168.0.0/16")), TagSpecifications=tags("security-group-rule", why="http"))["SecurityGroupRules"]
        assert len(made) == 2 and made[0]["Tags"] == [{"Key": "why", "Value": "http"}] and made[0]["SecurityGroupRuleId"].startswith("sgr-"), made
        refused("InvalidPermission.Duplicate", allow, GroupId=web, IpPermissions=tcp(80, **cidr("10.0.0.0/8")))
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=tcp(81, **cidr("10.0.0.0/8", "10.0.0.0/8")))
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=tcp(65536, **cidr("10.0.0.0/8")))
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 9, "ToPort": 8, **cidr("10.0.0.0/8")}])
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=[{"IpProtocol": "tcp", **cidr("10.0.0.0/8")}])
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=[{"IpProtocol": "tpc", "FromPort": 9, "ToPort": 9, **cidr("10.0.0.0/8")}])
        refused("InvalidParameterValue", allow, GroupId=web, IpPermissions=tcp(80, **cidr("10.0.0/8")))
        refused("InvalidGroup.NotFound", allow, GroupId=web, IpPermissions=tcp(80, **group("sg-00000000")))
        refused("InvalidGroup.NotFound", allow, GroupId=web, IpPermissions=tcp(80, **group(outside)))
        refused("InvalidGroup.NotFound", allow, GroupId="sg-00000000", IpPermissions=tcp(80, **cidr("10.0.0.0/8")))
        refused("InvalidPermission.NotFound", deny, GroupId=web, IpPermissions=tcp(8080, **cidr("10.0.0.0/8")))
        refused("InvalidSecurityGroupRuleId.NotFound", deny, GroupId=web, SecurityGroupRuleIds=["sgr-00000000"])
        refused("InvalidSecurityGroupRuleId.NotFound", ec2.describe_security_group_rules, SecurityGroupRuleIds=["sgr-00000000"])
        peer = allow(GroupId=db, IpPermissions=tcp(5432, **group(web)))["SecurityGroupRules"][0]
        assert peer["ReferencedGroupInfo"]["GroupId"] == web, peer
        allow(GroupId=web, IpPermissions=tcp(1, **group(web)))
        refused("DependencyViolation", ec2.delete_security_group, GroupId=web)
        refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)

        refused("InvalidParameterValue", ec2.create_managed_prefix_list, PrefixListName="bad", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.1/8"}])
        refused("PrefixListMaxEntriesExceeded", ec2.create_managed_prefix_list, PrefixListName="bad", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/8"}, {"Cidr": "11.0.0.0/8"}])
        own = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=50, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/8", "Description": "a"}])["PrefixList"]
        assert (own["Version"], own["State"]) == (1, "create-complete"), own
        own = own["PrefixListId"]
        refused("PrefixListVersionMismatch", ec2.modify_managed_prefix_list, PrefixListId=own, CurrentVersion=7, AddEntries=[{"Cidr": "11.0.0.0/8"}])
        assert ec2.modify_managed_prefix_list(PrefixListId=own, CurrentVersion=1, AddEntries=[{"Cidr": "11.0.0.0/8"}])["PrefixList"]["Version"] == 2
        assert [e["Cidr"] for e in ec2.get_managed_prefix_list_entries(PrefixListId=own)["Entries"]] == ["10.0.0.0/8", "11.0.0.0/8"]
        def listed(id): return {"PrefixListIds": [{"PrefixListId": id}]}
        refused("InvalidPrefixListID.NotFound", allow, GroupId=db, IpPermissions=tcp(80, **listed("pl-00000000")))
        allow(GroupId=db, IpPermissions=tcp(80, **listed(own)))
        refused("RulesPerSecurityGroupLimitExceeded", allow, GroupId=db, IpPermissions=tcp(81, **cidr(*["10.%d.0.0/16" % i for i in range(10)])))
        refused("DependencyViolation", ec2.delete_managed_prefix_list, PrefixListId=own)
        refused("OperationNotPermitted", ec2.delete_managed_prefix_list, PrefixListId="pl-63a5400a")
        allow(GroupId=db, IpPermissions=tcp(443, **listed("pl-63a5400a")))
        refused("RulesPerSecurityGroupLimitExceeded", allow, GroupId=web, IpPermissions=tcp(81, **cidr(*["10.%d.0.0/16" % i for i in range(60)])))

        rule = made[0]["SecurityGroupRuleId"]
        def change(**to): return dict(GroupId=web, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **to}}])
        refused("InvalidParameterCombination", ec2.modify_security_group_rules, **change())
        ec2.modify_security_group_rules(**change(CidrIpv4="10.0.0.0/8", Description="tls"))
        after = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]
        assert (after["FromPort"], after["Description"], after["Tags"][0]["Value"]) == (443, "tls", "http"), after
        refused("InvalidPermission.Duplicate", ec2.modify_security_group_rules, GroupId=web, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "192.168.0.0/16"}}])
        ec2.create_tags(Resources=[rule], Tags=[{"Key": "more", "Value": "1"}])
        assert [r["SecurityGroupRuleId"] for r in ec2.describe_security_group_rules(Filters=[{"Name": "tag:more", "Values": ["1"]}])["SecurityGroupRules"]] == [rule]
        assert [t["ResourceType"] for t in ec2.describe_tags(Filters=by(resource_id=rule, key="more"))["Tags"]] == ["security-group-rule"]
        ec2.update_security_group_rule_descriptions_ingress(GroupId=web, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule, "Description": "new"}])
        assert [g["GroupId"] for g in ec2.describe_security_groups(Filters=by(ip_permission__prefix_list_id=own))["SecurityGroups"]] == [db]
        assert [g["GroupId"] for g in ec2.describe_security_groups(Filters=by(egress__ip_permission__cidr="0.0.0.0/0", group_name="db"))["SecurityGroups"]] == [db]
        gone = deny(GroupId=db, SecurityGroupRuleIds=[peer["SecurityGroupRuleId"]])["RevokedSecurityGroupRules"]
        assert [g["ReferencedGroupId"] for g in gone] == [web], gone
        ec2.delete_security_group(GroupId=web); ec2.delete_security_group(GroupId=db); ec2.delete_managed_prefix_list(PrefixListId=own)
        refused("CannotDelete", ec2.delete_security_group, GroupId=ec2.describe_security_groups(Filters=by(vpc_id=vpc))["SecurityGroups"][0]["GroupId"])
        ec2.delete_vpc(VpcId=vpc)
        """);

    [Test]
    public Task Access_IsRefusedAsOnAws() => RunAsync(
        """
        trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": "arn:aws:s3:::b/*"}})
        def statement(**changes):
            whole = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **changes}
            return json.dumps({"Version": "2012-10-17", "Statement": {k: v for k, v in whole.items() if v is not None}})
        role = iam.create_role(RoleName="Deploy", Path="/ops/", AssumeRolePolicyDocument=trust, Tags=[{"Key": "a", "Value": "b"}])["Role"]
        assert role["Arn"] == "arn:aws:iam::000000000000:role/ops/Deploy" and role["RoleId"].startswith("AROA"), role
        got = iam.get_role(RoleName="deploy")["Role"]
        assert got["AssumeRolePolicyDocument"] == json.loads(trust) and got["MaxSessionDuration"] == 3600, got
        refused("EntityAlreadyExists", iam.create_role, RoleName="deploy", AssumeRolePolicyDocument=trust)
        refused("ValidationError", iam.create_role, RoleName="no blanks", AssumeRolePolicyDocument=trust)
        refused("NoSuchEntity", iam.get_role, RoleName="none")
        for bad in ("{", "[]", document, json.dumps({"Version": "2013-01-01", "Statement": []})):
            refused("MalformedPolicyDocument", iam.create_role, RoleName="bad", AssumeRolePolicyDocument=bad)
        refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="Deploy",
            PolicyDocument=trust.replace('"Service": "ec2.amazonaws.com"', '"AWS": "arn:aws:iam::000000000000:role/none"'))
        for bad in (statement(Effect="Maybe"), statement(Action=None), statement(Action="everything"), statement(Resource=None),
                    statement(Resource="bucket"), statement(Principal="*"), statement(Extra=1), statement(NotAction="s3:*")):
            refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="Deploy", PolicyName="own", PolicyDocument=bad)
        iam.put_role_policy(RoleName="Deploy", PolicyName="own", PolicyDocument=document)
        assert iam.get_role_policy(RoleName="Deploy", PolicyName="own")["PolicyDocument"] == json.loads(document)
        assert iam.list_role_policies(RoleName="Deploy")["PolicyNames"] == ["own"]
        refused("NoSuchEntity", iam.get_role_policy, RoleName="Deploy", PolicyName="other")
        policy = iam.create_policy(PolicyName="read", PolicyDocument=document)["Policy"]["Arn"]
        refused("EntityAlreadyExists", iam.create_policy, PolicyName="Read", PolicyDocument=document)
        refused("NoSuchEntity", iam.attach_role_policy, RoleName="Deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCor")
        iam.attach_role_policy(RoleName="Deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
        iam.attach_role_policy(RoleName="Deploy", PolicyArn=policy)
        assert len(iam.list_attached_role_policies(RoleName="Deploy")["AttachedPolicies"]) == 2
        assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
        refused("DeleteConflict", iam.delete_policy, PolicyArn=policy)
        assert iam.create_policy_version(PolicyArn=policy, PolicyDocument=statement(), SetAsDefault=True)["PolicyVersion"]["VersionId"] == "v2"
        assert iam.get_policy_version(PolicyArn=policy, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(statement())
        refused("DeleteConflict", iam.delete_policy_version, PolicyArn=policy, VersionId="v2")
        for _ in range(3): iam.create_policy_version(PolicyArn=policy, PolicyDocument=document)
        refused("LimitExceeded", iam.create_policy_version, PolicyArn=policy, PolicyDocument=document)
        assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=policy)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
        for v in ("v1", "v3", "v4", "v5"): iam.delete_policy_version(PolicyArn=policy, VersionId=v)

        run = dict(ImageId="ami-1ebb2077", InstanceType="m5.large", MinCount=1, MaxCount=1)
        refused("InvalidParameterValue", ec2.run_instances, **run, IamInstanceProfile={"Name": "deploy"})
        refused("InvalidParameterValue", ec2.run_instances, **run, IamInstanceProfile={"Arn": "arn:aws:iam::000000000000:instance-profile/deploy"})
        profile = iam.create_instance_profile(InstanceProfileName="deploy")["InstanceProfile"]
        refused("EntityAlreadyExists", iam.create_instance_profile, InstanceProfileName="deploy")
        refused("NoSuchEntity", iam.get_instance_profile, InstanceProfileName="none")
        refused("InvalidParameterValue", ec2.run_instances, **run, IamInstanceProfile={"Name": "deploy"})
        iam.add_role_to_instance_profile(InstanceProfileName="deploy", RoleName="Deploy")
        refused("LimitExceeded", iam.add_role_to_instance_profile, InstanceProfileName="deploy", RoleName="Deploy")
        assert [r["RoleName"] for r in iam.get_instance_profile(InstanceProfileName="deploy")["InstanceProfile"]["Roles"]] == ["Deploy"]
        assert [p["InstanceProfileName"] for p in iam.list_instance_profiles_for_role(RoleName="Deploy")["InstanceProfiles"]] == ["deploy"]
        refused("DeleteConflict", iam.delete_instance_profile, InstanceProfileName="deploy")
        refused("InvalidParameterCombination", ec2.run_instances, **run, IamInstanceProfile={"Name": "deploy", "Arn": profile["Arn"]})
        instance = ec2.run_instances(**run, IamInstanceProfile={"Name": "deploy"})["Instances"][0]
        assert instance["IamInstanceProfile"] == {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}, instance
        [association] = ec2.describe_iam_instance_profile_associations(Filters=by(instance_id=instance["InstanceId"]))["IamInstanceProfileAssociations"]
        refused("IncorrectState", ec2.associate_iam_instance_profile, InstanceId=instance["InstanceId"], IamInstanceProfile={"Name": "deploy"})
        refused("InvalidParameterValue", ec2.replace_iam_instance_profile_association, AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "none"})
        ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
        ec2.associate_iam_instance_profile(InstanceId=instance["InstanceId"], IamInstanceProfile={"Arn": profile["Arn"]})
        ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])

        refused("DeleteConflict", iam.delete_role, RoleName="Deploy")
        iam.remove_role_from_instance_profile(InstanceProfileName="deploy", RoleName="Deploy")
        refused("DeleteConflict", iam.delete_role, RoleName="Deploy")
        for arn in ("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", policy): iam.detach_role_policy(RoleName="Deploy", PolicyArn=arn)
        refused("NoSuchEntity", iam.detach_role_policy, RoleName="Deploy", PolicyArn=policy)
        refused("DeleteConflict", iam.delete_role, RoleName="Deploy")
        iam.delete_role_policy(RoleName="Deploy", PolicyName="own")
        for i in range(5): iam.create_role(RoleName="r%d" % i, AssumeRolePolicyDocument=trust)
        assert [r["RoleName"] for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}) for r in page["Roles"]] == ["Deploy", "r0", "r1", "r2", "r3", "r4", "web"]
        for name in ["Deploy"] + ["r%d" % i for i in range(5)]: iam.delete_role(RoleName=name)
        iam.delete_instance_profile(InstanceProfileName="deploy"); iam.delete_policy(PolicyArn=policy)
        refused("NoSuchEntity", iam.get_policy, PolicyArn=policy)
        """);

    [Test]
    public Task Buckets_AnswerEachSubresourceForItself() => RunAsync(
        """
        from botocore.config import Config
        s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
        s3.create_bucket(Bucket="parts")
        assert "Status" not in s3.get_bucket_versioning(Bucket="parts")
        refused("NotImplemented", s3.put_bucket_versioning, Bucket="parts", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_versioning(Bucket="parts", VersioningConfiguration={"Status": "Suspended"})
        assert s3.get_bucket_versioning(Bucket="parts")["Status"] == "Suspended"
        refused("NoSuchBucket", s3.put_bucket_versioning, Bucket="other", VersioningConfiguration={"Status": "Suspended"})
        assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["parts"]
        grants = s3.get_bucket_acl(Bucket="parts")["Grants"]
        assert [(g["Grantee"]["Type"], g["Permission"]) for g in grants] == [("CanonicalUser", "FULL_CONTROL")], grants
        rules = s3.get_bucket_encryption(Bucket="parts")["ServerSideEncryptionConfiguration"]["Rules"]
        assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}, rules
        assert set(s3.get_public_access_block(Bucket="parts")["PublicAccessBlockConfiguration"].values()) == {True}
        assert s3.get_bucket_ownership_controls(Bucket="parts")["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert s3.get_bucket_request_payment(Bucket="parts")["Payer"] == "BucketOwner"
        assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="parts")
        assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket="parts")
        for code, call in (("NoSuchBucketPolicy", s3.get_bucket_policy), ("NoSuchTagSet", s3.get_bucket_tagging), ("NoSuchCORSConfiguration", s3.get_bucket_cors),
                ("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration), ("NoSuchWebsiteConfiguration", s3.get_bucket_website),
                ("ReplicationConfigurationNotFoundError", s3.get_bucket_replication), ("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration)):
            refused(code, call, Bucket="parts")
        s3.put_bucket_tagging(Bucket="parts", Tagging={"TagSet": [{"Key": "a", "Value": "b & c"}]})
        assert s3.get_bucket_tagging(Bucket="parts")["TagSet"] == [{"Key": "a", "Value": "b & c"}]
        s3.delete_bucket_tagging(Bucket="parts")
        refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="parts")
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        refused("MalformedPolicy", s3.put_bucket_policy, Bucket="parts", Policy="{")
        s3.put_bucket_policy(Bucket="parts", Policy=policy)
        assert s3.get_bucket_policy(Bucket="parts")["Policy"] == policy
        s3.delete_bucket_policy(Bucket="parts")
        blocks = {k: True for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
        s3.put_public_access_block(Bucket="parts", PublicAccessBlockConfiguration={**blocks, "BlockPublicAcls": False})
        assert not s3.get_public_access_block(Bucket="parts")["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
        refused("NotImplemented", s3.put_bucket_encryption, Bucket="parts", ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})
        refused("NotImplemented", s3.put_bucket_cors, Bucket="parts", CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]})
        refused("NotImplemented", s3.put_bucket_lifecycle_configuration, Bucket="parts", LifecycleConfiguration={"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})
        refused("NotImplemented", s3.put_bucket_website, Bucket="parts", WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}})
        refused("NotImplemented", s3.put_bucket_acl, Bucket="parts", ACL="private")
        for call in (s3.list_bucket_analytics_configurations, s3.list_bucket_inventory_configurations, s3.list_bucket_metrics_configurations, s3.list_bucket_intelligent_tiering_configurations, s3.list_multipart_uploads):
            refused("NotImplemented", call, Bucket="parts")

        s3.put_object(Bucket="parts", Key="k", Body=b"bytes")
        for call in (s3.get_object_attributes, s3.get_object_retention, s3.get_object_legal_hold, s3.get_object_torrent, s3.create_multipart_upload, s3.restore_object):
            more = {"ObjectAttributes": ["ETag"]} if call == s3.get_object_attributes else {"RestoreRequest": {"Days": 1}} if call == s3.restore_object else {}
            refused("NotImplemented", call, Bucket="parts", Key="k", **more)
        refused("NotImplemented", s3.get_object, Bucket="parts", Key="k", VersionId="abc")
        refused("NotImplemented", s3.delete_object, Bucket="parts", Key="k", VersionId="abc")
        refused("NotImplemented", s3.delete_objects, Bucket="parts", Delete={"Objects": [{"Key": "k", "VersionId": "abc"}]})
        refused("NotImplemented", s3.put_object, Bucket="parts", Key="k", Body=b"other", WebsiteRedirectLocation="/x")
        assert s3.get_object_tagging(Bucket="parts", Key="k")["TagSet"] == []
        s3.put_object_tagging(Bucket="parts", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        s3.put_object(Bucket="parts", Key="tagged", Body=b"", Tagging="b%20c=d%26e")
        s3.copy_object(Bucket="parts", Key="copied", CopySource="parts/tagged")
        assert [s3.get_object_tagging(Bucket="parts", Key=k)["TagSet"] for k in ("k", "copied")] == [[{"Key": "a", "Value": "1"}], [{"Key": "b c", "Value": "d&e"}]]
        refused("InvalidTag", s3.put_object_tagging, Bucket="parts", Key="k", Tagging={"TagSet": [{"Key": "aws:a", "Value": "1"}]})
        s3.delete_object_tagging(Bucket="parts", Key="k")
        for key in ("tagged", "copied"): s3.delete_object(Bucket="parts", Key=key)
        assert s3.get_object_acl(Bucket="parts", Key="k")["Grants"] == grants
        assert s3.get_object(Bucket="parts", Key="k")["Body"].read() == b"bytes"
        for i in range(3): s3.put_object(Bucket="parts", Key="v/%d" % i, Body=b"")
        listed = [v["Key"] for page in s3.get_paginator("list_object_versions").paginate(Bucket="parts", PaginationConfig={"PageSize": 2}) for v in page["Versions"]]
        assert listed == ["k", "v/0", "v/1", "v/2"], listed
        refused("BucketNotEmpty", s3.delete_bucket, Bucket="parts")
        s3.delete_objects(Bucket="parts", Delete={"Objects": [{"Key": k, "VersionId": "null"} for k in listed]})
        s3.delete_bucket(Bucket="parts")
        refused("InvalidBucketAclWithObjectOwnership", s3.create_bucket, Bucket="public", ACL="public-read")
        """);

    [Test]
    public Task UnknownActions_NeverSucceed() => RunAsync(
        """
        import botocore.session
        unknown = {
            "ec2": ("create_transit_gateway", {}), "iam": ("create_group", {"GroupName": "g"}), "sts": ("get_access_key_info", {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}),
            "autoscaling": ("get_predictive_scaling_forecast", {"AutoScalingGroupName": "g", "PolicyName": "p", "StartTime": 0, "EndTime": 1}),
            "elbv2": ("create_trust_store", {"Name": "t", "CaCertificatesBundleS3Bucket": "b", "CaCertificatesBundleS3Key": "k"}),
            "ssm": ("create_association", {"Name": "n"}), "cloudwatch": ("list_dashboards", {}), "rds": ("describe_blue_green_deployments", {}),
        }
        for service, (call, arguments) in unknown.items():
            try:
                getattr(boto3.client(service), call)(**arguments)
                failures.append((service, "not refused"))
            except ClientError as error:
                code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status < 400 or code in ("InternalError", "500"): failures.append((service, error.response))
        """);

    private static async Task RunAsync(string script)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (missing, _, _) = await Peer.TryAsync("python3", cloud, "-c", "import boto3");
        if (missing != 0)
        {
            Peers.Missing("boto3 is not installed");
        }

        var output = await Peer.RunAsync("python3", cloud, "-c", Beginning + script + "\nassert not failures, '\\n'.join(map(str, failures))\nprint('done')\n");
        Assert.That(output, Does.EndWith("done\n"));
    }
}
