namespace Baker.Core.Artifacts;

/// <summary>Scripts as a checkout on Windows leaves them: no shell finds an interpreter whose name ends in a carriage return.</summary>
public static class ShellText
{
    /// <summary>
    /// The script with the line ends of Unix, so that it gives the same image from every checkout; what is no text stays as
    /// it is.
    /// </summary>
    public static ReadOnlyMemory<byte> WithUnixLines(ReadOnlyMemory<byte> script)
    {
        if (script.Span.IndexOf("\r\n"u8) < 0 || script.Span.Contains((byte)0))
        {
            return script;
        }

        var unix = new byte[script.Length];
        var length = 0;
        for (var at = 0; at < script.Length; at++)
        {
            if (script.Span[at] != (byte)'\r' || at + 1 == script.Length || script.Span[at + 1] != (byte)'\n')
            {
                unix[length++] = script.Span[at];
            }
        }

        return unix.AsMemory(0, length);
    }

    /// <summary>Without the byte order mark of some editors, before which neither an interpreter is found nor a command.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> script) =>
        script.Span.StartsWith("\uFEFF"u8) && !script.Span.Contains((byte)0) ? script["\uFEFF"u8.Length..] : script;

    /// <summary>What EC2 takes of user data, in bytes, before it is written in base64.</summary>
    public const int LargestUserData = 16384;

    /// <summary>Whether the first line names an interpreter and ends in a carriage return.</summary>
    public static bool NamesNoInterpreter(ReadOnlySpan<byte> script) =>
        script.StartsWith("#!"u8) && script.IndexOf((byte)'\n') is > 0 and var end && script[end - 1] == (byte)'\r';
}
