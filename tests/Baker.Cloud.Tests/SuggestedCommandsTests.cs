namespace Baker.Cloud.Tests;

internal sealed class SuggestedCommandsTests
{
    [Test]
    public void Aws_OnAws_NamesTheRegionAlone() =>
        Assert.That(new SuggestedCommands().Aws("eu-west-1", "ec2 delete-snapshot --snapshot-id snap-1"), Is.EqualTo("aws ec2 delete-snapshot --snapshot-id snap-1 --region eu-west-1"));

    [Test]
    public void Aws_ElsewhereThanAws_NamesEndpointAndCredentialsAndWhenItWorks()
    {
        var suggested = new SuggestedCommands { AwsEnvironment = "A=b", AwsEndpoint = new Uri("http://127.0.0.1:4571/"), AwsCondition = "while it runs" };

        Assert.That(suggested.Aws("eu-west-1", "s3 ls"), Is.EqualTo("A=b aws s3 ls --region eu-west-1 --endpoint-url http://127.0.0.1:4571   # while it runs"));
    }

    [Test]
    public void Package_WithOptions_HandsThemOn() =>
        Assert.That(new SuggestedCommands { PackageOptions = " --cloud local" }.Package("packer:clean"), Is.EqualTo("package packer:clean --cloud local"));
}
