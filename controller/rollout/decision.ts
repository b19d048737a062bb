/** What a tick decides, as data: writes in their order, the next status, what is said, and when to look again. */
import type { CanaryCondition, CanaryStatus, Phase } from '../../model/canary';
import type { KubeObject, ResourceType } from '../../model/kube';
import type { Routes } from '../../model/traffic/routes';
import type { Question } from './question';

/** One write. `context` leads the text of the Warning event when it fails; `repair`: others go on although it fails (C15). */
export type Effect = { repair?: true } & EffectWrite;

type EffectWrite =
  /** `known`: that it is there already is as good. */
  | { write: 'create'; type: ResourceType; object: KubeObject; known?: true; context: string }
  | {
      write: 'patch';
      type: ResourceType;
      namespace: string;
      name: string;
      /** A JSON merge patch. */
      patch: Record<string, unknown>;
      /** The write fails when the object has moved since. */
      resourceVersion?: string;
      context: string;
    }
  | { write: 'replace'; type: ResourceType; object: KubeObject; context: string }
  | { write: 'delete'; type: ResourceType; namespace: string; name: string; uid?: string; context: string }
  | {
      write: 'copyConfig';
      kind: 'ConfigMap' | 'Secret';
      namespace: string;
      name: string;
      /** What was analysed; other content stops the tick. */
      checksum: string;
      context: string;
    };

/** An event for people and scripts. The texts are interface. */
export interface Saying {
  type: 'Normal' | 'Warning';
  message: string;
  /** A state that lasts: said once in a run, however many ticks see it. */
  once?: boolean;
  /** A progress text of a wait: said once per distinct text, and such texts no oftener than the interval. */
  waiting?: boolean;
  /** Phase that event hooks report with it, where it is not the status' own. */
  phase?: Phase;
}

export interface Alert {
  severity: 'info' | 'warn' | 'error';
  message: string;
  /** Whether target, threshold, deadline and routing go with it. */
  withMetadata: boolean;
}

/** Facts for the metrics registry. */
export type Fact =
  | { fact: 'outcome'; result: 'success' | 'failure'; analysis: 'completed' | 'skipped' }
  | { fact: 'analysed' };

/** Fields of the status to change; absent ones stay, null removes. Conditions are whole. */
export type StatusChange = {
  [K in keyof Omit<CanaryStatus, 'conditions' | 'serin'>]?: Exclude<CanaryStatus[K], undefined> | null;
} & {
  conditions?: CanaryCondition[];
  serin?: Record<string, unknown>;
};

export interface Decision {
  do: 'act';
  /** PascalCase, for logs and tests. */
  reason: string;
  /** Written before the status, in this order. */
  effects: Effect[];
  /** One write, left out when empty. */
  status: StatusChange;
  /** Written after the status: what may only happen once it is recorded. */
  afterwards: Effect[];
  /** The split that traffic should have now; absent: the live one stays. */
  routes?: Routes;
  says: Saying[];
  alerts: Alert[];
  facts: Fact[];
  /** Told before the status is written: the end of a run is rather said twice than never (invariant 7). */
  tellsFirst?: true;
  /** Look again after this time even if nothing changes; absent: only a change brings the next tick. */
  requeueAfterMs?: number;
  /** So much earlier will do as well, and nothing else would be decided then. @default 0 */
  requeueEarlyMs?: number;
  /** When many are due, so much later will do as well. @default 0 */
  requeueLateMs?: number;
  /** Before `requeueAfterMs` nothing follows from what this tick writes: its own writes are no reason to look again. */
  settles?: true;
}

/** More has to be known before anything can be decided. */
export interface Ask {
  do: 'ask';
  questions: Question[];
}

export const ask = (questions: Question[]): Ask => ({ do: 'ask', questions });

/** A decision from its parts; what is left out is empty. */
export const act = (reason: string, parts: Partial<Omit<Decision, 'do' | 'reason'>> = {}): Decision => ({
  do: 'act',
  reason,
  effects: [],
  status: {},
  afterwards: [],
  says: [],
  alerts: [],
  facts: [],
  ...parts,
});

export const normal = (message: string, phase?: Phase): Saying => ({
  type: 'Normal',
  message,
  ...(phase && { phase }),
});
export const warning = (message: string, phase?: Phase): Saying => ({
  type: 'Warning',
  message,
  ...(phase && { phase }),
});
export const waitingFor = (message: string): Saying => ({ type: 'Warning', message, waiting: true });
export const once = (saying: Saying): Saying => ({ ...saying, once: true });
