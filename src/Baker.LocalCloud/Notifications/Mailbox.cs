using System.Globalization;
using System.Text;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Notifications;

/// <summary>The e-mail of every address, in the order in which it came, in one file of the form mbox (RFC 4155): nothing is sent.</summary>
internal sealed class Mailbox(string stateFolder)
{
    /// <summary>Where it is, seen from the state folder.</summary>
    public const string FileName = "mailbox";

    private readonly Lock _gate = new();

    /// <returns>What was wrong; null where it is in the file.</returns>
    public string? Add(DeliveryRecord delivery, DateTimeOffset now)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"From no-reply@sns.amazonaws.com {now.UtcDateTime:ddd MMM dd HH:mm:ss yyyy}\n")
            .Append("From: AWS Notifications <no-reply@sns.amazonaws.com>\n")
            .Append(CultureInfo.InvariantCulture, $"To: {OneLine(delivery.Endpoint)}\n")
            .Append(CultureInfo.InvariantCulture, $"Subject: {OneLine(delivery.Subject)}\n")
            .Append(CultureInfo.InvariantCulture, $"Date: {now.UtcDateTime:R}\n")
            .Append(CultureInfo.InvariantCulture, $"Message-ID: <{delivery.MessageId}@sns.amazonaws.com>\n")
            .Append("MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n");
        foreach (var line in delivery.Body.ReplaceLineEndings("\n").Split('\n'))
        {
            // A line of the text that begins so would begin another message.
            text.Append(line.TrimStart('>').StartsWith("From ", StringComparison.Ordinal) ? ">" : "").Append(line).Append('\n');
        }

        lock (_gate)
        {
            using var file = PrivateFiles.Open(Path.Combine(stateFolder, FileName), FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(text.Append('\n').ToString()));
        }

        return null;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
