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
    private const int ErrorSize = 512;

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

    /// <summary>Whether a consumer has a property of this name, and accepts the value.</summary>
    /// <returns>The library's code: 0 if it does; what it says otherwise.</returns>
    /// <exception cref="SourceException">The library cannot be loaded.</exception>
    public static (ConfigurationResult Result, string Message) TryProperty(string name, string value)
    {
        Load();
        var configuration = NewConfiguration();
        try
        {
            var text = new byte[ErrorSize];
            var result = SetConfiguration(configuration, name, value, text, ErrorSize);
            return ((ConfigurationResult)result, Encoding.UTF8.GetString(text).TrimEnd('\0'));
        }
        finally
        {
            DestroyConfiguration(configuration);
        }
    }

    /// <summary>The names of the properties that have a default; of consumers and of producers.</summary>
    /// <exception cref="SourceException">The library cannot be loaded.</exception>
    public static IReadOnlyList<string> Properties()
    {
        Load();
        var configuration = NewConfiguration();
        var dump = DumpConfiguration(configuration, out var count); // names and values in turn
        try
        {
            return
            [
                .. Enumerable.Range(0, (int)count / 2)
                    .Select(property => Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(dump, 2 * property * IntPtr.Size))!),
            ];
        }
        finally
        {
            FreeDump(dump, count);
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

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetConfiguration(IntPtr configuration, string name, string value, [Out] byte[] text, nuint textSize);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_dump")]
    private static partial IntPtr DumpConfiguration(IntPtr configuration, out nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_dump_free")]
    private static partial void FreeDump(IntPtr dump, nuint count);
}

/// <summary>What librdkafka says of a property (<c>rd_kafka_conf_res_t</c>).</summary>
internal enum ConfigurationResult
{
    /// <summary>There is no such property.</summary>
    Unknown = -2,

    /// <summary>The property does not have such a value.</summary>
    Invalid = -1,

    /// <summary>It is accepted.</summary>
    Accepted = 0,
}
