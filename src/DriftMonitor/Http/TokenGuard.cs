using System.Security.Cryptography;
using System.Text;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Http;

/// <summary>Answers only requests that bring a token; those for health are answered without.</summary>
/// <remarks>
/// The token is a bearer's, or the password of any user, so that the page can be opened in a browser. It is read again when its file
/// changes; while the file cannot be read, the last one stays.
/// </remarks>
internal sealed class TokenGuard
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(5);

    private readonly string _file;
    private readonly TimeProvider _clock;
    private byte[] _expected; // a hash: comparing takes the same time, whatever the length
    private long _read;

    /// <summary>A guard with the token of a file.</summary>
    /// <param name="file">The file; it has been checked that it can be read.</param>
    /// <param name="clock">Measures when to read it again.</param>
    public TokenGuard(string file, TimeProvider clock)
    {
        (_file, _clock, _read) = (file, clock, clock.GetTimestamp());
        _expected = PropertyFiles.TryRead(file, out var token) is null ? Hash(token) : [];
    }

    /// <summary>Lets a request pass, or refuses it with 401.</summary>
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (HealthEndpoints.Contains(context.Request.Path) || IsGood(context.Request.Headers.Authorization.ToString()))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"driftmonitor\", charset=\"UTF-8\"";
        return DriftMonitorEndpoints.SendAsync(
            context,
            StatusCodes.Status401Unauthorized,
            "text/plain; charset=utf-8",
            "a token is needed: send that of DriftMonitor:Http:TokenFile in Authorization: Bearer TOKEN, or as a password\n"u8.ToArray());
    }

    private bool IsGood(string authorization)
    {
        var expected = Expected();
        return expected.Length > 0 && authorization.Split(' ', 2) switch
        {
            [var scheme, var token] when scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => IsToken(token.Trim(), expected),
            [var scheme, var user] when scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) => IsToken(PasswordOf(user), expected),
            _ => false,
        };
    }

    private static bool IsToken(string token, byte[] expected) => CryptographicOperations.FixedTimeEquals(Hash(token), expected);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string PasswordOf(string user)
    {
        var bytes = new byte[user.Length];
        return Convert.TryFromBase64String(user.Trim(), bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password]
            ? password
            : "";
    }

    private byte[] Expected()
    {
        if (_clock.GetElapsedTime(Interlocked.Read(ref _read)) >= ReadEvery)
        {
            Interlocked.Exchange(ref _read, _clock.GetTimestamp());
            if (PropertyFiles.TryRead(_file, out var token) is null)
            {
                Volatile.Write(ref _expected, Hash(token));
            }
        }

        return Volatile.Read(ref _expected);
    }
}
