#!/bin/sh
# Compiles kern ahead of time into artifacts/ahead/kern, for benchmarks: needs gcc and zlib's headers, which ./kern does
# not. Works on a copy of the sources, since the packages of NativeAOT would change the lock files here.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/eng/find-dotnet.sh"
case $(uname -m) in
    aarch64) runtime=linux-arm64 ;;
    *) runtime=linux-x64 ;;
esac
source=$root/artifacts/ahead/source
mkdir -p "$source"
rm -rf "$source/src" "$source/layouts"
for part in src layouts Directory.Build.props Directory.Build.targets Directory.Packages.props global.json \
    .editorconfig; do
    cp -pr "$root/$part" "$source/"
done
cd "$source"
exec "$dotnet" publish src/kern -c Release -r "$runtime" -p:PublishAot=true -p:RunAnalyzers=false \
    -p:ContinuousIntegrationBuild=false -v quiet -nologo -o "$root/artifacts/ahead/kern"
