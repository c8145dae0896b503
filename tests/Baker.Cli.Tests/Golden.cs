namespace Baker.Cli.Tests;

/// <summary>Compares with a file of the repository, or with <c>BAKER_UPDATE_GOLDEN=1</c> rewrites it.</summary>
internal static class Golden
{
    public static void Check(string actual, string file)
    {
        var path = Path.Combine(TestProject.RepositoryFolder, file);
        if (Environment.GetEnvironmentVariable("BAKER_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.That(actual, Is.EqualTo(File.Exists(path) ? File.ReadAllText(path) : null), $"{file} differs; BAKER_UPDATE_GOLDEN=1 rewrites it");
    }
}
