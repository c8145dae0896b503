using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks what a merged group says of source trees: whence, whereto, and that none lies in another.</summary>
internal static class CodeChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("code"u8) is not { } code)
        {
            return;
        }

        if (code.Kind == ValueKind.Object)
        {
            CheckOne(group, code.Winner, name => ValueOf(code, name), diagnostics);
        }
        else if (code.Kind == ValueKind.Array)
        {
            CheckAll(group, code, diagnostics);
        }
    }

    private static void CheckAll(MergedGroup group, MergedAttribute code, DiagnosticBag diagnostics)
    {
        var paths = new List<string>();
        foreach (var item in code.Items.Select(item => item.Value).Where(item => item.Kind == ValueKind.Object))
        {
            CheckOne(group, item, name => item.Find(Encoding.UTF8.GetBytes(name)), diagnostics);
            if (item.Find("path"u8) is not { Kind: ValueKind.String } path)
            {
                continue;
            }

            if (paths.Find(other => $"{other}/".StartsWith($"{path.Text}/", StringComparison.Ordinal)
                || $"{path.Text}/".StartsWith($"{other}/", StringComparison.Ordinal)) is { } near)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    path,
                    $"{group.Name} has two source trees in one place, {near} and {path.Text}.",
                    "Give each a folder of its own.");
            }

            paths.Add(path.Text);
        }
    }

    private static ManifestValue? ValueOf(MergedAttribute code, string name)
    {
        foreach (var property in code.Properties)
        {
            if (property.Name.Text == name)
            {
                return property.Value;
            }
        }

        return null;
    }

    private static void CheckOne(
        MergedGroup group,
        ManifestValue place,
        Func<string, ManifestValue?> valueOf,
        DiagnosticBag diagnostics)
    {
        ManifestValue? Find(string name) => valueOf(name) is { Kind: not ValueKind.Null } value ? value : null;
        foreach (var name in new[] { "repository", "path" }.Where(name => Find(name) is null))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                place,
                $"The code of {group.Name} needs the attribute \"{name}\".",
                "Write for example \"code\": {\"repository\": \"git@github.com:acme/app.git\", \"branch\": \"master\", "
                    + "\"path\": \"/srv/app\"}");
        }

        if (Find("branch") is { } branch && Find("revision") is { } revision)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                revision,
                $"{group.Name} has a revision here and also a branch at {branch.Position}; only one of them can hold.",
                "Remove one of them.");
        }
    }
}
