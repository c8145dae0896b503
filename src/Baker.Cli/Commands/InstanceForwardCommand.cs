using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Baker.Cli.Fleets;
using Baker.Cli.Reaching;
using Baker.Cli.Sessions;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>instance:forward</c>: a port of a node on this machine's loopback.</summary>
internal static class InstanceForwardCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Reach a port of a node on this machine, until Ctrl-C.";
        command.ExtendedHelpText = """

            The port is on 127.0.0.1 alone. On AWS this runs "aws ssm start-session" with
            AWS-StartPortForwardingSession: no security group has to let anybody in. For a
            group with "communicator": "ssh" it runs ssh -L, with your key.
            """;
        var asked = command.Argument("instance", "Its id or its name; or a group, of which the newest node is meant.");
        var ports = command.Argument("port", "The node's port; PORT:LOCAL for another one here.");
        var options = FleetOptions.On(command);
        var key = FleetOptions.Key(command);
        var json = command.Option("--json", "Print a line of JSON when it begins.", CommandOptionType.NoValue);
        command.OnExecute(async () =>
        {
            // The cloud is closed before the connections begin: a local one would else be locked for as long as they last.
            var words = (IReadOnlyList<string>)[];
            IPEndPoint? there = null;
            NodeInstance? opened = null;
            var (port, local) = Ports(FleetArguments.Required(ports));
            var node = FleetArguments.Required(asked);
            var found = await NodeReach.UseAsync(session, options, key, "instance:forward", node, async reach =>
            {
                words = reach.IsOverSsh ? (await reach.SshAsync().ConfigureAwait(false)).Forward(port, local)
                    : reach.IsLocal ? []
                    : reach.OnAws(
                        "--document-name",
                        "AWS-StartPortForwardingSession",
                        "--parameters",
                        string.Create(CultureInfo.InvariantCulture, $"portNumber={port},localPortNumber={local}"));
                there = reach.IsLocal && IPAddress.TryParse(reach.Node.PrivateAddress, out var address) ? new(address, port) : null;
                opened = reach.Node;
            }).ConfigureAwait(false);
            if (found != (int)ExitCode.Done)
            {
                return found;
            }

            void Begin() => Say(session, json.HasValue(), opened!, port, local);
            if (there is not null)
            {
                return await CarryAsync(session, there, local, Begin).ConfigureAwait(false);
            }

            Begin();
            return Ended(session, NodeReach.Run(session, words));
        });
    }

    private static void Say(Session session, bool isJson, NodeInstance node, int port, int local)
    {
        session.Terminal.Error.WriteLine($"127.0.0.1:{local} leads to port {port} of {node.Group} {node.Id}, until Ctrl-C.");
        if (isJson)
        {
            session.Terminal.Out.WriteLine(new JObject
            {
                ["group"] = node.Group,
                ["instance"] = node.Id,
                ["port"] = port,
                ["local_address"] = "127.0.0.1",
                ["local_port"] = local,
            }.ToString(Formatting.None));
        }
    }

    // Ctrl-C is how it ends; ssh and aws say that each with a code of their own.
    private static int Ended(Session session, int code) => session.Stop.IsCancellationRequested ? (int)ExitCode.Done : code;

    private static async Task<int> CarryAsync(Session session, IPEndPoint there, int local, Action begin)
    {
        using var forward = new PortForward(there, session.Terminal.Error.WriteLine);
        try
        {
            forward.Listen(local);
            begin();
            await forward.CarryAsync(session.Stop).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"127.0.0.1:{local} cannot be listened on: {error.Message}.",
                $"Choose another: {there.Port}:LOCAL.",
                error);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            // As it was asked to.
        }

        return (int)ExitCode.Done;
    }

    private static (int Port, int Local) Ports(string text)
    {
        var parts = text.Split(':');
        return parts.Length <= 2 && PortNumber.Of(parts[0]) is > 0 and var port && PortNumber.Of(parts[^1]) is > 0 and var local
            ? (port, local)
            : throw new BakerException(
                ExitCode.BadInput,
                $"{Quoting.Quote(text)} is no port.",
                "Say PORT or PORT:LOCAL, each from 1 to 65535: 8080, or 80:8080.");
    }
}
