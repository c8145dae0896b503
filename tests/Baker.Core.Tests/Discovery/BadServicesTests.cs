using Baker.Core.Manifest;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Discovery;

/// <summary>Wrong values of what groups say of services: each is told at its place, which a § marks.</summary>
public sealed class BadServicesTests
{
    private const string EtcdRemedy = "Write for example \"catalog\": {\"etcd\": [\"https://10.0.0.5:2379\"]}";

    // What a value must be.
    [TestCase("{'a': {'provides': §['api']}}", "BK008", "an object")]
    [TestCase("{'a': {'provides': {'api': §8080}}}", "BK008", "an object")]
    [TestCase("{'a': {'provides': {§'a pi': {}}}}", "BK009", "the name of a service")]
    [TestCase("{'a': {'provides': {§'_api': {}}}}", "BK009", "the name of a service")]
    [TestCase("{'a': {'provides': {§'a/b': {}}}}", "BK009", "the name of a service")]
    [TestCase("{'a': {'provides': {'api': {'port': §0}}}}", "BK009", "from 1 to 65535")]
    [TestCase("{'a': {'provides': {'api': {'port': §65536}}}}", "BK009", "from 1 to 65535")]
    [TestCase("{'a': {'provides': {'api': {'port': §'http'}}}}", "BK008", "a whole number")]
    [TestCase("{'a': {'provides': {'api': {'port': 80, 'check': §'status'}}}}", "BK009", "starts with /")]
    [TestCase("{'a': {'provides': {'api': {'port': 80, 'check': §'/a b'}}}}", "BK009", "starts with /")]
    [TestCase("{'a': {'provides': {'api': {'check': §'/status'}}}}", "BK009", "a check and no port")]
    [TestCase("{'a': {'provides': {'api': {§'prot': 80}}}}", "BK011", "no attribute 'prot'")]
    [TestCase("{'a': {'needs': §'api'}}", "BK008", "an object")]
    [TestCase("{'a': {'needs': {'api': §true}}}", "BK008", "an object")]
    [TestCase("{'a': {'needs': {'api': {'optional': §'yes'}}}}", "BK008", "true or false")]
    [TestCase("{'a': {'needs': {'api': {§'optinal': true}}}}", "BK011", "no attribute 'optinal'")]
    [TestCase("{'a': {'services_from': §{}}}", "BK008", "a run list item with one *")]
    [TestCase("{'a': {'services_from': §'recipe[services::api]'}}", "BK009", "a run list item with one *")]
    [TestCase("{'a': {'services_from': §'recipe[*::*]'}}", "BK009", "a run list item with one *")]
    [TestCase("{'a': {'services_from': ['recipe[s::*]', §'recipe[s::*@1.0.0]']}}", "BK009", "a run list item with one *")]
    [TestCase("{'__settings__': {'catalog': §'consul'}}", "BK009", "'ssm'")]
    [TestCase("{'__settings__': {'catalog': §true}}", "BK008", "'ssm'")]
    [TestCase("{'__settings__': {'catalog': {'etcd': §[]}}}", "BK009", "is an empty list, and needs at least one endpoint.")]
    [TestCase("{'__settings__': {'catalog': §'etcd'}}", "BK009", "must be 'ssm', or an object with etcd's addresses, not 'etcd'.")]
    [TestCase("{'__settings__': {'catalog': §'https://etcd.internal:2379'}}", "BK009", "or an object with etcd's addresses")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'etcd.internal']}}}", "BK009", "an address such as")]
    [TestCase("{'__settings__': {'catalog': §{'user': 'baker'}}}", "BK009", "needs the attribute 'etcd'")]

    // What more there is to say of the catalogue.
    [TestCase("{'__settings__': {'catalog': {'recipes': §'yes'}}}", "BK008", "true or false")]
    [TestCase("{'__settings__': {'catalog': {§'recipe': true}}}", "BK011", "no attribute 'recipe'")]
    [TestCase("{'__settings__': {'catalog': {'attribute': §'run_list'}}}", "BK009", "Baker does not write otherwise")]
    [TestCase("{'__settings__': {'catalog': {'attribute': §'a.b'}}}", "BK009", "of letters, digits, - and _")]
    [TestCase("{'__settings__': {'catalog': {'attribute': §''}}}", "BK009", "the name of an attribute")]
    [TestCase("{'__settings__': {'catalog': {'settle': §20}}}", "BK008", "a duration such as 20s")]
    [TestCase("{'__settings__': {'catalog': {'settle': §'2h'}}}", "BK009", "of at most an hour")]
    [TestCase("{'__settings__': {'catalog': §{'recipes': true, 'ca_file': 'ca.pem'}}}", "BK009", "needs the attribute 'etcd' beside 'ca_file'")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'catalog_user': §'a b'}, '__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 'ops'}}}", "BK009", "the name of a user")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'catalog_user': §'a'}, '__settings__': {'catalog': {'etcd': ['https://a:2379']}}}", "BK010", "names no user of etcd's")]
    [TestCase("{'a': {'catalog_user': §'a'}, '__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 'ops'}}}", "BK010", "has a catalog_user and no config")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'tags': {§'cost center': '1'}, 'drain': {'script': 'd', 'hook': 'h'}, 'autoscale': {'lifecycle_hooks': [{'name': 'h', 'transition': 'terminating'}]}}}", "BK010", "EC2 tells none where one is called 'cost center'")]
    [TestCase("{'a': {'drain': {'script': 'd', 'hook': §true}}}", "BK008", "a text")]
    [TestCase("{'a': {'drain': {'script': 'd', 'hook': §'drain'}}}", "BK009", "its fleet has none for those that end")]
    [TestCase("{'a': {'drain': {'script': 'd', 'hook': §'up'}, 'autoscale': {'lifecycle_hooks': [{'name': 'up', 'transition': 'launching'}, {'name': 'down', 'transition': 'terminating'}]}}}", "BK009", "a drains while the hook 'up' holds")]

    // What is never to be run, or for no time.
    [TestCase("{'a': {'services_reload': ['systemctl reload haproxy', §'  ']}}", "BK009", "a command that is not blank")]
    [TestCase("{'a': {'services_reload': §'  '}}", "BK008", "a list of commands that are not blank")]
    [TestCase("{'a': {'services_converge': §'\\t'}}", "BK009", "a command that is not blank")]
    [TestCase("{'a': {'drain': {'script': §'  '}}}", "BK009", "a command that is not blank")]
    [TestCase("{'a': {'drain': {'script': 'd', 'timeout': §'0s'}}}", "BK009", "longer than none")]
    [TestCase("{'a': {'drain': {'script': 'd', 'timeout': §'00h'}}}", "BK009", "longer than none")]

    // How etcd is reached.
    [TestCase("{'__settings__': {'catalog': {'etcd': §'https://etcd.internal:2379'}}}", "BK008", "a list of addresses")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§2379]}}}", "BK008", "an address such as")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379', §'ftp://b:2379']}}}", "BK009", "an address such as")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://etcd.internal:2379/v3']}}}", "BK009", "without a path")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://etcd.internal:2379?a=b']}}}", "BK009", "without a path")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://etcd.internal:237900']}}}", "BK009", "an address such as")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://etcd.internal:0']}}}", "BK009", "an address such as")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://web:s3cret@etcd.internal:2379']}}}", "BK009", "has a user in its address")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'https://web:s3cret@etcd.internal:2379/v3']}}}", "BK009", "without a path, not 'https://web:…@etcd.internal:2379/v3'.")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379', §'https://a:2379/']}}}", "BK010", "has https://a:2379 twice")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379', §'http://b:2379'], 'user': 'web'}}}", "BK010", "over which a password cannot go")]
    [TestCase("{'__settings__': {'catalog': {'etcd': [§'http://b:2379'], 'ca_file': 'ca.pem'}}}", "BK010", "over which certificates cannot go")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], §'password': 's3cret'}}}", "BK011", "no attribute 'password'")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], §'cafile': 'ca.pem'}}}", "BK011", "no attribute 'cafile'")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': §''}}}", "BK009", "the name of a user")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 'web', 'password_env': §'a-b'}}}", "BK009", "an environment variable")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'password_env': §'ETCD'}}}", "BK009", "password_env and no user")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'certificate_file': §'a.pem'}}}", "BK009", "certificate_file and no key_file")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'key_file': §'a.key'}}}", "BK009", "key_file and no certificate_file")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'ca_file': §'../ca.pem'}}}", "BK009", "a file of the project")]

    // Within a group.
    [TestCase("{'a': {'provides': {'api': {'port': 80}, §'www': {'port': 80}}}}", "BK010", "both on port 80")]
    [TestCase("{'__base__': {'provides': {'api': {'port': 80}}}, 'a': {'provides': {§'www': {'port': 80}}}}", "BK010", "at 1:28, api, both on port 80")]
    [TestCase("{'a': {'provides': {'api': {}}, 'needs': {§'api': {}}}}", "BK010", "which it provides itself")]
    [TestCase("{'a': {'run_list': ['s::api'], 'services_from': 's::*', 'needs': {§'api': {}}}}", "BK010", "which it provides itself (at 1:21)")]
    [TestCase("{'a': {'run_list': [§'recipe[s::_api]'], 'services_from': 'recipe[s::*]'}}", "BK006", "the service '_api' by services_from")]

    [TestCase("{'x': {'provides': {'a-b': {}, 'A.B': {}}}, 'a': {'needs': {'a-b': {}, §'A.B': {'optional': true}}}}", "BK010", "at 1:61, a-b, and both would be A_B_NODES")]

    // Across groups.
    [TestCase("{'a': {'provides': {'api': {}}}, 'b': {'needs': {§'apo': {}}}}", "BK009", "b needs the service 'apo', and no group provides it")]
    [TestCase("{'a': {'run_list': ['recipe[s::delete-api]', 's::default', 'role[api]', 's::x::y'], 'services_from': 'recipe[s::*]'}, 'b': {'needs': {§'delete-api': {}}}}", "BK009", "no group provides it")]
    [TestCase("{'__base__': {'provides': {'api': {}}}, 'a': {'provides': {'api': null}}, 'b': {'provides': {'api': null}, 'needs': {§'api': {}}}}", "BK009", "no group provides it")]
    [TestCase("{'a': {'provides': {'api': {}}, 'region': 'eu-west-1'}, 'b': {'needs': {§'api': {}}}}", "BK010", "which a provides in eu-west-1")]
    [TestCase("{'a': {'provides': {'x': {}}, 'needs': {§'y': {}}}, 'b': {'provides': {'y': {}}, 'needs': {'x': {}}}}", "BK010", "a needs y of b, which needs x of a")]
    [TestCase("{'a': {'provides': {'x': {}}, 'needs': {'y': {}}}, 'b': {'provides': {'y': {}}, 'needs': {'z': {}}}, 'c': {'provides': {'z': {}}, 'needs': {§'x': {}}}}", "BK010", "c needs x of a, which needs y of b, which needs z of c")]

    // In an environment.
    [TestCase("{'a': {'provides': {'api': {}}}, 'b': {'needs': {§'api': {}}}, '__environments__': {'staging': {'a': null}}}", "BK009", "no group of staging provides it")]
    [TestCase("{'a': {}, '__environments__': {'staging': {'a': {'needs': {§'api': {}}}}}}", "BK009", "no group of staging provides it")]
    public void Read_WrongValue_IsToldAtItsPlace(string marked, string code, string message) =>
        ReadManifest.AssertTold(marked, code, message);

    [TestCase(255, 0)]
    [TestCase(256, 1)]
    public void Read_CheckThatNoEntryCanHave_IsToldAtItsPlace(int length, int errors)
    {
        var read = new ReadManifest($"{{'a': {{'provides': {{'api': {{'port': 80, 'check': '/{new string('a', length - 1)}'}}}}}}}}");
        Assert.That(read.Errors.Count(error => error.Message.Contains("at most 255 characters", StringComparison.Ordinal)), Is.EqualTo(errors));
    }

    [TestCase("{'a': {'provides': {'recommendation': {}}}, 'b': {'needs': {'recomendation': {}}}}", "Did you mean \"recommendation\"?")]
    [TestCase("{'b': {'needs': {'api': {}}}}", "Name it in the \"provides\" of a group, or write {\"optional\": true}.")]
    [TestCase("{'a': {'provides': {'api': {}}, 'needs': {'api': {}}}}", "Write {\"optional\": true}, and its nodes are told of each other, or remove it.")]
    [TestCase("{'__settings__': {'catalog': 'smm'}}", "Did you mean \"ssm\"?")]
    [TestCase("{'__settings__': {'catalog': 'consul'}}", "Write for example \"catalog\": \"ssm\"")]
    [TestCase("{'__settings__': {'catalog': 'etcd'}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': 'https://a:2379'}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': ['https://a:2379']}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': {'etcd': []}}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': {'etcd': 'https://a:2379'}}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['a:2379']}}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 5}}}", EtcdRemedy)]
    [TestCase("{'__settings__': {'catalog': {'settle': 20}}}", "Write for example \"catalog\": {\"recipes\": true, \"attribute\": \"seatgeek-services\", \"settle\": \"30s\"}")]
    public void Read_WrongValue_SaysWhatToDo(string text, string remedy) =>
        Assert.That(new ReadManifest(text).Errors.Single().Remedy, Is.EqualTo(remedy));

    [Test]
    public void Read_UserInAnAddress_IsNotRepeated() =>
        Assert.That(new ReadManifest("{'__settings__': {'catalog': {'etcd': ['https://web:s3cret@a:2379']}}}").Errors.Single().Message, Does.Not.Contain("s3cret"));

    [Test]
    public void Read_NullOfTheCatalogue_SaysNothing() =>
        Assert.That(
            new ReadManifest("{'__settings__': {'catalog': {'etcd': null, 'attribute': null, 'settle': null}}}").Manifest.Settings.Catalog,
            Is.EqualTo(CatalogSettings.Usual));

    [Test]
    public void Read_Etcd_IsInTheSettings()
    {
        var read = new ReadManifest("{'__settings__': {'catalog': {'etcd': ['https://a:2379', 'http://127.0.0.1:2379'], 'user': 'ops', 'ca_file': '/etc/ca.pem'}}}");
        Assert.That(read.Diagnostics, Is.Empty);
        var etcd = read.Manifest.Settings.Catalog.Etcd!;
        Assert.That(etcd.Endpoints.Select(each => each.Text), Is.EqualTo(new[] { "https://a:2379", "http://127.0.0.1:2379" }));
        Assert.That((etcd.User?.Text, etcd.PasswordVariable.Text, etcd.CaFile?.Text, etcd.CertificateFile), Is.EqualTo(("ops", "BAKER_ETCD_PASSWORD", "/etc/ca.pem", (SettingsText?)null)));
        Assert.That(etcd.Endpoints[1].Place, Is.EqualTo(new Position(1, 58)));
    }

    [TestCase("{'a': {'services_from': §'recipe[s::*]', 'run_list': ['recipe[t::api]']}}", TestName = "of a group")]
    [TestCase("{'__base__': {'services_from': §'recipe[s::*]'}, 'a': {'run_list': ['s::default']}, 'b': {}}", TestName = "of the base")]
    [TestCase("{'a': {'config': false, 'services_from': ['s::*', §'t::*'], 'run_list': ['s::api']}, '__environments__': {'x': {}, 'y': {}}}", TestName = "of a list, in environments")]
    public void Read_PatternThatFindsNothing_IsAWarning(string marked)
    {
        var at = marked.IndexOf('§', StringComparison.Ordinal);
        var warning = new ReadManifest(marked.Remove(at, 1)).Diagnostics.Single();
        Assert.That((warning.Severity, warning.Position.ToString()), Is.EqualTo((Severity.Warning, $"1:{at + 1}")));
        Assert.That(warning.Message, Does.Contain("no run list has an item of that form"));
    }

    [TestCase("{'__base__': {'services_from': 'recipe[s::*]'}, 'a': {'run_list': ['s::api']}, 'b': {}}", TestName = "a pattern that one group has no use for")]
    [TestCase("{'a': {'provides': {'x': {}}, 'needs': {'y': {'optional': true}}}, 'b': {'provides': {'y': {}}, 'needs': {'x': {}}}}", TestName = "a way round that an optional need opens")]
    [TestCase("{'a': {'provides': {'x': {}}, 'needs': {'y': {}}}, 'b': {'provides': {'y': {}}, 'needs': {'x': {}}}, 'c': {'provides': {'y': {}}}}", TestName = "a way round that another provider opens")]
    [TestCase("{'a': {'provides': {'x': {}}, 'needs': {'x': {'optional': true}, 'y': {'optional': true}}}}", TestName = "optional needs of its own, and of nobody's")]
    [TestCase("{'a': {'provides': {'x': {'port': 1}, 'y': {'port': 2}, 'z': {}}}, 'b': {'provides': {'x': {'port': 1}}}}", TestName = "one service of several groups")]
    [TestCase("{'__base__': {'needs': {'x': {}}}, 'a': {'provides': {'x': {}}, 'needs': {'x': null}}, 'b': {}}", TestName = "a need that a group drops")]
    [TestCase("{'a': {'needs': {'x': {}}}, 'b': {}, '__environments__': {'staging': {'b': {'provides': {'x': {}}}}}}", TestName = "a need that is met in every environment")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'provides': {'x': {}}}}", TestName = "one whose nodes announce")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'catalog_user': 'a', 'provides': {'x': {}}}, '__settings__': {'catalog': {'etcd': ['https://a:2379'], 'user': 'ops', 'ca_file': '/etc/ca.pem'}}}", TestName = "a user of its own")]
    [TestCase("{'__settings__': {'catalog': {'etcd': ['https://a:2379'], 'ca_file': 'ca.pem'}}, 'a': {'provides': {'x': {}}}}", TestName = "a file of the project that only commands read")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'drain': {'script': 'd'}}}", TestName = "a drain of what no fleet takes out")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'drain': {'script': 'd', 'hook': 'h'}, 'autoscale': {'lifecycle_hooks': [{'name': 'h', 'transition': 'terminating'}]}}}", TestName = "a drain that a hook waits for")]
    [TestCase("{'__settings__': {'catalog': {'settle': '15s'}}, 'a': {}}", TestName = "a settle in which all have looked")]
    [TestCase("{'__settings__': {'catalog': {'settle': '1s', 'etcd': ['https://a:2379']}}, 'a': {}}", TestName = "a short settle with etcd")]
    public void Read_RightValue_IsNotComplainedOf(string text) =>
        Assert.That(
            new ReadManifest(text).Diagnostics.Where(each => text.Contains("'config'", StringComparison.Ordinal)
                || !each.Message.EndsWith("it has no config.", StringComparison.Ordinal)),
            Is.Empty);

    [TestCase("{'__settings__': {'catalog': {'settle': §'14s'}}, 'a': {}}", "settle is 14s, and nodes look into SSM every 15 s")]
    [TestCase("{'__settings__': {'catalog': {'recipes': true, 'settle': §'0s'}}, 'a': {}}", "some still send requests to what has stopped")]
    [TestCase("{'a': {'needs': {§'x': {'optional': true}}}}", "a provides or needs services, and its nodes neither announce nor look up any: it has no config.")]
    [TestCase("{'a': {'provides': {§'x': {}}}}", "a provides or needs services, and its nodes neither announce")]
    [TestCase("{'a': {'run_list': [§'s::api'], 'services_from': 's::*'}}", "a provides or needs services, and its nodes neither announce")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'provides': {'x': {}}}, '__settings__': {'catalog': {'etcd': ['https://a:2379'], 'ca_file': §'ca.pem'}}}", "nodes that announce and look up have none of those")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'drain': §{'script': 'd'}, 'autoscale': {'node_max': 2}}}", "no hook holds a node that Auto Scaling takes out")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'drain': {'script': 'd', 'hook': 'h', 'timeout': §'1h'}, 'autoscale': {'lifecycle_hooks': [{'name': 'h', 'transition': 'terminating', 'timeout': 30}]}}}", "holds a node for at most 50 min.")]
    [TestCase("{'a': {'config': true, 'iam_instance_profile': 'a', 'drain': {'script': 'd', 'hook': 'h', 'timeout': §'49h'}, 'autoscale': {'lifecycle_hooks': [{'name': 'h', 'transition': 'terminating', 'timeout': 7200}]}}}", "holds a node for at most 2880 min.")]
    public void Read_WhatNodesWouldNotDo_IsAWarning(string marked, string message)
    {
        var at = marked.IndexOf('§', StringComparison.Ordinal);
        var warning = new ReadManifest(marked.Remove(at, 1)).Diagnostics.Single();
        Assert.That((warning.Severity, warning.Position.ToString()), Is.EqualTo((Severity.Warning, $"1:{at + 1}")));
        Assert.That(warning.Message, Does.Contain(message));
    }
}
