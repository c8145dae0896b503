using System.Security.Cryptography;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>One file that is brought to an instance.</summary>
public sealed record PayloadFile(string Path, ReadOnlyMemory<byte> Content)
{
    private byte[]? _digest;

    /// <summary>How it is run, where it is a script with arguments or in a folder of its own.</summary>
    public ScriptCall? Call { get; init; }

    /// <summary>What it is called and how, in one text, for what tells two steps apart.</summary>
    internal string Words => string.Join('\0', [Path, Call?.Folder ?? "", .. Call?.Arguments ?? []]);

    /// <summary>SHA-256 of the content, worked out once: groups share files.</summary>
    public ReadOnlyMemory<byte> Digest => _digest ??= SHA256.HashData(Content.Span);
}
