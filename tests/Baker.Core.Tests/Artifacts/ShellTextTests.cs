using System.Text;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Artifacts;

public sealed class ShellTextTests
{
    [TestCase("#!/bin/sh\r\necho a\r\n", "#!/bin/sh\necho a\n")]
    [TestCase("#!/bin/sh\necho a\n", "#!/bin/sh\necho a\n")]
    [TestCase("printf 'a\rb'\r\n", "printf 'a\rb'\n")]
    [TestCase("\r\n\r", "\n\r")]
    [TestCase("\u007fELF\0\r\n", "\u007fELF\0\r\n")]
    [TestCase("", "")]
    public void WithUnixLines_Script_LosesTheCarriageReturnsOfItsLineEnds(string script, string expected)
    {
        var unix = ShellText.WithUnixLines(Encoding.ASCII.GetBytes(script));

        Assert.That(Encoding.ASCII.GetString(unix.Span), Is.EqualTo(expected));
    }

    [TestCase("\uFEFF#!/bin/bash\necho ü\n", "#!/bin/bash\necho ü\n")]
    [TestCase("#!/bin/sh\n", "#!/bin/sh\n")]
    [TestCase("\uFEFF\0", "\uFEFF\0")]
    public void WithoutMark_Script_BeginsWithItsFirstLine(string script, string expected) =>
        Assert.That(Encoding.UTF8.GetString(ShellText.WithoutMark(Encoding.UTF8.GetBytes(script)).Span), Is.EqualTo(expected));

    [TestCase("#!/bin/sh\r\n", true)]
    [TestCase("#!/bin/sh\necho a\r\n", false)]
    [TestCase("#cloud-config\r\n", false)]
    [TestCase("#!/bin/sh", false)]
    public void NamesNoInterpreter_FirstLine_EndsInACarriageReturn(string text, bool expected) =>
        Assert.That(ShellText.NamesNoInterpreter(Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));

    [TestCase("web.eu", "role-web_eu")]
    [TestCase("12_04-bee", "role-12_04-bee")]
    public void RoleName_OfAGroup_IsOneThatChefTakes(string group, string expected)
    {
        Assert.That(RoleName.Of(GroupName.Parse(group)), Is.EqualTo(expected).And.Match("^[-A-Za-z0-9_]+$"));
        Assert.That(DnaText.OfFleet(new NodeGroup { Name = GroupName.Parse(group), Attributes = [] }), Does.Contain($"role[{expected}]"));
    }
}
