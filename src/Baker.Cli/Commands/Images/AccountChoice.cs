using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands.Images;

/// <summary>The option that names another account.</summary>
internal sealed record AccountChoice(CommandOption Option)
{
    public static AccountChoice On(CommandLineApplication command, string what) =>
        new(command.Option("--account <NAME>", $"{what}; one of the settings' accounts.", CommandOptionType.SingleValue));

    /// <summary>Null where none is named.</summary>
    public OtherAccount? In(NodeProject project)
    {
        if (Option.Value() is not { } name)
        {
            return null;
        }

        var accounts = project.Settings.Accounts;
        return accounts.FirstOrDefault(account => account.Name == name) ?? throw new BakerException(
            ExitCode.BadInput,
            $"__settings__ has no account {Quoting.Quote(name)}.",
            accounts.IsEmpty
                ? "Add it: \"accounts\": {\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/images\"}}."
                : DidYouMean.Suggest(
                    name,
                    accounts.Select(account => account.Name),
                    $"It has {string.Join(", ", accounts.Select(account => account.Name))}."));
    }
}
