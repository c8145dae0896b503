using System.Diagnostics;

namespace Baker.Cli.Tests.Completing;

/// <summary>A terminal of tmux with one program in it, typed to and looked at.</summary>
internal sealed class TmuxTerminal(TestProject project) : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly string _socket = project.PathOf(".tmux");

    /// <param name="words">The program, with an environment of its own.</param>
    public async Task BeginAsync(params string[] words)
    {
        var run = await TmuxAsync(["-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "30", "-c", project.Folder, "--", .. words]);
        Assert.That(run.Code, Is.Zero, run.Error);
    }

    public Task TypeAsync(string text) => TmuxAsync(["send-keys", "-l", "--", text]);

    public Task PressAsync(string key) => TmuxAsync(["send-keys", key]);

    /// <summary>Waits until the terminal shows it, and says all that it shows.</summary>
    public async Task<string> UntilShowsAsync(Func<string, bool> shows, string what)
    {
        var clock = Stopwatch.StartNew();
        var shown = "";
        while (clock.Elapsed < s_limit)
        {
            shown = (await TmuxAsync(["capture-pane", "-p"])).Out;
            if (shows(shown))
            {
                return shown;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail($"the terminal never showed {what}:\n{shown}");
        return shown;
    }

    public async ValueTask DisposeAsync() => await TmuxAsync(["kill-server"]);

    private Task<ProcessRun> TmuxAsync(IEnumerable<string> words) =>
        ProcessRun.RunAsync(new ProcessStartInfo("tmux", ["-S", _socket, .. words]) { Environment = { ["TERM"] = "xterm", ["LC_ALL"] = "C.UTF-8" } });
}
