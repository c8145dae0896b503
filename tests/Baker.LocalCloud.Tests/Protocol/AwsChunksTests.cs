using System.Text;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Tests.Protocol;

internal sealed class AwsChunksTests
{
    [TestCase("0\r\n\r\n", "")]
    [TestCase("3\r\nabc\r\n0\r\n\r\n", "abc")]
    [TestCase("3;chunk-signature=00\r\nabc\r\nA;chunk-signature=11\r\n0123456789\r\n0;chunk-signature=22\r\n\r\n", "abc0123456789")]
    [TestCase("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "abc")]
    [TestCase("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n")]
    public void Join_Chunks_AreTheBody(string chunks, string expected) => Assert.That(Encoding.ASCII.GetString(AwsChunks.Join(Encoding.ASCII.GetBytes(chunks))), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("3")]
    [TestCase("x\r\nabc\r\n")]
    [TestCase("-1\r\nabc\r\n")]
    [TestCase("FFFFFFFF\r\nabc\r\n")]
    [TestCase("4\r\nabc")]
    [TestCase("3\r\nabc\r\n")]
    public void Join_NoChunks_IsRefused(string chunks) => Assert.Throws<InvalidDataException>(() => AwsChunks.Join(Encoding.ASCII.GetBytes(chunks)));
}
