/** The ordered log of changes, and those who watch it. */
import type { KubeObject } from '../../model/kube';
import { expired } from './api-error';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface StoreEvent {
  type: WatchEventType;
  /** The version this change made. */
  revision: number;
  object: KubeObject;
  /** The object before the change. */
  previous?: KubeObject;
}

export type Listener = (event: StoreEvent) => void;

export interface Watch {
  close(): void;
}

interface Entry extends StoreEvent {
  shelf: string;
}

interface Watcher {
  /** Absent: all of them. */
  shelf: string | undefined;
  listener: Listener;
  /** The newest version this one was told. */
  from: number;
}

/** Older changes than this many are forgotten, as the real server forgets by time. */
const KEPT = 20_000;

/** Changes in order, one global version for all kinds. Tells listeners in the order of the changes, even when they write. */
export class History {
  /** The version of the newest change. */
  revision = 0;
  /** Watches cannot start before this version. */
  floor = 0;
  private entries: Entry[] = [];
  private readonly listeners = new Set<Watcher>();
  private readonly untold: Entry[] = [];
  private telling = false;

  nextRevision(): number {
    this.revision += 1;
    return this.revision;
  }

  add(event: StoreEvent, shelf: string): void {
    const entry = { ...event, shelf };
    this.entries.push(entry);
    if (this.entries.length > KEPT * 1.25) this.forget(this.entries.length - KEPT);
    this.untold.push(entry);
    this.tellAll();
  }

  watch(shelf: string | undefined, fromVersion: string | undefined, listener: Listener): Watch {
    const from = fromVersion === undefined ? this.revision : Number(fromVersion);
    if (from < this.floor) throw expired(`too old resource version: ${from} (${this.floor})`);
    const watcher = { shelf, listener, from };
    const missed = this.entriesAfter(from).filter((entry) => concerns(watcher, entry));
    this.listeners.add(watcher);
    for (const entry of missed) if (this.listeners.has(watcher)) tell(watcher, entry);
    return { close: () => void this.listeners.delete(watcher) };
  }

  compact(): void {
    this.entries = [];
    this.floor = this.revision;
  }

  private entriesAfter(version: number): Entry[] {
    const index = this.entries.findLastIndex((entry) => entry.revision <= version);
    return this.entries.slice(index + 1);
  }

  private forget(count: number): void {
    this.floor = this.entries[count - 1]!.revision;
    this.entries = this.entries.slice(count);
  }

  private tellAll(): void {
    if (this.telling) return;
    this.telling = true;
    try {
      for (let entry = this.untold.shift(); entry; entry = this.untold.shift()) {
        for (const watcher of [...this.listeners]) {
          if (concerns(watcher, entry) && this.listeners.has(watcher)) tell(watcher, entry);
        }
      }
    } finally {
      this.telling = false;
    }
  }
}

function concerns(watcher: Watcher, entry: Entry): boolean {
  return watcher.shelf === undefined || watcher.shelf === entry.shelf;
}

/** Each change at most once: one that was replayed may still be queued. */
function tell(watcher: Watcher, entry: Entry): void {
  if (entry.revision <= watcher.from) return;
  watcher.from = entry.revision;
  const { shelf: _, ...event } = entry;
  watcher.listener(event);
}
