namespace Baker.Core.Resources;

/// <summary>What is otherwise on the cloud than it should be.</summary>
public sealed record Difference(string Name, string From, string To)
{
    public override string ToString() => $"{Name} {Shown(From)} -> {Shown(To)}";

    private static string Shown(string value) => value.Length == 0 ? "none" : ForwardAction.TryParse(value)?.ToString() ?? value;
}
