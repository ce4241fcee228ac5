import { describe, expect, it } from 'vitest';
import { editTextMembers } from '../../../src/lib/graph/json-members.ts';

const without = (json: string) => editTextMembers(json, /^gone$/, () => undefined);

describe('members that are texts', () => {
  it.each([
    ['{"gone":"1"}', '{}'],
    ['{ "gone" : "1" }', '{  }'],
    ['{"a":1,"gone":"2"}', '{"a":1}'],
    ['{"gone":"1","a":2}', '{"a":2}'],
    ['{"a":1,"gone":"2","b":3}', '{"a":1,"b":3}'],
    ['{"gone":"1","gone":"2"}', '{}'],
    ['{"gone":"1","gone":"2","a":3}', '{"a":3}'],
    ['{"a":1,"gone":"2","gone":"3"}', '{"a":1}'],
    ['{"a":[{"gone":"1"},{"gone":"2","b":"gone"}]}', '{"a":[{},{"b":"gone"}]}'],
    ['{"a":"x\\\\","gone":"\\"","b":1}', '{"a":"x\\\\","b":1}'],
  ])('are taken away: %s', (json, expected) => {
    expect(without(json)).toBe(expected);
  });

  it.each([
    '{"gone":1}',
    '{"gone":null,"a":"gone"}',
    '["gone","x"]',
    '["gone",":","x"]',
    '{"a":["x",":","],"],"b":"gone\\":\\"x"}',
    '{"gonex":"1"}',
  ])('are no others: %s', (json) => {
    expect(without(json)).toBe(json);
  });

  it('are found behind texts that look like parts of JSON', () => {
    const text = '{"a":["x",":","],"],"gone":"1","b":[":",",","}"]}';
    expect(without(text)).toBe('{"a":["x",":","],"],"b":[":",",","}"]}');
  });

  it('are changed, and all else stays as it is', () => {
    const json = '{ "n" : 9007199254740993,\n"name"\t: "\\u00e4", "dup":"1", "dup":"2" }';
    const edit = (value: string, name: string) => (name === 'name' ? `${value}"` : value);
    expect(editTextMembers(json, /./, edit)).toBe(json.replace('"\\u00e4"', '"ä\\""'));
  });

  it('can be as long as an answer can', () => {
    const long = JSON.stringify({ a: 'x'.repeat(2e6), gone: '\n"'.repeat(5e5), b: 1 });
    expect(without(long)).toBe(JSON.stringify({ a: 'x'.repeat(2e6), b: 1 }));
  });
});
