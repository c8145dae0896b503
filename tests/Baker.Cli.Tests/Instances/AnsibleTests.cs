using System.Diagnostics;
using System.Runtime.Versioning;
using Baker.Cli.Tests.Programs;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Instances;

/// <summary>Ansible reads the inventory as it reads any script's.</summary>
[Platform(Exclude = "Win")]
[UnsupportedOSPlatform("windows")]
internal sealed class AnsibleTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public void Open()
    {
        Peers.Require("ansible-inventory");
        _project = new InstanceProject(executes: false);
        var script = _project.Project.PathOf("inventory");
        _project.Project.Write("inventory", $"#!/bin/sh\nexec {PackageProgram.ForProcesses.Shell} instance:inventory --no-exec \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [TearDown]
    public void Close() => _project?.Dispose();

    [Test]
    public async Task List_TwoNodes_HasTheirGroupsAndVariables()
    {
        var one = await _project.CreateAsync("one");
        var two = await _project.CreateAsync("two");

        var list = JObject.Parse(await AnsibleAsync("--list"));

        Assert.That(list["group_www"]!["hosts"]!.Values<string>(), Is.EquivalentTo(new[] { one, two }));
        Assert.That(list["environment_test"]!["hosts"]!.Values<string>(), Is.EquivalentTo(new[] { one, two }));
        Assert.That(list["name_two"]!["hosts"]!.Values<string>(), Is.EqualTo(new[] { two }));
        Assert.That((string?)list["_meta"]!["hostvars"]![one]!["baker_group"], Is.EqualTo("www"));
    }

    [Test]
    public async Task Host_Node_HasItsAddressAndKey()
    {
        var one = await _project.CreateAsync("one");

        var host = JObject.Parse(await AnsibleAsync("--host", one));

        Assert.That((string?)host["ansible_host"], Does.StartWith("127."));
        Assert.That((string?)host["ec2_key_name"], Is.EqualTo("ops"));
    }

    private async Task<string> AnsibleAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("ansible-inventory", ["-i", _project.Project.PathOf("inventory"), .. arguments])
        {
            WorkingDirectory = _project.Project.Folder,
        };
        start.Environment["ANSIBLE_LOCALHOST_WARNING"] = "false";
        start.Environment["HOME"] = _project.Project.Folder;
        start.Environment["LC_ALL"] = "C.UTF-8";
        var run = await ProcessRun.RunAsync(start);
        Assert.That(run.Code, Is.Zero, run.Error);
        return run.Out;
    }
}
