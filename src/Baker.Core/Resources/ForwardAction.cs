using System.Collections.Immutable;
using System.Globalization;

namespace Baker.Core.Resources;

/// <summary>What a listener or a rule does with a request: hand it on, send it elsewhere, or answer it.</summary>
public abstract record ForwardAction
{
    private const char Separator = '\u001f';

    private ForwardAction()
    {
    }

    /// <summary>One value, which is equal where the actions are.</summary>
    public abstract string ToValue();

    public static ForwardAction? TryParse(string value) => value.Split(Separator) switch
    {
        ["forward", .. var targets] => new Forward([.. targets.Select(target =>
            (target[(target.IndexOf(' ') + 1)..], int.Parse(target.Split(' ')[0], CultureInfo.InvariantCulture)))]),
        ["redirect", var protocol, var host, var port, var path, var query, var code] =>
            new Redirect(protocol, host, port, path, query, code),
        ["fixed", var status, var type, var body] => new Fixed(status, type, body),
        _ => null,
    };

    /// <param name="Targets">Target groups and their weights.</param>
    public sealed record Forward(ImmutableArray<(string Group, int Weight)> Targets) : ForwardAction
    {
        public override string ToValue() => string.Join(Separator, Targets
            .Select(target => string.Create(CultureInfo.InvariantCulture, $"{(Targets.Length == 1 ? 1 : target.Weight)} {target.Group}"))
            .Order(StringComparer.Ordinal)
            .Prepend("forward"));

        public override string ToString() => "forward to " + string.Join(", ", Targets.Select(target => Targets.Length == 1
            ? ResourceWords.Short(target.Group)
            : string.Create(CultureInfo.InvariantCulture, $"{ResourceWords.Short(target.Group)} ({target.Weight})")));
    }

    public sealed record Redirect(string Protocol, string Host, string Port, string Path, string Query, string Code) : ForwardAction
    {
        public override string ToValue() => string.Join(Separator, "redirect", Protocol, Host, Port, Path, Query, Code);

        public override string ToString() => $"redirect to {Protocol}://{Host}:{Port}{Path}?{Query} ({Code})";
    }

    public sealed record Fixed(string Status, string Type, string Body) : ForwardAction
    {
        public override string ToValue() => string.Join(Separator, "fixed", Status, Type, Body);

        public override string ToString() => $"answer {Status}";
    }
}
