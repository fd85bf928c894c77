using DriftMonitor.Commands;

return await Verbs.InvokeAsync(args);
