namespace Baker.LocalCloud.Tests.Interop;

/// <summary>boto3 on a served local cloud.</summary>
public sealed class Boto3Tests
{
    [Test]
    public async Task Boto3_BakesAndReadsImages()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var (missing, _, _) = await Peer.TryAsync("python3", cloud, "-c", "import boto3");
        if (missing != 0)
        {
            Peers.Missing("boto3 is not installed");
        }

        var output = await Peer.RunAsync("python3", cloud, "-c", Script);
        Assert.That(output, Does.EndWith("done\n"));
    }

    private const string Script =
        """
        import boto3, time, json
        ec2 = boto3.resource("ec2"); client = boto3.client("ec2"); ssm = boto3.client("ssm"); s3 = boto3.client("s3")
        base = list(ec2.images.filter(Owners=["099720109477"], Filters=[{"Name": "name", "Values": ["ubuntu/images/*22.04*"]}]))
        assert len(base) == 1, base
        group = ec2.create_security_group(GroupName="boto", Description="d")
        group.authorize_ingress(IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
        group.reload()
        assert group.ip_permissions[0]["IpRanges"][0]["CidrIp"] == "10.0.0.0/8", group.ip_permissions
        key = ec2.create_key_pair(KeyName="boto")
        assert "PRIVATE KEY" in key.key_material
        [instance] = ec2.create_instances(ImageId=base[0].id, InstanceType="m5.large", MinCount=1, MaxCount=1, KeyName="boto", SecurityGroupIds=[group.id],
            MetadataOptions={"HttpTokens": "required"}, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}])
        instance.wait_until_running()
        instance.reload()
        assert instance.metadata_options["HttpTokens"] == "required"
        assert [v.size for v in instance.volumes.all()] == [20]
        while not ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [instance.id]}])["InstanceInformationList"]:
            time.sleep(0.05)
        s3.create_bucket(Bucket="boto")
        s3.put_object(Bucket="boto", Key="x/y", Body=b"bytes", Metadata={"m": "v"})
        assert s3.get_object(Bucket="boto", Key="x/y")["Body"].read() == b"bytes"
        for sum in ("CRC32", "SHA1", "SHA256"):
            put = s3.put_object(Bucket="boto", Key="x/" + sum, Body=b"bytes", ChecksumAlgorithm=sum)
            got = s3.get_object(Bucket="boto", Key="x/" + sum, ChecksumMode="ENABLED")
            assert got["Body"].read() == b"bytes" and got["Checksum" + sum] == put["Checksum" + sum], (put, got)
        assert s3.head_object(Bucket="boto", Key="x/y")["Metadata"] == {"m": "v"}
        assert [c["Prefix"] for c in s3.list_objects_v2(Bucket="boto", Delimiter="/")["CommonPrefixes"]] == ["x/"]
        sent = ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[instance.id], Parameters={"commands": ["echo out; echo err >&2; exit 3"]}, OutputS3BucketName="boto")
        while True:
            result = ssm.get_command_invocation(CommandId=sent["Command"]["CommandId"], InstanceId=instance.id)
            if result["Status"] not in ("Pending", "InProgress"): break
            time.sleep(0.05)
        assert (result["Status"], result["ResponseCode"], result["StandardOutputContent"], result["StandardErrorContent"]) == ("Failed", 3, "out\n", "err\n"), result
        image = instance.create_image(Name="boto image", NoReboot=False)
        image.wait_until_exists(); client.get_waiter("image_available").wait(ImageIds=[image.id], WaiterConfig={"Delay": 1})
        image.reload()
        assert image.block_device_mappings[0]["Ebs"]["VolumeSize"] == 20
        for page in client.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}):
            assert page["Reservations"]
        instance.terminate(); instance.wait_until_terminated()
        assert list(instance.volumes.all()) == []
        snapshot = image.block_device_mappings[0]["Ebs"]["SnapshotId"]
        try:
            client.delete_snapshot(SnapshotId=snapshot); assert False
        except client.exceptions.ClientError as e:
            assert e.response["Error"]["Code"] == "InvalidSnapshot.InUse", e
        metrics = boto3.client("cloudwatch")
        metrics.put_metric_data(Namespace="boto", MetricData=[{"MetricName": "metric-%d" % i, "Value": i, "Unit": "Count"} for i in range(400)])
        assert len(metrics.list_metrics(Namespace="boto")["Metrics"]) == 400
        image.deregister(); client.delete_snapshot(SnapshotId=snapshot)
        group.delete(); key.delete()
        print("done")
        """;
}
