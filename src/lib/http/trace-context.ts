import { randomUUID } from 'node:crypto';

/**
 * The `traceparent` of a request that we make because of another: the trace stays the same.
 *
 * @param incoming of the request that we got; a new trace begins if it has none that is valid.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function childTraceparent(incoming: string | undefined): string {
  const match = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/.exec(
    incoming ?? '',
  );
  const [, trace = randomHex(), flags = '01'] = match ?? [];
  return `00-${trace}-${randomHex().slice(16)}-${flags}`;
}

/** 32 hex digits. Node has random bytes for UUIDs in store; others cost a call of the system each. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
