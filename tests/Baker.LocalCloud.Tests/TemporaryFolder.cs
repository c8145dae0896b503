using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Tests;

/// <summary>A folder of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryFolder : IAsyncDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("baker-local-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public async ValueTask DisposeAsync() => await HostCommand.RemoveFolderAsync(Path, CancellationToken.None);
}
