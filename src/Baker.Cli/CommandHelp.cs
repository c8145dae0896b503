using McMaster.Extensions.CommandLineUtils;
using McMaster.Extensions.CommandLineUtils.HelpText;

namespace Baker.Cli;

/// <summary>The help of <c>package</c> itself: the commands by namespace, one line each, within 80 columns.</summary>
internal sealed class CommandHelp : DefaultHelpTextGenerator
{
    public override void Generate(CommandLineApplication application, TextWriter output)
    {
        if (application.Parent is not null)
        {
            base.Generate(application, output);
            return;
        }

        output.WriteLine($"{application.Description}\n\nUsage: package <namespace>:<action> [group ...] [options]\n");
        output.WriteLine("Where several groups may be named, naming none means all that it applies to.");
        string? previous = null;
        foreach (var command in application.Commands.Where(command => command.ShowInHelpText))
        {
            var name = command.Name ?? "";
            var family = name.Split(':')[0];
            if (family != previous)
            {
                output.WriteLine();
                previous = family;
            }

            output.WriteLine($"  {name,-20} {command.Description}");
        }

        output.WriteLine("\n  package COMMAND --help    the options of one command");
        output.WriteLine("  package --version         the version");
    }
}
