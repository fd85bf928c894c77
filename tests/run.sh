#!/usr/bin/env bash
# Builds the solution (the benchmarks must compile too) and runs one test project after another: they share two cores and a broker, and
# some measure time. The last line is the sum; artifacts/test-results keeps it and the details.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A background job of a shell without job control ignores SIGINT and SIGQUIT, and so would every program that tests interrupt.
if [ -z "${SIGNALS_ARE_RESET-}" ] && env --default-signal=INT,QUIT true 2> /dev/null; then
    exec env --default-signal=INT,QUIT SIGNALS_ARE_RESET=1 bash tests/run.sh "$@"
fi

results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

# shellcheck disable=SC2086 # settings are words
dotnet build DriftMonitor.sln -c Release -v minimal --nologo ${PROPERTIES-}

passed=0 failed=0 skipped=0 broken=()
for project in $(grep -l '<IsTestProject>true' tests/*/*.csproj); do
    name=$(basename "$project" .csproj)
    echo "--- $name"
    code=0
    # shellcheck disable=SC2086
    dotnet test "$project" -c Release --no-build --nologo ${FILTER:+--filter "$FILTER"} --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --logger "console;verbosity=minimal" --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none ${PROPERTIES-} < /dev/null || code=$?

    counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2> /dev/null || true)
    count() { local value; value=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"); echo "${value:-0}"; }
    # VSTest leaves notExecuted at 0 for a skipped test; it is what was not executed all the same.
    passed=$((passed + $(count passed)))
    skipped=$((skipped + $(count total) - $(count executed)))
    failures=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
    failed=$((failed + failures))
    if [ -z "$counters" ] || { [ "$code" != 0 ] && [ "$failures" = 0 ]; }; then
        # The run itself broke (a crash, a hang): whatever was counted until then, something failed.
        failed=$((failed + 1))
        broken+=("$name (exit code $code)")
    fi
done

[ ${#broken[@]} = 0 ] || echo "broken off: ${broken[*]}"
echo "$passed passed, $failed failed, $skipped skipped" | tee "$results/summary"
[ "$failed" = 0 ]
