/** Releases whose manifests a tool applies again and again: replicas by annotation, last good versions, tool's marks. */
import type { KubeObject } from '../../../model/kube';
import { primaryWorkload } from '../../../model/objects/primary-workload';
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from './stage';
import { image, initialized } from './staged';

/** As the API server has it when the manifest leaves `replicas` out. */
function wanting(replicas: string, tag = 'a:1'): KubeObject {
  const target = aDeployment(tag);
  return { ...target, metadata: { ...target.metadata, annotations: { 'serin.dev/wanted-replicas': replicas } } };
}

const replicasOf = (stage: Stage, name: string) =>
  (stage.get('Deployment', name) as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;

const unborn = () => {
  const { uid: _, ...metadata } = aCanary().metadata;
  return { ...aCanary(), metadata };
};

test('the primary and the run have the pods that the annotation asks for', async () => {
  const stage = new Stage(aCanary(), wanting('3'));
  await stage.until('Initialized');
  expect(replicasOf(stage, 'podinfo-primary')).toBe(3);
  await stage.after(10);
  expect(replicasOf(stage, 'podinfo')).toBe(0);
  stage.setImage('a:2');
  await stage.until('Progressing');
  await stage.settleTicks();
  expect(replicasOf(stage, 'podinfo')).toBe(3);
});

test('a run that starts before the target was scaled down has them too', async () => {
  const stage = new Stage(aCanary(), wanting('3'));
  await stage.until('Initialized');
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(replicasOf(stage, 'podinfo')).toBe(3);
});

test('F#574: more pods come with the next run and its promotion; the annotation alone starts none', async () => {
  const stage = new Stage(aCanary(), wanting('3'));
  await stage.until('Initialized');
  await stage.after(10);
  stage.edit('Deployment', 'podinfo', ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, 'serin.dev/wanted-replicas': '5' };
  });
  await stage.after(10);
  expect(stage.status.phase).toBe('Initialized');
  expect(replicasOf(stage, 'podinfo-primary')).toBe(3);
  stage.setImage('a:2');
  await stage.until('Succeeded');
  expect(replicasOf(stage, 'podinfo-primary')).toBe(5);
});

test.each(['', 'many', '-2', '0'])('an annotation that says "%s" counts as none', async (text) => {
  const stage = new Stage(aCanary(), wanting(text));
  await stage.until('Initialized');
  expect(replicasOf(stage, 'podinfo-primary')).toBe(1);
});

test('a synthesised primary of another version is the last good one: the target is analysed, not taken for promoted', async () => {
  const stage = new Stage(aCanary(), aDeployment('a:2'));
  stage.put(primaryWorkload(unborn(), aDeployment('a:1'), { flaggerId: 'synth' }));
  const { [`serin.dev/revision`]: _, ...annotations } = stage.get('Deployment', 'podinfo-primary')!.metadata
    .annotations!;
  stage.edit('Deployment', 'podinfo-primary', ({ metadata }) => Object.assign(metadata, { annotations }));
  await stage.until('Progressing');
  expect(image(stage, 'podinfo-primary')).toBe('a:1');
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
  expect(stage.texts()).toContain('N Advance podinfo.test canary weight 20');
});

test("Argo CD's marks are not copied to the primary, and stay on Services that were synthesised", async () => {
  const target = aDeployment();
  const marks = { 'argocd.argoproj.io/tracking-id': 'podinfo:apps/Deployment:test/podinfo' };
  const stage = new Stage(aCanary(), { ...target, metadata: { ...target.metadata, annotations: marks } });
  const mine = { 'argocd.argoproj.io/tracking-id': 'podinfo:/Service:test/podinfo', 'serin.dev/canary': 'podinfo' };
  stage.put({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'podinfo',
      namespace: 'test',
      labels: { 'app.kubernetes.io/instance': 'podinfo', gone: 'yes' },
      annotations: mine,
    },
    spec: { ports: [{ port: 1 }], selector: { app: 'podinfo-primary' } },
  });
  await stage.until('Initialized');
  expect(Object.keys(stage.get('Deployment', 'podinfo-primary')!.metadata.annotations!)).not.toContain(
    'argocd.argoproj.io/tracking-id',
  );
  const { metadata } = stage.get('Service', 'podinfo')!;
  expect(metadata.annotations).toMatchObject(mine);
  expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'podinfo' });
  expect(metadata.labels).not.toHaveProperty('gone');
});

/** The script stops with an error on a status without them, and Argo CD shows the health as unknown. */
function readable(stage: Stage): boolean {
  const { phase, canaryWeight, conditions } = stage.status;
  const told = conditions?.every(({ message }) => typeof message === 'string') ?? false;
  return stage.canary.status === undefined || (phase !== undefined && canaryWeight !== undefined && told);
}

describe("every status has what Argo CD's health script reads", () => {
  test('while there is no target', async () => {
    const stage = new Stage(aCanary());
    await stage.tick().catch(() => undefined);
    expect(readable(stage)).toBe(true);
  });

  test('in a release and in a rollback', async () => {
    const stage = await initialized();
    const phases = new Set<string | undefined>();
    for (const [tag, success] of [
      ['a:2', 100],
      ['a:3', 0],
    ] as const) {
      stage.metrics['request-success-rate'] = success;
      stage.setImage(tag);
      for (let tick = 0; tick < 60; tick++) {
        stage.now += 2000;
        await stage.tick();
        expect(readable(stage)).toBe(true);
        phases.add(stage.status.phase);
      }
    }
    expect([...phases]).toEqual(
      expect.arrayContaining(['Progressing', 'Promoting', 'Finalising', 'Succeeded', 'Failed']),
    );
  });
});
