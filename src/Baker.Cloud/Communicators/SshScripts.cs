using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cloud.Communicators;

/// <summary>
/// What is run on an instance over SSH, each as root and with the home of the user who is logged in as its first argument.
/// </summary>
internal static class SshScripts
{
    /// <summary>Reads the payload.</summary>
    public static string Receive(string folder) =>
        $"""
        set -e
        umask 077
        folder={Quoting.Shell(folder)}
        mkdir -p /var/log/baker "$folder"
        cat > "$folder/payload.new"
        mv "$folder/payload.new" "$folder/payload.tar.gz"
        """;

    /// <summary>Reads the secret of encrypted data bags, into memory.</summary>
    public static string ReceiveSecret => $"umask 077; cat > {ChefRun.SecretFile}";

    /// <summary>
    /// Runs the payload, once however often it is sent, and prints its log from an offset until it has ended. It goes on when the
    /// connection is lost, and what it leaves running does not hold the connection.
    /// </summary>
    public static string Run(string folder, long offset) =>
        $$"""
        umask 077
        export HOME=/root USER=root LOGNAME=root
        cd {{Quoting.Shell(folder)}} || exit 1
        if mkdir begun 2>/dev/null; then
            : > log
            leader=$(command -v setsid)
            $leader sh -c 'echo $$ > leader
                {{ProvisionCommand.AwaitCloudInit}}
                mkdir -p payload && tar -xzf payload.tar.gz -C payload && sh payload/run.sh
                echo $? > code.new && mv code.new code' >> log 2>&1 < /dev/null &
        fi
        at={{offset}}
        show() {
            tail -c "+$((at + 1))" log > "piece.$$"
            at=$((at + $(wc -c < "piece.$$")))
            cat "piece.$$" || exit 1
        }
        while [ ! -f code ]; do
            show
            sleep 0.2 2>/dev/null || sleep 1
        done
        show
        exit "$(cat code)"
        """;

    /// <summary>Ends what <see cref="Run"/> began, with all that it started, and removes its files.</summary>
    public static string End(string folder) =>
        $"""
        cd {Quoting.Shell(folder)} || exit 0
        leader=$(cat leader) && kill -TERM "-$leader" || kill -TERM "$leader"
        rm -rf {ChefRun.SecretFile} {Quoting.Shell(folder)}
        """;

    /// <summary>Removes the payload; of a bake it keeps the log for whoever looks at an instance of the image.</summary>
    public static string Finish(string folder, bool keepsLog) =>
        $"{(keepsLog ? $"{ProvisionCommand.KeepLog($"{Quoting.Shell(folder)}/log")}; " : "")}rm -rf {Quoting.Shell(folder)}";

    /// <summary>Takes a public key out of what sshd accepts for the user and for root, and fails where it is still there.</summary>
    public static string Forget(string publicHalf) =>
        $"""
        key={Quoting.Shell(publicHalf)}
        code=0
        for file in "$1/.ssh/authorized_keys" /root/.ssh/authorized_keys; do
            grep -qsF "$key" "$file" || continue
            rest=$(grep -vF "$key" "$file")
            if [ -n "$rest" ]; then printf '%s\n' "$rest" > "$file"; else : > "$file"; fi
            if grep -qF "$key" "$file"; then
                echo "$file still has the key" >&2
                code=1
            fi
        done
        exit "$code"
        """;
}
