using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The kinds of values in a configuration.</summary>
internal enum ShapeKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>A number without a fraction.</summary>
    WholeNumber,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A <see cref="Wording.Duration"/>.</summary>
    Duration,

    /// <summary>One of an enumeration's names.</summary>
    Choice,

    /// <summary>A list.</summary>
    List,

    /// <summary>An object with arbitrary keys and text values.</summary>
    Map,

    /// <summary>An options class.</summary>
    Object,
}
