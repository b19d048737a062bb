/** The defaults that the real server gives to pods and pod templates. */
import { child, fallback, isObject, type Json, objects } from '../json';

const DEFAULT_MODE = 0o644;

/** Fills in a pod spec. */
export function fillPodSpec(spec: Json): void {
  fallback(spec, 'restartPolicy', 'Always');
  fallback(spec, 'terminationGracePeriodSeconds', 30);
  fallback(spec, 'dnsPolicy', 'ClusterFirst');
  fallback(spec, 'securityContext', {});
  fallback(spec, 'schedulerName', 'default-scheduler');
  if (spec['serviceAccountName']) fallback(spec, 'serviceAccount', spec['serviceAccountName']);
  for (const container of [...objects(spec, 'containers'), ...objects(spec, 'initContainers')])
    fillContainer(container);
  for (const volume of objects(spec, 'volumes')) fillVolume(volume);
}

function fillContainer(container: Json): void {
  fallback(container, 'resources', {});
  fallback(container, 'terminationMessagePath', '/dev/termination-log');
  fallback(container, 'terminationMessagePolicy', 'File');
  fallback(container, 'imagePullPolicy', pullPolicy(String(container['image'] ?? '')));
  for (const port of objects(container, 'ports')) fallback(port, 'protocol', 'TCP');
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isObject(probe)) fillProbe(probe);
  }
  for (const variable of objects(container, 'env')) {
    const reference = isObject(variable['valueFrom']) ? variable['valueFrom']['fieldRef'] : undefined;
    if (isObject(reference)) fallback(reference, 'apiVersion', 'v1');
  }
}

/** Images without a tag, or with `latest`, are pulled each time. */
function pullPolicy(image: string): string {
  const [, tag] = /:([^/:@]+)$/.exec(image.split('@')[0] ?? '') ?? [];
  const pinned = image.includes('@') || (tag !== undefined && tag !== 'latest');
  return pinned ? 'IfNotPresent' : 'Always';
}

function fillProbe(probe: Json): void {
  fallback(probe, 'timeoutSeconds', 1);
  fallback(probe, 'periodSeconds', 10);
  fallback(probe, 'successThreshold', 1);
  fallback(probe, 'failureThreshold', 3);
  const request = probe['httpGet'];
  if (!isObject(request)) return;
  fallback(request, 'path', '/');
  fallback(request, 'scheme', 'HTTP');
}

function fillVolume(volume: Json): void {
  if (Object.keys(volume).length === 1) child(volume, 'emptyDir');
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    const found = volume[source];
    if (isObject(found)) fallback(found, 'defaultMode', DEFAULT_MODE);
  }
}
