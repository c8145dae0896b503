using Baker.Core.Manifest;

namespace Baker.Core.Imports;

/// <summary>The name of a group from the name of something else.</summary>
public static class ImportedName
{
    public static GroupName Of(string text)
    {
        if (GroupName.IsOne(text))
        {
            return GroupName.Parse(text);
        }

        var letters = text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '-').ToArray();
        var name = new string(letters).TrimStart('.', '-', '_');
        name = name[..Math.Min(name.Length, 63)].TrimEnd('.', '-', '_');
        return GroupName.Parse(name.Length == 0 ? "web" : name);
    }
}
