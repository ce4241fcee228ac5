import type { RefreshPolicy } from '../../../src/lib/auth/refresh/schedule.ts';
import { type UserHash, userHash } from '../../../src/lib/auth/user.ts';
import type { Sealer } from '../../../src/lib/crypto/sealer.ts';
import type { TableName } from '../../../src/lib/storage/table-names.ts';
import { createManualClock, type ManualClock } from '../clock.ts';
import { tenantId } from '../id-tokens.ts';
import { createMemoryRefreshQueue, type MemoryRefreshQueue } from '../memory/refresh-queue.ts';
import { createMemoryTable, type MemoryTable } from '../memory/table.ts';
import { createRecordingLog, type RecordingLog } from '../recording-log.ts';
import { refreshPolicy } from '../refresh-policy.ts';
import { newSealer } from '../sealer.ts';
import { createOwnTokens, type OwnTokens } from './own-tokens.ts';

/** A session of which a client has the secret. */
export interface Held {
  secret: string;
  hash: string;
  kind: 'browser' | 'device';
  sid: string;
  /** `left`: its client has another one now; `ended`: somebody was told that it has ended. */
  fate: 'held' | 'left' | 'ended';
}

export interface Person {
  name: string;
  oid: string;
  user: UserHash;
  sessions: Held[];
}

/** What all instances share, and what their clients know. */
export interface MatrixWorld {
  readonly tables: Readonly<Record<TableName, MemoryTable>>;
  readonly queue: MemoryRefreshQueue;
  readonly clock: ManualClock;
  readonly tokenClient: OwnTokens;
  readonly sealer: Sealer;
  readonly log: RecordingLog;
  readonly policy: RefreshPolicy;
  /** Whom things happen to, and somebody who has nothing to do with it. */
  readonly alice: Person;
  readonly bob: Person;
  /** Handles of device sign-ins that clients have. */
  readonly handles: string[];
  /** A name that nobody else has: the same in each run from the same point. */
  nextName(): string;
  /** What has come out wrong while it happened. */
  readonly violations: string[];
  /** @returns what brings everything back to what it is now. */
  keep(): () => void;
}

const names = ['tokens', 'sessions', 'sids', 'states', 'devices', 'keys', 'heartbeats'] as const;

export function createMatrixWorld(retainMs: number): MatrixWorld {
  const clock = createManualClock();
  const tables = Object.fromEntries(names.map((name) => [name, createMemoryTable(name)])) as Record<
    TableName,
    MemoryTable
  >;
  const queue = createMemoryRefreshQueue();
  const log = createRecordingLog();
  const tokenClient = createOwnTokens(clock);
  const people = [personOf('alice'), personOf('bob')] as const;
  const [alice, bob] = people;
  const handles: string[] = [];
  const violations: string[] = [];
  let given = 0;

  return {
    ...{ tables, queue, clock, tokenClient, log, alice, bob, handles, violations },
    sealer: newSealer({ now: clock.now, log }),
    policy: { ...refreshPolicy, retainMs },
    nextName() {
      given += 1;
      return `n${given}`;
    },
    keep() {
      const rows = Object.values(tables).map((table) => table.keep());
      const [time, count, messages] = [clock.now(), given, queue.take()];
      void queue.send(messages);
      const held = people.map(({ sessions }) => sessions.map((session) => ({ ...session })));
      const keptHandles = [...handles];
      return () => {
        for (const restore of rows) restore();
        queue.take();
        void queue.send(messages);
        clock.advance(time - clock.now());
        given = count;
        for (const [at, { sessions }] of people.entries()) {
          sessions.splice(
            0,
            sessions.length,
            ...(held[at] ?? []).map((session) => ({ ...session })),
          );
        }
        handles.splice(0, handles.length, ...keptHandles);
        tokenClient.reset();
        log.lines.length = 0;
        violations.length = 0;
      };
    },
  };
}

function personOf(name: string): Person {
  const oid = `${name}-oid`;
  return { name, oid, user: userHash({ oid, tid: tenantId }), sessions: [] };
}
