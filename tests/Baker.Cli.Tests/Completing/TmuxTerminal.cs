using System.Diagnostics;

namespace Baker.Cli.Tests.Completing;

/// <summary>A terminal of tmux with one program in it, typed to and looked at.</summary>
internal sealed class TmuxTerminal(TestProject project, int width = 110) : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly string _socket = project.PathOf($".tmux-{Path.GetRandomFileName()}"); // a server that ends may hold the one before

    /// <param name="words">The program, with an environment of its own.</param>
    public Task BeginAsync(params string[] words) => BeginAsync(width, 30, words);

    /// <param name="width">In columns.</param>
    /// <param name="height">In lines.</param>
    public async Task BeginAsync(int width, int height, string[] words)
    {
        var run = await TmuxAsync(["-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}", "-c", project.Folder, "--", .. words]);
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

    /// <summary>All that it shows, with lines that it broke because they are too long as one.</summary>
    public async Task<string> UnbrokenAsync() => (await TmuxAsync(["capture-pane", "-p", "-J"])).Out;

    /// <summary>Ends what runs in it, and waits until all of it has ended: a shell writes its history when it is told to go.</summary>
    public async ValueTask DisposeAsync()
    {
        var sessions = (await TmuxAsync(["list-panes", "-a", "-F", "#{pane_pid}"])).Out.Trim().Replace('\n', ',');
        await TmuxAsync(["kill-server"]);
        await Wait.UntilAsync(
            async () => sessions.Length == 0 || (await ProcessRun.RunAsync(new ProcessStartInfo("ps", ["-o", "pid=", "-s", sessions]))).Code != 0,
            $"the end of what ran in the terminal (sessions {sessions})");
    }

    private Task<ProcessRun> TmuxAsync(IEnumerable<string> words) =>
        ProcessRun.RunAsync(new ProcessStartInfo("tmux", ["-S", _socket, .. words]) { Environment = { ["TERM"] = "xterm", ["LC_ALL"] = "C.UTF-8" } });
}
