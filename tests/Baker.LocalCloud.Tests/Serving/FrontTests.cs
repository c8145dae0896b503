using System.Text;
using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Serving;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Tests.Serving;

public sealed class FrontTests
{
    [Test]
    public async Task Answer_ThatCannotBeWritten_IsAnInternalErrorThatSaysWhy()
    {
        await using var folder = new TemporaryFolder();
        var options = TestCloud.Options(folder, execute: false, faults: "", scale: 1);
        using var store = new StateStore(options.StateFolder);
        var context = new CloudContext(options, store, sandboxes: null, SandboxSupport.Off);
        var front = new Front(context, [.. Services.Make(context).Where(each => each is not AlarmService), new Unwritable()]);

        var answer = front.Answer(new CloudRequest(
            "POST",
            "/",
            "",
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["Authorization"] = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0",
                ["X-Amz-Target"] = "GraniteServiceVersion20100801.DescribeAlarms",
            },
            "{}"u8.ToArray()));

        Assert.That(answer.Status, Is.EqualTo(500));
        Assert.That(Encoding.UTF8.GetString(answer.Body.ToArray()), Does.Contain("InternalError").And.Contain("failed in DescribeAlarms").And.Not.Contain("   at "));
        var log = Path.Combine(options.StateFolder, "logs", "local-cloud.log");
        Assert.That(await File.ReadAllTextAsync(log), Does.Contain("DescribeAlarms: System.").And.Contain("   at "));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(log), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Log_OfFailures_DoesNotGrowForEver()
    {
        await using var folder = new TemporaryFolder();
        var log = new FailureLog(folder.Path, TimeProvider.System);
        var failure = new InvalidOperationException(new string('x', 20_000));
        for (var i = 0; i < 200; i++)
        {
            log.Add("DescribeAlarms", failure);
        }

        var files = new DirectoryInfo(folder["logs"]).GetFiles();
        Assert.That(files, Has.Length.EqualTo(2));
        Assert.That(files.Sum(file => file.Length), Is.LessThan(3_000_000));
    }

    /// <summary>JSON has no number for what it answers.</summary>
    private sealed class Unwritable : ICloudService
    {
        public void Register(Router router) => router.Handle<DescribeAlarmsRequest, DescribeAlarmsResponse>(
            AlarmService.Name, (_, _) => new DescribeAlarmsResponse { MetricAlarms = [new MetricAlarm { Threshold = double.NaN }] });

        public void Reconcile(DateTimeOffset now)
        {
        }
    }
}
