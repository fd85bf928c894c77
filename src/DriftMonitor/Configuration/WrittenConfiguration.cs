using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>A configuration as it was written, before it is read against the options.</summary>
/// <param name="Values">The file's values, overridden by the environment's. A JSON null is a key without a value.</param>
/// <param name="Kinds">
/// By path, the JSON kind of each value in the file. The flat values alone cannot tell <c>{}</c>, <c>[]</c> and <c>""</c> apart.
/// </param>
internal sealed record WrittenConfiguration(IConfiguration Values, IReadOnlyDictionary<string, JsonValueKind> Kinds);
