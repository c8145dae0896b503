using System.Collections.Immutable;

namespace Baker.LocalCloud.Notifications;

/// <summary>What is published.</summary>
/// <param name="Subject">Null where it has none.</param>
/// <param name="Text">The message for every protocol that <paramref name="ByProtocol"/> does not name.</param>
internal sealed record Message(string? Subject, string Text)
{
    /// <summary>The message for one protocol, where they differ.</summary>
    public ImmutableDictionary<string, string> ByProtocol { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableArray<(string Name, string Type, string Value)> Attributes { get; init; } = [];

    public string For(string protocol) => ByProtocol.GetValueOrDefault(protocol, Text);
}
