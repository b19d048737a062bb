/**
 * What Serin expects of a Kubernetes API server. One suite for the sandbox and for a real kube-apiserver with its
 * controller-manager, so that the sandbox is a verified fake. Asserts only what real servers (v1.32 to v1.34) do.
 */
import { applyCases } from './api/apply-cases';
import { type Connect, ContractClient } from './api/client';
import { customKindCases } from './api/custom-kind-cases';
import { defaultCases } from './api/default-cases';
import { deletionCases } from './api/deletion-cases';
import { discoveryCases } from './api/discovery-cases';
import { listCases } from './api/list-cases';
import { objectCases } from './api/object-cases';
import { patchCases } from './api/patch-cases';
import { watchCases } from './api/watch-cases';

export type { Connect, ContractServer } from './api/client';

/** Registers the suite. `connect` is called once; each group of cases works in a namespace of its own. */
export function apiContract(name: string, connect: Connect): void {
  describe(`API contract: ${name}`, () => {
    const client = new ContractClient(connect);
    beforeAll(() => client.open());
    afterAll(() => client.close());

    describe('discovery', () => discoveryCases(client));
    describe('objects', () => objectCases(client));
    describe('defaults and validation', () => defaultCases(client));
    describe('patches', () => patchCases(client));
    describe('server-side apply', () => applyCases(client));
    describe('lists', () => listCases(client));
    describe('watches', () => watchCases(client));
    describe('deletion', () => deletionCases(client));
    describe('custom kinds', () => customKindCases(client));
  });
}
