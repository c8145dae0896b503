using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Baker.Cli.Tests.Programs;
using Baker.Core;
using Baker.LocalCloud.Sandboxes;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Instances;

/// <summary>Deploys and shells on instances that run for real.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ExecutedInstanceTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        _project = new InstanceProject(executes: true);
        await Sandboxes.RequireAsync();
    }

    [TearDown]
    public void Close() => _project.Dispose();

    [Test]
    public async Task Deploy_ScriptFails_ShowsItsOutputAndEndsWithThree()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "echo the disk is full\nexit 9\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain($"www {id}: Failed").And.Contain("the disk is full").And.Contain("exit code 9"));
        Assert.That(run.Out, Does.Match(@"www +1 +0 +1 +0\n"));
    }

    [Test]
    public async Task Deploy_ScriptAsksForAReboot_GoesOnAfterIt()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "echo at it >> /etc/converged\n[ -e /etc/rebooted ] || { touch /etc/rebooted; exit 194; }\n");

        var run = await _project.RunAsync("instance:deploy", "www");
        var look = await ShellAsync(id, "cat /etc/converged; ls /var/lib/baker");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(look.Out, Is.EqualTo("at it\nat it\n"), "and nothing is left there");
    }

    [Test]
    public async Task Deploy_PayloadLargerThanACommand_GoesThroughTheBucketAndLeavesNothingThere()
    {
        await _project.CreateAsync("one");
        await _project.MakeBucketAsync();
        var weight = Convert.ToBase64String(RandomNumberGenerator.GetBytes(60_000));
        _project.Project.Write("converge.sh", $"echo {weight} | wc -c > /etc/weight\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((await ShellAsync("one", "cat /etc/weight")).Out.Trim(), Is.EqualTo($"{weight.Length + 1}"));
        Assert.That(Directory.EnumerateFiles(_project.Project.PathOf(".package"), "*.tar.gz", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Shell_NodeRuns_IsInItsSandboxAndEndsWithItsCode()
    {
        var id = await _project.CreateAsync("one");
        await _project.RunAsync("instance:deploy", "www");

        var shell = await ShellAsync(id, "cat /etc/converged; exit 7");

        Assert.That(((int)shell.Code, shell.Out), Is.EqualTo((7, "converged\n")), shell.Error);
        Assert.That(File.Exists("/etc/converged"), Is.False, "nothing reaches the host");
    }

    [Test]
    public async Task Shell_OnATerminal_HasJobControlAPromptAndItsOwnCode()
    {
        Peers.Require("script");
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "tty; sleep 0.1 & fg; echo \"$TERM back: $?\"; exit 7", onTerminal: true);

        Assert.That((int)shell.Code, Is.EqualTo(7), shell.Out);
        Assert.That(shell.Out, Does.Contain($"www {id} # ").And.Contain("/dev/pts/").And.Contain("vt100 back: 0"));
        Assert.That(shell.Out, Does.Not.Contain("job control").And.Not.Contain("annot set"));
    }

    /// <summary>A process that a person's shell leaves behind must not read what they type later, nor write there.</summary>
    [Test]
    public async Task Shell_OnATerminal_IsNotGivenThePersonsOwn()
    {
        Peers.Require("script");
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "stat -L -c 'inside %t:%T' /proc/$PPID/fd/0; exit 0", onTerminal: true, before: "stat -L -c 'outside %t:%T' /proc/self/fd/0; ");

        var outside = Regex.Match(shell.Out, "outside ([0-9a-f]+:[0-9a-f]+)").Groups[1].Value;
        var inside = Regex.Match(shell.Out, "inside ([0-9a-f]+:[0-9a-f]+)").Groups[1].Value;
        Assert.That((outside, inside), Is.Not.EqualTo(("", "")).And.Not.EqualTo((outside, outside)), shell.Out);
        Assert.That(new[] { outside, inside }, Has.All.StartsWith("88:"), "pseudo-terminals: " + shell.Out);
    }

    [Test]
    public async Task Shell_IsWithinTheLimitsOfItsInstance()
    {
        var id = await _project.CreateAsync("one");

        var shell = await ShellAsync(id, "cat /proc/self/cgroup; sed -n 's/Max processes *\\([^ ]*\\).*/limit \\1/p' /proc/self/limits");

        Assert.That(shell.Out, Does.Contain($"/baker/{id}\n").Or.Contain("limit 4096\n"), shell.Error);
    }

    [Test]
    public async Task Copy_FilesAndFolders_GoInAndComeOutAsTheyWere()
    {
        await _project.CreateAsync("one");
        _project.Project.Write("site/index.html", "hello\n");
        _project.Project.Write("site/js/-run.js", "run()\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_project.Project.PathOf("site/js/-run.js"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        foreach (var words in new[] { ("site", "one:/srv/site"), ("site", "one:/srv/site"), ("site/index.html", "one:"), ("one:/srv/site", "back"), ("one:index.html", ".") })
        {
            var run = await _project.RunAsync("instance:copy", words.Item1, words.Item2);
            Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Done, "")), $"{words}");
        }

        var look = await ShellAsync("one", "cat /root/index.html; find /srv/site -type f | sort; stat -c %A /srv/site/site/js/-run.js");
        Assert.That(look.Out, Is.EqualTo("hello\n/srv/site/index.html\n/srv/site/js/-run.js\n/srv/site/site/index.html\n/srv/site/site/js/-run.js\n-r-x------\n"), look.Error);
        Assert.That(_project.Project.Read("back/js/-run.js"), Is.EqualTo("run()\n"));
        Assert.That(_project.Project.Read("back/site/index.html") + _project.Project.Read("index.html"), Is.EqualTo("hello\nhello\n"));
    }

    /// <summary>As <c>scp -r</c> does: what is new has the mode of what is copied, less the mask, and what is there keeps its own.</summary>
    [Test]
    public async Task Copy_EitherWay_WhatIsNewHasTheModesOfWhatIsCopied()
    {
        const string look = "stat -c '%a %n' . 600 640 4755 666 there shut shut/in shut/in/key";
        const string modes = "600 600\n640 640\n755 4755\n644 666\n644 there\n500 shut\n700 shut/in\n400 shut/in/key\n";
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir -p /srv/a/shut/in && cd /srv/a && umask 0 && for m in 600 640 4755 666; do echo $m > $m; chmod $m $m; done; "
            + "echo new > there; chmod 644 there; echo in > shut/in/key; chmod 400 shut/in/key; chmod 700 shut/in; chmod 500 shut; chmod 1777 .");
        _project.Project.Write("back/there", "old\n");
        File.SetUnixFileMode(_project.Project.PathOf("back/there"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateSymbolicLink(_project.Project.PathOf("link"), "out");

        var whole = await _project.RunAsync("instance:copy", "one:/srv/a", "out");
        var through = await _project.RunAsync("instance:copy", "one:/srv/a/there", "back");
        var here = await LookAsync("");
        await LookAsync("chmod 750 .; chmod 666 666; chmod 4755 4755;");
        await ShellAsync("one", "mkdir /srv/c && echo old > /srv/c/600 && chmod 604 /srv/c/600");
        var back = await _project.RunAsync("instance:copy", "link", "one:/srv/b");
        var onto = await _project.RunAsync("instance:copy", "out/600", "one:/srv/c");
        var there = await ShellAsync("one", $"cd /srv/b; {look}; cat shut/in/key; stat -c %a /srv/c/600; cat /srv/c/600");
        await LookAsync("chmod u+w shut;");

        Assert.That(new[] { whole, through, back, onto }.Select(run => (run.Code, run.Error)), Is.All.EqualTo((ExitCode.Done, "")));
        Assert.That(here, Is.EqualTo($"755 .\n{modes}"));
        Assert.That(there.Out, Is.EqualTo($"750 .\n{modes}in\n604\n600\n"));
        Assert.That(_project.Project.Read("out/shut/in/key") + _project.Project.Read("back/there"), Is.EqualTo("in\nnew\n"));
        Assert.That(File.GetUnixFileMode(_project.Project.PathOf("back/there")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

        async Task<string> LookAsync(string first) =>
            (await ProcessRun.RunAsync(new ProcessStartInfo("sh", ["-c", $"{first} {look}"]) { WorkingDirectory = _project.Project.PathOf("out") })).Out;
    }

    [Test]
    public async Task Copy_FromANode_LeavesOutLinksToNothingAndSocketsAndCopiesTheRest()
    {
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir -p /srv/t/ä && cd /srv/t && ln -s nowhere 'ä/dang ling' && ln -s self self && echo z > z "
            + "&& python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'");

        var run = await _project.RunAsync("instance:copy", "one:/srv/t", "t");
        var socket = await _project.RunAsync("instance:copy", "one:/srv/t/sock", "sock");

        Assert.That(_project.Project.Read("t/z"), Is.EqualTo("z\n"), run.Error);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error.Split('\n').Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "",
            "  What else there is was copied.",
            "\"t/self\" leads to nothing, and is left out.",
            "\"t/sock\" is neither a file nor a folder, and is left out.",
            "\"t/ä/dang ling\" leads to nothing, and is left out.",
            "package: 3 of what \"/srv/t\" has are no files and no folders: they were left out.",
        }));
        Assert.That((socket.Code, socket.Error), Is.EqualTo((ExitCode.CloudFailed, "\"sock\" is neither a file nor a folder, and is left out.\n"
            + "package: 1 of what \"/srv/t/sock\" has is no file and no folder: it was left out.\n  What else there is was copied.\n")));
    }

    /// <summary>Names of one file, and links to it, are all the file; what is no file at all is a failure, when all else is copied.</summary>
    [Test]
    public async Task Copy_NamesOfOneFile_AreFilesAndWhatIsNoneFails()
    {
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir /srv/a && cd /srv/a && echo 1 > one && ln one two && ln -s one three");

        var run = await _project.RunAsync("instance:copy", "one:/srv/a", "a");
        var device = await _project.RunAsync("instance:copy", "one:/dev/zero", "zero");
        await ShellAsync("one", "mkfifo /srv/a/0 /srv/a/4 /srv/a/5 /srv/a/6 /srv/a/7 /srv/a/8");
        var pipes = await _project.RunAsync("instance:copy", "one:/srv/a", "b");

        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(string.Concat(new[] { "one", "two", "three" }.Select(name => _project.Project.Read($"a/{name}"))), Is.EqualTo("1\n1\n1\n"));
        Assert.That((device.Code, pipes.Code), Is.EqualTo((ExitCode.CloudFailed, ExitCode.CloudFailed)));
        Assert.That(device.Error, Does.Contain("package: 1 of what \"/dev/zero\" has is no file and no folder: it was left out."));
        Assert.That(pipes.Error, Does.Contain("package: 6 of what \"/srv/a\" has are no files"));
        Assert.That(pipes.Error.Split("is left out").Length - 1, Is.EqualTo(5), pipes.Error);
        Assert.That(_project.Project.Read("b/three"), Is.EqualTo("1\n"));
    }

    [Test]
    public async Task Copy_ToANode_LeavesOutWhatIsNoFileAndCopiesTheRest()
    {
        await _project.CreateAsync("one");
        _project.Project.Write("site/z.txt", "last\n");
        File.CreateSymbolicLink(_project.Project.PathOf("site/a-gone"), "/nowhere/at-all");
        File.CreateSymbolicLink(_project.Project.PathOf("site/b-link"), "z.txt");
        File.CreateSymbolicLink(_project.Project.PathOf("site/c-null"), "/dev/null");
        File.CreateSymbolicLink(_project.Project.PathOf("site/d-folder"), "..");
        await ProcessRun.RunAsync(new ProcessStartInfo("mkfifo", [_project.Project.PathOf("site/e-pipe")]));

        var run = await _project.RunAsync("instance:copy", "site", "one:/srv/site").WaitAsync(TimeSpan.FromMinutes(2));
        var pipe = await _project.RunAsync("instance:copy", "site/e-pipe", "one:/srv/pipe").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That((await ShellAsync("one", "cd /srv/site && ls && cat b-link z.txt")).Out, Is.EqualTo("b-link\nz.txt\nlast\nlast\n"), run.Error);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error, Does.StartWith(
            "\"site/a-gone\" leads to nothing, and is left out.\n\"site/c-null\" is neither a file nor a folder, and is left out.\n"
            + "\"site/d-folder\" is a link to a folder, and is left out.\n\"site/e-pipe\" is neither a file nor a folder, and is left out.\n"
            + "package: 4 of what \"site\" has were left out.\n"));
        Assert.That((pipe.Code, pipe.Error), Is.EqualTo((ExitCode.BadInput, "package: \"site/e-pipe\" is neither a file nor a folder.\n  Name a file or a folder.\n")));
    }

    [Test]
    public async Task Copy_FromANode_WritesThroughWhatIsThereAndReplacesNoPipe()
    {
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir -p /srv/a/sub && cd /srv/a && echo new > one && ln one two && : > empty && echo in > pipe && echo in > sub/file && chmod +x sub/file");
        _project.Project.Write("kept.txt", "what was there is longer\n");
        File.SetUnixFileMode(_project.Project.PathOf("kept.txt"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_project.Project.PathOf("link.txt"), "kept.txt");
        _project.Project.Write("a/one", "what was there is longer\n");
        File.CreateSymbolicLink(_project.Project.PathOf("a/two"), "one");
        await ProcessRun.RunAsync(new ProcessStartInfo("mkfifo", [_project.Project.PathOf("pipe"), _project.Project.PathOf("a/pipe")]));

        var through = await _project.RunAsync("instance:copy", "one:/srv/a/one", "link.txt").WaitAsync(TimeSpan.FromMinutes(2));
        var pipe = await _project.RunAsync("instance:copy", "one:/srv/a/one", "pipe").WaitAsync(TimeSpan.FromMinutes(2));
        var inFolder = await _project.RunAsync("instance:copy", "one:/srv/a/pipe", ".").WaitAsync(TimeSpan.FromMinutes(2));
        var folder = await _project.RunAsync("instance:copy", "one:/srv/a", ".").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That((through.Code, _project.Project.Read("kept.txt")), Is.EqualTo((ExitCode.Done, "new\n")), through.Error);
        Assert.That(File.GetUnixFileMode(_project.Project.PathOf("kept.txt")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That((pipe.Code, pipe.Error), Is.EqualTo((ExitCode.BadInput, "package: \"pipe\" is neither a file nor a folder.\n  Name a file or a folder: nothing was copied.\n")));
        Assert.That((inFolder.Code, inFolder.Error), Is.EqualTo((ExitCode.BadInput, "package: \"./pipe\" is neither a file nor a folder.\n  Name a file or a folder: nothing was copied.\n")));
        Assert.That((folder.Code, folder.Error), Is.EqualTo((ExitCode.CloudFailed, $"\"{_project.Project.PathOf("a/pipe")}\" is neither a file nor a folder: \"a/pipe\" is left out.\npackage: 1 of what \"/srv/a\" has was left out.\n  What else there is was copied.\n")));
        Assert.That(new[] { "pipe", "a/pipe" }.Select(name => SpecialFile.IsOne(_project.Project.PathOf(name))), Has.All.True);
        Assert.That(new[] { "link.txt", "a/two" }.Select(name => new FileInfo(_project.Project.PathOf(name)).LinkTarget), Is.EqualTo(new[] { "kept.txt", "one" }));
        Assert.That(new[] { "a/one", "a/two", "a/empty", "a/sub/file" }.Select(_project.Project.Read), Is.EqualTo(new[] { "new\n", "new\n", "", "in\n" }));
        Assert.That(File.GetUnixFileMode(_project.Project.PathOf("a/sub/file")).HasFlag(UnixFileMode.OtherExecute));
    }

    [Test]
    public async Task Copy_WithJson_SaysWhatWentWhere()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("a.txt", "a\n");

        var run = await _project.RunAsync("instance:copy", "a.txt", "one:/srv/a.txt", "--json");

        var said = JObject.Parse(run.Out);
        Assert.That(((string?)said["instance"], (string?)said["path"], (string?)said["direction"]), Is.EqualTo((id, "/srv/a.txt", "to")), run.Error);
        Assert.That(await JsonSchemaTests.ValidateAsync(_project.Project, [new JArray("instance:copy", JsonSchemaTests.SchemaOf("instance:copy"), said)]), Is.Empty);
    }

    [Test]
    public async Task Copy_ToANode_TheFolderThatHoldsItsOwnDisk_LeavesThatOut()
    {
        var id = await _project.CreateAsync("one");
        _project.Project.Write("z.txt", "last\n");

        var run = await _project.RunAsync("instance:copy", ".", "one:/srv/site").WaitAsync(TimeSpan.FromMinutes(2));
        var own = await _project.RunAsync("instance:copy", $".package/instances/{id}/disk", "one:/srv/disk").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error, Does.Match($"\"\\S+/instances/{id}\" is the node's own disk, and is left out\\.\n"));
        Assert.That((await ShellAsync("one", "cat /srv/site/z.txt")).Out, Is.EqualTo("last\n"), run.Error);
        Assert.That((own.Code, own.Error), Is.EqualTo((ExitCode.BadInput,
            $"package: \".package/instances/{id}/disk\" is of the node's own disk.\n  Name another folder: this one would be copied into itself.\n")));
    }

    [Test]
    public async Task Copy_FromANode_LeavesOutLinksToFoldersThatHoldThemAndCopiesTheRest()
    {
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir -p /srv/t/a /srv/t/b '/srv/t/-ä x' && cd /srv/t && ln -s . self && ln -s .. up && ln -s ../b a/x && ln -s ../a b/y "
            + "&& ln -s .. './-ä x/u p' && echo z > z && echo f > a/f && echo no > ../other && ln -s t ../-top");

        var run = await _project.RunAsync("instance:copy", "one:/srv/t", "t").WaitAsync(TimeSpan.FromMinutes(2));
        var top = await _project.RunAsync("instance:copy", "one:/srv/-top", "top").WaitAsync(TimeSpan.FromMinutes(2));
        var file = await _project.RunAsync("instance:copy", "one:/srv/t/z", "z").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error.Split('\n').Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "",
            "  What else there is was copied.",
            "\"t/-ä x/u p\" is a link to a folder that holds it, and is left out.",
            "\"t/a/x/y\" is a link to a folder that holds it, and is left out.",
            "\"t/b/y/x\" is a link to a folder that holds it, and is left out.",
            "\"t/self\" is a link to a folder that holds it, and is left out.",
            "\"t/up\" is a link to a folder that holds it, and is left out.",
            "package: 5 of what \"/srv/t\" has were left out.",
        }));
        Assert.That(new[] { "t/z", "t/a/f", "t/b/y/f", "top/a/f", "z" }.Select(_project.Project.Read), Is.EqualTo(new[] { "z\n", "f\n", "f\n", "f\n", "z\n" }), top.Error);
        Assert.That(Directory.GetFiles(_project.Project.PathOf("t"), "other", SearchOption.AllDirectories), Is.Empty);
        Assert.That(file.Code, Is.EqualTo(ExitCode.Done), file.Error);
    }

    [Test]
    public async Task Copy_FromANode_WhatIsInTheWayIsSaidOnce()
    {
        await _project.CreateAsync("one");
        await ShellAsync("one", "mkdir -p /srv/a/sub && cd /srv/a && echo 1 > sub/one && echo 2 > sub/two && echo 3 > three");
        Directory.CreateDirectory(_project.Project.PathOf("there/three"));
        _project.Project.Write("file", "stays\n");
        _project.Project.Write("part/sub", "stays\n");
        var all = new List<(ExitCode, string)>();
        foreach (var (from, to) in new[] { ("one:/srv/a/three", "no/such"), ("one:/srv/a/three", "there"), ("one:/srv/a", "file") })
        {
            var run = await _project.RunAsync("instance:copy", from, to);
            all.Add((run.Code, run.Error));
        }

        await ShellAsync("one", "mkdir /srv/part && mv /srv/a/* /srv/part");
        var part = await _project.RunAsync("instance:copy", "one:/srv/part", ".");

        Assert.That(all, Is.EqualTo(new[] { ("no/such", "is in a folder that is not there"), ("there/three", "is a folder"), ("file", "is a file") }.Select(each => (
            ExitCode.CloudFailed,
            $"package: \"{_project.Project.PathOf(each.Item1)}\" {each.Item2}: nothing was copied.\n  Name another file or folder.\n"))));
        Assert.That((part.Code, part.Error), Is.EqualTo((ExitCode.CloudFailed,
            $"\"{_project.Project.PathOf("part/sub")}\" is a file: \"part/sub/\" is left out.\npackage: 1 of what \"/srv/part\" has was left out.\n  What else there is was copied.\n")));
        Assert.That(_project.Project.Read("part/three") + _project.Project.Read("part/sub") + _project.Project.Read("file"), Is.EqualTo("3\nstays\nstays\n"));
    }

    /// <summary>What an instance sends is nobody's to believe: no link and no name leads out of the folder.</summary>
    [Test]
    public async Task Copy_TheInstanceSendsAnythingElse_NothingOfItLeavesTheFolder()
    {
        var id = await _project.CreateAsync("one");
        await ShellAsync(id, "mkdir /srv/a; echo in > /srv/a/f; ln -s /etc/passwd /srv/a/link; mkfifo /srv/a/pipe; mkdir /tmp/evil; cd /tmp/evil; "
            + "printf '#!/bin/sh\\nexec /usr/bin/tar.real -cf - -P --transform=s,f$,../../escaped, /srv/a\\n' > /tmp/evil/tar; chmod +x /tmp/evil/tar; "
            + "mv /usr/bin/tar /usr/bin/tar.real && cp /tmp/evil/tar /usr/bin/tar");

        var run = await _project.RunAsync("instance:copy", "one:/srv/a", "a");

        Assert.That(run.Error, Does.Contain("is neither a file nor a folder, and is left out"), run.Out);
        Assert.That(Directory.EnumerateFileSystemEntries(_project.Project.Folder, "escaped*", SearchOption.AllDirectories), Is.Empty);
        Assert.That(File.Exists(Path.Combine(_project.Project.Folder, "..", "escaped")), Is.False);
    }

    [TestCase("one:/nowhere/at-all", "here", "no such file or folder")]
    [TestCase("nothing.txt", "one:/tmp", "There is no \"nothing.txt\" to copy.")]
    [TestCase("a", "b", "One of the two has to be on a node")]
    [TestCase("one:/a", "one:/b", "One of the two has to be on a node")]
    [TestCase("two:/a", "b", "There is no node two, and no group of that name")]
    [TestCase("idle:/a", "b", "The group idle has no node that runs.")]
    [TestCase("one:/", "b", "has no name")]
    [TestCase("/", "one:/tmp", "\"/\" has no name.")]
    [TestCase("", "one:/tmp", "FROM is empty.")]
    [TestCase("one:/etc/hostname", "", "TO is empty.")]
    public async Task Copy_WhatCannotBe_IsSaid(string from, string to, string said)
    {
        await _project.CreateAsync("one");

        var run = await _project.RunAsync("instance:copy", from, to);

        Assert.That(run.Code, Is.EqualTo(from == "one:/nowhere/at-all" ? ExitCode.CloudFailed : ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(said));
    }

    [Test]
    public async Task Forward_APortOfAGroupsNode_AnswersHereUntilInterrupted()
    {
        var id = await _project.CreateAsync("one");
        await ShellAsync(id, "mkdir /srv/www; echo from the node > /srv/www/index.html; cd /srv/www; setsid python3 -m http.server 8080 --bind \"$(hostname -i | cut -d' ' -f1)\" > /dev/null 2>&1 & sleep 0.1");
        var local = Ports.Next();
        using var forward = new Fleets.PackageProcess(_project.Project, ["instance:forward", "www", $"8080:{local}", "--json"]);
        using var client = new HttpClient();
        var page = "";

        await Wait.UntilAsync(async () =>
        {
            try
            {
                page = await client.GetStringAsync(new Uri($"http://127.0.0.1:{local}/"));
            }
            catch (HttpRequestException)
            {
                return false; // it does not listen yet
            }

            return true;
        });
        Assert.That(forward.Signal(2));
        var ended = await forward.EndAsync();

        Assert.That(page, Is.EqualTo("from the node\n"));
        Assert.That(ended.Code, Is.EqualTo(ExitCode.Done), ended.Error);
        Assert.That(ended.Error, Does.Contain($"127.0.0.1:{local} leads to port 8080 of www {id}, until Ctrl-C."));
        var said = JObject.Parse(ended.Out);
        Assert.That(((string?)said["instance"], (int?)said["local_port"]), Is.EqualTo((id, local)));
        Assert.That(await JsonSchemaTests.ValidateAsync(_project.Project, [new JArray("instance:forward", JsonSchemaTests.SchemaOf("instance:forward"), said)]), Is.Empty);
    }

    [TestCase("http")]
    [TestCase("0")]
    [TestCase("80:70000")]
    [TestCase("80:81:82")]
    public async Task Forward_NoPort_IsSaid(string port)
    {
        var run = await _project.RunAsync("instance:forward", "www", port);

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain($"\"{port}\" is no port.").And.Contain("PORT:LOCAL"));
    }

    [Test]
    public async Task Command_InAnInstanceWithoutRoomForAProcess_FailsAtOnce()
    {
        _project.Project.Write("nodes.json", _project.Project.Read("nodes.json").Replace("\"local\": {", "\"local\": {\"limits\": {\"processes\": 64}, ", StringComparison.Ordinal));
        var id = await _project.CreateAsync("one");
        _project.Project.Write("converge.sh", "i=0; while [ $i -lt 64 ]; do sleep 600 > /dev/null 2>&1 & i=$((i+1)); done\n");
        await _project.RunAsync("instance:deploy", "www");
        _project.Project.Write("converge.sh", "echo there is room\n");

        var run = await _project.RunAsync("instance:deploy", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error + run.Out);
        Assert.That(run.Error, Does.Contain($"www {id}: Failed").And.Not.Contain("there is room"));
    }

    /// <summary>A process of its own: the shell takes over its terminal.</summary>
    private async Task<ProgramRun> ShellAsync(string instance, string input, bool onTerminal = false, string before = "")
    {
        var start = PackageProgram.ForProcesses.Start(_project.Project, "instance:shell", instance);
        if (onTerminal)
        {
            // A pseudo-terminal around it, as a person has one.
            var line = before + string.Join(' ', start.ArgumentList.Prepend(start.FileName).Select(word => $"'{word}'"));
            (start.FileName, start.Environment["TERM"]) = ("script", "vt100");
            start.ArgumentList.Clear();
            Array.ForEach(["-q", "-e", "-c", line, "/dev/null"], start.ArgumentList.Add);
        }

        return await ProgramRun.OfAsync(start, input + "\n");
    }
}
