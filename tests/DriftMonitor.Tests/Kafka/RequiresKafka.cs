namespace DriftMonitor.Tests.Kafka;

/// <summary>A test that librdkafka's mock cluster cannot serve: skipped, by its name, where there is no real Kafka.</summary>
internal sealed class RequiresKafkaAttribute : FactAttribute
{
    public RequiresKafkaAttribute()
    {
        if (!KafkaNode.IsReal)
        {
            Skip = "needs a real Kafka: set KAFKA_BOOTSTRAP to a broker's address, or KAFKA_HOME to an Apache Kafka (and have Java 17)";
        }
    }
}

/// <summary>A test that stops, kills or configures its own node: skipped where there is none of ours.</summary>
internal sealed class RequiresKafkaNodeAttribute : FactAttribute
{
    public RequiresKafkaNodeAttribute()
    {
        if (!KafkaNode.CanStart)
        {
            Skip = "needs a Kafka of its own: set KAFKA_HOME to an Apache Kafka (and have Java 17)";
        }
    }
}
