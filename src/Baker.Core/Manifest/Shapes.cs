using System.Net;

namespace Baker.Core.Manifest;

/// <summary>The forms that names and ids have on AWS, in Chef and in a repository.</summary>
public static class Shapes
{
    /// <summary>What stands for the group and for the time in the names of its images.</summary>
    internal const string GroupField = "{{group}}";
    internal const string TimeField = "{{timestamp}}";

    /// <summary>EC2 takes 128 characters; a group and its architecture may have 70 and the time 15, for fields of 22.</summary>
    private const int LongestImageName = 65;

    private const int LongestVariable = 128;

    private const int ShortestToken = 20;

    public static bool IsReserved(string name) =>
        name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal);

    /// <summary>A path inside the project's folder, with forward slashes.</summary>
    public static bool IsProjectPath(string path) =>
        path.Length > 0
        && path[0] != '/'
        && !path.Contains('\\')
        && !path.Contains('\0')
        && !path.Contains(':')
        && !path.Split('/').Any(part => part is ".." or "");

    /// <summary>An attribute of a node's own: two keys of a DNA file are taken.</summary>
    internal static bool IsDnaKey(string text) => text.Length > 0 && text is not ("id" or "run_list");

    /// <summary>As Chef takes it; also a folder's name on an instance.</summary>
    public static bool IsCookbookName(string text) => text.Length > 0 && text[0] != '.' && IsOnly(text, "._-");

    /// <summary>What a cookbook's version must be, as Chef's environments have it: <c>~> 2.1</c>, <c>= 1.0.3</c>, <c>1.2</c>.</summary>
    internal static bool IsVersionConstraint(string text)
    {
        var version = text.TrimStart('=', '>', '<', '~');
        return text[..^version.Length] is "" or "=" or ">" or "<" or ">=" or "<=" or "~>"
            && version.TrimStart(' ').Split('.') is { Length: >= 1 and <= 3 } parts
            && parts.All(part => part.Length is > 0 and <= 9 && part.All(char.IsAsciiDigit));
    }

    /// <summary>
    /// What git may be told to fetch from: nothing that it takes for an option or for a program to run, no password, and no token in a
    /// user's place, all of which are longer than users' names: it stands in tags and in the bills of materials.
    /// </summary>
    public static bool IsRepository(string text)
    {
        if (text.Length == 0 || text[0] == '-' || text.Contains("::", StringComparison.Ordinal) || text.Any(char.IsWhiteSpace))
        {
            return false;
        }

        var at = text.IndexOf("://", StringComparison.Ordinal);
        var server = at < 0 ? "" : text[(at + 3)..].Split('/')[0];
        var user = server.LastIndexOf('@') is > 0 and var end ? server[..end] : "";
        return !text.Any(char.IsControl)
            && !user.Contains(':')
            && !(user.Length >= ShortestToken && text.StartsWith("http", StringComparison.Ordinal));
    }

    /// <summary>The name of a branch, a tag or a commit, as git's check-ref-format has it.</summary>
    public static bool IsRevision(string text) =>
        text.Length is > 0 and <= 200
        && text[0] is not ('-' or '/' or '.')
        && text[^1] is not ('/' or '.')
        && !text.Contains("..", StringComparison.Ordinal)
        && !text.Contains("@{", StringComparison.Ordinal)
        && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || "~^:?*[\\".Contains(c, StringComparison.Ordinal));

    /// <summary>A commit by its whole name, of either of git's hashes.</summary>
    public static bool IsCommit(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Where a source tree may lie on an instance: not a folder of the system's own, nor one that no image keeps.</summary>
    internal static bool IsTreePath(string text) =>
        text.Length is > 1 and <= 100
        && text[0] == '/'
        && text[1..].Split('/') is { } parts
        && parts.All(part => part.Length > 0 && part is not ("." or "..") && !part.Any(c => char.IsControl(c)))
        && parts[0] is not ("dev" or "proc" or "sys" or "run" or "tmp" or "boot" or "bin" or "sbin" or "lib" or "lib64")
        && (parts.Length > 1 || parts[0] is not ("etc" or "home" or "opt" or "root" or "srv" or "usr" or "var" or "mnt" or "media"))
        && text is not ("/usr/bin" or "/usr/sbin" or "/usr/lib" or "/usr/local" or "/var/lib" or "/var/log");

    /// <summary>What a word on a command line can hold.</summary>
    internal static bool IsArgument(string text) => !text.Any(c => c is '\0' or '\n' or '\r');

    internal static bool IsAbsolutePath(string text) =>
        text.Length > 0 && text[0] == '/' && !text.Any(char.IsControl) && !text.Split('/').Contains("..");

    internal static bool IsTaskName(string text) => text.Length is > 0 and <= 100 && text[0] != '-' && IsOnly(text, "._-");

    /// <summary>Whether it has the time, by which one image's name is not the next one's, and else what EC2 takes.</summary>
    internal static bool IsImageName(string text) => text.Length <= LongestImageName
        && text.Split(TimeField).Length == 2
        && text.Split(GroupField).Length <= 2
        && text.Replace(GroupField, "", StringComparison.Ordinal)
            .Replace(TimeField, "", StringComparison.Ordinal)
            .All(letter => char.IsAsciiLetterOrDigit(letter) || "()[] ./-'@_".Contains(letter, StringComparison.Ordinal));

    internal static bool IsImageId(string text) => IsId(text, "ami-");

    /// <summary>An id of EC2, such as <c>ami-0123456789abcdef0</c>.</summary>
    public static bool IsId(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal)
        && text.Length >= prefix.Length + 8
        && text[prefix.Length..].All(char.IsAsciiHexDigitLower);

    public static bool IsRegion(string text) =>
        text.Length <= 32
        && text.Count(c => c == '-') >= 2
        && char.IsAsciiDigit(text[^1])
        && char.IsAsciiLetterLower(text[0])
        && IsLowerName(text);

    internal static bool IsZone(string text) => text.Length is > 4 and <= 40 && text.Contains('-') && IsLowerName(text);

    internal static bool IsInstanceType(string text)
    {
        var dot = text.IndexOf('.');
        return dot > 0 && dot < text.Length - 1 && IsLowerName(text.Remove(dot, 1));
    }

    /// <summary>The name of a channel: it is the end of a parameter's name, and no id of an image.</summary>
    public static bool IsChannel(string text) =>
        text.Length is > 0 and <= 63
        && char.IsAsciiLetterLower(text[0])
        && IsLowerName(text)
        && !text.StartsWith("ami-", StringComparison.Ordinal);

    /// <summary>An ARN of that service; of any, where none is named.</summary>
    internal static bool IsArn(string text, string? service = null) =>
        text.Split(':') is ["arn", { Length: > 0 }, var named, _, _, { Length: > 0 }, ..]
        && (service is null || named == service)
        && !text.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));

    /// <summary>The id of an AWS account.</summary>
    public static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    internal static bool IsParameterName(string text) => text.Length > 1 && text[0] == '/' && !text.Any(char.IsWhiteSpace);

    /// <summary>What a person may call a tag: AWS keeps <c>aws:</c> in any case to itself, and Baker <c>baker:</c>.</summary>
    internal static bool IsTagKey(string text) =>
        text.Length is > 0 and <= 128
        && !text.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
        && !text.StartsWith("baker:", StringComparison.Ordinal);

    /// <summary>A tag's key that the instance metadata service takes, which knows neither spaces nor slashes.</summary>
    public static bool IsPlainTagKey(string text) => text.Length is > 0 and <= 128 && IsOnly(text, "+-=.,_:@");

    /// <summary>A tag of the user's own that Baker is to write: one whose value is not something else already.</summary>
    internal static bool IsFreeTagKey(string text) =>
        IsTagKey(text) && IsPlainTagKey(text) && text is not ("Name" or "group");

    /// <summary>What nodes may be named by: a text with <c>{{environment}}</c>, <c>{{group}}</c> and, once at most, <c>{{n}}</c>.</summary>
    internal static bool IsNamePattern(string text)
    {
        var rest = text
            .Replace("{{environment}}", "", StringComparison.Ordinal)
            .Replace("{{group}}", "", StringComparison.Ordinal)
            .Replace("{{n}}", "", StringComparison.Ordinal);
        return text.Length is > 0 and <= 128
            && !rest.Contains("{{", StringComparison.Ordinal)
            && !rest.Contains("}}", StringComparison.Ordinal)
            && !rest.Any(char.IsControl)
            && text.Split("{{n}}").Length <= 2;
    }

    /// <summary>A whole number and s, m, h, d or w.</summary>
    /// <summary>As <c>useradd</c> takes it; nothing that a command line could take for anything else.</summary>
    internal static bool IsUserName(string text) =>
        text.Length is > 0 and <= 32
        && (char.IsAsciiLetter(text[0]) || text[0] == '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>A range of addresses in CIDR's form, of some addresses: a range of all would open a port to everybody.</summary>
    internal static bool IsSourceRange(string text) => IPNetwork.TryParse(text, out var range) && range.PrefixLength > 0;

    internal static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    /// <summary>A path of a URL, with its query.</summary>
    internal static bool IsUrlPath(string text) => text.StartsWith('/') && text.All(letter => letter is > ' ' and < '\x7f');

    internal static bool IsDuration(string text) => Durations.TryParse(text, out _);

    /// <summary>A duration that something may take.</summary>
    internal static bool IsTimeout(string text) => Durations.TryParse(text, out var timeout) && timeout > TimeSpan.Zero;

    /// <summary><c>recipe[cookbook::recipe@version]</c>, <c>role[name]</c>, or a bare recipe name, as Chef reads them.</summary>
    public static bool IsRunListItem(string text)
    {
        var name = text.AsSpan();
        if (name.StartsWith("recipe[") || name.StartsWith("role["))
        {
            if (name[^1] != ']')
            {
                return false;
            }

            name = name[(name.IndexOf('[') + 1)..^1];
        }

        return name.Length > 0 && IsOnly(name, "._-:@");
    }

    /// <summary>A run list item without a version in which one <c>*</c> stands for a service's name.</summary>
    internal static bool IsServicePattern(string text) =>
        text.Count(letter => letter == '*') == 1 && !text.Contains('@') && IsRunListItem(text.Replace('*', 'x'));

    /// <summary>The name of a variable of an environment, as every shell takes it.</summary>
    public static bool IsVariable(string text) =>
        text.Length is > 0 and <= LongestVariable && !char.IsAsciiDigit(text[0]) && IsOnly(text, "_");

    /// <summary>What systemd takes for a unit, or a program by its whole path; nothing that an option could be taken for.</summary>
    internal static bool IsReloadable(string text) =>
        text.Length is > 1 and <= 255
        && (text[0] == '/' ? !text.Any(char.IsControl) && !text.EndsWith('/') : text[0] != '-' && IsOnly(text, ":_.@-"));

    private static bool IsLowerName(string text) => text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    // A loop, for the framework's SearchValues is compiled anew at every start.
    internal static bool IsOnly(ReadOnlySpan<char> text, string beside)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !beside.Contains(character, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
