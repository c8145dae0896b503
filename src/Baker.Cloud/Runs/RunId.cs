using System.Security.Cryptography;

namespace Baker.Cloud.Runs;

/// <summary>The id of one run: when it began, and enough chance that no other has the same.</summary>
public static class RunId
{
    public static string New(TimeProvider time) =>
        $"{time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";
}
