using System.Runtime.CompilerServices;
using Baker.Cli.Compiling;
using Baker.Cli.Manual;
using Baker.Cli.Sessions;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli;

/// <summary>Runs what every command does first once on a second thread, while <see cref="Program"/> still sets up the rest: the runtime
/// links code when it first runs, which takes longer than running it (the command line library 13 ms, compiling ten groups
/// 8 ms). The native program is linked when it is built and needs none of it.</summary>
internal static class WarmUp
{
    public static void StartFor(string[] arguments)
    {
        if (RuntimeFeature.IsDynamicCodeSupported && Environment.ProcessorCount > 1)
        {
            var command = arguments.Length > 0 ? arguments[0] : "";
            var compiles = command == "packer:create" || command.StartsWith("role", StringComparison.Ordinal);
            new Thread(() => Run(compiles ? ParseAndCompile : ParseAndHelp)) { IsBackground = true }.Start();
        }
    }

    private static void Run(Action work)
    {
        try
        {
            work();
        }
        catch (IOException)
        {
            // The command line library asks for the current folder, which may be gone: the command itself tells that.
        }
    }

    private static void ParseAndHelp()
    {
        using var app = Parser();
        app.HelpOption("--help");
        app.Parse("--help");
    }

    private static void ParseAndCompile()
    {
        using var app = Parser();
        Compile();
    }

    private static CommandLineApplication Parser()
    {
        var nowhere = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null };
        var console = new TerminalConsole(nowhere, []);
        return new CommandLineApplication(new CommandHelp(nowhere.Width), console, "/", throwOnUnexpectedArg: true);
    }

    private static void Compile()
    {
        var text = """
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"description": "d", "autoscale": false, "region": "us-east-1",
                "instance_type": "m1.large", "source_ami": "ami-1ebb2077",
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
