using System.Runtime.CompilerServices;
using Amazon.Runtime;

namespace Baker.Sdk.Runtime;

/// <summary>Follows the page tokens of one request; like the official paginators it can be walked once.</summary>
internal abstract class Pages<TRequest, TResponse>(
    TRequest request,
    Func<TRequest, CancellationToken, Task<TResponse>> call,
    Func<TRequest, string?> asked,
    Action<TRequest, string?> ask,
    Func<TResponse, string?> answer) : IPaginator<TResponse>
{
    private int _started;

    /// <summary>The pages themselves.</summary>
    public IPaginatedEnumerable<TResponse> Responses => new PaginatedResponse<TResponse>(this);

    public async IAsyncEnumerable<TResponse> PaginateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("Paginator has already been consumed and cannot be reused. Please create a new instance.");
        }

        var token = asked(request);
        do
        {
            ask(request, token);
            var response = await call(request, cancellationToken).ConfigureAwait(false);
            token = answer(response);
            cancellationToken.ThrowIfCancellationRequested();
            yield return response;
        }
        while (!string.IsNullOrEmpty(token));
    }
}
