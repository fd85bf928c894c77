using System.Text;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>What a field's name says about its values: whether it is a time, or a code that is written in digits.</summary>
internal static class FieldName
{
    private static readonly string[] Times =
    [
        "time", "timestamp", "ts", "t", "date", "datetime", "at", "when", "epoch", "created", "updated", "modified", "occurred", "logged",
        "scheduled", "start", "end", "started", "ended",
    ];

    private static readonly string[] EventTimes =
        ["time", "timestamp", "ts", "datetime", "eventtime", "eventtimestamp", "eventts", "eventdatetime", "occurredat", "occurred"];

    private static readonly string[] Codes =
    [
        "id", "uuid", "guid", "key", "hash", "token", "serial", "number", "no", "nr", "code", "zip", "zipcode", "postcode", "plz", "sku",
        "ean", "isbn", "imei", "phone", "version",
    ];

    /// <summary>
    /// The words of a name in lower case: <c>createdAt</c>, <c>created_at</c> and <c>created-at</c> are "created" and "at".
    /// </summary>
    public static IReadOnlyList<string> Words(string name)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var before = ' ';
        foreach (var character in name)
        {
            if (!char.IsLetterOrDigit(character) || (char.IsUpper(character) && !char.IsUpper(before)))
            {
                End();
            }

            if (char.IsLetterOrDigit(character))
            {
                word.Append(char.ToLowerInvariant(character));
            }

            before = character;
        }

        End();
        return words;

        void End()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
    }

    /// <summary>Whether numbers in the field may be times.</summary>
    public static bool IsOfTime(FieldPath field)
    {
        var words = Words(LastOf(field));
        return words.Any(word => Times.Contains(word)) || words is [.., var last] && (last.EndsWith("time", StringComparison.Ordinal)
            || last.EndsWith("date", StringComparison.Ordinal) || last.EndsWith("timestamp", StringComparison.Ordinal));
    }

    /// <summary>Whether the name is that of days: a number may count them since 1970.</summary>
    public static bool IsOfDays(FieldPath field) => Words(LastOf(field)).Any(word => word is "day" or "days" or "date");

    /// <summary>Whether the name is the usual one of the moment at which an event occurred.</summary>
    public static bool IsOfEventTime(FieldPath field) => EventTimes.Contains(string.Concat(Words(LastOf(field))));

    /// <summary>Whether numbers in the field are codes, whose size means nothing.</summary>
    public static bool IsOfCode(FieldPath field) =>
        Words(LastOf(field)) is [var first, ..] words && (Codes.Contains(words[^1]) || first is "id" or "uuid");

    private static string LastOf(FieldPath field) => field.Steps[^1].Name ?? "";
}
