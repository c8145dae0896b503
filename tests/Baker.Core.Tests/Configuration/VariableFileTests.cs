using Baker.Core.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace Baker.Core.Tests.Configuration;

public sealed class VariableFileTests
{
    [TestCase("A=1", "1")]
    [TestCase("  A =  1  ", "1")]
    [TestCase("export A=1", "1")]
    [TestCase("A=a b # a comment", "a b")]
    [TestCase("A=a#b", "a#b")]
    [TestCase("A=", "")]
    [TestCase("A=b=c", "b=c")]
    [TestCase("A='$B \"x\" \\n'", "$B \"x\" \\n")]
    [TestCase("A=\"a\\\"b\\\\c\\$d\\`e\\nf\\q\"", "a\"b\\c$d`e\nf\\q")]
    [TestCase("A=\"one\n  two  \n\" # a comment", "one\n  two  \n")]
    [TestCase("A='one\r\ntwo'", "one\ntwo")]
    [TestCase("\uFEFF# first\n\nA=1\n", "1")]
    public void Line_OfAnyForm_IsRead(string text, string value) =>
        Assert.That(VariableFile.Read(text, "x.env"), Is.EqualTo(new[] { KeyValuePair.Create("A", value) }));

    [Test]
    public void Mistakes_AreToldTogether_WithoutWhatStandsThere()
    {
        var error = Assert.Throws<BakerException>(() => VariableFile.Read("A=1\nhunter2\n1B=hunter2\nA=hunter2\nC=\"hunter2\nD=\n", "x.env"))!;

        Assert.That(error.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(error.Message.Split('\n').Select(line => line[..8]), Is.EqualTo(new[] { "x.env:2:", "x.env:3:", "x.env:4:", "x.env:7:" }).Or.EqualTo(new[] { "x.env:2:", "x.env:3:", "x.env:4:", "x.env:5:" }));
        Assert.That(error.Message, Does.Not.Contain("hunter2"));
    }

    [Test]
    public void Value_WrittenAndRead_IsTheSame() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), any =>
        {
            var value = string.Concat(any.Get.Where(letter => letter is '\n' or '\t' || !char.IsControl(letter)));
            return VariableFile.Read(VariableFile.Line("A", value), "x.env").Single().Value == value;
        }).QuickCheckThrowOnFailure();

    [TestCase("", "empty")]
    [TestCase("a\rb", "control characters")]
    [TestCase("a\0b", "control characters")]
    public void Value_ThatCannotBeKept_IsRefused(string value, string reason) =>
        Assert.That(Variable.Refusal(value)?.Reason, Does.Contain(reason));

    [Test]
    public void Value_IsCountedInBytes()
    {
        Assert.That(Variable.Refusal(new string('x', Variable.LargestValue)), Is.Null);
        Assert.That(Variable.Refusal(new string('ž', Variable.LargestValue))?.Reason, Does.Contain("16384 bytes"));
    }
}
