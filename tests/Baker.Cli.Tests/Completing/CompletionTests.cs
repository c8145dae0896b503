using Baker.Core;

namespace Baker.Cli.Tests.Completing;

/// <summary>What shells are answered.</summary>
public sealed class CompletionTests
{
    private TestProject _project = null!;

    [SetUp]
    public void Begin()
    {
        _project = new TestProject("""
            {
              "__environments__": {"staging": {}, "production": {}},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
              "web": {"needs": {"api": {}}}, "worker": {}, "api": {"provides": {"api": {"port": 80}}}
            }
            """);
        _project.Write("other.json", """{"else": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"}}""");
        _project.Write("builds/web.json", """{"group": "web", "image": "ami-0123456789abcdef0", "name": "web-20261128"}""");
        _project.Write("builds/broken.json", "{");
        _project.Write("changes/20261128-101500-a1b2c3.json", "{}");
        _project.Write("builds/spaced.json", """{"group": "web", "image": "ami-0fedcba9876543210", "name": "web 2026-11-28 09.03.13"}""");
    }

    [TearDown]
    public void End() => _project.Dispose();

    [TestCase("packer:", "packer:create packer:run packer:clean packer:delete")]
    [TestCase("ver", "version")]
    [TestCase("--", "--help --version")]
    [TestCase("comple", "completion")]
    [TestCase("nothing:at-all", "")]
    [TestCase("nothing:at-all |", "")]
    [TestCase("packer:run |", "web worker api")]
    [TestCase("packer:run w", "web worker")]
    [TestCase("packer:run web |", "worker api", TestName = "A group that is named already is not offered again")]
    [TestCase("autoscale:run web |", "", TestName = "One group is enough")]
    [TestCase("packer:run --manifest other.json |", "else")]
    [TestCase("packer:run --manifest=other.json |", "else")]
    [TestCase("packer:run --manifest |", ":files")]
    [TestCase("packer:run --manifest missing.json |", "")]
    [TestCase("packer:run -e |", "staging production")]
    [TestCase("packer:run --environment=s", "--environment=staging")]
    [TestCase("packer:run --env", "--environment")]
    [TestCase("packer:run --environment staging --env", "")]
    [TestCase("packer:run --cloud |", "aws local")]
    [TestCase("packer:run --cloud=", "--cloud=aws --cloud=local")]
    [TestCase("packer:run --parallel |", "")]
    [TestCase("autoscale:update --strategy r", "rolling replace")]
    [TestCase("autoscale:update web --image |", "ami-0fedcba9876543210 ami-0123456789abcdef0 web-20261128")]
    [TestCase("image:show ami-01", "ami-0123456789abcdef0")]
    [TestCase("environment:status |", "staging production")]
    [TestCase("environment:diff staging |", "production")]
    [TestCase("service:show |", "api")]
    [TestCase("instance:deploy --needs |", "api")]
    [TestCase("change:show |", "20261128-101500-a1b2c3")]
    [TestCase("init --from |", "asg launch-template :files")]
    [TestCase("instance:shell w", "web worker")]
    [TestCase("instance:copy |", ":files")]
    [TestCase("apply |", ":files")]
    [TestCase("freeze |", "on off status")]
    [TestCase("local:image |", "add list remove")]
    [TestCase("local:image add --deb", "--debootstrap")]
    [TestCase("help role:", "role:create role:update")]
    [TestCase("completion f", "fish")]
    [TestCase("instance:run web -- |", "")]
    public async Task Complete_Words_AnswersWhatMayStandThere(string line, string expected)
    {
        var typed = line.EndsWith('|') ? [.. line[..^2].Split(' '), ""] : line.Split(' ');

        var run = await _project.RunAsync(["complete", "--", .. typed]);

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Is.Empty);
        Assert.That(
            run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(answer => answer.Split('\t')[0]),
            Is.EquivalentTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [TestCase("{\"web\": ")]
    [TestCase("{\"web\": {\"run_list\": 1}}")]
    public async Task Complete_BrokenManifest_OffersWhatItCanAndSaysNothing(string manifest)
    {
        _project.Write("nodes.json", manifest);

        var group = await _project.RunAsync("complete", "--", "packer:run", "w");
        var service = await _project.RunAsync("complete", "--", "service:show", "");

        Assert.That((group.Code, group.Error, service.Code, service.Error), Is.EqualTo((ExitCode.Done, "", ExitCode.Done, "")));
    }

    [TestCase("completion", "Which shell?")]
    [TestCase("completion tcsh", "There is no completion for \"tcsh\".")]
    public async Task Completion_OfNoShell_IsRefused(string line, string words)
    {
        var run = await _project.RunAsync(line.Split(' '));

        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.BadInput, $"package: {words}\n  Say package completion bash|zsh|fish|powershell.\n")));
    }
}
