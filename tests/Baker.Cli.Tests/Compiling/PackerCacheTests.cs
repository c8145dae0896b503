using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core.Artifacts;

namespace Baker.Cli.Tests.Compiling;

/// <summary>Which of many groups <c>packer:create</c> renders again.</summary>
internal sealed class PackerCacheTests
{
    private const int Count = 300;

    private TestProject _project = null!;

    [SetUp]
    public async Task CompileOnceAsync()
    {
        _project = new TestProject(Manifest());
        _project.Write("templates/own.json.sbn", "{\"own\": {{ json name }}}");
        _project.Write("templates/own.pkr.hcl.sbn", "own = {{ hcl name }}\n");
        foreach (var format in PackerFormat.All)
        {
            Assert.That(await CompileAsync(format), Has.Count.EqualTo(Count));
        }

        foreach (var file in Directory.EnumerateFiles(_project.PathOf("packer")))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)); // long before the cache, which trusts no file that is as new as itself
        }

        foreach (var format in PackerFormat.All)
        {
            await CompileAsync(format);
        }
    }

    [TearDown]
    public void Remove() => _project.Dispose();

    [Test]
    public async Task Create_NothingChanged_RendersNothing([Values("json", "hcl2")] string format) =>
        Assert.That(await CompileAsync(Format(format)), Is.Empty);

    [Test]
    public async Task Create_OneGroupEdited_RendersItAlone([Values("json", "hcl2")] string format)
    {
        _project.Write("nodes.json", Manifest("\"description\": \"edited\", "));
        Assert.That(await CompileAsync(Format(format)), Is.EqualTo(new[] { "g7" }));
        Assert.That(_project.Read($"packer/g7{Format(format).Extension}"), Does.Contain("edited"));
    }

    [Test]
    public async Task Create_NamedTemplateEdited_RendersThoseThatNameIt([Values("json", "hcl2")] string format)
    {
        _project.Write($"templates/own{Format(format).Extension}.sbn", format == "json" ? "{\"new\": {{ json name }}}" : "new = {{ hcl name }}\n");
        Assert.That(await CompileAsync(Format(format)), Is.EquivalentTo(new[] { "own-a", "own-b" }));
        Assert.That(_project.Read($"packer/own-a{Format(format).Extension}"), Does.Contain("new"));
    }

    [Test]
    public async Task Create_DefaultTemplateAppears_RendersThoseThatNameNone([Values("json", "hcl2")] string format)
    {
        _project.Write($"templates/{Format(format).DefaultTemplate}", format == "json" ? "{\"new\": {{ json name }}}" : "new = {{ hcl name }}\n");
        Assert.That(await CompileAsync(Format(format)), Has.Count.EqualTo(Count - 2).And.None.StartsWith("own"));
        Assert.That(_project.Read($"packer/g1{Format(format).Extension}"), Does.Contain("new"));
    }

    [Test]
    public async Task Create_GroupNamesAnotherTemplate_RendersItWithThat()
    {
        _project.Write("nodes.json", Manifest("\"template\": \"templates/own.json.sbn\", "));
        Assert.That(await CompileAsync(PackerFormat.Json), Is.EqualTo(new[] { "g7" }));
        Assert.That(_project.Read("packer/g7.json"), Does.Contain("own"));
    }

    [Test]
    public async Task Create_TemplateGone_SaysSoThoughNothingElseChanged()
    {
        File.Delete(_project.PathOf("templates/own.json.sbn"));
        Assert.That((await _project.RunAsync("packer:create")).Error, Does.Contain("There is no template templates/own.json.sbn"));
    }

    [Test]
    public async Task Create_CookbooksAppear_RendersNone()
    {
        // They are in the payload, which a template only names.
        Directory.CreateDirectory(_project.PathOf("cookbooks"));
        Assert.That(await CompileAsync(PackerFormat.Json), Is.Empty);
    }

    private static PackerFormat Format(string name) => PackerFormat.All.Single(format => format.Name == name);

    private static string Manifest(string seventh = "") =>
        "{\"__base__\": {\"source_ami\": \"ami-12345678\", \"instance_type\": \"t3.micro\"}, \"own-a\": {\"template\": \"templates/own.json.sbn\"}, \"own-b\": {\"template\": \"templates/own.json.sbn\"}, "
        + string.Join(",\n", Enumerable.Range(0, Count - 2).Select(index => $"\"g{index}\": {{{(index == 7 ? seventh : "")}\"run_list\": [\"recipe[r{index}]\"]}}")) + "}";

    private async Task<IReadOnlyList<string>> CompileAsync(PackerFormat format)
    {
        using var output = new StringWriter();
        var terminal = new Terminal { Out = output, Error = output };
        var session = new Session(terminal, _project.Folder, new(() => _project.Environment), TimeProvider.System, CancellationToken.None);
        var project = ManifestLoading.Load(session, null);
        var kind = new CountingKind(new PackerKind(project, format));
        await Task.Run(() => new Compiler(session, project, kind, project.Manifest.Groups).Run(CompileMode.Update));
        return kind.Rendered;
    }
}
