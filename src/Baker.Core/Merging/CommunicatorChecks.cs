using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks that what shall run on a group's instances can get there, and that one key is named, not two.</summary>
internal static class CommunicatorChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("communicator"u8) is { Kind: ValueKind.String } communicator && communicator.Winner.Text == "none")
        {
            CheckNothingRuns(group, communicator, group.Find("provision"u8), diagnostics);
            CheckNothingRuns(group, communicator, group.Find("code"u8), diagnostics);
            CheckNothingRuns(group, communicator, group.Find("run_list"u8), diagnostics);
            CheckNothingRuns(group, communicator, group.Find("post_run_list"u8), diagnostics);
            CheckNothingRuns(group, communicator, group.Find("verify"u8), diagnostics);
            CheckNothingRuns(group, communicator, group.Find("verify_http"u8), diagnostics);
        }

        if (group.Find("ssh_agent_auth"u8) is { Kind: ValueKind.True } agent
            && group.Find("ssh_private_key_file"u8) is { Kind: ValueKind.String } file)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                agent.Winner,
                $"{group.Name} has ssh_agent_auth here and also ssh_private_key_file at {file.Winner.Position}; only one of them can hold.",
                "Load the key into the agent (ssh-add), or let go of the agent.");
        }
    }

    private static void CheckNothingRuns(MergedGroup group, MergedAttribute communicator, MergedAttribute? what, DiagnosticBag diagnostics)
    {
        if (what is { Kind: ValueKind.Object or ValueKind.Array } list && (list.Kind == ValueKind.Object || list.Items.Any()))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                communicator.Winner,
                $"{group.Name} has the communicator none, and a {list.Name.Text} (at {list.Winner.Position}) that nothing could run.",
                $"Name the communicator ssm or ssh, or write \"{list.Name.Text}\": null.");
        }
    }
}
