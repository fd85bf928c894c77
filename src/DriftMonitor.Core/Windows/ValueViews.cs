namespace DriftMonitor.Core.Windows;

/// <summary>
/// How values are counted while their bins are not known: as numbers, as categories, or as both until it is known what they are.
/// </summary>
[Flags]
public enum ValueViews : byte
{
    /// <summary>Numbers by their fine bins.</summary>
    Numbers = 1,

    /// <summary>Categories by their texts.</summary>
    Labels = 2,

    /// <summary>Both.</summary>
    Both = Numbers | Labels,
}
