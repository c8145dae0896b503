using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks that a run list does not name the role that is written of the group itself.</summary>
internal static class RunListChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        var role = $"role[{group.Name}]";
        var own = Encoding.UTF8.GetBytes(role);
        foreach (var item in MergedServices.RunList(group).Where(item => item.TextEquals(own)))
        {
            diagnostics.Warning(
                DiagnosticCode.Conflict,
                item,
                $"{group.Name} names {role} in its run list, and roles/{group.Name}.json is written of the group: "
                    + "the role would name itself.",
                "Write what that role holds into the group, or call the group something else: role:update replaces the file.");
        }
    }
}
