// list -> C header -> ELF object -> resource of this assembly.
using var stream = typeof(Program).Assembly.GetManifestResourceStream("colors.o")!;
var magic = new byte[4];
stream.ReadExactly(magic);
System.Console.WriteLine(System.Text.Encoding.ASCII.GetString(magic, 1, 3));
