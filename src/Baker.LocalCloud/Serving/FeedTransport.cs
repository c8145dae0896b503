using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Baker.LocalCloud.Serving;

/// <summary>Lets Kestrel bind what is bound already.</summary>
internal sealed class FeedTransport : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(((ConnectionFeed.FedEndPoint)endpoint).Feed);
}
