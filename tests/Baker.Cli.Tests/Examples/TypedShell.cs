using System.Diagnostics;
using System.Text;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Examples;

/// <summary>
/// A shell of a visitor who has nothing but where programs are: an empty home, and nothing of AWS's. It keeps its variables, its functions
/// and its folder from one part that is typed to the next, and ends with the first command that fails.
/// </summary>
internal sealed class TypedShell : IDisposable
{
    private readonly TestProject _project;
    private readonly Process _shell;
    private readonly StringBuilder _said = new();
    private readonly Task _reading;
    private int _typed;

    public TypedShell(TestProject project)
    {
        _project = project;
        PackageProgram.ForProcesses.PlaceIn(project);
        var start = new ProcessStartInfo("bash", ["-c", "exec 2>&1; set -eu; while read -r part; do . \"$part\" < /dev/null; echo \"@@ $part\"; done"])
        {
            WorkingDirectory = project.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{project.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        foreach (var (name, folder) in new[] { ("HOME", "home"), ("TMPDIR", "tmp") })
        {
            start.Environment[name] = Directory.CreateDirectory(project.PathOf(folder)).FullName;
        }

        Directory.CreateDirectory(project.PathOf("typed"));
        _shell = Process.Start(start)!;
        _reading = Task.Run(ReadAsync);
    }

    public int Id => _shell.Id;

    /// <summary>All that was said, by commands on either stream.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Types lines, and waits until the last command has ended; what was said meanwhile.</summary>
    public async Task<string> TypeAsync(string what, params IEnumerable<string> lines)
    {
        var part = _project.PathOf($"typed/{++_typed}.sh");
        await File.WriteAllLinesAsync(part, lines);
        var before = Said.Length;
        await _shell.StandardInput.WriteLineAsync(part);
        await _shell.StandardInput.FlushAsync();
        var began = TimeProvider.System.GetTimestamp();
        while (!Said[before..].Contains($"@@ {part}\n", StringComparison.Ordinal))
        {
            if (_reading.IsCompleted || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
            {
                Assert.Fail($"{what}: {(_reading.IsCompleted ? "a command failed" : "it did not end within 10 min")}.\n{Said[before..]}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return Said[before..];
    }

    public void Dispose()
    {
        if (!_shell.HasExited)
        {
            _shell.Kill();
            _shell.WaitForExit();
        }

        _shell.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _shell.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                _said.Append(line).Append('\n');
            }
        }
    }
}
