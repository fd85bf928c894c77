namespace DriftMonitor.Core.Numerics;

/// <summary>A compensated sum: it also adds up its rounding errors, so its last bit or two are right however many terms it has.</summary>
/// <remarks>Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974) 39–51.</remarks>
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    /// <summary>The sum of the terms so far; infinite once a term was.</summary>
    public readonly double Value => double.IsFinite(_sum) ? _sum + _lost : _sum;

    /// <summary>Adds a term.</summary>
    public void Add(double term)
    {
        var sum = _sum + term;
        _lost += Math.Abs(_sum) >= Math.Abs(term) ? _sum - sum + term : term - sum + _sum;
        _sum = sum;
    }
}
