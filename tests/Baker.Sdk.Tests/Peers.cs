namespace Baker.Sdk.Tests;

/// <summary>What a test does where a program that it needs is not on the machine.</summary>
internal static class Peers
{
    /// <summary>Skips the test with the reason, or fails it where peers are required.</summary>
    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("BAKER_REQUIRE_PEERS") == "1")
        {
            Assert.Fail($"{reason}, and BAKER_REQUIRE_PEERS is set");
        }

        Assert.Ignore(reason);
    }
}
