using System.Text;
using Baker.Sdk.Generator.Emitters;
using Baker.Sdk.Generator.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Baker.Sdk.Generator;

/// <summary>
/// Generates AWS clients (BakerSdkEmit=client) or the server's side of their protocols (BakerSdkEmit=server) from
/// the service models among the additional files.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class SdkGenerator : IIncrementalGenerator
{
    /// <inheritdoc />
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".json", StringComparison.Ordinal))
            .Select(static (file, stop) => (Name: Path.GetFileNameWithoutExtension(file.Path), Text: file.GetText(stop)?.ToString() ?? ""))
            .Collect();
        var emit = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue("build_property.BakerSdkEmit", out var value) ? value : "");
        context.RegisterSourceOutput(files.Combine(emit), static (output, input) =>
        {
            var custom = input.Left.FirstOrDefault(file => file.Name == "customizations").Text;
            if (string.IsNullOrEmpty(custom))
            {
                return;
            }

            var customizations = Json.Parse(custom);
            foreach (var (name, text) in input.Left.Where(file => customizations.Has(file.Name)))
            {
                Generate(output, new Service(name, Json.Parse(text), customizations.Object(name)!), input.Right);
            }
        });
    }

    private static void Generate(SourceProductionContext output, Service service, string emit)
    {
        void Add(string part, string source) => output.AddSource($"{service.Client}.{part}.g.cs", SourceText.From(source, Encoding.UTF8));

        if (emit == "client" && !service.HasPackage)
        {
            Add("Model", ModelEmitter.Emit(service));
            Add("Enumerations", EnumerationEmitter.Emit(service));
            Add("Exceptions", ExceptionEmitter.Emit(service));
            Add("Client", ClientEmitter.Emit(service));
            Add("Paginators", PaginatorEmitter.Emit(service));
            Add("Wire", WireEmitter.Emit(service));
        }
        else if (emit == "server")
        {
            Add("Wire", WireEmitter.Emit(service));
            Add("Server", ServerEmitter.Emit(service));
            if (service.Copies.Any())
            {
                Add("Copies", CopyEmitter.Emit(service));
            }
        }
    }
}
