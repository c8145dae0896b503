namespace Baker.Sdk.Tests.Interop;

/// <summary>Ends the moto server with the tests that used it.</summary>
[SetUpFixture]
internal sealed class MotoTearDown
{
    [OneTimeTearDown]
    public void Stop() => MotoServer.Stop();
}
