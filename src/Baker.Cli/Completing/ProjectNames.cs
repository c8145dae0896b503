using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Completing;

/// <summary>The names of the project that the working folder is in; none where there is no project, or a broken one.</summary>
internal sealed class ProjectNames(Session session) : IProjectNames
{
    private readonly Session _silent = session with { Terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null } };
    private string? _manifest;

    public void Given(IEnumerable<(CommandOption Option, string? Value)> options) =>
        _manifest = options.LastOrDefault(each => each.Option.LongName == "manifest").Value;

    public IEnumerable<string> Groups() =>
        Of(project => project.Manifest.Groups.Select(group => group.Name.ToString()));

    public IEnumerable<string> Environments() =>
        Of(project => project.Manifest.Environments.Select(environment => environment.Name.ToString()));

    public IEnumerable<string> Services() =>
        Of(project => project.Groups([]).SelectMany(group => group.ProvidedNames).Select(name => name.ToString()).Distinct());

    /// <summary>Those that were baked from this folder, as the records have them.</summary>
    public IEnumerable<Candidate> Images() => Of(project => Directory
        .EnumerateFiles(Path.Combine(project.Folder, project.BuildsFolder), "*.json")
        .Select(Record)
        .OfType<JObject>()
        .SelectMany(record => new[] { "image", "name" }
            .Select(key => (string?)record[key])
            .OfType<string>()
            .Where(word => !word.Contains(' ', StringComparison.Ordinal)) // which would be several words
            .Select(word => new Candidate(word, $"of {(string?)record["group"]}"))));

    public IEnumerable<string> Changes() => Of(project => Directory
        .EnumerateFiles(Path.Combine(project.Folder, ChangeRecording.FolderOf(project)), "*.json")
        .Select(path => Path.GetFileNameWithoutExtension(path)));

    private IEnumerable<T> Of<T>(Func<NodeProject, IEnumerable<T>> names)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // a named pipe may never have anything
        try
        {
            return [.. names(ManifestLoading.Load(_silent with { Stop = patience.Token }, _manifest))];
        }
        catch (Exception error) when (error is BakerException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return []; // what is wrong is told by the command itself
        }
    }

    private static JObject? Record(string path)
    {
        try
        {
            return JObject.Parse(File.ReadAllText(path));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
