namespace DriftMonitor.Wording;

/// <summary>The unit of information shown to people. JSON names its own unit in each key.</summary>
internal enum InformationUnit
{
    /// <summary>Natural logarithms.</summary>
    Nats,

    /// <summary>Logarithms to base 2: 1 nat is 1.4427 bits.</summary>
    Bits,
}
