namespace Baker.Core.Manifest;

/// <summary>The architectures that images are baked for, by EC2's names.</summary>
public static class MachineArchitectures
{
    internal static readonly string[] Names = ["x86_64", "arm64"];

    /// <summary>Whether a value is an object with a value for each architecture.</summary>
    internal static bool AreKeysOf(ManifestValue value)
    {
        if (value.Kind == ValueKind.Object)
        {
            foreach (var (name, _) in value.Properties)
            {
                if (Names.Contains(name.Text) || DidYouMean.Nearest(name.Text, Names) is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
