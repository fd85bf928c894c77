{{- define "drift-monitor.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters: a StatefulSet's pods carry its name and a hash of ten in a label of 63. */}}
{{- define "drift-monitor.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "drift-monitor.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "drift-monitor.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "drift-monitor.selectorLabels" -}}
app.kubernetes.io/name: {{ include "drift-monitor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pod of `helm test`. */}}
{{- define "drift-monitor.testLabels" -}}
app.kubernetes.io/name: {{ include "drift-monitor.name" . | trunc 58 | trimSuffix "-" }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "drift-monitor.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "drift-monitor.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "drift-monitor.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "drift-monitor.configMapName" -}}
{{- default (include "drift-monitor.fullname" .) .Values.existingConfigMap }}
{{- end }}

{{/* The only folder of the container, besides /tmp and extraVolumeMounts, that the program can write to. */}}
{{- define "drift-monitor.stateFolder" -}}
/var/lib/drift-monitor
{{- end }}

{{/* Where Secrets are mounted, each in a folder of its own. */}}
{{- define "drift-monitor.secretsFolder" -}}
/etc/drift-monitor-secrets
{{- end }}

{{/* The mounted Secrets: folder → name. */}}
{{- define "drift-monitor.secrets" -}}
{{- $secrets := dict }}
{{- with .Values.kafka.sasl.existingSecret }}{{ $_ := set $secrets "kafka-sasl" . }}{{ end }}
{{- with .Values.kafka.tls.existingSecret }}{{ $_ := set $secrets "kafka-tls" . }}{{ end }}
{{- with .Values.token.existingSecret }}{{ $_ := set $secrets "token" . }}{{ end }}
{{- range $folder, $secret := .Values.secrets }}
{{- if $secret }}{{ $_ := set $secrets $folder $secret }}{{ end }}
{{- end }}
{{- toYaml $secrets }}
{{- end }}

{{/* The container's environment: where the program finds what is in Secrets, and extraEnv. By variables and not in config.json, so that it holds with existingConfigMap too. */}}
{{- define "drift-monitor.env" -}}
{{- $folder := include "drift-monitor.secretsFolder" . }}
{{- with .Values.kafka.sasl }}
{{- if .existingSecret }}
- name: DriftMonitor__Kafka__PropertyFiles__sasl.username
  value: {{ $folder }}/kafka-sasl/{{ .usernameKey }}
- name: DriftMonitor__Kafka__PropertyFiles__sasl.password
  value: {{ $folder }}/kafka-sasl/{{ .passwordKey }}
{{- end }}
{{- end }}
{{- with .Values.kafka.tls }}
{{- if .existingSecret }}
{{- with .caKey }}
- name: DriftMonitor__Kafka__Properties__ssl.ca.location
  value: {{ $folder }}/kafka-tls/{{ . }}
{{- end }}
{{- with .certificateKey }}
- name: DriftMonitor__Kafka__Properties__ssl.certificate.location
  value: {{ $folder }}/kafka-tls/{{ . }}
{{- end }}
{{- with .privateKeyKey }}
- name: DriftMonitor__Kafka__Properties__ssl.key.location
  value: {{ $folder }}/kafka-tls/{{ . }}
{{- end }}
{{- with .privateKeyPasswordKey }}
- name: DriftMonitor__Kafka__PropertyFiles__ssl.key.password
  value: {{ $folder }}/kafka-tls/{{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.token }}
{{- if .existingSecret }}
- name: DriftMonitor__Http__TokenFile
  value: {{ $folder }}/token/{{ .key }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What ServiceMonitor and PodMonitor say of the port. Takes `root`, and `monitor`, the values of the one or the other. */}}
{{- define "drift-monitor.endpoint" -}}
port: metrics
path: /metrics
honorLabels: false
{{- with .root.Values.token }}
{{- if .existingSecret }}
authorization:
  type: Bearer
  credentials:
    name: {{ .existingSecret }}
    key: {{ .key }}
{{- end }}
{{- end }}
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .monitor.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "drift-monitor.claimName" -}}
{{- default (printf "%s-state" (include "drift-monitor.fullname" .)) .Values.persistence.existingClaim }}
{{- end }}

{{/* Refuses a monitor of reference kind "first" that could not keep its learned reference: the configuration's folder, where relative paths start, is read-only. */}}
{{- define "drift-monitor.checkLearnedReferences" -}}
{{- $state := include "drift-monitor.stateFolder" . }}
{{- range $index, $monitor := .Values.config.Monitors }}
{{- $reference := default dict $monitor.Reference }}
{{- if eq (lower (default "file" $reference.Kind)) "first" }}
{{- $path := printf "config.Monitors[%d].Reference" $index }}
{{- $file := default "" $reference.File }}
{{- $advice := printf "write %s.File: %s/%s.json" $path $state (regexReplaceAll "[^A-Za-z0-9._-]+" $monitor.Name "-") }}
{{- if not $file }}
{{- fail (printf "%s.File is missing, and kind first keeps its learned reference there: %s, and set persistence.enabled to true." $path $advice) }}
{{- else if not (isAbs $file) }}
{{- fail (printf "%s.File is %q, a path in the configuration's folder, which is read-only, and kind first writes its learned reference there: %s, and set persistence.enabled to true." $path $file $advice) }}
{{- else }}
{{- $mounted := false }}
{{- range $.Values.extraVolumeMounts }}
{{- if and (not .readOnly) .mountPath (hasPrefix (printf "%s/" (clean .mountPath)) (clean $file)) }}
{{- $mounted = true }}
{{- end }}
{{- end }}
{{- if $mounted }}
{{- else if not (hasPrefix (printf "%s/" $state) (clean $file)) }}
{{- fail (printf "%s.File is %q, which is in no writable volume, and kind first writes its learned reference there: %s, and set persistence.enabled to true." $path $file $advice) }}
{{- else if not $.Values.persistence.enabled }}
{{- fail (printf "%s.Kind is first, and its learned reference would be lost with the pod: set persistence.enabled to true." $path) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Refuses an address that the kubelet's probes and Prometheus, which ask by the pod's IP address, cannot reach. */}}
{{- define "drift-monitor.checkAddress" -}}
{{- $address := trimSuffix "]" (trimPrefix "[" (dig "Http" "Address" "" .Values.config | default "")) }}
{{- if or (hasPrefix "127." $address) (eq $address "::1") }}
{{- fail (printf "config.Http.Address is %s, where neither the probes nor Prometheus can reach the pod: remove it, and restrict access with a NetworkPolicy." $address) }}
{{- end }}
{{- end }}

{{/* Refuses Secrets for Kafka that librdkafka would not use: without the protocol it ignores them, and connects in the clear. */}}
{{- define "drift-monitor.checkKafkaSecurity" -}}
{{- $properties := dig "Kafka" "Properties" dict .Values.config | default dict }}
{{- $protocol := upper (get $properties "security.protocol" | default "plaintext") }}
{{- if and .Values.kafka.tls.existingSecret (not (has $protocol (list "SSL" "SASL_SSL"))) }}
{{- fail (printf "kafka.tls.existingSecret is set, but config.Kafka.Properties has the security.protocol %s, which has no TLS: set it to SSL or SASL_SSL." $protocol) }}
{{- end }}
{{- if .Values.kafka.sasl.existingSecret }}
{{- if not (has $protocol (list "SASL_PLAINTEXT" "SASL_SSL")) }}
{{- fail (printf "kafka.sasl.existingSecret is set, but config.Kafka.Properties has the security.protocol %s, which has no SASL: set it to SASL_SSL." $protocol) }}
{{- end }}
{{- if not (or (get $properties "sasl.mechanism") (get $properties "sasl.mechanisms")) }}
{{- fail "kafka.sasl.existingSecret is set, but config.Kafka.Properties has no sasl.mechanism: set it, for example to SCRAM-SHA-512." }}
{{- end }}
{{- end }}
{{- if and .Values.token.existingSecret (dig "Http" "TokenFile" "" .Values.config) }}
{{- fail "token.existingSecret and config.Http.TokenFile are both set: remove one." }}
{{- end }}
{{- end }}

{{/* Refuses what a sidecar cannot have, as its pod is another chart's. */}}
{{- define "drift-monitor.checkSidecar" -}}
{{- if eq .Values.workload.kind "Sidecar" }}
{{- range $key := list "serviceMonitor" "ingress" "networkPolicy" "podDisruptionBudget" }}
{{- if (get $.Values $key).enabled }}
{{- fail (printf "%s.enabled is true, but with workload.kind Sidecar the pod and its Service are another chart's: set it to false." $key) }}
{{- end }}
{{- end }}
{{- if and .Values.podMonitor.enabled (not .Values.podMonitor.matchLabels) }}
{{- fail "podMonitor.matchLabels is empty, but with workload.kind Sidecar the pod is another chart's: write that pod's labels there." }}
{{- end }}
{{- end }}
{{- end }}

{{- define "drift-monitor.config" -}}
{{- if not .Values.config.Monitors }}
{{- fail "config.Monitors is empty, so there is nothing to monitor: describe at least one monitor there, or name a ConfigMap with a config.json in existingConfigMap." }}
{{- end }}
{{- include "drift-monitor.checkLearnedReferences" . }}
{{- include "drift-monitor.checkAddress" . }}
{{- include "drift-monitor.checkKafkaSecurity" . }}
config.json: |-
  {{- dict "DriftMonitor" .Values.config | toPrettyJson | nindent 2 }}
{{- end }}

{{/* The mounted references, and the sample's if a monitor uses it. */}}
{{- define "drift-monitor.references" -}}
{{- $sample := "departure-delay.json" }}
{{- $sampled := false }}
{{- range .Values.config.Monitors }}
{{- if eq (dig "Reference" "File" "" .) $sample }}
{{- $sampled = true }}
{{- end }}
{{- end }}
{{- if and $sampled (not (hasKey .Values.references $sample)) }}
{{ $sample }}: |-
  {{- .Files.Get (printf "files/%s" $sample) | trim | nindent 2 }}
{{- end }}
{{- range $name, $content := .Values.references }}
{{- if not (kindIs "invalid" $content) }}
{{ $name }}: |-
  {{- if kindIs "string" $content }}
  {{- with (fromJson $content).Error }}
  {{- fail (printf "references: %s is not a JSON object: %s" $name .) }}
  {{- end }}
  {{- $content | trim | nindent 2 }}
  {{- else }}
  {{- toPrettyJson $content | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
