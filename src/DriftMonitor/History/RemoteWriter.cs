using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DriftMonitor.Metrics;
using DriftMonitor.Samples;
using DriftMonitor.Wording;
using Polly;
using Polly.Retry;

namespace DriftMonitor.History;

/// <summary>Sends days to a database by Prometheus remote write 1.0, in batches, in order of time.</summary>
/// <remarks>A batch may be sent twice; the receiver keeps a sample once.</remarks>
internal sealed class RemoteWriter : IHistoryTarget, IDisposable
{
    private const int BatchSize = 2000; // samples, as Prometheus's own sender has by default
    private const int Retries = 10;
    private const int LongestAnswer = 300; // characters of a message
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(10);

    // What Prometheus, Mimir and others say of samples that are older than they accept; old versions of Prometheus with the code 500.
    private static readonly string[] TooOld =
        ["out of bounds", "too old", "too-old", "too far in the past", "out of order", "out-of-order"];

    private readonly Uri _url;
    private readonly string? _authorizationFile;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline<Answer> _sending;
    private readonly Action<string> _remark;

    /// <summary>A writer that has sent nothing.</summary>
    /// <param name="url">The receiver, such as <c>http://prometheus:9090/api/v1/write</c>.</param>
    /// <param name="authorizationFile">See <see cref="Authorization"/>; null for none.</param>
    /// <param name="time">Measures the delays between attempts.</param>
    /// <param name="remark">Receives a line where a batch has to be sent again.</param>
    /// <exception cref="UsageException">The address or the file cannot be used.</exception>
    public RemoteWriter(Uri url, string? authorizationFile, TimeProvider time, Action<string> remark)
    {
        (_url, _authorizationFile, _time, _remark) = (url, authorizationFile, time, remark);
        Authorization(); // before events are read
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = Timeout,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue(BuildInfo.Product, BuildInfo.Current.Version));
        _client.DefaultRequestHeaders.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        _sending = new ResiliencePipelineBuilder<Answer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Answer>
            {
                ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome switch
                {
                    { Result: { } answer } => answer.IsTransient,
                    { Exception: HttpRequestException } => true,
                    { Exception: OperationCanceledException } => !attempt.Context.CancellationToken.IsCancellationRequested, // timeout
                    _ => false,
                }),
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                UseJitter = true,
                DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result?.RetryAfter),
                OnRetry = attempt =>
                {
                    if (attempt.AttemptNumber == 0)
                    {
                        _remark($"--remote-write {_url}: {ReasonOf(attempt.Outcome)}: it is tried again up to {Retries} times");
                    }

                    return default;
                },
            })
            .Build();
    }

    /// <summary>Samples that have been accepted.</summary>
    public long Sent { get; private set; }

    /// <inheritdoc/>
    public void Write(HistoryDay day, CancellationToken stopping)
    {
        foreach (var batch in day.ByTime().Chunk(BatchSize))
        {
            Send(RemoteWriteRequest.Encode(batch), day.Date, stopping);
            Sent += batch.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private void Send(byte[] body, DateOnly date, CancellationToken stopping)
    {
        Answer answer;
        try
        {
            answer = _sending.Execute(token => Post(body, token), stopping);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            throw new HistoryException(
                $"--remote-write {_url} cannot be reached ({ReasonOf(e)}): check the address, and repeat the replay", e);
        }

        if (!answer.IsGood)
        {
            throw new HistoryException(Explain(answer, date));
        }
    }

    private static string ReasonOf(Outcome<Answer> outcome) =>
        outcome.Exception is { } failure ? ReasonOf(failure) : outcome.Result!.ToString();

    private static string ReasonOf(Exception failure) =>
        failure is HttpRequestException ? failure.Message.TrimEnd('.') : $"no answer within {Phrases.Duration(Timeout.TotalSeconds)}";

    private string Explain(Answer answer, DateOnly date)
    {
        var said = answer.ToString();
        return IsTooOld(answer.Text) ?
                $"--remote-write {_url} refuses samples of {date:yyyy-MM-dd} as too old ({said}): for Prometheus, set "
                + "storage.tsdb.out_of_order_time_window in its configuration to more than their age, or use --blocks"
            : answer.Code is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ?
                $"--remote-write {_url} refuses access ({said}): check --remote-write-auth"
            : answer.Code == HttpStatusCode.NotFound ?
                $"--remote-write {_url} has no receiver ({said}): Prometheus needs --web.enable-remote-write-receiver and the path "
                + "/api/v1/write"
            : answer.Location is { } location ? $"--remote-write {_url} has moved to {location}: use that address"
            : answer.IsTransient ?
                $"--remote-write {_url} still fails after {Retries} retries ({said}): repeat the replay later; "
                + "what has arrived is kept once"
            : $"--remote-write {_url} refuses samples of {date:yyyy-MM-dd} ({said})";
    }

    private Answer Post(byte[] body, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Content.Headers.ContentEncoding.Add("snappy");
        request.Headers.Authorization = Authorization();
        using var response = _client.Send(request, stopping);
        using var text = new StreamReader(response.Content.ReadAsStream(stopping), Encoding.UTF8);
        var head = new char[LongestAnswer];
        var length = text.ReadBlock(head);
        return new Answer(
            response.StatusCode, OneLine.Sentence(new string(head, 0, length)).Trim(), RetryAfterOf(response), response.Headers.Location);
    }

    /// <summary>
    /// What the file says, read at each request so that a token may change: one line, <c>Bearer TOKEN</c> or <c>Basic USER:PASSWORD</c>.
    /// </summary>
    private AuthenticationHeaderValue? Authorization()
    {
        if (_authorizationFile is null)
        {
            return null;
        }

        string text;
        try
        {
            text = File.ReadAllText(_authorizationFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--remote-write-auth {_authorizationFile} cannot be read: {e.Message}");
        }

        // Nothing of the file is shown: it is a secret.
        return text.Split(' ', 2) switch
        {
            ["Bearer", var token] when IsToken(token) => new AuthenticationHeaderValue("Bearer", token),
            ["Basic", var user] when user.Contains(':', StringComparison.Ordinal) && !user.Any(char.IsControl) =>
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user))),
            _ => throw new UsageException(
                $"--remote-write-auth {_authorizationFile}: write one line in it, Bearer TOKEN or Basic USER:PASSWORD"),
        };
    }

    private static bool IsToken(string text) => text.Length > 0 && text.All(character => character is > ' ' and <= '~');

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var delay = after?.Delta ?? (after?.Date is { } date ? date - _time.GetUtcNow() : null);
        return delay is not { } asked ? null
            : asked < TimeSpan.Zero ? TimeSpan.Zero
            : asked < LongestRetryAfter ? asked : LongestRetryAfter;
    }

    private static bool IsTooOld(string text) => TooOld.Any(words => text.Contains(words, StringComparison.OrdinalIgnoreCase));

    private sealed record Answer(HttpStatusCode Code, string Text, TimeSpan? RetryAfter, Uri? Location)
    {
        public bool IsGood => (int)Code is >= 200 and < 300;

        public override string ToString() => $"{(int)Code} {Code}{(Text.Length > 0 ? $": {Text}" : "")}";

        public bool IsTransient => Code == HttpStatusCode.TooManyRequests || ((int)Code >= 500 && !IsTooOld(Text));
    }
}
