/** Istio's networking kinds as permissive custom kinds, the same object under each of their three versions. */
import type { KubeObject } from '../../../model/kube';
import { defineKind, type Kind } from '../kind';

const STORED = 'networking.istio.io/v1';
const VERSIONS = [STORED, 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];

const as = (apiVersion: string) => (object: KubeObject) => ({ ...object, apiVersion });

function istio(kind: string, plural: string, shortNames: string[]): Kind[] {
  return VERSIONS.map((apiVersion) =>
    defineKind({
      apiVersion,
      kind,
      plural,
      shortNames,
      namespaced: true,
      status: true,
      generation: true,
      custom: true,
      unconditionalUpdate: false,
      categories: ['istio-io', 'networking-istio-io'],
      ...(apiVersion !== STORED && { hub: { apiVersion: STORED, kind, toHub: as(STORED), fromHub: as(apiVersion) } }),
    }),
  );
}

export const ISTIO_KINDS: readonly Kind[] = [
  ...istio('VirtualService', 'virtualservices', ['vs']),
  ...istio('DestinationRule', 'destinationrules', ['dr']),
  ...istio('Gateway', 'gateways', ['gw']),
];
