using Baker.Cli.Baking;
using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Artifacts;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>packer:create</c>: compiles the HashiCorp Packer templates.</summary>
internal static class PackerTemplateCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("packer:create", command =>
    {
        command.Description = "Write or rewrite the Packer templates.";
        var asked = command.Option(
            "--format",
            "json (default): packer/GROUP.json; hcl2: packer/GROUP.pkr.hcl, which names the plugins it needs.",
            CommandOptionType.SingleValue).Taking(PackerFormat.All.Select(each => each.Name));
        var payload = command.Option(
            "--payload",
            "Also pack what a build brings to its instance, for packer build by hand.",
            CommandOptionType.NoValue);
        PackerFormat Format() => FormatOf(asked.Value());
        CompileCommand.Configure(
            command,
            session,
            project => new PackerKind(project, Format()),
            () => CompileMode.Update,
            () => PackerKind.FilesOf(Format()),
            needsRoles: true,
            afterwards: (project, groups, output) =>
            {
                if (payload.HasValue())
                {
                    WritePayloads(output, project, groups);
                }
            });
    });

    private static void WritePayloads(TextWriter output, NodeProject project, IReadOnlyList<string> asked)
    {
        foreach (var input in new BakeInputs(project).Of(project.Groups(asked)).Where(input => input.Provisions))
        {
            output.WriteLine($"packed {PackerPayloads.Write(project, input)}");
        }
    }

    public static PackerFormat FormatOf(string? name) => name is null ? PackerFormat.Json
        : PackerFormat.All.FirstOrDefault(format => format.Name == name)
        ?? throw new BakerException(
            ExitCode.BadInput,
            $"--format takes {string.Join(" or ", PackerFormat.All.Select(format => format.Name))}, not '{name}'.");
}
