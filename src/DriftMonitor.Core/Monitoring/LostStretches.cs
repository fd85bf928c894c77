using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// Stretches of panes from which events of a partition were lost before they could be read. A window that touches one is incomplete.
/// </summary>
/// <remarks>
/// Which event times the lost events had is not known. They lie between what was read before them and what comes after them, as far as the
/// partition's events are in order, the allowed lateness aside.
/// </remarks>
internal sealed class LostStretches
{
    private readonly List<Stretch> _stretches = [];

    /// <summary>Whether a stretch waits for the first event behind it.</summary>
    public bool HasOpen { get; private set; }

    /// <summary>Events were lost.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that windows are compared with.</param>
    /// <param name="from">The first pane that may lack some.</param>
    public void Begin(int partition, bool isReference, long from)
    {
        _stretches.Add(new Stretch(partition, isReference, from, long.MaxValue));
        HasOpen = true;
    }

    /// <summary>The first event behind a loss has come.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that windows are compared with.</param>
    /// <param name="pane">Its pane.</param>
    public void End(int partition, bool isReference, long pane)
    {
        HasOpen = false;
        for (var i = 0; i < _stretches.Count; i++)
        {
            var stretch = _stretches[i];
            if (stretch.Partition == partition && stretch.IsReference == isReference && stretch.IsOpen)
            {
                _stretches[i] = stretch = stretch with { To = Math.Max(stretch.From, pane) };
            }

            HasOpen |= stretch.IsOpen;
        }
    }

    /// <summary>Whether a window lacks events.</summary>
    /// <param name="last">The window's last pane.</param>
    /// <param name="panes">How many it has.</param>
    public bool Touch(long last, int panes) => _stretches.Exists(stretch => stretch.From <= last && stretch.To > last - panes);

    /// <summary>Forgets the stretches that no later window touches.</summary>
    /// <param name="last">The pane closed last.</param>
    /// <param name="longest">The longest window in panes.</param>
    public void Trim(long last, int longest) => _stretches.RemoveAll(stretch => stretch.To <= last - longest);

    /// <summary>Saves or loads the stretches.</summary>
    public void Exchange(StateExchange state)
    {
        state.List(_stretches, (ref Stretch stretch) => stretch = new Stretch(
            (int)state.Number((long)stretch.Partition), state.Flag(stretch.IsReference),
            state.Number(stretch.From), state.Number(stretch.To)));
        HasOpen = _stretches.Exists(stretch => stretch.IsOpen);
    }

    private readonly record struct Stretch(int Partition, bool IsReference, long From, long To)
    {
        public bool IsOpen => To == long.MaxValue;
    }
}
