using Baker.Cloud.Instances;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Instances;

internal sealed class InventoryTests
{
    private static readonly NodeInstance s_web = new()
    {
        Id = "i-1",
        Group = "12_04-www",
        Name = "www debug",
        State = "running",
        Type = "m5.large",
        Zone = "us-east-1a",
        Image = "ami-1",
        PrivateAddress = "10.0.0.1",
        PublicAddress = "3.4.5.6",
        Key = "ops",
        Fleet = "12_04-www-v001",
    };

    [Test]
    public void List_Node_IsInTheGroupsOfItsNodeGroupEnvironmentAndName()
    {
        var list = List(s_web);

        Assert.That(
            list.Properties().Where(property => property.Name != "_meta").ToDictionary(property => property.Name, property => property.Value["hosts"]!.Values<string>().Single()),
            Is.EqualTo(new Dictionary<string, string?> { ["environment_prod"] = "i-1", ["group_12_04_www"] = "i-1", ["name_www_debug"] = "i-1" }));
    }

    [Test]
    public void List_Node_HasItsVariables()
    {
        var variables = (JObject)List(s_web)["_meta"]!["hostvars"]!["i-1"]!;

        Assert.That(variables.Properties().ToDictionary(property => property.Name, property => (string?)property.Value), Is.EqualTo(new Dictionary<string, string?>
        {
            ["ansible_host"] = "3.4.5.6",
            ["baker_group"] = "12_04-www",
            ["baker_environment"] = "prod",
            ["ec2_instance_id"] = "i-1",
            ["ec2_instance_type"] = "m5.large",
            ["ec2_image_id"] = "ami-1",
            ["ec2_placement"] = "us-east-1a",
            ["ec2_private_ip_address"] = "10.0.0.1",
            ["ec2_key_name"] = "ops",
            ["ec2_name"] = "www debug",
            ["autoscaling_group"] = "12_04-www-v001",
        }));
    }

    [Test]
    public void List_StoppedNode_IsLeftOut() => Assert.That(List(s_web with { State = "stopped" }).Properties().Select(property => property.Name), Is.EqualTo(new[] { "_meta" }));

    [Test]
    public void List_FleetNodeNamedAsItsGroup_HasNoGroupOfItsName() =>
        Assert.That(List(s_web with { Name = "12_04-www" }).Properties().Select(property => property.Name), Has.None.StartsWith("name_"));

    [Test]
    public void Host_WithoutPublicAddress_IsReachedAtThePrivateOne() =>
        Assert.That((string?)JObject.Parse(AnsibleInventory.Host([s_web with { PublicAddress = null }], _ => null, "i-1"))["ansible_host"], Is.EqualTo("10.0.0.1"));

    [Test]
    public void Host_Unknown_IsEmpty() => Assert.That(AnsibleInventory.Host([s_web], _ => null, "i-2"), Is.EqualTo("{}"));

    private static JObject List(NodeInstance node) => JObject.Parse(AnsibleInventory.List([node], _ => "prod"));
}
