using Amazon.EC2;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;

namespace Baker.LocalCloud.Tests;

/// <summary>A local cloud in a temporary folder, with clients that talk to it in process.</summary>
internal sealed class TestCloud : IAsyncDisposable
{
    public const string BaseImageId = "ami-1ebb2077";

    private readonly bool _ownsFolder;

    private TestCloud(TemporaryFolder folder, bool ownsFolder, LocalCloud cloud)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        Cloud = cloud;
        var credentials = Credentials = new BasicAWSCredentials(cloud.Key.Id, cloud.Key.Secret);
        EC2 = new AmazonEC2Client(credentials, Configure(new AmazonEC2Config()));
        SSM = new AmazonSimpleSystemsManagementClient(credentials, Configure(new AmazonSimpleSystemsManagementConfig()));
    }

    public TemporaryFolder Folder { get; }

    public LocalCloud Cloud { get; }

    public AWSCredentials Credentials { get; }

    public AmazonEC2Client EC2 { get; }

    public AmazonSimpleSystemsManagementClient SSM { get; }

    public static async Task<TestCloud> OpenAsync(bool execute = false, string faults = "", TemporaryFolder? folder = null, double scale = 0.05, TimeProvider? time = null)
    {
        var own = folder ?? new TemporaryFolder();
        var cloud = await LocalCloud.OpenAsync(Options(own, execute, faults, scale) with { Time = time ?? TimeProvider.System }, CancellationToken.None);
        if (execute && cloud.Support.Reason is { } reason)
        {
            await cloud.DisposeAsync();
            Peers.Missing(reason);
        }

        return new TestCloud(own, folder is null, cloud);
    }

    public static LocalCloudOptions Options(TemporaryFolder folder, bool execute, string faults, double scale) => new()
    {
        StateFolder = folder["project/.package"],
        Execute = execute,
        ChecksSignatures = true,
        Delays = new Delays { Scale = scale },
        Faults = FaultPlan.Parse(faults),
        Named = new NamedResources
        {
            BaseImages =
            [
                new BaseImage { Region = "us-east-1", ImageId = BaseImageId },
                new BaseImage { Region = "us-east-1", Filters = [new("name", ["ubuntu/images/*22.04*"]), new("architecture", ["x86_64"])], Owners = ["099720109477"] },
                new BaseImage { Region = "us-east-1", ParameterName = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" },
            ],
            SecurityGroups = [new("us-east-1", "external"), new("us-east-1", "sg-11112222")],
            InstanceProfiles = ["web"],
        },
        LockWait = TimeSpan.FromMilliseconds(100),
    };

    public async ValueTask DisposeAsync()
    {
        EC2.Dispose();
        SSM.Dispose();
        await Cloud.DisposeAsync();
        if (_ownsFolder)
        {
            await RemoveAsync(Folder, Options(Folder, true, "", 0));
        }
    }

    /// <summary>Ends every sandbox of a state folder, then removes the folder.</summary>
    public static async Task RemoveAsync(TemporaryFolder folder, LocalCloudOptions options)
    {
        await LocalCloud.ResetAsync(options, CancellationToken.None);
        await folder.DisposeAsync();
    }

    /// <summary>What makes a client talk to this cloud in process.</summary>
    public T Configure<T>(T config)
        where T : ClientConfig
    {
        config.ServiceURL = "http://local.invalid";
        config.AuthenticationRegion = "us-east-1";
        config.MaxErrorRetry = 0;
        config.HttpClientFactory = new Factory(Cloud.CreateHandler());
        return config;
    }

    private sealed class Factory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
