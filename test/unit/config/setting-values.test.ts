import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { clientId, clientIds, tenant, tenants } from '../../../src/lib/config/setting-ids.ts';
import {
  atLeastZero,
  connectionString,
  endpoint,
  key256,
  keyVaultKeyId,
  list,
  origin,
  positive,
  schedule,
  scopes,
  serviceUri,
  timeZone,
} from '../../../src/lib/config/setting-values.ts';

function parse(schema: v.GenericSchema<string, unknown>, text: string): unknown {
  const result = v.safeParse(schema, text);
  return result.success ? result.output : undefined;
}

describe('setting values', () => {
  it.each([
    ['a', ['a']],
    ['a b', ['a', 'b']],
    ['a,b', ['a', 'b']],
    [' a ,\tb\n', ['a', 'b']],
    ['', []],
    [',', []],
  ])('list %j', (text, values) => {
    expect(parse(list(), text)).toEqual(values);
  });

  it('scopes need one at least', () => {
    expect(parse(scopes(), ' , ')).toBeUndefined();
    expect(parse(scopes(), 'https://graph.microsoft.com/Mail.Read')).toHaveLength(1);
    expect(parse(scopes(), 'Mäil')).toBeUndefined();
  });

  it.each([
    ['1', 1],
    ['0.25', 0.25],
    ['1e-3', 0.001],
    ['0', undefined],
    ['-1', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1,5', undefined],
  ])('number %j', (text, value) => {
    expect(parse(positive(1000), text)).toBe(value);
  });

  it.each([
    ['0', 0],
    ['0.0', 0],
    ['0.5', 0.5],
    ['1000', 1000],
    ['1000.5', undefined],
    ['-0.5', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
  ])('number that may be 0: %j', (text, value) => {
    expect(parse(atLeastZero(1000), text)).toBe(value);
  });

  it('numbers have an upper limit', () => {
    expect(parse(positive(85), '85')).toBe(85);
    expect(parse(positive(85), '85.1')).toBeUndefined();
  });

  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com:8443/', 'https://app.example.com:8443'],
    ['http://localhost:7071', 'http://localhost:7071'],
    ['http://app.localhost', 'http://app.localhost'],
    ['http://127.9.9.9', 'http://127.9.9.9'],
    ['http://localhost.example.com', undefined],
    ['http://example.com', undefined],
    ['https://app.example.com/x', undefined],
    ['https://app.example.com/#x', undefined],
    ['https://user:pass@app.example.com', undefined],
    ['ftp://localhost', undefined],
    ['javascript:alert(1)', undefined],
    ['//app.example.com', undefined],
  ])('origin %j', (text, value) => {
    expect(parse(origin(), text)).toBe(value);
  });

  it.each([
    ['https://otlp.example.com', 'https://otlp.example.com'],
    ['https://otlp.example.com:4318/', 'https://otlp.example.com:4318'],
    ['https://otlp.example.com/otlp/', 'https://otlp.example.com/otlp'],
    ['http://localhost:4318', 'http://localhost:4318'],
    ['http://127.0.0.1:4318/otlp', 'http://127.0.0.1:4318/otlp'],
    ['http://otlp.example.com', undefined],
    ['http://localhost.example.com', undefined],
    ['https://user:pass@otlp.example.com', undefined],
    ['https://otlp.example.com/?key=x', undefined],
    ['https://otlp.example.com/#x', undefined],
    ['ftp://localhost', undefined],
    ['grpc://localhost:4317', undefined],
    ['otlp.example.com:4318', undefined],
  ])('endpoint %j', (text, value) => {
    expect(parse(endpoint(), text)).toBe(value);
  });

  it.each([
    ['https://x.table.core.windows.net', true],
    ['http://127.0.0.1:10002/devstoreaccount1', true],
    ['http://x.table.core.windows.net', false],
    ['x.table.core.windows.net', false],
  ])('service address %j', (text, good) => {
    expect(parse(serviceUri(), text) !== undefined).toBe(good);
  });

  it('keys are 32 bytes in padded base64', () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    expect(parse(key256(), key)).toEqual(Buffer.alloc(32, 7));
    for (const bad of [key.slice(0, -1), `${key}\n`, `${key}AAAA`, 'x'.repeat(44), '']) {
      expect(parse(key256(), bad)).toBeUndefined();
    }
  });

  it('tenants are plain names', () => {
    expect(parse(tenant(), '11111111-2222-4333-8444-555555555555')).toBeDefined();
    for (const bad of ['../common', 'a b', 'a/b', '?x', '']) {
      expect(parse(tenant(), bad)).toBeUndefined();
    }
  });

  it.each([
    ['UseDevelopmentStorage=true', true],
    ['UseDevelopmentStorage=false', false],
  ])('connection string %s: %s', (text, good) => {
    expect(parse(connectionString(), text)).toBe(good ? text : undefined);
  });

  it('ids are in one form: GUIDs in lower case, a stand-in’s own ids as they are', () => {
    const [upper, lower] = [
      'AAAAAAAA-2222-4333-8444-5555555555FF',
      'aaaaaaaa-2222-4333-8444-5555555555ff',
    ];
    expect(parse(tenant(), upper)).toBe(lower);
    expect(parse(tenant(), 'Organizations')).toBe('organizations');
    expect(parse(tenants(), `${upper}, Contoso`)).toEqual([lower, 'Contoso']);
    expect(parse(clientId(), upper)).toBe(lower);
    expect(parse(clientIds(), `${upper} My-app`)).toEqual([lower, 'My-app']);
  });

  it('addresses are in one form', () => {
    expect(parse(origin(), 'HTTPS://APP.Example.COM:443/')).toBe('https://app.example.com');
    expect(parse(serviceUri(), 'https://Acct.Table.core.windows.net/')).toBe(
      'https://acct.table.core.windows.net',
    );
    expect(parse(keyVaultKeyId(), 'https://Vault.vault.azure.net/keys/Wrapping-Key')).toBe(
      'https://vault.vault.azure.net/keys/wrapping-key',
    );
  });

  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['Etc/GMT+2', 'Etc/GMT+2'],
    ['W. Europe Standard Time', undefined],
  ])('time zone %j', (text, value) => {
    expect(parse(timeZone(), text)).toBe(value);
  });

  it('schedules have six fields', () => {
    expect(parse(schedule(), '0 */5 * * * *')).toBe('0 */5 * * * *');
    for (const bad of ['* * * * *', '0 * * * * * *', '@hourly', '']) {
      expect(parse(schedule(), bad)).toBeUndefined();
    }
  });
});
