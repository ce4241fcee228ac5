import { describe, expect, it } from 'vitest';
import { childTraceparent } from '../../../src/lib/http/trace-context.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

describe('the traceparent of a call of ours', () => {
  it.each(['00', '01'])('stays in the caller’s trace, with its flags %s', (flags) => {
    const child = form.exec(childTraceparent(`00-${trace}-${parent}-${flags}`));
    expect(child?.[1]).toBe(trace);
    expect(child?.[2]).not.toBe(parent);
    expect(child?.[3]).toBe(flags);
  });

  it.each([
    undefined,
    '',
    'x',
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}-01-more`,
    `01-${trace}-${parent}-01`,
    `ff-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01\r\nx: y`,
  ])('begins a trace if there is no valid one: %j', (incoming) => {
    const child = form.exec(childTraceparent(incoming));
    expect(child?.[1]).toBeDefined();
    expect(child?.[1]).not.toBe(trace);
    expect(child?.[3]).toBe('01');
  });

  it('is another each time', () => {
    const incoming = `00-${trace}-${parent}-01`;
    expect(childTraceparent(incoming)).not.toBe(childTraceparent(incoming));
    expect(childTraceparent(undefined)).not.toBe(childTraceparent(undefined));
  });
});
