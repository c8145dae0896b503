using System.Text;
using Baker.Cli.Projects;
using Baker.Core.Artifacts;

namespace Baker.Cli.Compiling;

/// <summary>The Chef environments of a manifest that has any: what they compile to, beside what is there.</summary>
internal sealed class EnvironmentFiles
{
    private const string Extension = ".json";

    private readonly string _folder;
    private readonly IReadOnlyList<(string Shown, byte[] Content)> _stale;

    private EnvironmentFiles(string folder, CompileReport report, IReadOnlyList<(string Shown, byte[] Content)> stale) =>
        (_folder, Report, _stale) = (folder, report, stale);

    /// <summary>What is missing, differs, or is left of an environment that is gone.</summary>
    public CompileReport Report { get; }

    /// <summary>Null where the manifest has no environments: their folder is not looked at then.</summary>
    public static EnvironmentFiles? Of(NodeProject project)
    {
        var environments = project.Manifest.Environments;
        if (environments.Count == 0)
        {
            return null;
        }

        var folder = project.Settings.EnvironmentsFolder;
        var (created, changed, stale) = (new List<string>(), new List<string>(), new List<(string, byte[])>());
        foreach (var environment in environments)
        {
            var shown = $"{folder}/{environment.Name}{Extension}";
            var path = Path.Combine(project.Folder, shown);
            var content = Encoding.UTF8.GetBytes(EnvironmentText.Of(environment));
            var exists = File.Exists(path);
            if (!exists || !ProjectFile.Read(path).AsSpan().SequenceEqual(content))
            {
                (exists ? changed : created).Add(shown);
                stale.Add((shown, content));
            }
        }

        var known = environments.Select(environment => environment.Name.ToString()).ToHashSet();
        var whole = Path.Combine(project.Folder, folder);
        var orphans = (Directory.Exists(whole) ? Directory.EnumerateFiles(whole, "*" + Extension) : [])
            .Where(path => !known.Contains(Path.GetFileNameWithoutExtension(path)) && EnvironmentText.IsOne(ProjectFile.Read(path)))
            .Select(path => $"{folder}/{Path.GetFileName(path)}")
            .Order(StringComparer.Ordinal);
        var unchanged = environments.Count - stale.Count;
        return new EnvironmentFiles(project.Folder, new CompileReport(created, changed, unchanged, [.. orphans]), stale);
    }

    public void Write()
    {
        foreach (var (shown, content) in _stale)
        {
            AtomicFile.CreateFolder(Path.GetDirectoryName(Path.Combine(_folder, shown))!, Path.GetDirectoryName(shown)!);
            AtomicFile.Write(Path.Combine(_folder, shown), content, shown);
        }
    }
}
