using System.Net.Sockets;
using System.Text;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>What a target that reads and writes bytes itself needs.</summary>
internal static class Bytes
{
    public static Task SendAsync(this Socket socket, string text) => socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads until the text has come; null where the connection ends before.</summary>
    public static async Task<string?> ReadUntilAsync(this Socket socket, string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            if (await socket.ReceiveAsync(buffer) == 0)
            {
                return null;
            }

            text.Append((char)buffer[0]);
        }

        return text.ToString();
    }

    public static Task<string?> ReadHeadAsync(this Socket socket) => socket.ReadUntilAsync("\r\n\r\n");
}
