using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace KernKit.Build;

/// <summary>
/// Makes instances of <see cref="ICodeGenerator"/> classes. Assemblies are loaded from their bytes into a context that
/// can be unloaded: no file is held open, and a rebuilt generator is new code in an old process. Assemblies beside the
/// generator's are found; this one is shared, so that the interface is the same type on both sides.
/// </summary>
internal sealed class GeneratorClasses : IDisposable
{
    private const int AssemblyBytesMax = 256 << 20;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Context> _contexts = new(StringComparer.Ordinal);

    /// <summary>Makes an instance.</summary>
    /// <param name="generator">A declaration with a type.</param>
    /// <param name="projectDirectory">The assembly's path is relative to it.</param>
    /// <returns>A new instance.</returns>
    /// <exception cref="DeclarationException">There is no such class, or it cannot be made.</exception>
    public ICodeGenerator Create(GeneratorDeclaration generator, string projectDirectory)
    {
        if (generator.Assembly.Length == 0)
        {
            return generator.Type == typeof(LayoutGenerator).FullName ? new LayoutGenerator()
                : generator.Type == typeof(LayoutMapGenerator).FullName ? new LayoutMapGenerator()
                : throw new DeclarationException("KK9020",
                    $"generator {generator.Name}: {generator.Type} is no class of the engine; name its Assembly");
        }

        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new DeclarationException("KK9020",
                $"generator {generator.Name} is a .NET class, and this program was compiled ahead of time and loads " +
                "none: use the kern that runs on the .NET runtime, or make the generator a program of its own");
        }

        return Load(generator, Path.GetFullPath(generator.Assembly, projectDirectory));
    }

    /// <summary>Lets go of the loaded code; what still runs keeps its own.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var context in _contexts.Values)
            {
                context.Unload();
            }

            _contexts.Clear();
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Not reached where code is trimmed.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "Not reached where code is trimmed.")]
    private ICodeGenerator Load(GeneratorDeclaration generator, string path)
    {
        try
        {
            Type? type;
            lock (_gate)
            {
                if (!_contexts.TryGetValue(path, out var context))
                {
                    context = new Context(Path.GetDirectoryName(path)!);
                    _contexts[path] = context;
                }

                type = context.LoadFrom(path).GetType(generator.Type);
            }

            return type is null
                ? throw new DeclarationException(
                    "KK9020", $"generator {generator.Name}: {path} has no class {generator.Type}")
                : Activator.CreateInstance(type) as ICodeGenerator ?? throw new DeclarationException("KK9020",
                    $"generator {generator.Name}: {generator.Type} does not implement {nameof(ICodeGenerator)}");
        }
        catch (Exception error) when (error is BadImageFormatException or IOException or MissingMethodException
            or TypeLoadException or TargetInvocationException or FileLoadException)
        {
            throw new DeclarationException("KK9020",
                $"generator {generator.Name}: {generator.Type} of {path} does not load: {error.Message}");
        }
    }

    private sealed class Context(string directory) : AssemblyLoadContext("KernKit generator", isCollectible: true)
    {
        private readonly Dictionary<string, Assembly> _loaded = new(StringComparer.Ordinal);

        [RequiresUnreferencedCode("Loads assemblies that are not known when this one is compiled.")]
        public Assembly LoadFrom(string path)
        {
            if (!_loaded.TryGetValue(path, out var assembly))
            {
                if (FileStamp.Of(path).SizeBytes is < 0 or > AssemblyBytesMax)
                {
                    throw new IOException($"{path} is no assembly");
                }

                assembly = LoadFromStream(new MemoryStream(File.ReadAllBytes(path), writable: false));
                _loaded[path] = assembly;
            }

            return assembly;
        }

        [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Not reached where code is trimmed.")]
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var own = typeof(ICodeGenerator).Assembly;
            if (assemblyName.Name == own.GetName().Name)
            {
                return own;
            }

            var path = Path.Join(directory, assemblyName.Name + ".dll");
            return File.Exists(path) ? LoadFrom(path) : null;
        }
    }
}
