using Baker.Cli.Sessions;

namespace Baker.Cli.Tests.Sessions;

internal sealed class PlainWriterTests
{
    [TestCase("plain, é 🚀\tand\n", "plain, é 🚀\tand\n")]
    [TestCase("\u001b[2J\u001b]0;title\u0007gone", "·[2J·]0;title·gone")]
    [TestCase("a\u009b31mb\u0085", "a·31mb·")]
    [TestCase("user\u202Etxt.exe\u2066", "user·txt.exe·")]
    [TestCase("10%\r20%\r\ndone\r\n", "10%·20%\ndone\n")]
    [TestCase("\u0000\u0008\u007f", "···")]
    public void Write_WhatSteersATerminal_IsADot(string text, string expected)
    {
        var (whole, pieces, lines) = (new StringWriter(), new StringWriter(), new StringWriter());
        new PlainWriter(whole).Write(text);
        new PlainWriter(lines).WriteLine(text);
        Assert.That(whole.ToString(), Is.EqualTo(expected));
        Assert.That(lines.ToString(), Is.EqualTo(expected + "\n"));
        new PlainWriter(pieces).Write("{0}{1}", text, 7);
        Assert.That(pieces.ToString(), Is.EqualTo(expected + "7"));
    }
}
