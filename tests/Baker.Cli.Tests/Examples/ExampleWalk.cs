using System.Diagnostics;
using System.Globalization;
using Baker.Cli.Tests.Fleets;

namespace Baker.Cli.Tests.Examples;

/// <summary>
/// An example, <c>examples/NAME</c>, followed as its README says: each step is typed into a copy of the folder, then the function of its name in
/// <c>NAME.py</c> beside this asks the cloud whether what the step says is so. Requests are sent from when the example is up until it goes.
/// </summary>
internal sealed class ExampleWalk : IAsyncDisposable
{
    private const int Connections = 2;
    private readonly string _name;
    private readonly TestProject _project = new();
    private readonly TypedShell _shell;
    private readonly Dictionary<string, TimeSpan> _mayLose = new(StringComparer.Ordinal);
    private HttpLoad? _load;
    private bool _stopped;

    /// <param name="ports">Of this machine, in the example's files: others are taken for them. 8080 and 8081 always are.</param>
    public ExampleWalk(string name, params IEnumerable<int> ports)
    {
        _name = name;
        var free = ports.Concat([8080, 8081]).Distinct().ToDictionary(port => $"{port}", _ => $"{Ports.Next()}", StringComparer.Ordinal);
        var source = Path.Combine(TestProject.RepositoryFolder, "examples");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(source, name), "*", SearchOption.AllDirectories).Append(Path.Combine(source, "lib.sh")))
        {
            var copy = Path.Combine("examples", Path.GetRelativePath(source, file));
            _project.Write(copy, free.Aggregate(File.ReadAllText(file), (text, port) => text.Replace(port.Key, port.Value, StringComparison.Ordinal)));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_project.PathOf(copy), File.GetUnixFileMode(file));
            }
        }

        _shell = new TypedShell(_project);
    }

    /// <summary>A page with which a 503 is no loss: the notice of announced downtime.</summary>
    public string? Notice { get; init; }

    /// <summary>How many requests were answered well.</summary>
    public int Answered => _load?.Total ?? 0;

    /// <summary>How many got the notice.</summary>
    public int Noticed => _load?.Noticed ?? 0;

    /// <summary>Says that in this step nodes are killed: what is sent to them is lost for so long at most, until the health checks have noticed.</summary>
    public void MayLoseFor(string heading, TimeSpan time) => _mayLose.Add(heading, time);

    /// <summary>Types and checks all steps; in the end nothing runs, and nothing is left but what the folder had.</summary>
    public async Task WalkAsync()
    {
        Peers.Require("python3");
        Peers.Require("curl");
        Peers.Require("git");
        var steps = ExampleStep.Read(Read("README.md"));
        var checks = Path.Combine(TestProject.RepositoryFolder, "tests/Baker.Cli.Tests/Examples");
        Assert.That(steps.Count(step => step.IsFirst), Is.EqualTo(1), "a step that types ./run");
        Assert.That(steps[^1].IsLast, "the last step types ./run --down");
        Assert.That(_mayLose.Keys, Is.SubsetOf(steps.Select(step => step.Heading)));
        var before = Files();
        foreach (var step in steps)
        {
            var began = TimeProvider.System.GetTimestamp();
            if (step.IsLast)
            {
                await StopAsync();
            }

            await _shell.TypeAsync($"'{step.Heading}' of {_name}", step.Lines);
            var typed = TimeProvider.System.GetElapsedTime(began);
            if (step.IsFirst)
            {
                _load = new HttpLoad(new Uri(Read(".run/site").Trim()), Connections, Notice);
            }

            if (!step.IsLast)
            {
                await _shell.TypeAsync(
                    $"the check of '{step.Heading}' of {_name}",
                    "(", "eval \"$(package local:env)\"", $"python3 -B '{checks}/check.py' {_name} {step.Check}", ")");
                ExpectLosses(step);
            }

            var whole = TimeProvider.System.GetElapsedTime(began);
            await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{_name}: {typed.TotalSeconds,6:0.0} s + {(whole - typed).TotalSeconds,4:0.0} s  {step.Heading}"));
        }

        await NothingIsLeftAsync(before);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_project.PathOf($"examples/{_name}/.run")))
        {
            // Of a walk that has failed.
            var down = await ProcessRun.RunAsync(new ProcessStartInfo("bash", ["run", "--down"])
            {
                WorkingDirectory = _project.PathOf($"examples/{_name}"),
                Environment = { ["PATH"] = $"{_project.Folder}:{Environment.GetEnvironmentVariable("PATH")}" },
            });
            await TestContext.Out.WriteLineAsync(down.Out + down.Error);
        }

        _shell.Dispose();
        _project.Dispose();
    }

    private async Task StopAsync()
    {
        if (_load is not null && !_stopped)
        {
            _stopped = true;
            await _load.DisposeAsync();
        }
    }

    private void ExpectLosses(ExampleStep step)
    {
        if (_load is null)
        {
            return;
        }

        if (_mayLose.TryGetValue(step.Heading, out var time))
        {
            Assert.That(_load.LosingFor, Is.LessThan(time), $"requests lost in '{step.Heading}': {string.Join('\n', _load.Lost)}\n{_shell.Said}");
        }
        else
        {
            Assert.That(_load.Lost, Is.Empty, $"requests lost in '{step.Heading}'\n{_shell.Said}");
        }

        _load.Forgive();
    }

    private async Task NothingIsLeftAsync(IReadOnlyList<string> before)
    {
        await Wait.UntilAsync(() => Task.FromResult(Left().Count == 0), () => $"no process of {_name}: {string.Join(", ", Left())}");
        Assert.That(Files(), Is.EquivalentTo(before), "what is in the example's folder");
        Assert.That(_project.Files("home").Concat(_project.Files("tmp")).Where(file => !file.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) && !file.StartsWith("clr-debug-pipe-", StringComparison.Ordinal)), Is.Empty, "what is in the visitor's home and temporary folders");
    }

    /// <summary>The processes, instances' too, that work in the example's folder or have files of it mounted.</summary>
    private List<string> Left() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out _)).Where(process =>
        {
            try
            {
                return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget?.StartsWith(_project.PathOf("examples"), StringComparison.Ordinal) == true && !IsShell(process)
                    || File.ReadAllText(Path.Combine(process, "mountinfo")).Contains(_project.Folder, StringComparison.Ordinal);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false; // It has ended, or is another's.
            }
        }),
    ];

    private bool IsShell(string process) => Path.GetFileName(process) == _shell.Id.ToString(CultureInfo.InvariantCulture);

    private string Read(string file) => _project.Read($"examples/{_name}/{file}");

    private List<string> Files()
    {
        var folder = _project.PathOf("examples");
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
    }
}
