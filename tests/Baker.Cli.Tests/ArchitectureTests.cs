using System.Reflection;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Loader;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Baker.Cli.Tests;

/// <summary>What docs/architecture.md says of the rooms.</summary>
internal sealed class ArchitectureTests
{
    private const string Aws = @"^Amazon\..*";

    private static readonly string s_source = Path.Combine(TestProject.RepositoryFolder, "src");

    private static readonly Assembly s_core = typeof(Core.BakerException).Assembly;
    private static readonly Assembly s_cloud = typeof(Cloud.CloudSession).Assembly;
    private static readonly Assembly s_local = typeof(LocalCloud.LocalCloud).Assembly;
    private static readonly Assembly s_cli = typeof(Program).Assembly;

    private static readonly ArchUnitNET.Domain.Architecture s_all = new ArchLoader().LoadAssemblies(s_core, s_cloud, s_local, s_cli).Build();

    [Test]
    public void Folders_NoTwoNeedEachOther()
    {
        var rule = SliceRuleDefinition.Slices().Matching("Baker.(**)").Should().BeFreeOfCycles();
        Assert.That(rule.Evaluate(s_all).Where(result => !result.Passed).Select(result => result.Description), Is.Empty);
    }

    [Test]
    public void Folders_AreTheNamespacesOfWhatIsInThem()
    {
        var wrong = Sources()
            .Where(file => File.ReadLines(Path.Combine(s_source, file)).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal)) is { } line
                && line != $"namespace {Path.GetDirectoryName(file)!.Replace('/', '.').Replace('\\', '.')};");
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Core_RefersToNoOtherRoomAndNoAws() =>
        Assert.That(References(s_core).Where(name => name.StartsWith("Baker.", StringComparison.Ordinal) || name.StartsWith("AWSSDK", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Cloud_DoesNotKnowTheLocalCloud() => Assert.That(References(s_cloud), Has.No.Member(s_local.GetName().Name).And.No.Member(s_cli.GetName().Name));

    [Test]
    public void LocalCloud_KnowsNeitherManifestsNorPlans() => Assert.That(References(s_local), Has.No.Member(s_core.GetName().Name).And.No.Member(s_cloud.GetName().Name));

    [Test]
    public void CommandLine_NamesNoTypeOfAws() => Holds(Types().That().ResideInAssembly(s_cli).Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(Aws)));

    [Test]
    public void Manifest_KnowsNoMerging() => Holds(Types().That().ResideInNamespace("Baker.Core.Manifest").Should().NotDependOnAny(Types().That().ResideInNamespace("Baker.Core.Merging")));

    [Test]
    public void Core_OpensNoFile() => Holds(Types().That().ResideInAssembly(s_core).Should().NotDependOnAny(typeof(File), typeof(Directory), typeof(FileStream)));

    /// <summary>An attribute that is accepted, and then does nothing, is worse than one that is refused.</summary>
    [Test]
    public void NodeGroup_EveryValue_IsUsedByOurOwnEngine()
    {
        // What only HashiCorp Packer reads; docs/manifest.md says so of them.
        string[] packers = ["Type"];
        var group = s_all.Classes.Single(type => type.FullName == typeof(Core.Merging.NodeGroup).FullName);
        var unused = group.GetPropertyMembers().Where(property => property.Getter is not null && property.Name != "EqualityContract")
            .Where(property => !property.Getter!.GetMethodCallDependencies(getBackwardsDependencies: true)
                .Select(call => call.Origin.FullName)
                .Any(user => user != group.FullName && !user.Contains(".NodeGroupBuilder", StringComparison.Ordinal) && !user.Contains(".PackerScope", StringComparison.Ordinal)))
            .Select(property => property.Name);
        Assert.That(unused, Is.EquivalentTo(packers));
    }

    /// <summary>By a name alone .NET would start a file of the current folder before it looks at the PATH.</summary>
    [Test]
    public void Sources_StartNoProgramByItsNameAlone()
    {
        var wrong = Sources()
            .Where(file => File.ReadAllText(Path.Combine(s_source, file)) is var text
                && text.Contains("new ProcessStartInfo(", StringComparison.Ordinal)
                && !text.Contains("ProgramPath.", StringComparison.Ordinal)
                && !text.Contains("Find(tool)", StringComparison.Ordinal)
                && !text.Contains("\"/bin/sh\"", StringComparison.Ordinal))
            .Select(Path.GetFileName);
        Assert.That(wrong, Is.EquivalentTo(new[]
        {
            "PackerBuilder.cs", // PackerProcess looks it up
            "SandboxFiles.cs", // NodeReach does
        }));
    }

    /// <summary>A line that a reader must scroll sideways for is two thoughts.</summary>
    [Test]
    public void Sources_Lines_FitAScreen()
    {
        const int Columns = 140;
        var tooLong = Sources()
            .SelectMany(file => File.ReadLines(Path.Combine(s_source, file)).Select((line, index) => (Place: $"{file}:{index + 1}", line.Length)))
            .Where(line => line.Length > Columns)
            .Select(line => line.Place);
        Assert.That(tooLong, Is.Empty);
    }

    /// <summary>The sources, relative to their folder.</summary>
    private static IEnumerable<string> Sources() => Directory.GetFiles(s_source, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(s_source, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"));

    private static void Holds(TypesShouldConjunction rule) =>
        Assert.That(rule.Evaluate(s_all).Where(result => !result.Passed).Select(result => result.Description), Is.Empty);

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);
}
