using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.EC2;
using Amazon.Runtime;
using Baker.Core;

namespace Baker.Cloud.Tests;

public sealed class CloudFailureTests
{
    private static readonly TestCaseData[] s_failures =
    [
        Case("a refusal", new AmazonEC2Exception("no", ErrorType.Sender, "UnauthorizedOperation", "r", System.Net.HttpStatusCode.Forbidden), ExitCode.CloudFailed, "AWS refused: UnauthorizedOperation: no"),
        Case("an old session", new AmazonEC2Exception("old", ErrorType.Sender, "RequestExpired", "r", System.Net.HttpStatusCode.BadRequest), ExitCode.CloudFailed, "sign in again"),
        Case("no credentials", new AmazonClientException("Failed to resolve AWS credentials.\nException 1 of 4: a\nException 2 of 4: b"), ExitCode.CloudFailed, "There are no AWS credentials"),
        Case("no credentials for want of a network", new AmazonClientException("Failed to resolve AWS credentials.", new AggregateException(new HttpRequestException("no metadata service"))), ExitCode.CloudFailed, "There are no AWS credentials"),
        Case("a refused connection", new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)), ExitCode.CloudFailed, "cannot be reached: "),
        Case("a connection that broke", new IOException("x", new SocketException((int)SocketError.ConnectionReset)), ExitCode.CloudFailed, "cannot be reached: "),
        Case("a certificate", new HttpRequestException("x", new AuthenticationException("untrusted root")), ExitCode.CloudFailed, "untrusted root"),
        Case("an answer cut short", new HttpIOException(HttpRequestError.ResponseEnded, "ended"), ExitCode.CloudFailed, "cannot be reached: "),
        Case("a connection inside a client's", new AmazonClientException("x", new HttpRequestException("refused")), ExitCode.CloudFailed, "cannot be reached: refused"),
        Case("an answer that is none", new AmazonUnmarshallingException("r", "somewhere", "<html>", new XmlException("no root")), ExitCode.CloudFailed, "cannot be read: no root"),
        Case("no XML", new XmlException("no root"), ExitCode.CloudFailed, "cannot be read: no root"),
        Case("silence", new TaskCanceledException(), ExitCode.CloudFailed, "did not answer in time"),
        Case("a full disk", new IOException("No space left on device", 28), ExitCode.BadInput, "The disk is full"),
        Case("a disk without room for a whole file", new IOException("Failed to create 'a' with allocation size '9' because the disk was full."), ExitCode.BadInput, "The disk is full"),
        Case("a file of someone else", new UnauthorizedAccessException("Access to 'a' is denied."), ExitCode.BadInput, "Access to 'a'"),
        Case("a profile that is none", new TypeInitializationException("x", new InvalidDataException("Line 3:<aws_secret_access_key wJalr>\nin file /a does not contain a section, property or comment.")), ExitCode.CloudFailed, "cannot be read: Line 3 of it"),
        Case("several at once", new AggregateException(new HttpRequestException("refused"), new InvalidOperationException()), ExitCode.CloudFailed, "refused"),
        Case("what is known", new BakerException(ExitCode.TimedOut, "late", "wait"), ExitCode.TimedOut, "late"),
    ];

    [TestCaseSource(nameof(s_failures))]
    public void Explain_WhatIsNoMistakeOfBakers_HasItsExitCodeInOneLine(Exception failure, ExitCode code, string words)
    {
        var error = CloudFailure.Explain(failure);

        Assert.That(error, Is.Not.Null);
        Assert.That((error!.Code, error.Message.Contains('\n', StringComparison.Ordinal)), Is.EqualTo((code, false)));
        Assert.That($"{error.Message} {error.Remedy}", Does.Contain(words));
        Assert.That(error.Remedy, Is.Not.Empty);
    }

    [Test]
    public void Explain_AMistakeOfBakers_IsNotExplainedAway() =>
        Assert.That(new Exception[] { new InvalidOperationException(), new ArgumentException("a"), new KeyNotFoundException() }.Select(each => CloudFailure.Explain(each)), Is.All.Null);

    private static TestCaseData Case(string name, Exception failure, ExitCode code, string words) => new(failure, code, words) { TestName = $"Explain {name}" };
}
