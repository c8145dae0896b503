using System.Globalization;
using System.Net;

namespace Baker.LocalCloud.Metadata;

/// <summary>
/// Finds the instance whose process holds the other end of a connection. Instances share this machine's network, so that an address
/// says nothing: the kernel knows the socket, the socket its processes, and a process its namespaces.
/// </summary>
internal static class ConnectionOwner
{
    private const string Listed = "0A";
    private const int MostParents = 64;

    /// <param name="client">Where the connection comes from.</param>
    /// <param name="server">Where it was taken.</param>
    /// <param name="instances">The process ids of the instances' inits, with the instances' ids.</param>
    /// <returns>Null where no process of an instance holds it, or those of several do.</returns>
    public static string? Find(IPEndPoint client, IPEndPoint server, IReadOnlyDictionary<int, string> instances)
    {
        if (SocketOf(client, server) is not { } socket)
        {
            return null;
        }

        var spaces = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (processId, instance) in instances)
        {
            if (SpaceOf(processId) is { } space)
            {
                spaces[space] = instance;
            }
        }

        var own = SpaceOf(Environment.ProcessId);
        var found = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Instance: InstanceOf(id, spaces, own)))
            .Where(process => process.Instance is not null && Holds(process.Id, socket))
            .Select(process => process.Instance!)
            .Distinct()
            .Take(2)
            .ToArray();
        return found is [var only] ? only : null;
    }

    /// <summary>The instance that a process is in, also from a namespace that it made itself there.</summary>
    private static string? InstanceOf(int processId, Dictionary<string, string> spaces, string? own)
    {
        for (var steps = 0; steps < MostParents && processId > 1; steps++)
        {
            if (SpaceOf(processId) is not { } space || space == own)
            {
                return null;
            }

            if (spaces.TryGetValue(space, out var instance))
            {
                return instance;
            }

            processId = ParentOf(processId);
        }

        return null;
    }

    private static string? SocketOf(IPEndPoint client, IPEndPoint server)
    {
        var (local, remote) = (client.Address.MapToIPv4(), server.Address.MapToIPv4());
        return Find("/proc/net/tcp", $"{Hex(local)}:{client.Port:X4}", $"{Hex(remote)}:{server.Port:X4}")
            ?? Find("/proc/net/tcp6", $"{Mapped(local)}:{client.Port:X4}", $"{Mapped(remote)}:{server.Port:X4}");

        static string? Find(string table, string local, string remote)
        {
            foreach (var line in Lines(table))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields is [_, var near, var far, var state, _, _, _, _, _, var inode, ..]
                    && near == local
                    && far == remote
                    && state != Listed)
                {
                    return $"socket:[{inode}]";
                }
            }

            return null;
        }
    }

    // The kernel prints an address as numbers of 32 bits in the machine's own order.
    private static string Hex(IPAddress address) =>
        BitConverter.ToUInt32(address.GetAddressBytes()).ToString("X8", CultureInfo.InvariantCulture);

    private static string Mapped(IPAddress address)
    {
        var bytes = address.MapToIPv6().GetAddressBytes();
        return string.Concat(Enumerable.Range(0, 4)
            .Select(i => BitConverter.ToUInt32(bytes, 4 * i).ToString("X8", CultureInfo.InvariantCulture)));
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? SpaceOf(int processId)
    {
        try
        {
            return new FileInfo($"/proc/{processId}/ns/pid").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int ParentOf(int processId)
    {
        try
        {
            // After the command in parentheses, which may hold anything, come the state and the parent.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static bool Holds(int processId, string socket)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{processId}/fd").Any(path => LinkOf(path) == socket);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
