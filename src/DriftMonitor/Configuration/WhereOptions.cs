using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The keys of a monitor's <c>Where</c>.</summary>
internal sealed class WhereOptions
{
    [Description("Field that decides: a path, or the name of a CSV column, as for Field of the monitor. Example: country.")]
    [Required]
    [MaxLength(MonitorOptions.LongestLabel)]
    public string Field { get; set; } = "";

    [Description(
        "Values of the events that are counted, as text; numbers are compared by their value. The other events, and those without the "
        + "field, are neither counted nor rejected, but event time moves on with them. Example: [\"DE\", \"AT\"].")]
    [Required]
    public List<string> In { get; set; } = [];
}
