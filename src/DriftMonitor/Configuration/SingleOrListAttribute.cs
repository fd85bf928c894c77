namespace DriftMonitor.Configuration;

/// <summary>Marks a list of which a single entry may be written without brackets.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SingleOrListAttribute : Attribute;
