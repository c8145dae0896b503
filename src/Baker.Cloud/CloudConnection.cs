using Amazon.Runtime;
using Baker.Cloud.Waiting;

namespace Baker.Cloud;

/// <summary>How the clouds' endpoints are reached: AWS by its own chain of settings, or what is given here instead.</summary>
public sealed record CloudConnection
{
    /// <summary>What a person calls it in <c>--cloud</c>: <c>aws</c> or <c>local</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Credentials to use instead of the chain's.</summary>
    public AWSCredentials? Credentials { get; init; }

    /// <summary>One endpoint for every service, instead of AWS's.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>How often it may be asked.</summary>
    public PollPace Pace { get; init; } = PollPace.Aws;

    /// <summary>How instances are reached over SSH.</summary>
    public SshReach Ssh { get; init; } = new();

    /// <summary>How messages suggest commands that reach the same cloud.</summary>
    public SuggestedCommands Suggested { get; init; } = new();

    /// <summary>Looks at the requests on their way.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Trace { get; init; } = static cloud => cloud;

    /// <summary>Told when the cloud has not answered for a while, and when it answers again.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>Serves the requests in this process, without a socket.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
