using System.Buffers.Binary;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// The program that the kernel runs at each system call of an instance: what <see cref="SystemCallNumbers.Refused"/> names
/// fails with EPERM, and so do new user namespaces and input that is forged on a terminal.
/// </summary>
internal static class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgument = 16;
    private const uint SecondArgument = 24;

    private const uint Allow = 0x7FFF0000;
    private const uint NotPermitted = 0x00050000 | 1;
    private const uint NoSuchCall = 0x00050000 | 38;

    private const uint NewUserNamespace = 0x10000000;
    private const uint ForgeInput = 0x5412; // TIOCSTI
    private const uint Console = 0x541C; // TIOCLINUX

    /// <param name="userNamespaces">
    /// Whether new user namespaces are let through: in a sandbox of an ordinary user sshd needs one. Nothing can be mounted in it.
    /// </param>
    /// <returns>A <c>struct sock_fprog</c> in native memory.</returns>
    public static nint Make(bool userNamespaces)
    {
        List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> program =
        [
            (LoadWord, 0, 0, ArchitectureOffset),
            (JumpIfEqual, 1, 0, SystemCallNumbers.AuditArchitecture),
            (Return, 0, 0, NoSuchCall),
            (LoadWord, 0, 0, NumberOffset),
        ];
        if (SystemCallNumbers.OtherTable is { } table)
        {
            program.AddRange([(JumpIfAtLeast, 0, 1, table), (Return, 0, 0, NoSuchCall)]);
        }

        foreach (var number in SystemCallNumbers.Refused)
        {
            program.AddRange([(JumpIfEqual, 0, 1, (uint)number), (Return, 0, 0, NotPermitted)]);
        }

        if (!userNamespaces)
        {
            // clone3's flags are behind a pointer that a filter cannot follow; C libraries fall back to clone.
            program.AddRange([(JumpIfEqual, 0, 1, (uint)SystemCallNumbers.Clone3), (Return, 0, 0, NoSuchCall)]);
            foreach (var number in new[] { SystemCallNumbers.Clone, SystemCallNumbers.Unshare })
            {
                program.AddRange(
                [
                    (JumpIfEqual, 0, 4, (uint)number),
                    (LoadWord, 0, 0, FirstArgument),
                    (JumpIfAnyBit, 0, 1, NewUserNamespace),
                    (Return, 0, 0, NotPermitted),
                    (Return, 0, 0, Allow),
                ]);
            }
        }

        program.AddRange(
        [
            (JumpIfEqual, 0, 4, (uint)SystemCallNumbers.Ioctl),
            (LoadWord, 0, 0, SecondArgument),
            (JumpIfEqual, 1, 0, ForgeInput),
            (JumpIfEqual, 0, 1, Console),
            (Return, 0, 0, NotPermitted),
            (Return, 0, 0, Allow),
        ]);
        return InMemory(program);
    }

    private static nint InMemory(List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> program)
    {
        const int size = 8;
        var bytes = new byte[program.Count * size];
        for (var index = 0; index < program.Count; index++)
        {
            var (code, ifTrue, ifFalse, value) = program[index];
            var at = bytes.AsSpan(index * size, size);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code);
            (at[2], at[3]) = (ifTrue, ifFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], value);
        }

        var header = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)program.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), SystemCall.Bytes(bytes));
        return SystemCall.Bytes(header);
    }
}
