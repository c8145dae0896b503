using System.Text.RegularExpressions;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Stores;

/// <summary>Names, passwords and ARNs, as the services of data stores want them.</summary>
internal static partial class StoreNames
{
    private const int ShortestPassword = 8;
    private const int LongestDescription = 255;

    public static string Arn(Call call, string service, string kind, string name) =>
        $"arn:aws:{service}:{call.Region}:{call.AccountId}:{kind}:{name}";

    /// <summary>The ARN of something else beside what another ARN names.</summary>
    public static string ArnOf(string other, string kind, string name) => $"{string.Join(':', other.Split(':').Take(5))}:{kind}:{name}";

    /// <summary>The name in a request, small; of an ARN the last part of it.</summary>
    public static string Of(string name)
    {
        var small = name.ToLowerInvariant();
        return small.StartsWith("arn:", StringComparison.Ordinal) ? small[(small.LastIndexOf(':') + 1)..] : small;
    }

    /// <exception cref="CloudException">It is no identifier.</exception>
    public static string Check(string parameter, string name, int longest) =>
        name.Length <= longest && Identifier().IsMatch(name) ? name.ToLowerInvariant() : throw new CloudException(
            "InvalidParameterValue",
            $"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII "
                + "letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.");

    /// <exception cref="CloudException">It is no name of a group.</exception>
    public static string CheckGroup(string parameter, string name) => GroupName().IsMatch(name) ? name.ToLowerInvariant()
        : throw new CloudException("InvalidParameterValue", $"The parameter {parameter} is not valid: {name}");

    public static string CheckDescription(string parameter, string? text) => text is { Length: > 0 and <= LongestDescription } ? text
        : throw new CloudException("InvalidParameterValue", $"The parameter {parameter} must be provided and must not be blank.");

    public static string Needed(string parameter, string? value) => string.IsNullOrEmpty(value) ? throw new CloudException(
            "InvalidParameterValue",
            $"The parameter {parameter} must be provided and must not be blank.") : value;

    public static string CheckPassword(string? given, int longest)
    {
        var password = Needed("MasterUserPassword", given);
        return password.Length < ShortestPassword ? throw new CloudException(
                "InvalidParameterValue",
                $"The parameter MasterUserPassword is not a valid password because it is shorter than {ShortestPassword} characters.")
            : password.Length > longest ? throw new CloudException(
                "InvalidParameterValue",
                $"The parameter MasterUserPassword is not a valid password because it is longer than {longest} characters.")
            : password.All(each => each is > ' ' and <= '~' and not ('/' or '@' or '"')) ? password
            : throw new CloudException(
                "InvalidParameterValue",
                "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' "
                    + "may be used.");
    }

    public static string CheckUser(string? given, int longest, params IEnumerable<string> reserved)
    {
        var user = Needed("MasterUsername", given);
        return !UserName().IsMatch(user) || user.Length > longest ? throw new CloudException(
                "InvalidParameterValue",
                $"The parameter MasterUsername is not a valid identifier: {user}")
            : reserved.Append("rdsadmin").Append("rdsrepladmin").Contains(user.ToLowerInvariant()) ? throw new CloudException(
                "InvalidParameterValue",
                $"MasterUsername {user} cannot be used as it is a reserved word used by the engine")
            : user;
    }

    public static int CheckPort(int? given, int usual, int least)
    {
        var port = given ?? usual;
        return port >= least && port <= 65535 ? port : throw new CloudException(
            "InvalidParameterValue",
            $"Invalid database port: {port}. It must be between {least} and 65535.");
    }

    [GeneratedRegex("^[a-zA-Z](-?[a-zA-Z0-9])*$")]
    private static partial Regex Identifier();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9 ._-]{0,254}$")]
    private static partial Regex GroupName();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]*$")]
    private static partial Regex UserName();
}
