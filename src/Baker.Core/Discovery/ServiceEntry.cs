using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Discovery;

/// <summary>What the catalogue has of one service on one node.</summary>
public sealed partial record ServiceEntry
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int LongestText = 255;
    private const int LongestHost = 253;
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// <summary>Readers of JSON go to different depths; an entry needs one.</summary>
    private const int MostBrackets = 64;

    public required ServiceName Service { get; init; }

    public required GroupName Group { get; init; }

    /// <summary>The id of the instance.</summary>
    public required string Instance { get; init; }

    /// <summary>The address, or the name, by which others reach it.</summary>
    public required string Address { get; init; }

    /// <summary>Null where nobody connects to it.</summary>
    public int? Port { get; init; }

    /// <summary>The path that answers while it is well; null where it has none.</summary>
    public string? Check { get; init; }

    public string Zone { get; init; } = "";

    /// <summary>What the node runs: its image's id, or what it says itself.</summary>
    public string Version { get; init; } = "";

    /// <summary>Since when it is as it says here, in whole seconds.</summary>
    public required DateTimeOffset Since { get; init; }

    public ServiceState State { get; init; }

    /// <summary>Whether the two differ in nothing but when they were written.</summary>
    public bool IsSameAs(ServiceEntry other) => this with { Since = other.Since } == other;

    public ServiceEntry Turned(ServiceState state, DateTimeOffset now) =>
        this with { State = state, Since = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) };

    /// <summary>By service, then by instance.</summary>
    public static ImmutableArray<ServiceEntry> Sorted(IEnumerable<ServiceEntry> entries) =>
    [
        .. entries
            .OrderBy(entry => entry.Service.ToString(), StringComparer.Ordinal)
            .ThenBy(entry => entry.Instance, StringComparer.Ordinal),
    ];

    public string ToText() => ToJson().ToString(Formatting.None);

    public JObject ToJson() => new()
    {
        ["service"] = Service.ToString(),
        ["group"] = Group.ToString(),
        ["instance"] = Instance,
        ["address"] = Address,
        ["port"] = Port,
        ["check"] = Check,
        ["zone"] = Zone,
        ["version"] = Version,
        ["since"] = Since.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
        ["state"] = Word(State),
    };

    /// <summary>Null where the text is no entry. What is in one has a form that no configuration file can take for anything else.</summary>
    public static ServiceEntry? TryParse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            if (!IsStrict(text))
            {
                return null;
            }

            string? Text(string member) => (string?)Member(json, member, JTokenType.String);
            var (service, group) = (Text("service") ?? "", Text("group") ?? "");
            var (port, check, state) = ((int?)Member(json, "port", JTokenType.Integer), Text("check"), StateOf(Text("state")));
            var entry = new ServiceEntry
            {
                Service = ServiceName.Parse(service),
                Group = GroupName.Parse(group),
                Instance = Text("instance") ?? "",
                Address = Text("address") ?? "",
                Port = port,
                Check = check,
                Zone = Text("zone") ?? "",
                Version = Text("version") ?? "",
                Since = DateTimeOffset.ParseExact(
                    Text("since") ?? "",
                    TimeFormat,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                State = state ?? default,
            };
            return state is not null
                && IsInstance(entry.Instance)
                && IsAddress(entry.Address)
                && port is null or (>= 1 and <= 65535)
                && (check is null || (port is not null && Shapes.IsUrlPath(check) && check.Length <= ServiceChecks.LongestCheck))
                && IsWord(entry.Zone)
                && IsWord(entry.Version)
                ? entry
                : null;
        }
        catch (Exception error) when (
            error is JsonException or ArgumentException or InvalidCastException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>How a state is written.</summary>
    public static string Word(ServiceState state) => state == ServiceState.Leaving ? "leaving" : "serving";

    /// <summary>Null where it is no state's word.</summary>
    public static ServiceState? StateOf(string? word) => word switch
    {
        "serving" => ServiceState.Serving,
        "leaving" => ServiceState.Leaving,
        _ => null,
    };

    /// <summary>What can be the last part of a parameter's name.</summary>
    public static bool IsInstance(string text) => GroupName.IsOne(text);

    /// <summary>What Newtonsoft makes of true where a number is asked for is none to nodes.</summary>
    /// <exception cref="FormatException">It is there, and not of that type.</exception>
    private static JToken? Member(JObject json, string name, JTokenType type) => json[name] switch
    {
        null or { Type: JTokenType.Null } => null,
        { } found when found.Type == type => found,
        _ => throw new FormatException(name),
    };

    /// <summary>Whether every reader of JSON takes it: quotes of one stroke, comments and NaN are read by some alone.</summary>
    private static bool IsStrict(string text)
    {
        try
        {
            var reader = new System.Text.Json.Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            while (reader.Read())
            {
                // What is no JSON throws.
            }

            return text.Count(letter => letter is '[' or '{') <= MostBrackets;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>An IP address or a host's name, without anything beside it.</summary>
    private static bool IsAddress(string text) => text.Contains(':')
        ? Shapes.IsOnly(text, ".:")
            && IPAddress.TryParse(text, out var address)
            && IsOfOne(address)
            && (!text.Contains('.') || IsIPv4(text[(text.LastIndexOf(':') + 1)..]))
        : IsIPv4(text) ? IsOfOne(IPAddress.Parse(text))
        : text.Length <= LongestHost && HostName().IsMatch(text);

    /// <summary>Whether one machine can have it: neither none (0.0.0.0/8, ::), nor several (224.0.0.0/3, ff00::/8).</summary>
    private static bool IsOfOne(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return bytes.Length == 4 ? bytes[0] is > 0 and < 224 : bytes[0] != 0xff && bytes.Any(part => part != 0);
    }

    private static bool IsIPv4(string text) => text.Split('.') is { Length: 4 } parts
        && parts.All(part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && part == $"{number}");

    /// <summary>Of labels; where the last one is a number (also as 0x7f), others take the whole for an IPv4 address.</summary>
    [GeneratedRegex($@"^(?!(.*\.)?([0-9]+|0[Xx][0-9A-Fa-f]*)\z){Label}(\.{Label})*\z")]
    private static partial Regex HostName();

    private static bool IsWord(string text) => text.Length <= LongestText && Shapes.IsOnly(text, "._-:@/+");
}
