using BenchmarkDotNet.Running;
using DriftMonitor.Benchmarks.Promise;

if (args is ["promise", ..])
{
    return PromiseCommand.Run(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
