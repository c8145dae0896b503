using McMaster.Extensions.CommandLineUtils;
using McMaster.Extensions.CommandLineUtils.HelpText;

namespace Baker.Cli.Manual;

/// <summary>The help of <c>package</c> itself, the commands by namespace, and that of each command.</summary>
/// <param name="width">The terminal's.</param>
internal sealed class CommandHelp(int width) : DefaultHelpTextGenerator
{
    public override void Generate(CommandLineApplication application, TextWriter output)
    {
        if (application.Parent is not null)
        {
            new HelpText(output, width).Write(CommandManual.Of(application));
            return;
        }

        output.WriteLine($"{application.Description}\n\nUsage: package <namespace>:<action> [group ...] [options]\n");
        output.WriteLine("Where several groups may be named, naming none means all that it applies to.");
        string? previous = null;
        var text = new HelpText(output, width);
        foreach (var command in application.Commands.Where(command => command.ShowInHelpText))
        {
            var name = command.Name ?? "";
            var family = name.Split(':')[0];
            if (family != previous)
            {
                output.WriteLine();
                previous = family;
            }

            text.Paragraph($"  {name,-20} {command.Description}", new string(' ', 23));
        }

        output.WriteLine("\n  package help COMMAND      the options of one command, with examples");
        output.WriteLine("  package --version         the version");
    }
}
