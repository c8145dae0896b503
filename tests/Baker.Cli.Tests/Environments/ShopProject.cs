using Baker.Cli.Tests.Fleets;

namespace Baker.Cli.Tests.Environments;

/// <summary>Copies of <c>examples/shop</c>, whose balancer and instances listen on ports that are free here.</summary>
internal static class ShopProject
{
    private const string Folder = "examples/shop";

    /// <param name="port">The balancer's.</param>
    /// <param name="inside">The instances'.</param>
    /// <param name="under">Where in the project's folder.</param>
    public static TestProject Copy(int port, int inside, string under = "")
    {
        var project = new TestProject();
        var source = Path.Combine(TestProject.RepositoryFolder, Folder);
        foreach (var file in new[] { "nodes.json", "scripts/serve.sh", "scripts/boot.sh" })
        {
            project.Write(
                Path.Combine(under, file),
                Ports.Moved(File.ReadAllText(Path.Combine(source, file)), (8081, port), (8080, inside)));
        }

        return project;
    }

    /// <summary>A confirmation link out of the mailbox.</summary>
    public static async Task<Uri> ConfirmationAsync(this FleetProject fleet)
    {
        string? link = null;
        await Wait.UntilAsync(() =>
        {
            link = fleet.Mail().Split('\n').FirstOrDefault(line => line.Contains("Action=ConfirmSubscription", StringComparison.Ordinal));
            return Task.FromResult(link is not null);
        });
        return new Uri(link!.Trim());
    }

    public static string Mail(this FleetProject fleet)
    {
        var file = fleet.Project.PathOf(".package/mailbox");
        if (!File.Exists(file))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
