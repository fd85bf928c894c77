#!/usr/bin/env bash
# Sees to it that restore finds librdkafka.redist, which Confluent.Kafka needs: does nothing where the package sources carry the genuine one,
# and otherwise builds a stand-in from Debian's source package. The answer is kept in artifacts/native/stamp. See README.md beside this file.
#
#     deploy/native/build.sh            once; a second run does nothing
#     deploy/native/build.sh --force    ask again, and build even where the genuine package exists
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
native=$root/artifacts/native
feed=$native/feed
work=$native/work
stamp=$native/stamp

# librdkafka.redist is numbered as Confluent.Kafka is; the fourth figure marks the stand-in, and makes it the second choice after the genuine package.
wanted=$(sed -n 's/.*<PackageVersion Include="Confluent.Kafka" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
standin=$wanted.1

step=starting
say() { printf 'native: %s\n' "$*"; }
fail() { printf 'native: FAILED while %s\n' "$step" >&2; printf 'native: %s\n' "$@" >&2; trap - ERR; exit 1; }
trap 'fail "see the output above, and the logs in artifacts/native"' ERR

force=
[ "${1-}" = --force ] && force=yes

settled() {
    [ -z "$force" ] && [ -f "$stamp" ] || return 1
    case $(cat "$stamp") in
        "genuine $wanted") return 0 ;;
        "stand-in $standin") [ -f "$feed/librdkafka.redist.$standin.nupkg" ] ;;
        *) return 1 ;;
    esac
}

settled && exit 0
mkdir -p "$native"
exec 9> "$native/lock"
flock 9 # two makes at once: the second waits and finds the work done
settled && exit 0

step="asking the package sources for librdkafka.redist $wanted"
if [ -z "$force" ] && [ ! -f "$feed/librdkafka.redist.$standin.nupkg" ]; then
    if dotnet restore "$here/probe/probe.csproj" --force -p:Wanted="$wanted" > "$native/probe.log" 2>&1; then
        say "the package sources carry librdkafka.redist $wanted; nothing to build"
        echo "genuine $wanted" > "$stamp"
        exit 0
    fi
    grep -qE 'NU110[123].*librdkafka\.redist' "$native/probe.log" || { cat "$native/probe.log" >&2; fail "restore failed for another reason than a missing package"; }
fi

# Not built yet, but perhaps by another clone on this machine: NuGet keeps the package itself beside what it unpacked.
step="looking for an earlier build"
packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
earlier=${packages%/}/librdkafka.redist/$standin/librdkafka.redist.$standin.nupkg
if [ -z "$force" ] && [ ! -f "$feed/librdkafka.redist.$standin.nupkg" ] && [ -f "$earlier" ]; then
    mkdir -p "$feed"
    cp "$earlier" "$feed/"
    say "took the stand-in that another clone built on this machine from NuGet's cache"
fi

if [ -z "$force" ] && [ -f "$feed/librdkafka.redist.$standin.nupkg" ]; then
    echo "stand-in $standin" > "$stamp"
    exit 0
fi

case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) step="choosing the runtime identifier"; fail "no recipe for $(uname -sm)" ;;
esac

say "no librdkafka.redist $wanted on the package sources; building a stand-in from Debian's source package (about a minute)"
say "nothing outside artifacts/native changes, except that missing build tools are installed when run as root"

step="checking the build tools"
tools=(ca-certificates g++ gcc libcurl4-openssl-dev liblz4-dev libsasl2-dev libssl-dev libzstd-dev make python3-minimal xz-utils zlib1g-dev)
missing=()
for tool in "${tools[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$tool" 2> /dev/null | grep -qx installed || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || fail "these packages are missing, and only root can install them: ${missing[*]}" "run: apt-get install --no-install-recommends ${missing[*]}"
    step="installing ${missing[*]}"
    say "$step"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -yq --no-install-recommends "${missing[@]}"; } > "$native/apt-install.log" 2>&1 ||
        { tail -20 "$native/apt-install.log" >&2; fail "apt-get could not install them; the whole output is in artifacts/native/apt-install.log"; }
fi

# The machine's own mirror and keyring, another suite, and apt's state in a folder of ours: the machine's configuration is read, never written.
step="reading the machine's Debian mirror"
field() { sed -n "/^[[:space:]]*#/d; s/^$1:[[:space:]]*\([^[:space:]]*\).*/\1/p" /etc/apt/sources.list.d/debian.sources 2> /dev/null | head -1 || true; }
mirror=$(field URIs)
keyring=$(field Signed-By)
[ -n "$mirror" ] || mirror=$(sed -n 's/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2> /dev/null | head -1 || true)
[ -n "$mirror" ] || fail "neither /etc/apt/sources.list.d/debian.sources nor /etc/apt/sources.list names a mirror" "this recipe is for Debian; elsewhere use a package source that carries librdkafka.redist"
[ -n "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.gpg

rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source" "$work/build"
private=(-o Dir::Etc::SourceList="$work/debian.sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache"
    -o APT::Sandbox::User="$(id -un)" -o APT::Update::Post-Invoke::= -o Acquire::Languages=none -o APT::Update::Error-Mode=any)

step="fetching Debian's source package of librdkafka"
fetched=
for suite in ${LIBRDKAFKA_SUITES:-forky sid}; do
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$mirror" "$suite" "$keyring" > "$work/debian.sources"
    if (cd "$work/source" && apt-get "${private[@]}" update -q && apt-get "${private[@]}" source --download-only -q librdkafka) > "$native/apt-$suite.log" 2>&1; then
        fetched=$suite
        break
    fi
    say "suite $suite did not serve it (artifacts/native/apt-$suite.log)"
done
[ -n "$fetched" ] || fail "no suite served it" "$(tail -5 "$native/apt-$suite.log")"
tarball=$(ls "$work"/source/librdkafka_*.orig.tar.*[zx2] | head -1)
upstream=$(basename "$tarball" | sed 's/^librdkafka_\(.*\)\.orig\.tar\..*/\1/')

step="unpacking librdkafka $upstream"
tar -xf "$tarball" -C "$work/build" --strip-components=1 # the top folder is named after a commit

step="configuring librdkafka $upstream"
say "compiling librdkafka $upstream (Debian $fetched)"
(cd "$work/build" && ./configure --prefix=/usr) > "$native/configure.log" 2>&1 ||
    { tail -20 "$native/configure.log" >&2; fail "the whole output is in artifacts/native/configure.log"; }

step="compiling librdkafka $upstream"
make -C "$work/build/src" -j "$(nproc)" librdkafka.so.1 > "$native/make.log" 2>&1 ||
    { tail -20 "$native/make.log" >&2; fail "the whole output is in artifacts/native/make.log"; }

step="checking the shared library"
library=$work/build/src/librdkafka.so.1
strip --strip-unneeded "$library"
! ldd "$library" | grep 'not found' >&2 || fail "it needs a library that is not installed"
for feature in SSL SASL_SCRAM SASL_OAUTHBEARER ZLIB ZSTD LZ4_EXT SNAPPY; do
    grep -q "^  BUILT_WITH.* $feature\( \|$\)" "$native/configure.log" || fail "it was configured without $feature; see artifacts/native/configure.log"
done

step="packing librdkafka.redist $standin"
mkdir -p "$work/package/runtimes/$rid/native"
cp "$library" "$work/package/runtimes/$rid/native/librdkafka.so"
cp "$work/build/LICENSE" "$work/build/LICENSES.txt" "$work/package/"
dotnet pack "$here/pack/librdkafka.redist.csproj" --nologo -v quiet -o "$work/nupkg" -p:Version="$standin" -p:Upstream="$upstream" -p:Contents="$work/package" > "$native/pack.log" 2>&1 ||
    { cat "$native/pack.log" >&2; fail "dotnet pack did not succeed"; }

mkdir -p "$feed"
rm -f "$feed"/*.nupkg
mv "$work/nupkg/librdkafka.redist.$standin.nupkg" "$feed/"
# NuGet never unpacks a version twice: a stand-in in its cache from another build would go on serving instead of this one.
rm -rf "${earlier%/*}"
rm -rf "$work"
echo "stand-in $standin" > "$stamp"
say "artifacts/native/feed/librdkafka.redist.$standin.nupkg holds librdkafka $upstream for $rid"
