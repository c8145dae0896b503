using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What listens on a listener's port.</summary>
internal interface IListening : IAsyncDisposable
{
    IPEndPoint Address { get; }

    /// <summary>How many clients are connected now.</summary>
    int Connections { get; }

    /// <summary>How many have connected so far.</summary>
    long Accepted { get; }

    /// <summary>Goes on with other settings, for requests and connections that come from now on.</summary>
    void Use(RelaySettings settings);

    /// <summary>Takes no new request, and lets those under way end for a while.</summary>
    ValueTask DrainAsync();
}
