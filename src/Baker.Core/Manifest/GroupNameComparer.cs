namespace Baker.Core.Manifest;

/// <summary>
/// Takes names for equal that would be one file, one Chef role or one Ansible group: letters of either case, and <c>. -
/// _</c>.
/// </summary>
internal sealed class GroupNameComparer : IEqualityComparer<string>
{
    public static GroupNameComparer Instance { get; } = new();

    public bool Equals(string? x, string? y)
    {
        if (x is null || y is null || x.Length != y.Length)
        {
            return ReferenceEquals(x, y);
        }

        for (var index = 0; index < x.Length; index++)
        {
            if (Plain(x[index]) != Plain(y[index]))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(string name)
    {
        var hash = 0;
        foreach (var letter in name)
        {
            hash = (hash * 31) + Plain(letter);
        }

        return hash;
    }

    private static char Plain(char letter) => letter is '.' or '-' ? '_' : char.ToLowerInvariant(letter);
}
