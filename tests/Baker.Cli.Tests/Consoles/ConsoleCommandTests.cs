using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Consoles;

internal sealed class ConsoleCommandTests
{
    private const string Manifest = """{"__settings__": {"cloud": "local"}, "__base__": {"region": "us-east-1", "source_ami": "ami-1ebb2077", "instance_type": "m1.large"}, "web": {"autoscale": {"node_min": 1, "node_max": 2}}}""";

    [Test]
    public async Task Console_NoLocalServe_SaysWhatToStart()
    {
        using var project = new TestProject(Manifest);
        var run = await project.RunAsync("console");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain("No local:serve holds the local cloud").And.Contain("local:serve in another terminal"));
    }

    [Test]
    public async Task Console_OnTheLocalCloud_ShowsItsGroupsUntilInterrupted()
    {
        var project = new TestProject(Manifest);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project);
        using var console = new PackageProcess(project, ["console"]);
        var link = new Uri(await console.UntilSaysAsync("?token="));
        using var client = new HttpClient();
        using (var page = await client.GetAsync(link))
        {
            page.EnsureSuccessStatusCode();
        }

        using (var answer = await client.GetAsync(new Uri(link, "/events"), HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await answer.Content.ReadAsStreamAsync()))
        {
            var line = await reader.ReadLineAsync();
            while (line is not null && !line.Contains("\"fleets\"", StringComparison.Ordinal))
            {
                line = await reader.ReadLineAsync();
            }

            Assert.That(line, Does.Contain("\"group\":\"web\"").And.Contain("\"cloud\":\"local\""), console.Error);
        }

        console.Signal(2);
        Assert.That((await console.EndAsync()).Code, Is.EqualTo(ExitCode.Interrupted));
    }
}
