using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Manifest;

/// <summary><c>__settings__</c>: what concerns the tool rather than a group. Folders are relative to the manifest's folder.</summary>
public sealed record Settings
{
    /// <summary><c>aws</c> or <c>local</c>; <c>--cloud</c> overrides it.</summary>
    public string Cloud { get; init; } = "aws";

    public string RolesFolder { get; init; } = "roles";

    public string PackerFolder { get; init; } = "packer";

    public string EnvironmentsFolder { get; init; } = "environments";

    public string DnaFolder { get; init; } = "dna";

    public string TemplatesFolder { get; init; } = "templates";

    public string BuildsFolder { get; init; } = "builds";

    /// <summary>Where the Chef cookbooks are; without the setting <c>cookbooks</c>, where there is that folder.</summary>
    public ImmutableArray<SettingsFolder> CookbooksFolders { get; init; } = [new("cookbooks", null)];

    /// <summary>Where Chef's data bags are; without the setting <c>data_bags</c>, where there is that folder.</summary>
    public ImmutableArray<SettingsFolder> DataBagsFolders { get; init; } = [new("data_bags", null)];

    /// <summary>The S3 bucket that carries what is too large for an SSM command; null: nothing may be too large.</summary>
    public string? Bucket { get; init; }

    public string BucketPrefix { get; init; } = "baker/";

    /// <summary>How long an instance's SSM agent may take to answer after the instance runs.</summary>
    public TimeSpan AgentTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// An address that answers with the caller's own, as the internet sees it; null: a bake over SSH must be told who may
    /// connect.
    /// </summary>
    public Uri? PublicAddressUrl { get; init; }

    /// <summary>
    /// The settings of the local cloud (<c>local</c>): <c>delays</c>, <c>delay_scale</c>, …; empty when there are none.
    /// </summary>
    public JObject Local => LocalValue is { } value ? (JObject)JsonTokens.Of(value) : [];

    /// <summary>The other accounts that images are given to.</summary>
    public ImmutableArray<OtherAccount> Accounts { get; init; } = [];

    /// <summary>Where etcd is that has the catalogue of services; null: the catalogue is in SSM.</summary>
    public EtcdSettings? Etcd { get; init; }

    /// <summary>The environment of commands that are told none; null where that is none.</summary>
    public ManifestValue? Environment { get; init; }

    /// <summary>The tag that holds the environment beside Baker's own.</summary>
    public string EnvironmentTag { get; init; } = "environment";

    /// <summary>A tag that holds the group beside <c>group</c>; null: none.</summary>
    public string? TypeTag { get; init; }

    /// <summary>How nodes are named; null: as usual.</summary>
    public string? NameTag { get; init; }

    internal ManifestValue? LocalValue { get; init; }
}
