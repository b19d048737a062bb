/** Istio names a gateway `name`, `namespace/name` or `name.namespace.svc.…`; `home` is the namespace of a bare name. */
export function gatewayReference(gateway: string, home: string): [namespace: string, name: string] {
  const [before = '', after] = gateway.split('/');
  if (after !== undefined) return [before, after];
  const [name = '', namespace = home] = gateway.split('.');
  return [namespace, name];
}
