using System.Diagnostics;

namespace DriftMonitor.Tests.Kafka;

/// <summary>Waits for a condition until a deadline; tests wait in no other way.</summary>
internal static class Eventually
{
    public static void Within(TimeSpan deadline, string what, Func<bool> condition)
    {
        using var pause = new ManualResetEventSlim();
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            if (waited.Elapsed > deadline)
            {
                throw new TimeoutException($"not within {deadline.TotalSeconds} s: {what}");
            }

            pause.Wait(TimeSpan.FromMilliseconds(20));
        }
    }
}
