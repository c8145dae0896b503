using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Completing;

/// <summary>The names that a project knows without asking a cloud.</summary>
internal interface IProjectNames
{
    /// <summary>Tells of the options that stand on the line already: they say which manifest it is.</summary>
    void Given(IEnumerable<(CommandOption Option, string? Value)> options);

    IEnumerable<string> Groups();

    IEnumerable<string> Environments();

    IEnumerable<string> Services();

    IEnumerable<Candidate> Images();

    /// <summary>The ids of the changes that were recorded in this folder.</summary>
    IEnumerable<string> Changes();
}
