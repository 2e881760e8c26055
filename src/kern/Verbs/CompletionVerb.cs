using System.CommandLine;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern completion</c>: a script that makes a shell complete verbs and options.</summary>
internal static class CompletionVerb
{
    // Each asks the command itself: "kern [suggest:POSITION] LINE" prints the words that may stand there, one a line.
    private const string Bash = """
        _kern() {
            local line="${COMP_LINE#"${COMP_WORDS[0]}"}"
            local cut=$(( ${#COMP_LINE} - ${#line} + 1 ))
            local at=$(( COMP_POINT > cut ? COMP_POINT - cut : 0 ))
            mapfile -t COMPREPLY < <(kern "[suggest:$at]" "${line# }" 2>/dev/null |
                grep -F -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _kern kern

        """;

    private const string Zsh = """
        #compdef kern
        _kern() {
            local line="${words[2,CURRENT]}"
            local -a found
            found=("${(@f)$(kern "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _kern kern

        """;

    private const string Fish = """
        function __kern_complete
            set -l line (string replace -r '^\S+\s?' '' -- (commandline -cp))
            kern "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c kern -a '(__kern_complete)'

        """;

    private const string ShellName = "SHELL";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand(
            "completion", "Print a completion script: source it from the shell's start-up file.")
        {
            MakeShell(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, session =>
        {
            session.Output.WriteText(
                parsed.GetRequiredValue<string>(ShellName) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
            return ExitStatus.Done;
        }));
        return command;
    }

    private static Argument<string> MakeShell()
    {
        var shell = new Argument<string>(ShellName) { Description = "bash, zsh or fish.", HelpName = ShellName };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return shell;
    }
}
