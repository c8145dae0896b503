using System.Globalization;
using System.Text;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>One side of a relayed connection: reads heads, and copies bodies by their framing.</summary>
internal sealed class HttpWire(Stream stream)
{
    private const int HeadLimit = 64 * 1024;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    public Stream Stream => stream;

    /// <summary>Reads the next head; null where the peer closed the connection before it began one.</summary>
    public async Task<HttpHead?> ReadHeadAsync(CancellationToken stop)
    {
        var head = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync(stop).ConfigureAwait(false);
            if (line is null)
            {
                return head.Length == 0 ? null : throw new EndOfStreamException("the connection ended inside a head");
            }

            if (line.Length == 0)
            {
                if (head.Length > 0)
                {
                    return HttpHead.Parse(head.ToString());
                }

                continue; // an empty line before a request is allowed (RFC 9112, section 2.2)
            }

            head.Append(line).Append("\r\n");
            if (head.Length > HeadLimit)
            {
                throw new InvalidDataException("the head is larger than 64 KiB");
            }
        }
    }

    public async Task CopyExactlyAsync(Stream target, long count, CancellationToken stop)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(stop).ConfigureAwait(false))
            {
                throw new EndOfStreamException("the connection ended inside a body");
            }

            var take = (int)Math.Min(count, _end - _start);
            await target.WriteAsync(_buffer.AsMemory(_start, take), stop).ConfigureAwait(false);
            _start += take;
            count -= take;
        }
    }

    public async Task CopyToEndAsync(Stream target, CancellationToken stop)
    {
        while (_start < _end || await FillAsync(stop).ConfigureAwait(false))
        {
            await target.WriteAsync(_buffer.AsMemory(_start, _end - _start), stop).ConfigureAwait(false);
            _start = _end;
        }
    }

    public async Task CopyChunksAsync(Stream target, CancellationToken stop)
    {
        while (true)
        {
            var line = await ReadLineAsync(stop).ConfigureAwait(false) ?? throw new EndOfStreamException("the connection ended between chunks");
            var size = long.Parse(line.Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await target.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"), stop).ConfigureAwait(false);
            if (size == 0)
            {
                await CopyTrailersAsync(target, stop).ConfigureAwait(false);
                return;
            }

            await CopyExactlyAsync(target, size + 2, stop).ConfigureAwait(false);
        }
    }

    private async Task CopyTrailersAsync(Stream target, CancellationToken stop)
    {
        while (await ReadLineAsync(stop).ConfigureAwait(false) is { } line)
        {
            await target.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"), stop).ConfigureAwait(false);
            if (line.Length == 0)
            {
                return;
            }
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync(stop).ConfigureAwait(false))
            {
                return line.Length == 0 ? null : line.ToString();
            }

            var newline = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            var until = newline < 0 ? _end : newline;
            line.Append(Encoding.Latin1.GetString(_buffer, _start, until - _start));
            _start = newline < 0 ? _end : newline + 1;
            if (newline >= 0)
            {
                return line.ToString().TrimEnd('\r');
            }

            if (line.Length > HeadLimit)
            {
                throw new InvalidDataException("a line is longer than 64 KiB");
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, stop).ConfigureAwait(false);
        return _end > 0;
    }
}
