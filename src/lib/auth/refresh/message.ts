import * as v from 'valibot';
import { iso } from '../../basics/time-text.ts';
import type { DueMark } from '../ports.ts';
import { flows, parseUserHash } from '../user.ts';

/** The queue between sweep and workers. */
export const refreshQueueName = 'refresh';
/** Where the Functions host puts messages that have failed `maxDequeueCount` times. */
export const poisonQueueName = `${refreshQueueName}-poison`;

const message = v.object({
  user: v.string(),
  flow: v.picklist(flows),
  dueAt: v.pipe(v.string(), v.isoTimestamp()),
});

/** The due mark in a message, or undefined for what no sweep of ours sent. */
export function parseRefreshMessage(value: unknown): DueMark | undefined {
  const parsed = v.safeParse(message, value);
  const user = parsed.success && parseUserHash(parsed.output.user);
  if (!user) return undefined;
  const { flow } = parsed.output;
  return { user, flow, state: 'active', dueAt: Date.parse(parsed.output.dueAt) };
}

/** A due mark as a message: base64 of JSON, as the Functions queue trigger reads it. */
export function encodeRefreshMessage({ user, flow, dueAt }: DueMark): string {
  const json = JSON.stringify({ user, flow, dueAt: iso(dueAt) });
  return Buffer.from(json).toString('base64');
}
