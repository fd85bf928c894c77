using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>Readiness by the offsets that Kafka itself gives. The time by which it is judged is moved by hand.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class ReadinessOnKafkaTests
{
    private readonly RealKafka _kafka;

    public ReadinessOnKafkaTests(RealKafka kafka) => _kafka = kafka;

    [FactRequires(Tool.Kafka)]
    public async Task Records_of_an_open_transaction_are_reported_after_a_minute_until_it_ends()
    {
        var topic = await Topics.Create(_kafka.BootstrapServers, partitions: 2);
        using var producer = Topics.Producer(_kafka.BootstrapServers, config => config.TransactionalId = topic);
        producer.InitTransactions(TimeSpan.FromSeconds(20));
        Send();
        producer.CommitTransaction();
        using var service = new Service(_kafka.BootstrapServers, topic);
        service.Until("the partitions have been read to their ends", snapshot => snapshot.IsCaughtUp && snapshot.Topics[0].Events == 10);

        // The marker at the end of a committed transaction is no unread event.
        Assert.Empty(service.Judge(minutes: 60));

        Send();
        producer.Flush(TimeSpan.FromSeconds(20));
        service.Until("the client knows the records", Unread(10));
        Assert.Empty(service.Judge(minutes: 0));
        Assert.StartsWith(
            $"progress: partition 0 of topic {topic} has 10 unread events and did not advance for ",
            Assert.Single(service.Judge(minutes: 2)));

        producer.CommitTransaction();
        service.Until("the records are read", snapshot => snapshot.Topics[0].Events == 20 && Unread(0)(snapshot));
        Assert.Empty(service.Judge(minutes: 60));

        void Send()
        {
            producer.BeginTransaction();
            for (var i = 0; i < 10; i++)
            {
                producer.Send(topic, 0, """{"x":5}""", Topics.Minute(i));
            }
        }

        static Func<Live.Snapshot, bool> Unread(long events) =>
            snapshot => snapshot.Topics[0].Progress.Sum(partition => partition.Lag) == events;
    }

    [Fact]
    public void An_empty_partition_beside_one_with_records_is_ready_for_ever()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 2);
        using (var producer = Topics.Producer(broker.BootstrapServers))
        {
            producer.Send("numbers", 0, """{"x":5}""", Topics.Minute(0));
            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var service = new Service(broker.BootstrapServers, "numbers");
        Assert.Equal(["partitions", "caught_up"], service.Judge(minutes: 0).Select(reason => reason.Split(':')[0]));
        service.Until("the partitions have been read to their ends", snapshot => snapshot.IsCaughtUp && snapshot.Topics[0].Events == 1);

        Assert.Empty(service.Judge(minutes: 600));
    }

    private sealed class Service : IDisposable
    {
        private readonly KafkaSource _source;
        private readonly Pipeline _pipeline;
        private readonly LiveState _state;
        private readonly ServiceHealth _health = new(TimeSpan.FromSeconds(30));
        private TimeSpan _now;

        public Service(string brokers, string topic)
        {
            var watched = Watch(topic: topic);
            _source = new KafkaSource(Reader.Settings(brokers, topic), new LogLines(), TimeProvider.System);
            _state = new LiveState([watched], []);
            _pipeline = new Pipeline(_source, [watched], TimeProvider.System, TimeSpan.FromSeconds(30), [_state]);
        }

        public void Until(string what, Func<Live.Snapshot, bool> condition) => Eventually.Within(TimeSpan.FromSeconds(60), what, () =>
        {
            _pipeline.Step(TimeSpan.FromMilliseconds(50));
            _state.Publish(_pipeline, _source);
            return condition(_state.Current);
        });

        /// <summary>The reasons why it is not ready, once minutes have passed.</summary>
        public string[] Judge(int minutes)
        {
            var report = _health.Judge(_state.Current, TimeSpan.Zero, _now);
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(minutes); passed += ServiceHealth.LongestGap)
            {
                _now += ServiceHealth.LongestGap;
                report = _health.Judge(_state.Current, TimeSpan.Zero, _now);
            }

            return [.. report.Failed.Select(check => $"{check.Name}: {check.Reason}")];
        }

        public void Dispose() => _source.Dispose();
    }
}
