using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Images;

/// <summary>How a run bakes.</summary>
/// <param name="Force">Bake although an image with the fingerprint exists.</param>
/// <param name="OnError">What a failed bake leaves; null: nothing, but of a rejected image what its group says.</param>
/// <param name="Parallel">How many groups at once.</param>
/// <param name="StateFolder">Where logs and learned times are kept (<c>.package</c>).</param>
/// <param name="BuildsFolder">Where results are recorded.</param>
/// <param name="Bucket">The S3 bucket for payloads that do not fit into a command; null where there is none.</param>
/// <param name="BucketPrefix">What the keys in the bucket begin with.</param>
public sealed record BakeOptions(
    bool Force,
    OnError? OnError,
    int Parallel,
    string StateFolder,
    string BuildsFolder,
    string? Bucket,
    string BucketPrefix)
{
    public bool KeepOnError => OnError == Images.OnError.Keep;

    /// <summary>How long an SSM agent may take to register.</summary>
    public TimeSpan AgentTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where the contents of images are kept, which all environments share.</summary>
    public string ContentsFolder { get; init; } = BuildsFolder;

    /// <summary>How what is made is tagged.</summary>
    public NodeTagging Tagging { get; init; } = NodeTagging.Usual;

    /// <summary>The environment whose kept instances go where those of a group are to go; null: those of all.</summary>
    public EnvironmentName? Environment { get; init; }

    /// <summary>The address that answers with the caller's own; null: a bake over SSH must be told who may connect.</summary>
    public Uri? PublicAddressUrl { get; init; }

    /// <summary>What comes before the launch of an instance that is given a group's configuration, to be tested.</summary>
    public Func<NodeGroup, CancellationToken, Task> BeforeTrial { get; init; } = (_, _) => Task.CompletedTask;
}
