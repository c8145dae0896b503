using System.Diagnostics;

namespace Baker.Testing;

/// <summary>Terraform with the AWS provider, from the providers that this machine has.</summary>
internal static class Terraform
{
    private const string Mirror = "/opt/tf-plugins";

    /// <summary>Without it the test is skipped, or fails where peers are required.</summary>
    public static void Require()
    {
        Peers.Require("terraform");
        if (!Directory.Exists(Mirror))
        {
            Peers.Missing($"no Terraform providers at {Mirror}");
        }
    }

    /// <summary>Prepares a folder with a configuration, whose provider has these places to fill.</summary>
    public static async Task PrepareAsync(string folder, string configuration, Uri url, string id, string secret)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "main.tf"), configuration
            .Replace("%URL%", url.ToString().TrimEnd('/'), StringComparison.Ordinal)
            .Replace("%ID%", id, StringComparison.Ordinal)
            .Replace("%SECRET%", secret, StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(folder, "terraform.rc"), $$"""
            provider_installation {
              filesystem_mirror { path = "{{Mirror}}" }
            }
            """);
        await RunAsync(folder, "init", "-input=false", "-no-color");
    }

    public static Task ApplyAsync(string folder) => RunAsync(folder, "apply", "-auto-approve", "-input=false", "-no-color");

    /// <summary>Fails where the next plan would change anything.</summary>
    public static Task PlanNothingAsync(string folder) => RunAsync(folder, "plan", "-detailed-exitcode", "-input=false", "-no-color");

    public static Task DestroyAsync(string folder) => RunAsync(folder, "destroy", "-auto-approve", "-input=false", "-no-color");

    private static async Task RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", arguments) { WorkingDirectory = folder };
        start.Environment["TF_CLI_CONFIG_FILE"] = Path.Combine(folder, "terraform.rc");
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["HOME"] = folder;
        var run = await ProcessRun.RunAsync(start);
        Assert.That(run.Code, Is.Zero, $"terraform {string.Join(' ', arguments)}\n{run.Out}\n{run.Error}");
    }
}
