using System.Runtime.CompilerServices;

// The tests break structures in place and make windows small.
[assembly: InternalsVisibleTo("KernKit.Volumes.Check.Tests")]
