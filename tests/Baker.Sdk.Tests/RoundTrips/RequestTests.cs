using System.Text;
using Amazon.EC2.Model;
using Baker.LocalCloud.Protocol;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Requests that our own client would never send.</summary>
internal sealed class RequestTests
{
    [Test]
    public void UnknownAction_IsNull() =>
        Assert.That(ServiceCodec.For("ec2")!.Decode("MakeCoffee", Body("Action=MakeCoffee")), Is.Null);

    [Test]
    public void UnknownService_HasNoCodec() => Assert.That(ServiceCodec.For("coffee"), Is.Null);

    [TestCase("Action=DescribeInstances&Colour=red", "UnknownParameter", "The parameter Colour is not recognized")]
    [TestCase("Action=DescribeInstances&Filter.1.Nmae=x", "UnknownParameter", "The parameter Filter.1.Nmae is not recognized")]
    [TestCase("Action=DescribeInstances&MaxResults=many", "InvalidParameterValue", "Invalid value 'many' for MaxResults.")]
    public void Ec2Request_ThatIsWrong_SaysSoAsEc2Does(string body, string code, string message)
    {
        var error = Assert.Throws<WireException>(() => ServiceCodec.For("ec2")!.Decode("DescribeInstances", Body(body)))!;

        Assert.That((error.Code, error.Message), Is.EqualTo((code, message)));
    }

    [Test]
    public void Ec2Request_WithoutWhatItNeeds_NamesIt() =>
        Assert.That(
            Assert.Throws<WireException>(() => ServiceCodec.For("ec2")!.Decode("TerminateInstances", Body("Action=TerminateInstances")))!.Message,
            Is.EqualTo("The request must contain the parameter InstanceId"));

    [Test]
    public void JsonRequest_ThatIsNoJson_IsASerializationException() =>
        Assert.That(
            Assert.Throws<WireException>(() => ServiceCodec.For("ssm")!.Decode("GetParameter", Body("{\"Name\":")))!.Code,
            Is.EqualTo("SerializationException"));

    [Test]
    public void SecurityGroupRule_InItsOldForm_BecomesAPermission()
    {
        var request = (AuthorizeSecurityGroupIngressRequest)ServiceCodec.For("ec2")!.Decode(
            "AuthorizeSecurityGroupIngress",
            Body("Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpProtocol=tcp&FromPort=22&ToPort=23&CidrIp=10.0.0.0%2F8"))!;

        var permission = request.IpPermissions.Single();
        Assert.That((permission.FromPort, permission.ToPort, permission.Ipv4Ranges.Single().CidrIp), Is.EqualTo(((int?)22, (int?)23, "10.0.0.0/8")));
    }

    [Test]
    public void List_KeepsTheOrderOfItsNumbers()
    {
        var request = (DescribeInstancesRequest)ServiceCodec.For("ec2")!.Decode(
            "DescribeInstances", Body("Action=DescribeInstances&InstanceId.10=c&InstanceId.2=b&InstanceId.1=a"))!;

        Assert.That(request.InstanceIds, Is.EqualTo(new[] { "a", "b", "c" }));
    }

    private static byte[] Body(string text) => Encoding.UTF8.GetBytes(text);
}
