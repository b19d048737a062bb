/** Kubernetes Events of our own recorder: one for each distinct text of a run, repeats counted, none dropped. */
import { hash } from 'node:crypto';
import { type KubeObject, RESOURCES } from '../../model/kube';
import type { Clock } from '../../model/ports';
import { keyOfDigest, Recent } from '../../model/recent';
import { Backoff, sleep } from './backoff';
import type { OnProblem } from './cache';
import type { KubeClient } from './client';
import { isKubeError, KubeError, retryAfterMs } from './error';

export interface EventRecorderOptions {
  client: KubeClient;
  clock: Clock;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  /** Distinct Events waiting for one object; beyond it its oldest is given up, repeats first. @default 1000 */
  queueLimit?: number;
  /** How long a failing Event is tried for; the API server keeps Events an hour. @default 3600000 */
  giveUpAfterMs?: number;
  onProblem?: OnProblem;
}

export interface EventRecord {
  /** The object that the Event is about. */
  involved: KubeObject;
  type: 'Normal' | 'Warning';
  message: string;
  /** Names the run: the same text in another run is another Event. */
  run?: string;
}

interface CoreEvent extends KubeObject {
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
}

interface ObjectReference {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
}

/** One Event to be written: created, or counted up when it is there. */
interface Job {
  involved: ObjectReference;
  type: EventRecord['type'];
  message: string;
  namespace: string;
  name: string;
  /** How often it happened since it was last written. */
  times: number;
  firstMs: number;
  lastMs: number;
  /** A create went out and nobody knows whether it arrived. */
  unsure: boolean;
}

/** Events remembered so that a repeat costs one patch; forgetting one costs a read more. At most twice as many. */
const REMEMBERED = 2000;

/** Writes in the background, in order for each object. Ordering between objects is not kept. */
export class EventRecorder {
  /** By object: jobs by Event name, in order of arrival. The one being written is not among them. */
  private readonly waiting = new Map<string, Map<string, Job>>();
  /** Counts as last written, by the hash in the Event's name. */
  private readonly counts = new Recent<number, number>(REMEMBERED);
  /** Objects that a writer is at work for. */
  private readonly active = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private ended = false;

  constructor(private readonly options: EventRecorderOptions) {}

  /** Queues the Event and returns at once. Never throws. */
  record(record: EventRecord): void {
    if (this.ended) return;
    const nowMs = this.options.clock.now();
    const object = objectKey(record.involved);
    const queue = this.waiting.get(object) ?? new Map<string, Job>();
    this.waiting.set(object, queue);
    const name = eventName(record);
    const job = queue.get(name);
    if (job) {
      job.times++;
      job.lastMs = nowMs;
      return;
    }
    const namespace = record.involved.metadata.namespace || 'default';
    this.makeRoom(queue);
    const { type, message } = record;
    const involved = referenceTo(record.involved);
    queue.set(name, {
      involved,
      type,
      message,
      namespace,
      name,
      times: 1,
      firstMs: nowMs,
      lastMs: nowMs,
      unsure: false,
    });
    if (!this.active.has(object)) this.active.set(object, this.drain(object, queue));
  }

  /** Resolves when everything queued so far, and whatever came meanwhile, is written or given up. */
  async flush(): Promise<void> {
    while (this.active.size > 0) await Promise.all(this.active.values());
  }

  /** Takes no more, writes what waits for at most `graceMs`, and gives up the rest. */
  async stop(graceMs = 3000): Promise<void> {
    this.ended = true;
    const grace = new AbortController();
    const flushed = this.flush().finally(() => grace.abort());
    await sleep(this.options.clock, graceMs, grace.signal);
    this.stopping.abort();
    const lost = this.backlog;
    for (const queue of this.waiting.values()) queue.clear();
    await flushed;
    if (lost > 0) this.report(`${lost} events are lost`, new Error('stopped before they could be written'));
  }

  /** How many Events wait to be written. */
  get backlog(): number {
    let count = 0;
    for (const queue of this.waiting.values()) count += queue.size;
    return count;
  }

  private async drain(object: string, queue: Map<string, Job>): Promise<void> {
    for (let name = firstKey(queue); name !== undefined; name = firstKey(queue)) {
      const job = queue.get(name)!;
      queue.delete(name);
      await this.persist(job);
    }
    this.waiting.delete(object);
    this.active.delete(object);
  }

  /** Tries until it is written, hopeless, or too old. */
  private async persist(job: Job): Promise<void> {
    const { clock, random, giveUpAfterMs = 3_600_000 } = this.options;
    const { signal } = this.stopping;
    const backoff = new Backoff({ random, firstMs: 500, capMs: 60_000 });
    while (!signal.aborted) {
      try {
        return await this.write(job);
      } catch (error) {
        if (signal.aborted) return;
        const tooOld = clock.now() - job.firstMs >= giveUpAfterMs;
        if (isHopeless(error) || tooOld) return this.report(`an event is lost: ${job.message}`, error);
        this.report('an event is late', error);
        await sleep(clock, backoff.nextMs(retryAfterMs(error)), signal);
      }
    }
  }

  private async write(job: Job): Promise<void> {
    const known = this.counts.get(keyOfDigest(job.name));
    if (known !== undefined && (await this.countUp(job, known + job.times))) return;
    try {
      await this.options.client.create(RESOURCES.event, eventOf(job), this.call());
      this.counts.set(keyOfDigest(job.name), job.times);
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) {
        job.unsure ||= isKubeError(error, 'Timeout', 'Unavailable', 'Internal', 'InvalidResponse');
        throw error;
      }
      await this.repeat(job);
    }
  }

  /** Somebody wrote it before: this process in a try that seemed to fail, or one that died since. */
  private async repeat(job: Job): Promise<void> {
    const found = await this.options.client.get<CoreEvent>(RESOURCES.event, job.namespace, job.name, this.call());
    if (!found) throw new KubeError('Conflict', `event ${job.name} came and went`);
    const ours = job.unsure && found.firstTimestamp === seconds(job.firstMs);
    const before = ours ? 0 : (found.count ?? 1);
    await this.countUp(job, before + job.times);
  }

  /** False when the Event has expired. */
  private async countUp(job: Job, count: number): Promise<boolean> {
    const patch = { count, lastTimestamp: seconds(job.lastMs) };
    try {
      await this.options.client.patch(RESOURCES.event, job.namespace, job.name, patch, this.call());
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
      this.counts.delete(keyOfDigest(job.name));
      return false;
    }
    this.counts.set(keyOfDigest(job.name), count);
    return true;
  }

  private makeRoom(queue: Map<string, Job>): void {
    if (queue.size < (this.options.queueLimit ?? 1000)) return;
    const repeat = [...queue.keys()].find((name) => this.counts.has(keyOfDigest(name)));
    const name = repeat ?? firstKey(queue)!;
    this.report(`an event is lost: ${queue.get(name)?.message}`, new Error('too many events are waiting'));
    queue.delete(name);
  }

  private call() {
    return { attempts: 1, signal: this.stopping.signal };
  }

  private report(message: string, error: unknown): void {
    this.options.onProblem?.(message, error);
  }
}

function firstKey(map: Map<string, unknown>): string | undefined {
  return map.keys().next().value;
}

/** The namespace is gone or going, or the API server will never take it. */
function isHopeless(error: unknown): boolean {
  return isKubeError(error, 'NotFound', 'Forbidden', 'Invalid', 'BadRequest', 'MethodNotAllowed');
}

/** What an Event says of its object. Not the object itself: thousands of Events wait while a cluster is made. */
function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    name,
    ...(namespace && { namespace }),
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
  };
}

function objectKey(object: KubeObject): string {
  return object.metadata.uid ?? `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
}

/** The same happening has the same name, in whichever process: a restart cannot write it twice. */
function eventName({ involved, type, message, run = '' }: EventRecord): string {
  const sum = hash('sha256', JSON.stringify([objectKey(involved), type, message, run]));
  // A label must not end in a dash, wherever the cut falls.
  const stem = involved.metadata.name.slice(0, 230).replace(/[-.]+$/, '');
  return `${stem}.${sum.slice(0, 16)}`;
}

function eventOf({ involved, type, message, namespace, name, times, firstMs, lastMs }: Job): CoreEvent {
  return {
    apiVersion: RESOURCES.event.apiVersion,
    kind: RESOURCES.event.kind,
    metadata: { name, namespace },
    involvedObject: involved,
    type,
    reason: 'Synced',
    message,
    source: { component: 'flagger' },
    reportingComponent: 'flagger',
    reportingInstance: '',
    count: times,
    firstTimestamp: seconds(firstMs),
    lastTimestamp: seconds(lastMs),
  };
}

/** Event times are RFC 3339 in whole seconds. */
function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
