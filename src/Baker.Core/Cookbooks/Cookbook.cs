using System.Collections.Immutable;
using Baker.Core.Artifacts;

namespace Baker.Core.Cookbooks;

/// <summary>One cookbook of the repository.</summary>
/// <param name="Name">What its metadata calls it, else its folder's name.</param>
/// <param name="Folder">Where it stands, relative to the manifest's folder.</param>
/// <param name="Metadata">Null where it has none.</param>
/// <param name="Files">All of it, with paths as they are on an instance: <c>cookbooks/NAME/recipes/default.rb</c>.</param>
public sealed record Cookbook(string Name, string Folder, CookbookMetadata? Metadata, ImmutableArray<PayloadFile> Files)
{
    private DataBagUse? _dataBags;

    /// <summary>The data bags that its Ruby names.</summary>
    public DataBagUse DataBags => _dataBags ??= DataBagUse.In(Files);
}
