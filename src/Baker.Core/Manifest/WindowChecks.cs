namespace Baker.Core.Manifest;

/// <summary>The rule of <c>deploy_window</c>.</summary>
internal static class WindowChecks
{
    private const string Expected = "a window such as \"Mon-Thu 09:00-16:00 Europe/Berlin\"";

    public static ValueCheck Window { get; } = Checks.OneOrListOf(new(Expected, "windows", (context, path, value) =>
    {
        if (value.Kind != ValueKind.String)
        {
            context.WrongType(path, value, Expected);
        }
        else if (DeployWindow.TryParse(value.Text, out var problem, out var remedy) is null)
        {
            context.Diagnostics.Error(DiagnosticCode.BadValue, value, $"{path} {Quoting.Quote(value.Text)} {problem}.", remedy);
        }
    }));
}
