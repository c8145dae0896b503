using System.Diagnostics;
using System.Runtime.InteropServices;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Fleets;

/// <summary><c>package</c> as a process of its own, whose lines are read as it says them.</summary>
internal sealed class PackageProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly List<string> _out = [];
    private readonly List<string> _error = [];

    /// <param name="onLine">Called with each line of standard error, before the next is read.</param>
    /// <param name="program">Which build of it.</param>
    public PackageProcess(TestProject project, IReadOnlyList<string> arguments, Action<PackageProcess, string>? onLine = null, PackageProgram? program = null)
    {
        var start = (program ?? PackageProgram.ForProcesses).Start(project, arguments);
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var (name, value) in project.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _reading = Task.WhenAll(
            ReadAsync(_process.StandardOutput, _out, null),
            ReadAsync(_process.StandardError, _error, onLine is null ? null : line => onLine(this, line)));
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Out => Text(_out);

    public string Error => Text(_error);

    /// <summary>SIGKILL: nothing of the process runs on.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Assert.That(Signal(15));

    /// <summary>Sends a signal; false where the process is gone already.</summary>
    public bool Signal(int signal) => Kill(_process.Id, signal) == 0;

    /// <summary>Waits for its end, at most three minutes.</summary>
    public async Task<ProgramRun> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        }
        catch (TimeoutException)
        {
            _process.Kill();
            Assert.Fail($"The process did not end within 3 min. It said:\n{Out}{Error}");
        }

        await _reading;
        return new ProgramRun((ExitCode)_process.ExitCode, Out, Error);
    }

    /// <summary>Waits for its end; the most memory that it had in bytes, and the processors' time that it took, as the system told until then.</summary>
    public async Task<(long Memory, TimeSpan Time)> UsedAsync()
    {
        var (memory, time) = (0L, TimeSpan.Zero);
        await Wait.UntilAsync(() =>
        {
            try
            {
                _process.Refresh();
                memory = Math.Max(memory, _process.PeakWorkingSet64);
                time = _process.TotalProcessorTime;
            }
            catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
            {
                // It has ended since.
            }

            return Task.FromResult(HasEnded);
        });
        return (memory, time);
    }

    /// <summary>Waits until it has said a line that contains the text, on either stream; the first such line.</summary>
    public async Task<string> UntilSaysAsync(string text)
    {
        string? line = null;
        await Wait.UntilAsync(
            () =>
            {
                line = (Out + Error).Split('\n').FirstOrDefault(each => each.Contains(text, StringComparison.Ordinal));
                return Task.FromResult(line is not null || HasEnded);
            },
            () => $"'{text}' in:\n{Out}{Error}");
        return line ?? throw new AssertionException($"It ended without '{text}':\n{Out}{Error}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private static string Text(List<string> lines)
    {
        lock (lines)
        {
            return string.Concat(lines.Select(line => line + "\n"));
        }
    }

    private static async Task ReadAsync(StreamReader reader, List<string> lines, Action<string>? onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine?.Invoke(line);
            lock (lines)
            {
                lines.Add(line);
            }
        }
    }
}
