using Baker.Cloud.Instances;

namespace Baker.Cloud.Tests.Instances;

public sealed class DeployResultTests
{
    [TestCase("==> done\n", "")]
    [TestCase("==> done\n----------ERROR-------\nbaker-node: etcd refuses its user web\nbaker-node: /etc/baker/services is kept as it was\n", "etcd refuses its user web; /etc/baker/services is kept as it was")]
    [TestCase("baker-node: /etc/baker/services is kept as it was\nbaker-node: more", "/etc/baker/services is kept as it was")]
    [TestCase("another: etcd\nbaker-node: /etc/baker/services is kept as it was", "/etc/baker/services is kept as it was")]
    [TestCase("baker-node: /etc/baker/env is kept as it was\n", "")]
    public void KeptIn_WhatANodePrints_IsWhyItKnowsNothingNew(string output, string expected) =>
        Assert.That(DeployResult.KeptIn(output), Is.EqualTo(expected));
}
