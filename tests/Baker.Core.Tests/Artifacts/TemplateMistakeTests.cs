using Baker.Core.Artifacts;

namespace Baker.Core.Tests.Artifacts;

internal sealed class TemplateMistakeTests
{
    [TestCase("{{ if name }}\n{", "1:4", "This if has no end", "{{ end }}")]
    [TestCase("{\n  {{ for x in tags }}\n  {{ if x }}{{ end }}\n}", "2:6", "This for has no end", "{{ end }}")]
    [TestCase("{\n}\n{{ end }}", "3:4", "closes nothing", "Remove it")]
    [TestCase("{}{{ else }}{{ end }}", "1:16", "closes nothing", "Remove it")]
    [TestCase("{\"a\":\n  {{ json name", "2:3", "This {{ is never closed", "}}")]
    [TestCase("{\"a\": {{ json name }", "1:7", "never closed", "}}")]
    [TestCase("{\"a\": {{ json \"name }}}", "1:7", "never closed", "quote")]
    [TestCase("{\"a\": {{ \"\\q\" }}}", "1:10", "escape", "twice")]
    [TestCase("{\"a\": {{ (1 + 2 }}}", "1:17", "closing", "bracket")]
    [TestCase("{\"a\": {{ 1 + }}}", "1:14", "<expression>", "missing")]
    [TestCase("{{ if }}{{ end }}", "1:7", "<expression>", "missing")]
    [TestCase("{{ for x tags }}{{ end }}", "1:4", "'in'", "for item in list")]
    public void Read_NotATemplate_SaysWhereAndWhatToDo(string template, string place, string reason, string remedy) => Check(template, place, reason, remedy);

    [TestCase("{\n  \"a\": {{ json nmae }}\n}", "2:16", "\"nmae\"", "Did you mean \"name\"?")]
    [TestCase("{\"a\": {{ jsno name }}}", "1:10", "\"jsno\"", "Did you mean \"json\"?")]
    [TestCase("{\"a\": {{ json colour.red.light }}}", "1:22", "a text without \"red\"", "")]
    [TestCase("{\"a\": {{ json tags.tema }}}", "1:20", "\"tema\"", "Did you mean \"team\"?")]
    [TestCase("{\"a\": {{ json tags[\"tema\"] }}}", "1:20", "\"tema\"", "Did you mean \"team\"?")]
    [TestCase("{\"a\": {{ json tags.extra }}}", "1:20", "\"extra\"", "{{ if a.b }}, a?.b, a.b ?? \"c\"")]
    [TestCase("{{ if tags.tema.x }}{{ end }}", "1:12", "\"tema\"", "Did you mean \"team\"?")]
    [TestCase("{\"a\": {{ json vpc_idd }}}", "1:15", "\"vpc_idd\"", "Did you mean \"vpc_id\"?")]
    [TestCase("{\"a\": {{ json extra }}}", "1:15", "\"extra\"", "attributes.NAME")]
    [TestCase("{{ numbers[0] = 7 }}{}", "1:12", "readonly", "a name of its own")]
    [TestCase("{{ security_group_ids[0] = \"x\" }}{}", "1:23", "readonly", "a name of its own")]
    [TestCase("{\"a\": {{ json source_filter.owners }}}", "1:29", "null", "Ask first")]
    [TestCase("{\"a\": {{ json numbers[9] }}}", "1:23", "out of bounds", "how many")]
    [TestCase("{\"a\": {{ json }}}", "1:10", "one value", "{{ json description }}")]
    [TestCase("{\"a\": {{ json name name }}}", "1:10", "not 2", "{{ json description }}")]
    [TestCase("{\"a\": {{ json json }}}", "1:15", "json takes one value, not 0", "{{ json description }}")]
    [TestCase("{\"a\": {{ join name \",\" }}}", "1:10", "takes a list", "{{ join")]
    [TestCase("{\"a\": {{ packer 5 }}}", "1:10", "text in quotes", "{{ packer \"timestamp\" }}")]
    [TestCase("{\"a\": {{ user \"a`b\" }}}", "1:10", "backquotes", "{{ user \"endpoint\" }}")]
    [TestCase("{\"a\": {{ name \"x\" }}}", "1:10", "Invalid target function", "Only functions")]
    [TestCase("{\"a\": {{ tags }}}", "1:10", "an object", "json or hcl")]
    [TestCase("{\"a\": {{ numbers }}}", "1:10", "a list", "json or hcl")]
    [TestCase("{\"a\": {{ name - 1 }}}", "1:15", "not supported", "docs/templates.md")]
    [TestCase("{{ tags.team = \"x\" }}{}", "1:4", "readonly", "a name of its own")]
    [TestCase("{{ include \"/etc/passwd\" }}", "1:4", "\"include\"", "docs/templates.md")]
    [TestCase("{{ date.now }}", "1:4", "\"date\"", "")]
    [TestCase("{{ object.eval \"1\" }}", "1:4", "\"object\"", "docs/templates.md")]
    [TestCase("{{ name.gettype }}", "1:9", "\"gettype\"", "")]
    [TestCase("{{ for tag in tags }}{{ tag.valeu }}{{ end }}", "1:29", "\"valeu\"", "Did you mean \"value\"?")]
    public void Render_CannotBe_SaysWhereAndWhatToDo(string template, string place, string reason, string remedy) => Check(template, place, reason, remedy);

    [TestCase("{{ while true }}{{ end }}", "1:4", "iteration limit", "while")]
    [TestCase("{{ for i in 1..1000; for j in 1..1000; end; end }}", "1:22", "100000", "while")]
    [TestCase("{{ for i in 1..100000000 }}{{ end }}", "1:14", "a loop may go round", "Count to less")]
    [TestCase("{{ func f; f; end; f }}", "1:12", "recursive", "ends it")]
    [TestCase("{{ func f(n); if n == 0; ret 1; end; ret f(n - 1) + f(n - 1); end; f(40) }}", "1:", "million steps", "calls itself")]
    [TestCase("{{ x = \"ab\"; for i in 1..90; x = x + x; end; x.size }}", "1:34", "a text may be long", "longer and longer")]
    [TestCase("{{ x = \"ab\" * 1000000000 }}", "1:15", "a text may be long", "longer and longer")]
    [TestCase("{\"a\": \"{{ for i in 1..90000 }}{{ \"x\" * 200 }}{{ end }}\"}", "1:", "8 MiB", "loop")]
    [TestCase("{{ x = {}; x.x = x; json x }}", "1:21", "contains itself", "{{ json")]
    public void Render_WithoutAnEnd_EndsWithAnError(string template, string place, string reason, string remedy) => Check(template, place, reason, remedy);

    [TestCase("{\n  \"a\": {{ name }}\n}", "2:11", "Its line 2 is \"\\\"a\\\": web\"", "{{ json description }}")]
    [TestCase("{\n  \"é\": 1\n  \"b\": {{ json name }}\n}", "3:3", "comma", "commas")]
    [TestCase("{\"a\": {{ json name }}, {{ if colour }}\"a\": 2{{ end }}}", "1:39", "a second time", "")]
    [TestCase("{\"a\": [1, 2}", "1:12", "']'", "bracket")]
    [TestCase("{\"a\": {{ json name }}", "1:1", "never closed", "'}'")]
    [TestCase("{\"a\": \"{{ description }}\"}", "1:11", "not JSON", "{{ json description }}")]
    [TestCase("[{{ json name }}]", "1:1", "no JSON object", "starts with {")]
    [TestCase("", "1:1", "not JSON", "{{ json description }}")]
    [TestCase("{{ ret 1 }}{}", "1:1", "no JSON object", "starts with {")]
    public void Render_NotJson_SaysWhichPartOfTheTemplateWroteIt(string template, string place, string reason, string remedy) => Check(template, place, reason, remedy);

    [Test]
    public void Render_UserVariableInHcl2_SaysHowItIsWritten()
    {
        var mistake = RenderedTemplate.Mistake("a = \"{{ user \"endpoint\" }}\"", PackerFormat.Hcl2);
        Assert.That(mistake.Message, Does.StartWith("templates/own.sbn:1:9: "));
        Assert.That(mistake.Remedy, Does.Contain("var.endpoint"));
    }

    private static void Check(string template, string place, string reason, string remedy)
    {
        var mistake = RenderedTemplate.Mistake(template);
        Assert.Multiple(() =>
        {
            Assert.That(mistake.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(mistake.Message, Does.StartWith($"templates/own.sbn:{place}").And.Contain(reason));
            Assert.That(mistake.Remedy, Does.Contain(remedy).And.Not.Empty);
        });
    }
}
