using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace Baker.Cli.Tests;

/// <summary>CycloneDX's own check of a bill of materials against its schema, from the project's .NET tool.</summary>
internal static class CycloneDxSchema
{
    private const string Version = "6.3.1";
    private static readonly Lazy<string?> s_library = new(Find);

    public static void Check(string bill)
    {
        if (s_library.Value is not { } path)
        {
            Peers.Missing($"the .NET tool CycloneDX {Version} cannot be had");
            return;
        }

        var context = new AssemblyLoadContext("CycloneDX");
        context.Resolving += (_, name) => Path.Combine(Path.GetDirectoryName(path)!, $"{name.Name}.dll") is var part && File.Exists(part) ? context.LoadFromAssemblyPath(part) : null;
        var library = context.LoadFromAssemblyPath(path);
        var versions = library.GetType("CycloneDX.SpecificationVersion", throwOnError: true)!;
        var validate = library.GetType("CycloneDX.Json.Validator", throwOnError: true)!.GetMethod("Validate", [typeof(string), versions])!;
        var result = validate.Invoke(null, [bill, Enum.Parse(versions, "v1_6")])!;
        var messages = (IEnumerable<string>)result.GetType().GetProperty("Messages")!.GetValue(result)!;
        Assert.That(result.GetType().GetProperty("Valid")!.GetValue(result), Is.True, string.Join('\n', messages));
    }

    private static string? Find()
    {
        var folder = Path.Combine(TestProject.RepositoryFolder, "artifacts", "peers", $"cyclonedx-{Version}");
        if (!Directory.Exists(folder))
        {
            using var install = Process.Start(new ProcessStartInfo("dotnet", ["tool", "install", "CycloneDX", "--version", Version, "--tool-path", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            install.WaitForExit();
        }

        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "CycloneDX.Core.dll", SearchOption.AllDirectories).FirstOrDefault(file => file.Contains("net10.0", StringComparison.Ordinal))
            : null;
    }
}
