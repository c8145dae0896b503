using System.Text;

namespace Baker.Cli.Beginning;

/// <summary>A file that a new project gets.</summary>
/// <param name="Path">Relative to the project's folder.</param>
/// <param name="MayBeThere">Whether one that is there already is left as it is, and is no obstacle.</param>
internal sealed record NewFile(string Path, ReadOnlyMemory<byte> Content, bool IsScript = false, bool MayBeThere = false)
{
    public NewFile(string path, string text, bool isScript = false, bool mayBeThere = false)
        : this(path, Encoding.UTF8.GetBytes(text), isScript, mayBeThere)
    {
    }
}
