#!/bin/sh
# trim.sh FOLDER: deletes from a published folder every native library except the one build of librdkafka that this system loads.
# The NuGet package has builds for many systems, about 130 MB in all.
set -eu
cd "$1"
rm -rf librdkafka # Windows builds once more, for .NET Framework
cd runtimes

case $(uname -m) in
    x86_64) ours=linux-x64 ;;
    aarch64) ours=linux-arm64 ;;
    *) ours=linux-$(uname -m) ;;
esac

# A build that needs another C library cannot load. A build that needs libsasl2 (for Kerberos) could load only where libsasl2 is installed,
# and the final image does not have it, even if this system does.
kept=0
for library in "$ours"/native/*librdkafka.so; do
    if [ ! -e "$library" ]; then
        continue # the pattern itself: there is no such file
    fi
    if ldd "$library" 2>&1 | grep -qE 'not found|Error|libsasl2'; then
        rm "$library"
    else
        kept=$((kept + 1))
    fi
done
if [ "$kept" != 1 ]; then
    echo "trim.sh: $kept builds of librdkafka in $1/runtimes/$ours/native load without libsasl2, and exactly 1 is expected:" \
        "compare the names with the files of the package librdkafka.redist" >&2
    exit 1
fi

find . -mindepth 1 -maxdepth 1 ! -name "$ours" -exec rm -r {} +
