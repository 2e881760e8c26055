using KernKit.Command;
using KernKit.Command.Output;
using KernKit.Command.Verbs;

return BuildFast.TryRun(args) ?? CommandTree.Run(RawText.Recover(args), CommandHost.ForProcess());
