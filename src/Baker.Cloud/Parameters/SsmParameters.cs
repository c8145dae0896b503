using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Pacing;

namespace Baker.Cloud.Parameters;

/// <summary>Parameters of SSM by their names, of one Region. One that is not there is no error.</summary>
internal sealed class SsmParameters(CloudClients clients, Pacer pacer)
{
    /// <summary>As many versions as SSM gives at once.</summary>
    private const int HistoryPageSize = 50;

    /// <summary>As much as a parameter holds without a charge.</summary>
    private const int StandardSize = 4096;

    /// <summary>Null where there is none.</summary>
    public async Task<Parameter?> FindAsync(string name, CancellationToken stop)
    {
        try
        {
            var request = new GetParameterRequest { Name = name };
            return (await pacer.SendAsync(clients.SSM.GetParameterAsync, request, stop).ConfigureAwait(false)).Parameter;
        }
        catch (ParameterNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The versions that SSM has kept; empty where there is no such parameter.</summary>
    /// <param name="withSecrets">Whether secrets are decrypted, which their key must allow.</param>
    public async Task<List<ParameterHistory>> HistoryAsync(string name, CancellationToken stop, bool withSecrets = false)
    {
        var request = new GetParameterHistoryRequest { Name = name, WithDecryption = withSecrets, MaxResults = HistoryPageSize };
        var versions = new List<ParameterHistory>();
        try
        {
            var pages = pacer.PagesAsync(clients.SSM.GetParameterHistoryAsync, request, reply => request.NextToken = reply.NextToken, stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                versions.AddRange(page.Parameters ?? []);
            }
        }
        catch (ParameterNotFoundException)
        {
            return [];
        }

        return versions;
    }

    /// <summary>Writes a text over whatever was there; one that a standard parameter cannot hold into an advanced one.</summary>
    public Task WriteAsync(string name, string text, CancellationToken stop) => pacer.SendAsync(
        clients.SSM.PutParameterAsync,
        new PutParameterRequest
        {
            Name = name,
            Value = text,
            Type = ParameterType.String,
            Overwrite = true,
            Tier = text.Length > StandardSize ? ParameterTier.Advanced : null,
        },
        stop);

    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken stop)
    {
        try
        {
            await pacer.SendAsync(clients.SSM.DeleteParameterAsync, new DeleteParameterRequest { Name = name }, stop).ConfigureAwait(false);
        }
        catch (ParameterNotFoundException)
        {
            return false; // or a repeated call whose first reply was lost
        }

        return true;
    }
}
