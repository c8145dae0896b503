using System.Globalization;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>The filters of ListCommands and ListCommandInvocations.</summary>
internal static class CommandFilters
{
    public static Func<CommandRecord, bool> Commands(List<CommandFilter>? filters)
    {
        var tests = (filters ?? []).Select(f => Test<CommandRecord>(f, c => c.RequestedAt, c => c.Status, c => c.DocumentName)).ToArray();
        return command => Array.TrueForAll(tests, test => test(command));
    }

    public static Func<InvocationRecord, bool> Invocations(List<CommandFilter>? filters)
    {
        var tests = (filters ?? [])
            .Select(f => Test<InvocationRecord>(f, i => i.RequestedAt, i => i.Status, _ => "AWS-RunShellScript"))
            .ToArray();
        return invocation => Array.TrueForAll(tests, test => test(invocation));
    }

    private static Func<T, bool> Test<T>(
        CommandFilter filter,
        Func<T, DateTimeOffset> time,
        Func<T, string> status,
        Func<T, string> document)
    {
        var value = filter.Value ?? "";
        return filter.Key?.Value switch
        {
            "InvokedAfter" when DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) =>
                item => time(item) > at,
            "InvokedBefore" when DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) =>
                item => time(item) < at,
            "Status" => item => status(item) == value,
            "DocumentName" => item => document(item) == value,
            _ => throw new CloudException("InvalidFilterKey", $"The filter {filter.Key?.Value} with the value {value} is not valid."),
        };
    }
}
