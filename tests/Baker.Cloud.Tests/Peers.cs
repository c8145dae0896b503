namespace Baker.Cloud.Tests;

/// <summary>Skips a test whose peer is missing, with the reason; under <c>BAKER_REQUIRE_PEERS=1</c> it fails instead.</summary>
internal static class Peers
{
    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("BAKER_REQUIRE_PEERS") == "1")
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }
}
