/** What the controller asks besides the API: metrics by a server that knows the images, and webhooks. */
import type { KubeObject } from '../model/kube';
import type { Http, HttpRequest } from '../model/ports';
import { answer } from './wire';

export type Ill = 'down' | 'garbage' | 'empty' | 'slow';

/** How an image does: `app:bad-3` fails requests, `app:stuck-3` never gets ready. */
export const isBad = (image: string): boolean => image.startsWith('app:bad');
export const isStuck = (image: string): boolean => image.startsWith('app:stuck');

export const imageOf = (workload: KubeObject | undefined): string => {
  const spec = workload?.['spec'] as { template: { spec: { containers: { image: string }[] } } } | undefined;
  return spec?.template.spec.containers[0]?.image ?? '';
};

export const availableOf = (workload: KubeObject | undefined): number => {
  const wanted = (workload?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
  const status = workload?.['status'] as { availableReplicas?: number } | undefined;
  return wanted === 0 ? 0 : (status?.availableReplicas ?? 0);
};

const result = (entries: unknown[]) =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result: entries } });

const one = (value: number) => result([{ metric: {}, value: [0, String(value)] }]);

/** Answers success rates from what the target runs; nothing while it has no pods. */
export function metricsServer(target: () => KubeObject | undefined): Http {
  return async ({ url }) => {
    if (new URL(url).searchParams.get('query') === 'vector(1)') return answer(200, one(1));
    const workload = target();
    if (availableOf(workload) === 0) return answer(200, result([]));
    return answer(200, one(isBad(imageOf(workload)) ? 50 : 100));
  };
}

/** Whether an answer holds a value that passes, as the analysis of the scenarios asks. */
export function passes({ url }: HttpRequest, text: string): boolean {
  if (new URL(url).searchParams.get('query') === 'vector(1)') return false;
  try {
    const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1]) >= 99;
  } catch {
    return false;
  }
}

/** Gates that people open and close, and a count of every call that came through. */
export class Hooks {
  readonly calls = new Map<string, number>();
  private readonly closed = new Set<string>();
  /** Rollback hooks say yes. */
  rollback = false;

  close(type: string): void {
    this.closed.add(type);
  }

  open(type: string): void {
    this.closed.delete(type);
  }

  openAll(): void {
    this.closed.clear();
    this.rollback = false;
  }

  readonly http: Http = async ({ url }) => {
    const type = new URL(url).pathname.slice(1);
    this.calls.set(type, (this.calls.get(type) ?? 0) + 1);
    if (type === 'rollback') return answer(this.rollback ? 200 : 403, 'no');
    return answer(this.closed.has(type) ? 403 : 200, type);
  };
}
