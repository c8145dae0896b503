using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Serving;

/// <summary>Reads the end of a log, and then what is written to it.</summary>
internal sealed class ConsoleTail(string path)
{
    /// <summary>How much of it is shown at first.</summary>
    private const int Longest = 64 * 1024;

    /// <summary>By its first bytes, which tell when it began, a log that was begun anew is known.</summary>
    private const int Head = 64;

    private Decoder _decoder = Encoding.UTF8.GetDecoder();
    private byte[] _head = [];
    private long _position = -1;

    /// <summary>What has been written since the last time, as JSON on one line; null where nothing has.</summary>
    public string? Next()
    {
        try
        {
            using var file = Open(path);
            return file is null ? null : Next(file);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Opens what another process writes; null where it cannot be read.</summary>
    public static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? Next(FileStream file)
    {
        var head = new byte[Math.Min(Head, file.Length)];
        file.ReadExactly(head);
        var isAnew = _position < 0 || file.Length < _position || !head.AsSpan().StartsWith(_head);
        _head = head;
        var skipped = false;
        if (isAnew)
        {
            (_position, _decoder) = (Math.Max(0, file.Length - Longest), Encoding.UTF8.GetDecoder());
            skipped = _position > 0;
        }

        var bytes = new byte[Math.Min(Longest, file.Length - _position)];
        if (bytes.Length == 0 && !isAnew)
        {
            return null;
        }

        file.Position = _position;
        file.ReadExactly(bytes);
        _position += bytes.Length;
        var characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        var count = _decoder.GetChars(bytes, characters, flush: false);
        var text = new string(characters, 0, count);
        return new JObject
        {
            ["anew"] = isAnew,
            ["skipped"] = skipped,
            ["text"] = skipped ? text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..] : text,
        }.ToString(Formatting.None);
    }
}
