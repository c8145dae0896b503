using Amazon.SimpleSystemsManagement.Model;

namespace Baker.LocalCloud.Tests.Systems;

public sealed class CommandTests
{
    [Test]
    public async Task Command_ThatFailsOnOne_StopsAtMaxErrors()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await cloud.LaunchAsync());
            await cloud.UntilOnlineAsync(ids[i]);
        }

        await cloud.EC2.CreateTagsAsync(new() { Resources = ids, Tags = [new() { Key = "group", Value = "www" }] });
        var command = await SendAsync(cloud, "exit 4", maxConcurrency: "1", maxErrors: "0");
        Assert.That((command.Status.Value, command.CompletedCount, command.ErrorCount), Is.EqualTo(("Failed", 3, 1)));
        var all = (await cloud.SSM.ListCommandInvocationsAsync(new ListCommandInvocationsRequest { CommandId = command.CommandId, Details = true })).CommandInvocations;
        Assert.That(all.Select(i => i.StatusDetails).Order(), Is.EqualTo(new[] { "Failed", "Terminated", "Terminated" }));
        Assert.That(all.Single(i => i.StatusDetails == "Failed").CommandPlugins[0].ResponseCode, Is.EqualTo(4));

        command = await SendAsync(cloud, "echo ok", maxConcurrency: "100%", maxErrors: "0");
        Assert.That((command.Status.Value, command.TargetCount, command.ErrorCount), Is.EqualTo(("Success", 3, 0)));
    }

    [Test]
    public async Task Command_ThatTakesTooLong_TimesOut_AndOneThatIsCancelled_Ends()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var slow = (await cloud.SSM.SendCommandAsync(new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [id],
            Parameters = new() { ["commands"] = ["echo begun; sleep 60"], ["executionTimeout"] = ["10"] },
        })).Command.CommandId;
        var cancelled = (await cloud.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = ["sleep 61"] } })).Command.CommandId;
        await cloud.SSM.CancelCommandAsync(new CancelCommandRequest { CommandId = cancelled });
        Assert.That((await cloud.SSM.GetCommandInvocationAsync(new() { CommandId = cancelled, InstanceId = id })).Status.Value, Is.EqualTo("Cancelled"));
        GetCommandInvocationResponse? result = null;
        await Wait.UntilAsync(async () => (result = await cloud.SSM.GetCommandInvocationAsync(new() { CommandId = slow, InstanceId = id })).Status == "TimedOut", "the time-out");
        Assert.That((result!.StatusDetails, result.StandardOutputContent), Is.EqualTo(("ExecutionTimedOut", "begun\n")));
        await Wait.UntilAsync(async () => (await cloud.RunAsync(id, "pgrep -c -x sleep -a")).StandardOutputContent == "1\n", "only the init's own sleep to be left");
    }

    [Test]
    public async Task Command_ThatAsksForAReboot_RunsAgainAfterIt()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);

        var result = await cloud.RunAsync(id, "boot=/proc/sys/kernel/random/boot_id; if [ -e /root/before ]; then ! cmp /root/before $boot; else cp $boot /root/before; exit 194; fi");

        Assert.That((result.Status.Value, result.ResponseCode), Is.EqualTo(("Success", 0)), result.StandardErrorContent);
        Assert.That(result.StandardOutputContent, Does.Contain("differ"));
    }

    [Test]
    public async Task Command_WhoseInstanceIsRebooted_IsDeliveredAgain()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var command = (await cloud.SSM.SendCommandAsync(new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [id],
            Parameters = new() { ["commands"] = ["if [ -e /root/begun ]; then echo again; else touch /root/begun; sleep 300; fi"] },
        })).Command.CommandId;
        await Wait.UntilAsync(async () => (await cloud.RunAsync(id, "ls /root")).StandardOutputContent.Contains("begun", StringComparison.Ordinal), "the script to begin");

        await cloud.EC2.RebootInstancesAsync(new() { InstanceIds = [id] });
        GetCommandInvocationResponse? result = null;
        await Wait.UntilAsync(async () => (result = await cloud.SSM.GetCommandInvocationAsync(new() { CommandId = command, InstanceId = id })).Status.Value is not ("Pending" or "InProgress"), "the end");

        Assert.That((result!.Status.Value, result.StandardOutputContent), Is.EqualTo(("Success", "again\n")));
    }

    [Test]
    public async Task LongOutput_IsCutWhereAwsCutsIt()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var result = await cloud.RunAsync(id, "head -c 50000 /dev/zero | tr '\\0' x; head -c 50000 /dev/zero | tr '\\0' y >&2");
        Assert.That((result.StandardOutputContent.Length, result.StandardErrorContent.Length), Is.EqualTo((24000, 8000)));
    }

    [Test]
    public async Task Command_WhereNothingExecutes_SaysSo()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var result = await cloud.RunAsync(id, "exit 1");
        Assert.That((result.Status.Value, result.StandardOutputContent), Is.EqualTo(("Success", "not executed: execution is switched off\n")));
    }

    [Test]
    public async Task Command_OfAProcessThatClosed_IsCollectedByTheNext()
    {
        var folder = new TemporaryFolder();
        string id;
        string command;
        await using (var cloud = await TestCloud.OpenAsync(execute: true, folder: folder))
        {
            id = await cloud.LaunchAsync();
            await cloud.UntilOnlineAsync(id);
            command = (await cloud.SSM.SendCommandAsync(new SendCommandRequest { DocumentName = "AWS-RunShellScript", InstanceIds = [id], Parameters = new() { ["commands"] = ["sleep 0.5; echo done"] } })).Command.CommandId;
        }

        await using (var cloud = await TestCloud.OpenAsync(execute: true, folder: folder))
        {
            GetCommandInvocationResponse? result = null;
            await Wait.UntilAsync(async () => (result = await cloud.SSM.GetCommandInvocationAsync(new() { CommandId = command, InstanceId = id })).Status != "InProgress", "the command to end");
            Assert.That((result!.Status.Value, result.StandardOutputContent), Is.EqualTo(("Success", "done\n")));
        }

        await TestCloud.RemoveAsync(folder, TestCloud.Options(folder, true, "", 0));
    }

    private static async Task<Command> SendAsync(TestCloud cloud, string script, string maxConcurrency, string maxErrors)
    {
        var id = (await cloud.SSM.SendCommandAsync(new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            Targets = [new Target { Key = "tag:group", Values = ["www"] }],
            Parameters = new() { ["commands"] = [script] },
            MaxConcurrency = maxConcurrency,
            MaxErrors = maxErrors,
        })).Command.CommandId;
        Command? command = null;
        await Wait.UntilAsync(
            async () =>
            {
                command = (await cloud.SSM.ListCommandsAsync(new ListCommandsRequest { CommandId = id })).Commands[0];
                return command.Status != "InProgress" && command.Status != "Pending";
            },
            "the command");
        return command!;
    }
}
