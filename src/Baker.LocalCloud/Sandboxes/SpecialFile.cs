using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>What has a file's name and is none: a named pipe, a socket or a device. To open one may wait for ever.</summary>
public static class SpecialFile
{
    private const nint Here = -100; // AT_FDCWD
    private const nint Type = 1; // STATX_TYPE
    private const int StatusSize = 256;
    private const int ModeOffset = 28;
    private const int TypeOfMode = 0xF000;
    private const int Folder = 0x4000;
    private const int Regular = 0x8000;

    /// <summary>Whether it is one, or leads to one; no, where there is nothing.</summary>
    public static bool IsOne(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var (name, status) = (SystemCall.Text(path), SystemCall.Bytes(new byte[StatusSize]));
        try
        {
            return new SystemCall(0, SystemCallNumbers.Statx, Here, name, 0, Type, status, MayFail: true).Do() == 0
                && (SystemCall.ReadNumber(status, ModeOffset) & TypeOfMode) is not (Folder or Regular);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            Marshal.FreeCoTaskMem(status);
        }
    }
}
