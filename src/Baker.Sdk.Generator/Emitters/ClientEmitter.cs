using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the client, its interface and its configuration.</summary>
internal static class ClientEmitter
{
    public static string Emit(Service service)
    {
        var name = service.Client;
        var source = new Source(
            "System", "System.Threading", "System.Threading.Tasks", "Amazon.Runtime", "Amazon.Runtime.Internal",
            "Baker.Sdk.Runtime", "Baker.Sdk.Wire.Generated", $"{service.Namespace}.Model");
        source.Line($"namespace {service.Namespace} {{");
        Configuration(source, service);
        source.Line($"public partial interface IAmazon{name} : IAmazonService, IDisposable {{");
        source.Line($"  I{name}PaginatorFactory Paginators {{ get; }}");
        foreach (var each in service.Operations)
        {
            source.Line(
                $"  Task<{each.Response}> {each.Name}Async({each.Request} request, CancellationToken cancellationToken = default);");
        }

        source.Line($"  static ClientConfig IAmazonService.CreateDefaultClientConfig() => new Amazon{name}Config();");
        source.Line(
            "  static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, "
                + "ClientConfig clientConfig) =>");
        source.Line(
            $"    awsCredentials == null ? new Amazon{name}Client((Amazon{name}Config)clientConfig) : "
                + $"new Amazon{name}Client(awsCredentials, (Amazon{name}Config)clientConfig);");
        source.Line("}");
        Client(source, service);
        source.Line("}");
        return source.ToString();
    }

    private static void Configuration(Source source, Service service)
    {
        var name = $"Amazon{service.Client}Config";
        source.Line($"public partial class {name} : ClientConfig {{");
        source.Line($"  public {name}() : base(new DefaultConfigurationProvider(ServiceDefaults.Configurations)) {{");
        source.Line($"    ServiceId = \"{service.Id}\";");
        source.Line($"    AuthenticationServiceName = \"{service.Prefix}\";");
        source.Line($"    EndpointProvider = new ServiceEndpoints(\"{service.Prefix}\");");
        source.Line("  }");
        source.Line($"  public override string RegionEndpointServiceName => \"{service.Prefix}\";");
        source.Line($"  public override string ServiceVersion => \"{service.Version}\";");
        source.Line($"  public override string UserAgent => ServiceDefaults.UserAgent(\"{service.Id}\");");
        source.Line(
            "  public override Amazon.Runtime.Endpoints.Endpoint "
                + "DetermineServiceOperationEndpoint(Amazon.Runtime.Endpoints.ServiceOperationEndpointParameters parameters) =>");
        source.Line("    EndpointProvider.ResolveEndpoint(ServiceEndpoints.Parameters(this, parameters.AlternateEndpoint));");
        source.Line("}");
    }

    private static void Client(Source source, Service service)
    {
        var (client, config) = ($"Amazon{service.Client}Client", $"Amazon{service.Client}Config");
        source.Line($"public partial class {client} : AmazonServiceClient, IAmazon{service.Client} {{");
        source.Line(
            $"  private static readonly ServiceWire Wire = new(\"{service.Id}\", \"{service.Version}\", "
                + (service.Protocol == "json" ? $"\"{service.Target}\"" : "null")
                + $", \"{service.JsonVersion}\", {service.Client}Errors.Create);");
        source.Line($"  private I{service.Client}PaginatorFactory _paginators;");
        source.Line($"  public {client}() : base(new {config}()) {{ }}");
        source.Line($"  public {client}(RegionEndpoint region) : base(new {config} {{ RegionEndpoint = region }}) {{ }}");
        source.Line($"  public {client}({config} config) : base(config) {{ }}");
        source.Line($"  public {client}(AWSCredentials credentials) : this(credentials, new {config}()) {{ }}");
        source.Line(
            $"  public {client}(AWSCredentials credentials, RegionEndpoint region) : this(credentials, "
                + $"new {config} {{ RegionEndpoint = region }}) {{ }}");
        source.Line($"  public {client}(AWSCredentials credentials, {config} clientConfig) : base(credentials, clientConfig) {{ }}");
        source.Line(
            $"  public {client}(string awsAccessKeyId, string awsSecretAccessKey, {config} clientConfig) : "
                + "base(awsAccessKeyId, awsSecretAccessKey, clientConfig) { }");
        source.Line(
            $"  public {client}(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, "
                + $"{config} clientConfig) : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig) {{ }}");
        source.Line(
            $"  public I{service.Client}PaginatorFactory Paginators => _paginators ??= new {service.Client}PaginatorFactory(this);");
        source.Line("  protected override IServiceMetadata ServiceMetadata => Wire;");
        source.Line("  protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => ServiceDefaults.Customize(pipeline);");
        foreach (var each in service.Operations)
        {
            var types = $"{each.Request}, {each.Response}";
            source.Line(
                $"  public virtual Task<{each.Response}> {each.Name}Async({each.Request} request, "
                    + "CancellationToken cancellationToken = default) =>");
            source.Line(
                $"    InvokeAsync<{each.Response}>(request, new ServiceCall<{types}>(Wire, \"{each.Name}\", "
                    + $"\"{each.Wrapper}\", {service.Client}Wire.On{each.Request}, "
                    + $"{service.Client}Wire.On{each.Response}), cancellationToken);");
        }

        source.Line("}");
    }
}
