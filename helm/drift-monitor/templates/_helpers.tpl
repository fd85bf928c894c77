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

{{/* The mounted files: the configuration, the references, and the sample's reference if a monitor uses it. */}}
{{- define "drift-monitor.files" -}}
{{- if not .Values.config.Monitors }}
{{- fail "config.Monitors is empty, so there is nothing to monitor: describe at least one monitor there, or name a ConfigMap with a config.json in existingConfigMap." }}
{{- end }}
{{- include "drift-monitor.checkLearnedReferences" . }}
{{- include "drift-monitor.checkAddress" . }}
config.json: |-
  {{- dict "DriftMonitor" .Values.config | toPrettyJson | nindent 2 }}
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
