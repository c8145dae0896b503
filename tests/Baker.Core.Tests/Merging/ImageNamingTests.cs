using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Merging;

public sealed class ImageNamingTests
{
    private static readonly DateTimeOffset s_now = new(2013, 4, 12, 14, 47, 3, TimeSpan.FromHours(0));

    [TestCase(null, null, "gekko 2013-04-12 14.47.03", "gekko {{timestamp}}")]
    [TestCase(null, "arm64", "gekko arm64 2013-04-12 14.47.03", "gekko arm64 {{timestamp}}")]
    [TestCase("{{group}}-{{timestamp}}", null, "gekko-20130412-144703", "gekko-{{isotime `20060102-150405`}}")]
    [TestCase("{{group}}-{{timestamp}}", "arm64", "gekko-arm64-20130412-144703", "gekko-arm64-{{isotime `20060102-150405`}}")]
    [TestCase("snapshots/{{timestamp}}", null, "snapshots/20130412-144703", "snapshots/{{isotime `20060102-150405`}}")]
    public void Image_IsCalled_AsItsGroupSays(string? pattern, string? architecture, string expected, string ofPacker)
    {
        var group = new NodeGroup { Name = GroupName.Parse("gekko"), Attributes = [], ImageName = pattern };
        if (architecture is not null)
        {
            group = group with { Architecture = architecture, Kinds = [new("x86_64", [], null), new(architecture, [], null)] };
        }

        Assert.That((ImageNaming.Of(group, s_now), ImageNaming.ForPacker(group)), Is.EqualTo((expected, ofPacker)));
    }
}
