using System.Buffers.Binary;
using System.Text;

namespace Baker.Cloud.Communicators;

/// <summary>SSH's strings: four bytes of length, then as many bytes (RFC 4251, section 5).</summary>
internal static class SshWire
{
    /// <summary>The name that a public key begins with: <c>ssh-ed25519</c>.</summary>
    /// <exception cref="FormatException">It is no public key.</exception>
    public static string NameOf(ReadOnlySpan<byte> publicKey) => Encoding.ASCII.GetString(Read(ref publicKey));

    /// <exception cref="FormatException">The text ends before its length says so.</exception>
    public static ReadOnlySpan<byte> Read(ref ReadOnlySpan<byte> from)
    {
        if (from.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(from) > from.Length - 4)
        {
            throw new FormatException("a string of SSH is cut short");
        }

        var text = from.Slice(4, BinaryPrimitives.ReadInt32BigEndian(from));
        from = from[(4 + text.Length)..];
        return text;
    }

    public static void Write(Stream to, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        to.Write(length);
        to.Write(text);
    }
}
