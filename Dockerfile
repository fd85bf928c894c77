# DriftMonitor as a container: no shell, no package manager, not root, works with a read-only root file system.
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

# What restore reads comes first, so that a change of code restores nothing.
# nuget.confi[g]: where the clone has one, its package sources are used.
COPY nuget.confi[g] global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/DriftMonitor.Core/DriftMonitor.Core.csproj src/DriftMonitor.Core/packages.lock.json src/DriftMonitor.Core/
COPY src/DriftMonitor.Streaming/DriftMonitor.Streaming.csproj src/DriftMonitor.Streaming/packages.lock.json src/DriftMonitor.Streaming/
COPY src/DriftMonitor/DriftMonitor.csproj src/DriftMonitor/packages.lock.json src/DriftMonitor/
RUN dotnet restore src/DriftMonitor --locked-mode

COPY .editorconfig ./
COPY src src
ARG REVISION
RUN dotnet publish src/DriftMonitor -c Release --no-restore -o /app -p:SourceRevisionId=${REVISION}

# The package has builds of librdkafka for many systems. Only those that load here go into the image: not the one for musl, nor, where libsasl2.so.3 is
# missing, the one with Kerberos (deploy/docs/configuration.md, "Kerberos").
RUN cd /app/runtimes && native="linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/native" \
    && for library in "$native"/*librdkafka.so; do if ldd "$library" 2>&1 | grep -qE 'not found|Error'; then rm "$library"; fi; done \
    && ls "$native"/*librdkafka.so && find . -mindepth 1 -maxdepth 1 ! -name "${native%/native}" -exec rm -r {} +

FROM ${RUNTIME_IMAGE}
ARG REVISION
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="DriftMonitor" \
      org.opencontainers.image.description="Tells when a field of a Kafka topic is no longer distributed as it was" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /app /app
# No diagnostics: they want a writable /tmp. No port of ASP.NET's choosing: the configuration has it.
ENV DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS=""
WORKDIR /app
# The user `app` of Microsoft's images, by number, so that Kubernetes can see that it is not root.
USER 1654:1654
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/app/driftmonitor", "health", "--config", "/etc/drift-monitor/config.json"]
ENTRYPOINT ["/app/driftmonitor"]
CMD ["run", "--config", "/etc/drift-monitor/config.json"]
