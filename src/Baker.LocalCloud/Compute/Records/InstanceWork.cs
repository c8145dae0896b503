namespace Baker.LocalCloud.Compute.Records;

/// <summary>What the sandbox of an instance still has to do.</summary>
internal enum InstanceWork
{
    None,
    Boot,
    Stop,
    Terminate,
    Reboot,
}
