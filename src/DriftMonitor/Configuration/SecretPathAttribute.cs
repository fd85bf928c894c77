namespace DriftMonitor.Configuration;

/// <summary>The path of this address may be a secret: only scheme and host are shown.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretPathAttribute : Attribute;
