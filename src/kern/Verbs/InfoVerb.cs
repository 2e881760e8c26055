using System.CommandLine;
using KernKit.Command.Images;
using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern info</c>: what an image holds.</summary>
internal static class InfoVerb
{
    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("info", "Show format, byte order, version, geometry, label and partitions.")
        {
            new Argument<string[]>(CommonOptions.ImageName)
            {
                Description = "Disk images or block devices.",
                HelpName = CommonOptions.ImageName,
                Arity = ArgumentArity.OneOrMore,
            }.NotEmpty(),
            CommonOptions.Json(), CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var images = session.Arguments.GetRequiredValue<string[]>(CommonOptions.ImageName);
        for (var i = 0; i < images.Length; i++)
        {
            try
            {
                using var contents = session.Host.Images.Inspect(
                    images[i], session.Arguments.GetValue<int?>(CommonOptions.PartitionName));
                if (contents.TableDamage is { } damage)
                {
                    session.Diagnostics.Report(images[i], default, damage);
                }

                if (session.Json)
                {
                    WriteJson(session.Output, images[i], contents);
                    continue;
                }

                session.Output.Write(i == 0 ? default : "\n"u8);
                WriteText(session.Output, images[i], contents);
            }
            catch (VolumeException error)
            {
                session.Diagnostics.Report(images[i], default, error);
            }
        }

        return ExitStatus.Done;
    }

    private static void WriteText(ByteOutput output, string image, ImageContents contents)
    {
        NameText.WriteEscaped(output, RawText.ToBytes(image));
        output.WriteText($"\n  {"size",-18} {contents.Length} ({SizeText(contents.Length)})\n");
        if (contents.Volume is { } volume)
        {
            output.WriteText($"  {"format",-18} {volume.Format}\n");
            foreach (var fact in volume.Describe())
            {
                output.WriteText($"  {fact.Name.Replace('_', ' '),-18} ");
                NameText.WriteEscaped(output, System.Text.Encoding.UTF8.GetBytes(Text(fact.Value)));
                output.WriteByte((byte)'\n');
            }
        }

        if (contents.Partitions.Count > 0)
        {
            output.WriteText("  partitions\n");
            output.WriteText($"    {"N",3}  {"table",-10} {"start",15} {"size",15}  {"holds",-8} type\n");
        }

        foreach (var partition in contents.Partitions)
        {
            output.WriteText(
                $"    {partition.Number,3}  {partition.Scheme,-10} {partition.Start,15} {partition.Length,15}");
            output.WriteText($"  {partition.Format ?? "-",-8} ");
            var type = string.IsNullOrEmpty(partition.Name) ? partition.Type : $"{partition.Type} \"{partition.Name}\"";
            NameText.WriteEscaped(output, System.Text.Encoding.UTF8.GetBytes(type));
            output.WriteByte((byte)'\n');
        }
    }

    private static void WriteJson(ByteOutput output, string image, ImageContents contents)
    {
        output.WriteByte((byte)'{');
        JsonText.WriteBytes(output, "image"u8, RawText.ToBytes(image));
        output.Write(",\"size\":"u8);
        output.WriteNumber(contents.Length);
        if (contents.Volume is { } volume)
        {
            Member(output, "format", volume.Format);
            foreach (var fact in volume.Describe())
            {
                Member(output, fact.Name, fact.Value);
            }
        }

        output.Write(",\"partitions\":["u8);
        for (var i = 0; i < contents.Partitions.Count; i++)
        {
            var partition = contents.Partitions[i];
            output.Write(i == 0 ? "{\"number\":"u8 : ",{\"number\":"u8);
            output.WriteNumber(partition.Number);
            Member(output, "table", partition.Scheme);
            Member(output, "start", partition.Start);
            Member(output, "size", partition.Length);
            Member(output, "type", partition.Type);
            if (!string.IsNullOrEmpty(partition.Name))
            {
                Member(output, "name", partition.Name);
            }

            if (partition.Format is not null)
            {
                Member(output, "format", partition.Format);
            }

            output.WriteByte((byte)'}');
        }

        output.Write("]}\n"u8);
    }

    private static void Member(ByteOutput output, string name, object value)
    {
        output.WriteByte((byte)',');
        JsonText.WriteString(output, name);
        output.WriteByte((byte)':');
        JsonText.WriteValue(output, value);
    }

    private static string Text(object value) => value switch
    {
        string text => text.Length == 0 ? "-" : text,
        bool truth => truth ? "yes" : "no",
        System.Collections.ICollection { Count: 0 } => "-",
        System.Collections.IEnumerable list => string.Join(' ', list.Cast<object>().Select(Text)),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };

    private static string SizeText(long bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
        double size = bytes;
        var unit = 0;
        for (; size >= 1024 && unit < units.Length - 1; unit++)
        {
            size /= 1024;
        }

        return unit == 0 ? $"{bytes} bytes" : $"{size:0.0} {units[unit]}";
    }
}
