using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace Baker.Sdk.Runtime;

/// <summary>Signs every call with Signature Version 4.</summary>
internal sealed class ServiceAuthResolver : BaseAuthResolverHandler
{
    protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) =>
        [.. AuthSchemeOption.DEFAULT_SIGV4];
}
