namespace DriftMonitor.Streaming.Decoding;

/// <summary>The header that has a context attribute of CloudEvents in binary mode.</summary>
public sealed record CloudEventHeader
{
    private const string DataType = "datacontenttype"; // the one attribute whose header has no prefix
    private const string ContentType = "content-type";

    /// <summary>The header of an attribute.</summary>
    /// <param name="attribute">The attribute's name, such as <c>time</c>, or that of an extension.</param>
    public CloudEventHeader(string attribute)
    {
        Attribute = attribute;
        OfRecord = attribute == DataType ? ContentType : $"ce_{attribute}";
        OfRequest = attribute == DataType ? ContentType : $"ce-{attribute}";
    }

    /// <summary>The attribute's name.</summary>
    public string Attribute { get; }

    /// <summary>The header's name in a Kafka record.</summary>
    public string OfRecord { get; }

    /// <summary>The header's name in an HTTP request.</summary>
    public string OfRequest { get; }

    /// <summary>The headers of the attributes that paths of the structured form begin with; <c>data</c> is none.</summary>
    public static IReadOnlyList<CloudEventHeader> In(IEnumerable<FieldPath> paths) =>
    [
        .. paths.Select(path => path.Steps.Count > 0 ? path.Steps[0].Name : null).OfType<string>()
            .Where(name => name is not ("data" or "data_base64")).Distinct().Order(StringComparer.Ordinal)
            .Select(name => new CloudEventHeader(name)),
    ];
}
