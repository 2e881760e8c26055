using KernKit.Command;
using KernKit.Command.Output;

return CommandTree.Run(RawText.Recover(args), CommandHost.ForProcess());
