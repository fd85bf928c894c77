namespace DriftMonitor.Http;

/// <summary>The names of orders, in the page's links and for people.</summary>
internal static class SeriesOrderNames
{
    /// <summary>The orders as the page offers them: the word in its address, and its label.</summary>
    public static readonly IReadOnlyList<(SeriesOrder Order, string Word, string Label)> All =
    [
        (SeriesOrder.Alert, "alert", "alert"),
        (SeriesOrder.ReturnPeriod, "return_period", "return period"),
        (SeriesOrder.Divergence, "kl", "KL"),
        (SeriesOrder.Events, "events", "events"),
        (SeriesOrder.Name, "name", "name"),
    ];

    /// <summary>The word of an order in an address.</summary>
    public static string WordOf(SeriesOrder order) => All.First(known => known.Order == order).Word;

    /// <summary>The order of a word; by alert if there is none of it.</summary>
    public static SeriesOrder Of(string word) => All.FirstOrDefault(known => known.Word == word).Order;
}
