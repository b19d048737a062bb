/** Istio's networking kinds as permissive custom kinds, the same object under each of their three versions. */
import type { KubeObject } from '../../../model/kube';
import { at } from '../json';
import { type Column, defineKind, type Kind } from '../kind';
import { AGE, NAME, text } from './columns';

const STORED = 'networking.istio.io/v1';
const VERSIONS = [STORED, 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];

const as = (apiVersion: string) => (object: KubeObject) => ({ ...object, apiVersion });

/** A list as its JSON text, as the printer columns of custom kinds show it. */
function list(name: string, field: string): Column {
  return text(name, (object) => JSON.stringify(at(object, 'spec', field)));
}

function istio(kind: string, plural: string, shortNames: string[], columns: Column[] = []): Kind[] {
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
      columns: [NAME, ...columns, AGE],
      categories: ['istio-io', 'networking-istio-io'],
      ...(apiVersion !== STORED && { hub: { apiVersion: STORED, kind, toHub: as(STORED), fromHub: as(apiVersion) } }),
    }),
  );
}

export const ISTIO_KINDS: readonly Kind[] = [
  ...istio('VirtualService', 'virtualservices', ['vs'], [list('Gateways', 'gateways'), list('Hosts', 'hosts')]),
  ...istio('DestinationRule', 'destinationrules', ['dr'], [text('Host', (object) => at(object, 'spec', 'host'))]),
  ...istio('Gateway', 'gateways', ['gw']),
];
