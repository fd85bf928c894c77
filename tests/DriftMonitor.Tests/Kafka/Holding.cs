namespace DriftMonitor.Tests.Kafka;

/// <summary>Holds a partition of a topic back, again and again, and checks what the source gives meanwhile and afterwards.</summary>
internal static class Holding
{
    private const int Count = 5000;

    /// <summary>Checks that nothing comes while the partition is held, and that in the end every record has come once, in order.</summary>
    /// <param name="brokers">The broker.</param>
    /// <param name="topic">An empty topic with three partitions.</param>
    /// <param name="isBatched">Whether records are read in batches.</param>
    public static void Check(string brokers, string topic, bool isBatched)
    {
        Topics.Fill(brokers, topic, partitions: 3, Count);
        using var reader = new Reader(Reader.Settings(brokers, topic) with { IsBatched = isBatched });
        reader.Until("a part of the partition has come", _ => Given() >= 500);
        reader.Source.Hold(0, 0, isHeld: true);
        reader.Until("the others have come", _ => reader.Events.Count(one => one.Partition != 0) == 2 * Count);
        for (var holds = 0; holds < 4 && Given() < Count; holds++)
        {
            UntilQuiet();
            var given = Given();
            Assert.Equal(Streaming.Events.SourceSignal.Nothing, reader.Step());
            Assert.Equal(given, Given());
            reader.Source.Hold(0, 0, isHeld: false);
            reader.Until("it goes on", _ => Given() > given);
            reader.Source.Hold(0, 0, isHeld: true);
        }

        reader.Source.Hold(0, 0, isHeld: false);
        reader.UntilEvents(3 * Count);
        for (var partition = 0; partition < 3; partition++)
        {
            Assert.Equal(Enumerable.Range(0, Count).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        int Given() => reader.Events.Count(one => one.Partition == 0);

        // Records of the batch that was read before may still come.
        void UntilQuiet()
        {
            while (reader.Step() != Streaming.Events.SourceSignal.Nothing)
            {
            }
        }
    }
}
