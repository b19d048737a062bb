/** The installation as pods and as a process: admitted where only restricted ones are, and in good order at its end. */
import { attachedPlane } from './control-plane/plane';
import { type Installation, install, refusalsOf } from './installation';
import { installCrds, read } from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'install-serin';
let installation: Installation;

beforeAll(async () => {
  await installCrds(plane);
  installation = await install(plane, namespace);
});
afterAll(async () => {
  await installation?.controller.end();
  await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
  for (const kind of ['clusterrole', 'clusterrolebinding']) await plane.tryKubectl(['delete', kind, 'serin']);
});

test('its pods are admitted where only restricted ones are, and become ready', async () => {
  await plane.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/serin', '--timeout=60s']);
  expect((await read(plane, namespace, 'deployment', 'serin')).status.availableReplicas).toBe(2);
});

test('nothing is refused to a controller that has nothing to do', () => {
  expect(refusalsOf(plane, installation)).toEqual([]);
});

test('gives its Lease back when it ends', async () => {
  const holder = async () => (await read(plane, namespace, 'lease', 'flagger-leader-election')).spec.holderIdentity;
  for (let tries = 0; tries < 50 && !(await holder().catch(() => '')); tries++)
    await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await holder()).toBeTruthy();
  expect(await installation.controller.end()).toBe(0);
  expect(await holder()).toBeFalsy();
  expect(refusalsOf(plane, installation)).toEqual([]);
});
