# Sourced by the launchers: sets $dotnet to the program, or says what is missing and returns 1.

dotnet=
for place in "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet)" "${HOME:-/}/.dotnet/dotnet" \
    /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    if [ -n "$place" ] && [ -x "$place" ]; then
        dotnet=$place
        break
    fi
done
if [ -z "$dotnet" ]; then
    echo "${0##*/}: dotnet: not found: install the .NET 10 SDK (https://dot.net) or set DOTNET_ROOT" >&2
    return 1
fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
