#!/bin/sh
# trim.sh FOLDER: deletes from a folder that was published for this system every native library except the one build of librdkafka that it
# loads. The NuGet package has several builds, of 12 MB each.
set -eu
cd "$1"
rm -rf librdkafka # Windows builds, for .NET Framework

# A build that needs another C library cannot load. A build that needs libsasl2 (for Kerberos) could load only where libsasl2 is installed,
# and the final image does not have it, even if this system does.
kept=0
for library in *librdkafka.so; do
    if [ ! -e "$library" ]; then
        continue # the pattern itself: there is no such file
    fi
    if ldd "./$library" 2>&1 | grep -qE 'not found|Error|libsasl2'; then
        rm "$library"
    else
        kept=$((kept + 1))
    fi
done
if [ "$kept" != 1 ]; then
    echo "trim.sh: $kept builds of librdkafka in $1 load without libsasl2, and exactly 1 is expected:" \
        "compare the names with the files of the package librdkafka.redist" >&2
    exit 1
fi
