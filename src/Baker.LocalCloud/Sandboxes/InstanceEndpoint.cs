using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// Where the instances of a state folder find the cloud: their metadata service, and its API. It is the same whichever process has the
/// state, since an instance is told of it when it boots and lives longer than that process.
/// </summary>
internal static class InstanceEndpoint
{
    // Below the ports that the kernel gives to outgoing connections.
    private const int FirstPort = 10_000;
    private const int Ports = 20_000;

    public static IPEndPoint Of(string stateFolder)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(stateFolder));
        return new IPEndPoint(
            new IPAddress([127, 169, hash[0], (byte)(1 + (hash[1] % 254))]),
            FirstPort + (BinaryPrimitives.ReadUInt16BigEndian(hash.AsSpan(2)) % Ports));
    }

    /// <summary>The variables that every program in an instance has, as <c>NAME=VALUE</c>: SDKs and the AWS CLI heed them.</summary>
    public static string[] Variables(string stateFolder)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://{Of(stateFolder)}");
        return [$"AWS_EC2_METADATA_SERVICE_ENDPOINT={url}", $"AWS_ENDPOINT_URL={url}"];
    }
}
