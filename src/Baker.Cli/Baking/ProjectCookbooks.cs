using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Text;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Cookbooks;
using Baker.Core.Manifest;
using Newtonsoft.Json;

namespace Baker.Cli.Baking;

/// <summary>The project's cookbooks and data bags, each read once, when a group first needs it.</summary>
internal sealed class ProjectCookbooks
{
    /// <summary>A link that leads back to where it stands is followed no deeper.</summary>
    private const int Deepest = 24;

    /// <summary>What tools keep beside a cookbook and Chef never reads.</summary>
    private static readonly string[] s_ignored = [".git", ".kitchen", ".DS_Store"];

    /// <summary>How the files of recipes end.</summary>
    private static readonly string[] s_recipes = [".rb", ".yml", ".yaml"];

    private readonly NodeProject _project;
    private readonly Lazy<Dictionary<string, Cookbook>> _cookbooks;
    private readonly Lazy<SortedDictionary<string, ImmutableArray<PayloadFile>>> _dataBags;
    private readonly Lazy<CookbookLock?> _lock;

    public ProjectCookbooks(NodeProject project)
    {
        _project = project;
        _cookbooks = new(ReadCookbooks);
        _dataBags = new(ReadDataBags);
        _lock = new(ReadLock);
    }

    /// <summary>The files that the recipes need: cookbooks, then data bags.</summary>
    public (ImmutableArray<PayloadFile> Cookbooks, ImmutableArray<PayloadFile> DataBags) Of(IEnumerable<string> recipes)
    {
        var choice = CookbookChoice.Of(recipes, _cookbooks.Value, _lock.Value);
        return (
            [.. choice.Cookbooks.SelectMany(cookbook => cookbook.Files)],
            [.. _dataBags.Value.Where(bag => choice.DataBags?.Contains(bag.Key) ?? true).SelectMany(bag => bag.Value)]);
    }

    /// <summary>Whether a cookbook has a recipe; null where the project does not have the cookbook.</summary>
    public bool? HasRecipe(string cookbook, string recipe) => _cookbooks.Value.TryGetValue(cookbook, out var found)
        ? found.Files.Any(file => s_recipes.Any(ending => file.Path == $"cookbooks/{cookbook}/recipes/{recipe}{ending}"))
        : null;

    private Dictionary<string, Cookbook> ReadCookbooks()
    {
        var cookbooks = new Dictionary<string, Cookbook>(StringComparer.Ordinal);
        foreach (var (folder, path) in Folders(_project.Settings.CookbooksFolders, "cookbooks_folder"))
        {
            var ignored = Ignored(path).ToArray();
            foreach (var inner in Inner(path))
            {
                var cookbook = ReadCookbook($"{folder.Path}/{Path.GetFileName(inner)}", inner, ignored);
                if (!cookbooks.TryAdd(cookbook.Name, cookbook))
                {
                    throw _project.Mistake(
                        folder.Place,
                        $"The cookbook {cookbook.Name} is in {cookbooks[cookbook.Name].Folder} and in {cookbook.Folder}.",
                        "Keep one of them.");
                }
            }
        }

        return cookbooks;
    }

    private Cookbook ReadCookbook(string shown, string path, string[] ignored)
    {
        var patterns = ignored.Concat(Ignored(path)).ToArray();
        var files = Files(path, patterns).ToList();
        byte[]? Text(string name) => files.Find(file => file.Path == name)?.Content.ToArray();
        CookbookMetadata? metadata;
        try
        {
            metadata = Text("metadata.json") is { } json ? CookbookMetadata.OfJson(Encoding.UTF8.GetString(json))
                : Text("metadata.rb") is { } ruby ? CookbookMetadata.OfRuby(Encoding.UTF8.GetString(ruby))
                : null;
        }
        catch (JsonException error)
        {
            throw new BakerException(ExitCode.BadInput, $"{shown}/metadata.json is no JSON: {error.Message}", "Correct it.", error);
        }

        var name = metadata?.Name ?? Path.GetFileName(path);
        if (!Shapes.IsCookbookName(name))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{shown} calls itself {Quoting.Quote(name)}, which is no name of a cookbook.",
                "Give it one of letters, digits, hyphens and underscores, in its metadata or by its folder.");
        }

        return new Cookbook(
            name,
            shown,
            metadata,
            [.. files.Select(file => file with { Path = $"cookbooks/{name}/{file.Path}" })]);
    }

    private SortedDictionary<string, ImmutableArray<PayloadFile>> ReadDataBags()
    {
        var bags = new SortedDictionary<string, ImmutableArray<PayloadFile>>(StringComparer.Ordinal);
        foreach (var (folder, path) in Folders(_project.Settings.DataBagsFolders, "data_bags_folder"))
        {
            foreach (var inner in Inner(path))
            {
                var name = Path.GetFileName(inner);
                var items = Files(inner, [])
                    .Where(file => file.Path.EndsWith(".json", StringComparison.Ordinal))
                    .Select(file => file with { Path = $"data_bags/{name}/{file.Path}" })
                    .ToImmutableArray();
                if (!bags.TryAdd(name, items))
                {
                    throw _project.Mistake(folder.Place, $"The data bag {name} is in two of the folders.", "Keep one of them.");
                }
            }
        }

        return bags;
    }

    private CookbookLock? ReadLock()
    {
        var vendored = _project.Settings.CookbooksFolders is [var first, ..] ? first.Path : "cookbooks";
        string? Text(string name) => Path.Combine(_project.Folder, name) is var path && File.Exists(path)
            ? Encoding.UTF8.GetString(_project.Read(path))
            : null;
        try
        {
            return Text(CookbookLock.Policyfile) is { } policy ? CookbookLock.OfPolicyfile(policy, vendored)
                : Text(CookbookLock.Berksfile) is { } berks ? CookbookLock.OfBerksfile(berks, vendored)
                : null;
        }
        catch (JsonException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{CookbookLock.Policyfile} cannot be followed: {error.Message}",
                "Make it anew: chef install.",
                error);
        }
    }

    private IEnumerable<(SettingsFolder Folder, string Path)> Folders(ImmutableArray<SettingsFolder> folders, string setting)
    {
        foreach (var folder in folders)
        {
            var path = Path.Combine(_project.Folder, folder.Path);
            if (Directory.Exists(path))
            {
                yield return (folder, path);
            }
            else if (folder.Place is not null)
            {
                throw _project.Mistake(
                    folder.Place,
                    $"{setting} names {folder.Path}, and there is no such folder in {_project.Folder}.",
                    "Make it, or correct the name.");
            }
        }
    }

    private static IEnumerable<string> Inner(string path) => Directory.EnumerateDirectories(path)
        .Where(inner => Path.GetFileName(inner)[0] != '.')
        .Order(StringComparer.Ordinal);

    /// <summary>The files in a folder, by their paths in it, in an order that is the same everywhere.</summary>
    /// <param name="ignored">Patterns of those that are not even opened: editors leave links to nothing, for one.</param>
    private IEnumerable<PayloadFile> Files(string folder, string[] ignored)
    {
        var entries = new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Deepest, AttributesToSkip = 0 })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => Array.IndexOf(s_ignored, entry.FileName.ToString()) < 0,
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && Array.IndexOf(s_ignored, entry.FileName.ToString()) < 0,
        };
        return entries
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .Where(file => !Array.Exists(ignored, pattern => IsIgnored(pattern, file.Name)))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new PayloadFile(file.Name, Read(file.Path)));
    }

    private byte[] Read(string path)
    {
        try
        {
            return _project.Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var (why, remedy) = path.Contains('\uFFFD', StringComparison.Ordinal) ? ("its name is not UTF-8.", "Rename it.")
                : error is FileNotFoundException or DirectoryNotFoundException && new FileInfo(path).LinkTarget is { } target
                    ? ($"it is a link to {target}, which is not there.", "Remove it, or name it in chefignore.")
                : (error.Message, "Give yourself read permission, or remove it.");
            throw new BakerException(ExitCode.BadInput, $"{path} cannot be read: {why}", remedy, error);
        }
    }

    /// <summary>The patterns of a folder's <c>chefignore</c>, which Chef's own tools follow too.</summary>
    private IEnumerable<string> Ignored(string folder)
    {
        var path = Path.Combine(folder, "chefignore");
        return !File.Exists(path) ? [] : Encoding.UTF8.GetString(Read(path)).Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#');
    }

    private static bool IsIgnored(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path), ignoreCase: false);
}
