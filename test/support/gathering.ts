import type { FaultProxy, ProxiedRequest } from './fault-proxy.ts';
import { until } from './until.ts';

/** Requests that wait at a proxy for each other. */
export interface Gathering {
  /** Resolves when so many are there; none of them has been carried out. */
  size(count: number): Promise<void>;
  /** Lets them all go, and all that come later. */
  release(): void;
}

/** Holds requests back, so that all of them have read what was there before any has changed it. */
export function gather(proxy: FaultProxy, isOne: (request: ProxiedRequest) => boolean): Gathering {
  let waiting = 0;
  const matches = (request: ProxiedRequest) => {
    if (!isOne(request)) return false;
    waiting += 1;
    return true;
  };
  const { release } = proxy.add({ matches, action: { kind: 'hold' } });
  return { size: (count) => until(() => waiting >= count), release };
}

/** Counts requests, and lets them pass. */
export function count(proxy: FaultProxy, isOne: (request: ProxiedRequest) => boolean) {
  let seen = 0;
  proxy.add({
    matches(request) {
      if (isOne(request)) seen += 1;
      return false;
    },
    action: { kind: 'reset' },
  });
  return () => seen;
}
