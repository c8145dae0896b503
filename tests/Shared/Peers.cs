namespace Baker.Testing;

/// <summary>Programs that nobody here wrote: missing ones skip a test, or fail it under <c>BAKER_REQUIRE_PEERS=1</c>.</summary>
internal static class Peers
{
    public static void Require(string program)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Missing($"{program} is not installed.");
        }
    }

    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("BAKER_REQUIRE_PEERS") == "1")
        {
            Assert.Fail($"{reason} (BAKER_REQUIRE_PEERS is set)");
        }

        Assert.Ignore(reason);
    }
}
