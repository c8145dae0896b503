namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A target closed a kept connection just as a request went out on it, which it has not taken.</summary>
internal sealed class StaleConnectionException(
    Exception? cause) : IOException("The target has closed the connection, which was kept.", cause);
