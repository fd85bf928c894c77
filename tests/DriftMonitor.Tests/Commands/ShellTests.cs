using System.Diagnostics;
using DriftMonitor.Commands;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary>Verbs in shell pipelines: signals, silent writers, readers that exit, closed or full streams. None may lead to abort.</summary>
public sealed class ShellTests : IDisposable
{
    private const string Build = "$dm reference build --config config.json --monitor departure-delay --out r.json --file";
    private const string Replay = "$dm replay --config config.json --file";

    // Recognized by the name of the thread that reads.
    private const string UntilItReads = "until grep -qs 'reading a pipe' /proc/$!/task/*/comm; do sleep 0.05; done";

    private readonly Workshop _workshop = new();

    public ShellTests()
    {
        _workshop.Configure("127.0.0.1:1", Workshop.Delays());
        _workshop.Write("sample.ndjson", """
            {"time":"2013-04-01T00:10:00Z","dep_delay":1}
            {"time":"2013-04-01T00:20:00Z","dep_delay":2}
            {"time":"2013-04-01T01:30:00Z","dep_delay":3}

            """);
        _workshop.Write("departure-delay.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay","bins":{"kind":"edges","edges":[-15,0,15]},
             "counts":{"regular":[100,200],"special":{"below":1}}}
            """);
    }

    public void Dispose() => _workshop.Dispose();

    // The writer keeps its end open and writes nothing more: only the signal can end the wait.
    [Theory]
    [InlineData("replay --config config.json --file -", "TERM", 143)]
    [InlineData("replay --config config.json --file events", "TERM", 143)]
    [InlineData("reference build --config config.json --monitor departure-delay --out r.json --file -", "TERM", 143)]
    [InlineData("replay --config config.json --file -", "INT", 130)]
    public void A_signal_ends_a_verb_whose_input_is_silent(string call, string signal, int exitCode) => Ends($$"""
        mkfifo events && exec 4<> events
        set -m; $dm {{call}} < events & # without jobs of their own, it would ignore SIGINT
        set +m
        head -1 sample.ndjson >&4
        {{UntilItReads}}
        kill -{{signal}} $!
        wait $!
        echo $? r.json*
        """, output: $"{exitCode} r.json*\n");

    // Ctrl-C goes to the whole pipeline, and the writer may exit first. Its output is then incomplete, so there must be no summary.
    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public void A_replay_that_is_interrupted_with_its_writer_prints_no_summary(string signal, int exitCode) => Ends($$"""
        mkfifo events
        set -m; {{Replay}} events > out &
        set +m
        exec 3> events
        cat sample.ndjson >&3
        {{UntilItReads}}
        kill -{{signal}} $!
        exec 3>&-
        wait $!
        echo $? $(grep -c 'events read' out)
        """, output: $"{exitCode} 0\n");

    // The input is endless, so a replay that ignored the closed output would never end.
    [Fact]
    public void A_replay_ends_silently_when_its_reader_has_exited() => Ends($$"""
        mkfifo events more
        (zcat '{{Workshop.Flights}}'; exec cat more) > events 2> /dev/null &
        {{Replay}} events --output json | head -1 | cut -c1-47
        echo ${PIPESTATUS[0]}
        kill $!
        """, output: "{\"type\":\"reading\",\"time\":\"2013-02-01T01:00:00Z\"\n0\n");

    [Theory]
    [InlineData($"{Replay} - <&-", 1, "driftmonitor: cannot read standard input: it is closed\n")]
    [InlineData("$dm compare [1,2] [2,1] >&-", 1, "driftmonitor: cannot write standard output: it is closed\n")]
    [InlineData($"{Replay} sample.ndjson >&-", 1, "driftmonitor: cannot write standard output: it is closed\n")]
    [InlineData("$dm compare [1,2] [2,1] > /dev/full", 1, "driftmonitor: cannot write standard output: No space left on device\n")]
    [InlineData($"{Replay} sample.ndjson > /dev/full", 1, "driftmonitor: cannot write standard output: No space left on device\n")]
    [InlineData("$dm --help > /dev/full", 1, "driftmonitor: cannot write standard output: No space left on device\n")]
    [InlineData("$dm compare [1,2] [2 2> /dev/full", 2, "")]
    [InlineData("$dm compare [1,2] [2 2>&-", 2, "")]
    [InlineData("$dm check-config --config none.json 2>&-", 2, "")]
    [InlineData($"{Build} sample.ndjson 2> /dev/full", 0, "")]
    [InlineData($"{Build} sample.ndjson 2>&-", 0, "")]
    [InlineData("$dm compare [1,2] [2,1] <&- >&- 2>&-", 1, "")]
    public void A_closed_or_full_stream_is_reported_if_possible_and_always_by_the_exit_code(string call, int exitCode, string errors)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var ended = InBash($"{call}\necho $? >&3", "exec 3>&1");
        Assert.EndsWith($"{exitCode}\n", ended.Output);
        Assert.Equal(errors, ended.Errors);
    }

    // A stream with its own file position would not advance the shell's, and the next writer would overwrite the output.
    [Fact]
    public void Output_after_a_replay_is_appended_to_its_output() => Ends($$"""
        (echo first; {{Replay}} sample.ndjson; echo last) > out
        sed -n '1p;$p' out; grep -c 'events read' out
        """, output: "first\nlast\n1\n");

    [Fact]
    public void A_reference_is_written_through_a_symbolic_link() => Ends($$"""
        ln -s there.json r.json
        {{Build}} sample.ndjson 2> /dev/null
        {{Build}} sample.ndjson 2> /dev/null # in place of the first
        readlink r.json; grep -c driftmonitor.reference there.json
        """, output: "there.json\n1\n");

    [Fact]
    public void A_bug_is_reported_with_its_stack_trace_and_is_a_failure()
    {
        using var error = new StringWriter { NewLine = "\n" };
        Assert.Equal(1, FailureReport.Write(new InvalidOperationException("a pane of\nno length"), error));

        var lines = error.ToString().Split('\n');
        Assert.Equal(
            "driftmonitor: this is a bug in DriftMonitor (a pane of no length): please report it with the following lines:", lines[0]);
        Assert.StartsWith("System.InvalidOperationException: a pane of", lines[1]);
    }

    private void Ends(string script, string output)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // no such shell, pipes and signals
        }

        var ended = InBash(script, "");
        Assert.True((output, "") == (ended.Output, ended.Errors), $"{ended}");
    }

    private Finished InBash(string script, string redirections)
    {
        var text = $"{redirections}\ndm='{DriftMonitorProcess.Executable}'\n{script}";
        var start = DriftMonitorProcess.StartInfo("/bin/bash", ["-c", text], _workshop.Folder);
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var errors = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEndAsync();
        if (!shell.WaitForExit(TimeSpan.FromSeconds(40)))
        {
            shell.Kill(entireProcessTree: true);
            Assert.Fail($"not ended within 40 s:\n{script}");
        }

        return new Finished(script, shell.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
