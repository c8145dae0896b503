namespace Baker.Cloud.Tests;

internal sealed class SuggestedCommandsTests
{
    [Test]
    public void Aws_OnAws_NamesTheRegionAlone() =>
        Assert.That(new SuggestedCommands().Aws("eu-west-1", "ec2 delete-snapshot --snapshot-id snap-1"), Is.EqualTo("aws ec2 delete-snapshot --snapshot-id snap-1 --region eu-west-1"));

    [Test]
    public void Aws_ElsewhereThanAws_RunsOnlyOnceTheShellIsSetUp_AndLeavesTheShellAsItWas() =>
        Assert.That(new SuggestedCommands { AwsSetup = "exports" }.Aws("eu-west-1", "s3 ls"), Is.EqualTo("(exports && aws s3 ls --region eu-west-1)"));

    [Test]
    public void Package_WithOptions_HandsThemOn() =>
        Assert.That(new SuggestedCommands { PackageOptions = " --cloud local" }.Package("packer:clean"), Is.EqualTo("package packer:clean --cloud local"));
}
