# DriftMonitor as a container: no shell, no package manager, not root, content with a read-only root file system.
#
#     docker build -t driftmonitor --build-arg REVISION=$(git rev-parse HEAD) .
#     docker run --read-only -p 9464:9464 -v ./config.json:/etc/drift-monitor/config.json:ro driftmonitor
#
# The final image is Ubuntu chiseled, Microsoft's smallest with glibc, which librdkafka needs. Where the package source carries librdkafka.redist nothing is added to it:
# the genuine library contains what it uses. Where the source does not, the build image must be a Debian one with the .NET SDK (SDK_IMAGE), deploy/native builds a
# stand-in there, and the libraries that this is linked with are taken along into /app/lib.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# What restore reads comes first, so that a change of code restores nothing.
# nuget.confi[g]: where the clone has one, its package sources are used.
COPY nuget.confi[g] global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY deploy/native deploy/native
COPY src/DriftMonitor.Core/DriftMonitor.Core.csproj src/DriftMonitor.Core/packages.lock.json src/DriftMonitor.Core/
COPY src/DriftMonitor.Streaming/DriftMonitor.Streaming.csproj src/DriftMonitor.Streaming/
COPY src/DriftMonitor/DriftMonitor.csproj src/DriftMonitor/
RUN deploy/native/build.sh && dotnet restore src/DriftMonitor --use-current-runtime

COPY .editorconfig ./
COPY src src
ARG REVISION
RUN dotnet publish src/DriftMonitor -c Release --use-current-runtime --no-self-contained --no-restore -o /app -p:SourceRevisionId=${REVISION}

# glibc's own parts stay behind: they must be those of the final image.
RUN mkdir /app/lib && ldd /app/librdkafka.so | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' \
    | grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libnss_[a-z]*)\.so' | xargs -r cp -L -t /app/lib

FROM ${RUNTIME_IMAGE}
COPY --from=build /app /app
# No diagnostics: they want a writable /tmp. No port of ASP.NET's choosing: the configuration has it.
ENV DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS="" LD_LIBRARY_PATH=/app/lib
WORKDIR /app
# The user `app` of Microsoft's images, by number, so that Kubernetes can see that it is not root.
USER 1654:1654
EXPOSE 9464
ENTRYPOINT ["/app/driftmonitor"]
CMD ["run", "--config", "/etc/drift-monitor/config.json"]
