# DriftMonitor as a container image: no shell, no package manager, not root; works with a read-only root file system.
#
#     docker build -t driftmonitor --build-arg REVISION=$(git rev-parse HEAD) .
#     docker run --read-only -p 9464:9464 -v ./config.json:/etc/drift-monitor/config.json:ro driftmonitor
#
# The final image is Ubuntu chiseled, Microsoft's smallest with glibc, which librdkafka needs.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# First only the files that restore reads: a change of the code then reuses the restored packages.
# nuget.confi[g]: a file of this name is optional; its package sources are used.
COPY nuget.confi[g] global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/DriftMonitor.Core/DriftMonitor.Core.csproj src/DriftMonitor.Core/packages.lock.json src/DriftMonitor.Core/
COPY src/DriftMonitor.Streaming/DriftMonitor.Streaming.csproj src/DriftMonitor.Streaming/packages.lock.json src/DriftMonitor.Streaming/
COPY src/DriftMonitor/DriftMonitor.csproj src/DriftMonitor/packages.lock.json src/DriftMonitor/
RUN dotnet restore src/DriftMonitor --locked-mode -p:PublishReadyToRun=true

COPY .editorconfig ./
COPY src src
ARG REVISION
# Compiled ahead of time, for the processor that builds: the first second of a start costs less.
RUN dotnet publish src/DriftMonitor -c Release --no-restore -r linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/') --self-contained false \
    -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false -p:SourceRevisionId=${REVISION} -o /app
COPY deploy/docker/trim.sh ./
RUN sh trim.sh /app && mkdir /state

FROM ${RUNTIME_IMAGE}
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="DriftMonitor" \
      org.opencontainers.image.description="Monitors fields of Kafka topics for drift from a reference distribution and exports the divergences to Prometheus" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /app /app
# For files that the service writes, such as a learned reference. A new volume that is mounted here gets this owner.
COPY --from=build --chown=1654:1654 /state /var/lib/drift-monitor
# The runtime's diagnostics need a writable /tmp, so they are off. The port comes from the configuration, not from ASP.NET Core's default.
ENV DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS=""
WORKDIR /app
# The user `app` of Microsoft's images, by number, so that Kubernetes can verify that it is not root.
USER 1654:1654
EXPOSE 9464
# Alive, not ready: while Kafka is down the service is not ready, and a restart would not help.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/app/driftmonitor", "health", "--config", "/etc/drift-monitor/config.json"]
ENTRYPOINT ["/app/driftmonitor"]
CMD ["run", "--config", "/etc/drift-monitor/config.json"]
