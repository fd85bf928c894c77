using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The librdkafka that Confluent.Kafka has loaded into the process, for calls that Confluent.Kafka does not offer.</summary>
/// <remarks>
/// Confluent.Kafka picks one of the builds in the package librdkafka.redist: on Linux with glibc <c>librdkafka.so</c>, which needs
/// <c>libsasl2.so.3</c>; if that is missing, <c>centos8-librdkafka.so</c>, which has no Kerberos. A second copy in the process would have
/// its own state, so imports resolve to the file that is already loaded.
/// </remarks>
internal static partial class Librdkafka
{
    /// <summary>The name that imports use.</summary>
    public const string Name = "librdkafka";

    private const int ValueSize = 1024;

    static Librdkafka() => NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Resolve);

    /// <summary>Loads the library, as Confluent.Kafka does.</summary>
    /// <exception cref="SourceException">It cannot be loaded.</exception>
    public static void Load()
    {
        try
        {
            Library.Load();
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException)
        {
            throw CreateLoadException(e);
        }
    }

    /// <summary>The exception to throw if the library cannot be loaded.</summary>
    public static SourceException CreateLoadException(Exception cause) =>
        new("librdkafka can't be loaded: the files of the package librdkafka.redist must be in the executable's folder", cause);

    /// <summary>What the loaded library was built with, such as <c>ssl</c>, <c>sasl_scram</c> and <c>sasl_gssapi</c>.</summary>
    /// <exception cref="SourceException">The library cannot be loaded.</exception>
    public static IReadOnlyList<string> Features()
    {
        Load();
        var configuration = NewConfiguration();
        try
        {
            var value = new byte[ValueSize];
            nuint size = ValueSize;
            return GetConfiguration(configuration, "builtin.features", value, ref size) == 0
                ? Encoding.ASCII.GetString(value).TrimEnd('\0')
                    .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : [];
        }
        finally
        {
            DestroyConfiguration(configuration);
        }
    }

    /// <summary>A <see cref="DllImportResolver"/> that resolves <see cref="Name"/> to the loaded file, whatever its name is.</summary>
    public static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        return name == Name && FindLoadedFile() is { } file ? NativeLibrary.Load(file) : IntPtr.Zero;
    }

    /// <summary>Path of the library's file in this process; null if it is not loaded.</summary>
    public static string? FindLoadedFile()
    {
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.FileName is { } file && Path.GetFileName(file).Contains(Name, StringComparison.OrdinalIgnoreCase))
            {
                return file;
            }
        }

        return null;
    }

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_new")]
    private static partial IntPtr NewConfiguration();

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_destroy")]
    private static partial void DestroyConfiguration(IntPtr configuration);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_get", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetConfiguration(IntPtr configuration, string name, [Out] byte[] value, ref nuint size);
}
