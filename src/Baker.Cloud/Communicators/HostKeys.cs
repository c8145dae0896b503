using System.Text.RegularExpressions;

namespace Baker.Cloud.Communicators;

/// <summary>The keys that an instance's SSH server may show; where they are not known, the first one that it shows.</summary>
internal sealed partial class HostKeys
{
    private readonly HashSet<string> _known;

    private HostKeys(IEnumerable<string> known) => _known = new(known, StringComparer.Ordinal);

    /// <summary>Whether a key was taken because it came first.</summary>
    public bool TookTheFirst { get; private set; }

    /// <summary>The last key that was refused, for messages.</summary>
    public string? Refused { get; private set; }

    /// <summary>The names of the keys, so that the server is asked for one that can be compared; empty where none is known.</summary>
    public IReadOnlySet<string> Names =>
        _known.Select(key => SshWire.NameOf(Convert.FromBase64String(key))).ToHashSet(StringComparer.Ordinal);

    /// <summary>As lines of OpenSSH's <c>known_hosts</c>.</summary>
    public IEnumerable<string> Lines(string host) => _known.Select(key => $"{host} {SshWire.NameOf(Convert.FromBase64String(key))} {key}");

    public static HostKeys Unknown() => new([]);

    /// <summary>What cloud-init printed on the instance's console; null where it has not, or not to its end.</summary>
    public static HostKeys? OfConsole(string console)
    {
        var begin = console.LastIndexOf("-----BEGIN SSH HOST KEY KEYS-----", StringComparison.Ordinal);
        var end = begin < 0 ? -1 : console.IndexOf("-----END SSH HOST KEY KEYS-----", begin, StringComparison.Ordinal);
        var keys = end < 0 ? [] : Key().Matches(console[begin..end]).Select(match => match.Groups[1].Value).Where(IsKey).ToList();
        return keys.Count == 0 ? null : new HostKeys(keys);
    }

    public bool Accept(byte[] key)
    {
        var text = Convert.ToBase64String(key);
        if (_known.Count == 0)
        {
            TookTheFirst = _known.Add(text);
        }

        Refused = _known.Contains(text) ? null : SshWire.NameOf(key);
        return Refused is null;
    }

    private static bool IsKey(string base64)
    {
        try
        {
            return SshWire.NameOf(Convert.FromBase64String(base64)).Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp\d+) ([A-Za-z0-9+/]{40,}={0,2})")]
    private static partial Regex Key();
}
