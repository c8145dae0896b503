using Baker.Cli.Compiling;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>packer:create</c>: compiles the HashiCorp Packer templates.</summary>
internal static class PackerTemplateCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("packer:create", command =>
    {
        command.Description = "Write or rewrite the Packer templates.";
        CompileCommand.Configure(command, session, project => new PackerKind(project), () => CompileMode.Update, needsRoles: true);
    });
}
