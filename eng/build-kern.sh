# Sourced by ./kern, with $root, $home and fresh(): publishes kern into $home/<number> and moves $home/current to it.
#
# Two builds at once wait for each other (flock is part of util-linux). A build's output appears by one rename of a
# link, so a kern that starts meanwhile finds the old program or the new one, whole; the one before stays for those
# that still run. The stamp is as old as the build's beginning: what is edited while it runs is built the next time.

build_kern() {
    if fresh; then
        return 0
    fi
    case $(uname -m) in
        x86_64) runtime=linux-x64 ;;
        aarch64) runtime=linux-arm64 ;;
        *) echo "kern: $(uname -m): no such build: x86_64 and aarch64 are supported" >&2; return 1 ;;
    esac
    if [ -t 2 ]; then
        echo "kern: building (the first time takes about a minute) ..." >&2
    fi
    next=$home/$$
    rm -rf "$next"
    : >"$home/stamp.$$"
    # Restored without a runtime: given one, the libraries' lock files would change. Analyzers are for ./x check.
    if ! {
        "$dotnet" restore "$root/src/kern" -v quiet &&
            "$dotnet" publish "$root/src/kern" --no-restore -c Release -r "$runtime" \
                -v quiet -nologo -p:RunAnalyzers=false -o "$next"
    } >"$home/log" 2>&1 </dev/null; then
        rm -rf "$next" "$home/stamp.$$"
        cat "$home/log" >&2
        echo "kern: build: failed: the messages are above, and in $home/log" >&2
        return 1
    fi
    before=$(readlink "$home/current" 2>/dev/null)
    ln -s "$$" "$home/current.$$" && mv -Tf "$home/current.$$" "$home/current" || return 1
    dirname -- "$(readlink -f "$dotnet")" >"$home/dotnet-root"
    mv -f "$home/stamp.$$" "$home/stamp"
    for old in "$home"/[0-9]*; do
        case ${old##*/} in "$$" | "$before") ;; *) rm -rf "$old" ;; esac
    done
}

. "$root/eng/find-dotnet.sh" || return 1
mkdir -p "$home" || return 1
(
    # The build's servers must not inherit the lock, or they hold it for as long as they live.
    if command -v flock >/dev/null; then
        flock 9
    fi
    build_kern 9>&-
) 9>"$home/lock"
