{{/* The container, which both the chart's own pod and a sidecar have. Takes `root`, and `sidecar`, whether it is one. */}}
{{- define "drift-monitor.container" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
name: drift-monitor
image: {{ include "drift-monitor.image" $root | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
{{- if .sidecar }}
restartPolicy: Always
{{- end }}
args: [run, --config, /etc/drift-monitor/config.json]
{{- with include "drift-monitor.env" $root }}
env:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- with $values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: metrics
    containerPort: {{ dig "Http" "Port" 9464 $values.config }}
    protocol: TCP
{{- if or (not .sidecar) $values.sidecar.startupProbe }}
startupProbe:
  httpGet:
    path: /healthz/startup
    port: metrics
  {{- toYaml $values.startupProbe | nindent 2 }}
{{- end }}
livenessProbe:
  httpGet:
    path: /healthz/live
    port: metrics
  {{- toYaml $values.livenessProbe | nindent 2 }}
{{- if or (not .sidecar) $values.sidecar.readinessProbe }}
readinessProbe:
  httpGet:
    path: /healthz/ready
    port: metrics
  {{- toYaml $values.readinessProbe | nindent 2 }}
{{- end }}
securityContext:
  {{- if .sidecar }}
  {{- /* The pod's own context is somebody else's. */}}
  {{- toYaml (merge (deepCopy $values.securityContext) (pick $values.podSecurityContext "runAsNonRoot" "runAsUser" "runAsGroup" "seccompProfile")) | nindent 2 }}
  {{- else }}
  {{- toYaml $values.securityContext | nindent 2 }}
  {{- end }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  # The whole folder, because with subPath the running pod would not see a change of the ConfigMap.
  - name: drift-monitor-config
    mountPath: /etc/drift-monitor
    readOnly: true
  - name: drift-monitor-state
    mountPath: {{ include "drift-monitor.stateFolder" $root }}
  - name: drift-monitor-tmp
    mountPath: /tmp
  {{- range $folder, $secret := include "drift-monitor.secrets" $root | fromYaml }}
  - name: drift-monitor-secret-{{ $folder }}
    mountPath: {{ include "drift-monitor.secretsFolder" $root }}/{{ $folder }}
    readOnly: true
  {{- end }}
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "drift-monitor.volumes" -}}
- name: drift-monitor-config
  configMap:
    name: {{ include "drift-monitor.configMapName" . }}
- name: drift-monitor-state
  {{- if .Values.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ include "drift-monitor.claimName" . }}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: drift-monitor-tmp
  emptyDir: {}
{{- range $folder, $secret := include "drift-monitor.secrets" . | fromYaml }}
- name: drift-monitor-secret-{{ $folder }}
  secret:
    secretName: {{ $secret }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
For other charts that have this one as a dependency with `workload.kind: Sidecar`: the item of `initContainers`.
    {{- include "drift-monitor.sidecar" (index .Subcharts "drift-monitor") | nindent 8 }}
*/}}
{{- define "drift-monitor.sidecar" -}}
- {{ include "drift-monitor.container" (dict "root" . "sidecar" true) | nindent 2 | trim }}
{{- end }}

{{/* The items of `volumes` that belong to it. */}}
{{- define "drift-monitor.sidecarVolumes" -}}
{{- include "drift-monitor.volumes" . }}
{{- end }}

{{/* Annotations by which the pod changes, and so restarts, when the files that it has mounted do. */}}
{{- define "drift-monitor.checksums" -}}
{{- if not .Values.existingConfigMap }}
{{- /* The program reads its references again only with a changed configuration. */}}
checksum/references: {{ include "drift-monitor.references" . | sha256sum }}
{{- if .Values.restartOnConfigChange }}
checksum/config: {{ include "drift-monitor.config" . | sha256sum }}
{{- end }}
{{- end }}
{{- end }}

{{- define "drift-monitor.podTemplate" -}}
metadata:
  annotations:
    {{- with include "drift-monitor.checksums" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    kubectl.kubernetes.io/default-container: drift-monitor
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "drift-monitor.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "drift-monitor.serviceAccountName" . }}
  automountServiceAccountToken: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - {{ include "drift-monitor.container" (dict "root" . "sidecar" false) | nindent 6 | trim }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "drift-monitor.volumes" . | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
