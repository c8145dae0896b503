using System.Buffers.Binary;
using System.Net.Sockets;
using Baker.Core;

namespace Baker.Cloud.Communicators;

/// <summary>The operator's ssh-agent, which keeps private keys and signs with them (draft-ietf-sshm-ssh-agent).</summary>
internal sealed class SshAgent(string socket)
{
    private const byte RequestIdentities = 11;
    private const byte Identities = 12;
    private const byte SignRequest = 13;
    private const byte SignResponse = 14;
    private const int LargestAnswer = 256 * 1024;

    /// <summary>The public keys of what it holds.</summary>
    public IReadOnlyList<byte[]> Keys()
    {
        ReadOnlySpan<byte> answer = Ask([RequestIdentities], Identities);
        var keys = new List<byte[]>();
        var count = BinaryPrimitives.ReadInt32BigEndian(answer);
        answer = answer[4..];
        for (; count > 0; count--)
        {
            keys.Add(SshWire.Read(ref answer).ToArray());
            SshWire.Read(ref answer); // its comment
        }

        return keys;
    }

    /// <param name="flags">2 asks for rsa-sha2-256, 4 for rsa-sha2-512.</param>
    /// <returns>The signature with the name of its algorithm before it.</returns>
    public byte[] Sign(byte[] key, byte[] data, int flags)
    {
        using var request = new MemoryStream();
        request.WriteByte(SignRequest);
        SshWire.Write(request, key);
        SshWire.Write(request, data);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, flags);
        request.Write(number);
        ReadOnlySpan<byte> answer = Ask(request.ToArray(), SignResponse);
        return SshWire.Read(ref answer).ToArray();
    }

    private byte[] Ask(byte[] request, byte expected)
    {
        try
        {
            using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            connection.Connect(new UnixDomainSocketEndPoint(socket));
            using var stream = new NetworkStream(connection);
            SshWire.Write(stream, request);
            Span<byte> length = stackalloc byte[4];
            stream.ReadExactly(length);
            var answer = new byte[Math.Clamp(BinaryPrimitives.ReadInt32BigEndian(length), 1, LargestAnswer)];
            stream.ReadExactly(answer);
            return answer[0] == expected
                ? answer[1..]
                : throw new BakerException(
                    ExitCode.BadInput,
                    $"The ssh-agent at {socket} refused.",
                    "Try it with ssh-add -l; it may want a confirmation, or be locked.");
        }
        catch (Exception error) when (error is SocketException or IOException or ArgumentException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The ssh-agent at {socket} cannot be asked: {error.Message}",
                "Try it with ssh-add -l.",
                error);
        }
    }
}
