using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Baker.Cli.Tests.Compiling;

/// <summary>What the installed HashiCorp Packer says of a file that was rendered.</summary>
internal static partial class PackerPeer
{
    /// <summary>Nothing when all is well; success prints nothing.</summary>
    public static async Task<string> ValidateAsync(TestProject project, string template)
    {
        var start = new ProcessStartInfo("packer", ["validate", template]) { WorkingDirectory = project.Folder };
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["HOME"] = project.Folder;
        var run = await ProcessRun.RunAsync(start);
        return run.Out.Trim() + run.Error.Trim() + (run.Code == 0 ? "" : $" (exit code {run.Code})");
    }

    /// <summary>The same of an HCL2 file, without its <c>packer</c> block: Packer 1.6.6 does not know it, newer versions want it.</summary>
    public static Task<string> ValidateWithoutPluginsAsync(TestProject project, string template)
    {
        var text = project.Read(template);
        var without = RequiredPlugins().Replace(text, "", 1);
        Assert.That(without, Has.Length.LessThan(text.Length), "no required_plugins in " + template);
        var name = $"{Path.GetDirectoryName(template)}/stripped-{Path.GetFileName(template)}";
        project.Write(name, without);
        return ValidateAsync(project, name);
    }

    [GeneratedRegex(@"^packer \{\n  required_plugins \{\n    amazon = \{\n.*?^\}\n", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex RequiredPlugins();
}
