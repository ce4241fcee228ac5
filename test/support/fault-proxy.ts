import { Agent, STATUS_CODES } from 'node:http';
import { listenOnLoopback } from '../../dev/loopback-servers.ts';
import { createFaultRules, type Fault, type FaultRules } from './fault-rules.ts';
import { type Answer, type Asked, answerOf, type Client, clientOf } from './proxied-exchange.ts';

export type { FaultAction, FaultRule, Hold, ProxiedRequest } from './fault-rules.ts';

/** One request that has come through. */
export interface ProxyRecord {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly body: string;
  /** The upstream's, whatever the client was told. Undefined: it gave no answer, or wasn't asked. */
  readonly status: number | undefined;
  /** Length of the `value` array of the upstream's JSON answer; 0 if there is none. */
  readonly rows: number;
}

/** A reverse proxy on the loopback address that does harm on demand. */
export interface FaultProxy extends Pick<FaultRules, 'add' | 'clear'> {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /**
   * In the order in which they ended: just before they were answered, cut or dropped, or when
   * their client was seen to have gone away.
   */
  readonly requests: readonly ProxyRecord[];
  /** Cuts all connections. What is held is not carried out. */
  close(): Promise<void>;
}

/**
 * Puts a proxy in front of an origin. Requests and answers are passed on as they are, the Host
 * header included, once they are there as a whole; only headers of the connection are its own.
 * A request whose client has gone away is not passed on. Where the upstream fails, the
 * connection is cut.
 *
 * @param upstream an http origin
 */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const rules = createFaultRules();
  const requests: ProxyRecord[] = [];
  const serving = new Set<Promise<void>>();
  const forward = (asked: Asked) => answerOf(asked, upstream, agent);
  const servers = await listenOnLoopback(0, (incoming, response) => {
    const served = serve(clientOf(incoming, response), { rules, requests, forward });
    serving.add(served);
    void served.finally(() => serving.delete(served));
  });
  return {
    origin: servers.origin.replace('localhost', '127.0.0.1'),
    requests,
    add: rules.add,
    clear: rules.clear,
    async close() {
      // Whatever is held ends with its client.
      const closed = servers.close();
      agent.destroy();
      await closed;
      await Promise.all(serving);
    },
  };
}

/** What a request needs on its way. */
interface Way {
  readonly rules: FaultRules;
  readonly requests: ProxyRecord[];
  readonly forward: (asked: Asked) => Promise<Answer | undefined>;
}

async function serve(client: Client, { rules, requests, forward }: Way): Promise<void> {
  const asked = await client.read();
  if (!asked) return;
  const record = (answer?: Answer) => requests.push(recordOf(asked, answer));

  const before = rules.take('before', asked);
  if (before?.kind === 'wait') await Promise.race([before.over, client.gone]);
  if (before?.kind === 'end' || client.isGone()) {
    record();
    return before?.kind === 'end' ? end(client, before) : undefined;
  }
  const answer = await forward(asked);
  const after = answer && rules.take('after', asked);
  if (after?.kind === 'wait') await Promise.race([after.over, client.gone]);
  record(answer);
  if (after?.kind === 'end') return end(client, after, answer);
  if (answer) client.send(answer);
  else client.reset();
}

type Ending = Extract<Fault, { kind: 'end' }>;

async function end(client: Client, { action, released }: Ending, answer?: Answer): Promise<void> {
  switch (action.kind) {
    case 'drop':
      await Promise.race([released, client.gone]);
      return client.reset();
    case 'reset':
      return client.reset();
    case 'truncate':
      return answer && client.sendHalf(answer);
    case 'answer': {
      const { status, headers = {}, body = '' } = action;
      const rawHeaders = Object.entries(headers).flat();
      const reason = STATUS_CODES[status] ?? '';
      return client.send({ status, reason, rawHeaders, body: Buffer.from(body) });
    }
  }
}

function recordOf({ method, path, body }: Asked, answer: Answer | undefined): ProxyRecord {
  return { method, path, body, status: answer?.status, rows: answer ? rowsIn(answer.body) : 0 };
}

function rowsIn(body: Buffer): number {
  try {
    const { value }: { value?: unknown } = JSON.parse(body.toString());
    return Array.isArray(value) ? value.length : 0;
  } catch {
    return 0;
  }
}
