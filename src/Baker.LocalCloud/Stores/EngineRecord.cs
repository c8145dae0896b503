using System.Text.Json.Serialization;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>A server of this host's that runs in a sandbox for a data store.</summary>
internal sealed record EngineRecord : IResource
{
    public required string Id { get; init; }

    /// <summary>The store that it is for.</summary>
    public required string Arn { get; init; }

    /// <summary>Which of the programs of <see cref="EngineKind"/>.</summary>
    public required string Kind { get; init; }

    public required string Address { get; init; }

    public required int Port { get; init; }

    /// <summary>The master user; empty where the engine has none.</summary>
    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>The database that it begins with; empty for none.</summary>
    public string Database { get; init; } = "";

    /// <summary>What its replicas come with.</summary>
    public required string Secret { get; init; }

    /// <summary>The engine that it follows; null where it follows none.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Whether clients must speak TLS. Databases let them choose.</summary>
    public bool NeedsTls { get; init; }

    /// <summary>As PEM, like its key.</summary>
    public required string Certificate { get; init; }

    public required string CertificateKey { get; init; }

    public required int Number { get; init; }

    public EngineWork Work { get; init; }

    public SandboxProcess? Sandbox { get; init; }

    /// <summary>Whether it answers, as far as is known.</summary>
    public bool IsReady { get; init; }

    /// <summary>Whether it is to run.</summary>
    public bool IsWanted { get; init; } = true;

    /// <summary>Why it does not run, where it should.</summary>
    public string? Failure { get; init; }
}

/// <summary>What an engine's sandbox has still to do.</summary>
internal enum EngineWork
{
    None,
    Start,
    Stop,
    Restart,

    /// <summary>Take on a changed password.</summary>
    Apply,
    Remove,
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EngineRecord))]
[JsonSerializable(typeof(SubnetGroupRecord))]
[JsonSerializable(typeof(ParameterGroupRecord))]
[JsonSerializable(typeof(StoreTagsRecord))]
internal sealed partial class StoreJson : JsonSerializerContext;
