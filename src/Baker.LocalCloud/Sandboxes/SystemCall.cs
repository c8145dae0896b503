using System.Globalization;
using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>
/// One call of the Linux kernel with everything that it needs in memory that stays. What follows a change of the root is
/// prepared as a list of these, so that nothing is looked up, compiled from a file or loaded while they run.
/// </summary>
/// <param name="Name">What to say when it fails, kept as UTF-8 in native memory.</param>
/// <param name="MayFail">Older kernels have no such call, or the thing is not there: go on.</param>
internal readonly record struct SystemCall(nint Name, nint Number, nint A, nint B, nint C, nint D, nint E, bool MayFail)
{
    private const int LastError = 133;

    private static readonly nint[] s_errors = ErrorNames();

    public static SystemCall Of(string name, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0) =>
        new(Text($"package: the sandbox cannot be made: {name}: error "), number, a, b, c, d, e, MayFail: false);

    /// <summary>A text in native memory; it is never freed, because this process becomes another one.</summary>
    public static nint Text(string text) => Marshal.StringToCoTaskMemUTF8(text);

    /// <summary>An array of texts that ends with a null, as <c>execve</c> wants it.</summary>
    public static nint Texts(IReadOnlyList<string> texts)
    {
        var array = Marshal.AllocCoTaskMem((texts.Count + 1) * nint.Size);
        for (var index = 0; index < texts.Count; index++)
        {
            Marshal.WriteIntPtr(array, index * nint.Size, Text(texts[index]));
        }

        Marshal.WriteIntPtr(array, texts.Count * nint.Size, 0);
        return array;
    }

    /// <summary>Bytes in native memory that stays.</summary>
    public static nint Bytes(byte[] bytes)
    {
        var memory = Marshal.AllocCoTaskMem(Math.Max(1, bytes.Length));
        Marshal.Copy(bytes, 0, memory, bytes.Length);
        return memory;
    }

    /// <summary>A 32-bit number that the kernel wrote.</summary>
    public static int ReadNumber(nint memory, int offset) => Marshal.ReadInt32(memory, offset);

    /// <exception cref="IOException">The kernel refuses.</exception>
    public nint Do()
    {
        var result = Invoke(Number, A, B, C, D, E, 0);
        return result >= 0 || MayFail
            ? result
            : throw new IOException(Marshal.PtrToStringUTF8(Name)!["package: ".Length..] + ErrorName(Marshal.GetLastPInvokeError()));
    }

    /// <summary>Makes the calls one after another. The first that fails ends the process, with its name on the standard error.</summary>
    public static void Run(SystemCall[] calls)
    {
        for (var index = 0; index < calls.Length; index++)
        {
            ref var call = ref calls[index];
            if (Invoke(call.Number, call.A, call.B, call.C, call.D, call.E, 0) < 0 && !call.MayFail)
            {
                End(call.Name, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Writes to the standard error.</summary>
    public static void Say(string text)
    {
        var memory = Text(text);
        Invoke(SystemCallNumbers.Write, 2, memory, Length(memory), 0, 0, 0);
    }

    private static void End(nint name, int error)
    {
        Invoke(SystemCallNumbers.Write, 2, name, Length(name), 0, 0, 0);
        var text = s_errors[Math.Clamp(error, 0, LastError)];
        Invoke(SystemCallNumbers.Write, 2, text, Length(text), 0, 0, 0);
        Invoke(SystemCallNumbers.ExitGroup, 1, 0, 0, 0, 0, 0);
    }

    private static int Length(nint text)
    {
        var length = 0;
        while (Marshal.ReadByte(text, length) != 0)
        {
            length++;
        }

        return length;
    }

    private static string ErrorName(int error) =>
        $"{error.ToString(CultureInfo.InvariantCulture)} ({Marshal.GetPInvokeErrorMessage(error)})";

    private static nint[] ErrorNames()
    {
        var names = new nint[LastError + 1];
        for (var error = 0; error <= LastError; error++)
        {
            names[error] = Text(ErrorName(error) + "\n");
        }

        return names;
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
#pragma warning disable SYSLIB1054, CA5392 // one call of libc; a source generator would need unsafe code
    private static extern nint Invoke(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
#pragma warning restore SYSLIB1054, CA5392
}
