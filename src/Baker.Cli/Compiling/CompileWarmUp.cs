using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cli.Compiling;

/// <summary>Runs the compile once over a small manifest on a second thread while the command line is still being set up: the runtime
/// links code when it first runs, which takes longer (8 ms) than compiling ten groups.</summary>
internal static class CompileWarmUp
{
    public static void StartFor(string[] arguments)
    {
        if (arguments.Length > 0 && arguments[0].StartsWith("role", StringComparison.Ordinal) && Environment.ProcessorCount > 1)
        {
            new Thread(Run) { IsBackground = true }.Start();
        }
    }

    private static void Run()
    {
        var text = """
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"description": "d", "autoscale": false, "region": "us-east-1", "instance_type": "m1.large", "source_ami": "ami-1ebb2077",
                "default_attributes": {"a": 1}, "run_list": ["recipe[a]"], "post_run_list": ["recipe[z]"]},
              "g": {"description": "d\n", "default_attributes": {"a": [1.5, true, null], "b": {}}, "run_list": ["recipe[b]"],
                "override_attributes": {"c": "d"}, "security_groups": ["s"], "autoscale": {"timeout": 1, "node_min": 1, "node_max": 2}}
            }
            """u8;
        var source = new SourceText("", text.ToArray());
        var manifest = ManifestReader.Read(source);
        if (GroupReader.ReadOne(manifest, manifest.Groups[0], new DiagnosticBag(source)) is { } group)
        {
            RoleText.Write(group, new ArtifactBuffer());
        }
    }
}
