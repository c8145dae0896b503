using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Baker.Testing;

/// <summary>
/// Loopback ports for servers that tests start. They lie below the ports that the system gives to whoever asks for any,
/// so that no connection takes one meanwhile, and each is handed out once; test processes begin in different places.
/// </summary>
internal static class Ports
{
    private const int First = 15_000;
    private const int Count = 15_000;
    private static int s_next = Environment.ProcessId * 331;

    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_next) % Count);
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }

        throw new InvalidOperationException($"None of the ports {First} to {First + Count - 1} is free.");
    }

    /// <summary>A text with other ports, all at once: the digits of one that was put in are not another that goes.</summary>
    public static string Moved(string text, params (int From, int To)[] ports) =>
        Regex.Replace(text, @"(?<!\d)\d{4}(?!\d)", match => ports.FirstOrDefault(port => $"{port.From}" == match.Value) is (not 0, var to) ? $"{to}" : match.Value);
}
