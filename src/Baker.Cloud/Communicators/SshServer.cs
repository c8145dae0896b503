namespace Baker.Cloud.Communicators;

/// <summary>Where and as whom to log in.</summary>
internal sealed record SshServer(string Host, int Port, string User)
{
    public override string ToString() => $"{User}@{Host}:{Port}";
}
