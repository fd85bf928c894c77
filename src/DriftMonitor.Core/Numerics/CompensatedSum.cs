namespace DriftMonitor.Core.Numerics;

/// <summary>A sum whose rounding errors are summed beside it, so that it is right to the last bit or two, however many its terms.</summary>
/// <remarks>Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974) 39–51.</remarks>
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    /// <summary>The sum of the terms so far; an infinite term makes it infinite.</summary>
    public readonly double Value => double.IsFinite(_sum) ? _sum + _lost : _sum;

    /// <summary>Adds a term.</summary>
    public void Add(double term)
    {
        var sum = _sum + term;
        _lost += Math.Abs(_sum) >= Math.Abs(term) ? _sum - sum + term : term - sum + _sum;
        _sum = sum;
    }
}
