import { describe, expect, test } from 'vitest';
import { Browser } from './identity-provider-browser.ts';
import {
  alice,
  browse,
  newVerifier,
  post,
  redeem,
  refresh,
  start,
} from './identity-provider-driver.ts';

describe('errors of the token endpoint', () => {
  test('have the fields of Entra', async () => {
    const idp = await start();
    const { status, body } = await refresh(idp, 'no such token');
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^AADSTS70000: .*Trace ID: .*Timestamp: /),
      error_codes: [70000],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: expect.any(String),
      correlation_id: expect.any(String),
      error_uri: expect.any(String),
    });
  });

  test('a wrong secret is invalid_client, an unknown client unauthorized_client', async () => {
    const idp = await start();
    const wrong = await refresh(idp, 'any', { client_secret: 'wrong' });
    expect(wrong).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_codes: [7000215] },
    });
    const unknown = await refresh(idp, 'any', { client_id: 'unknown' });
    expect(unknown.body).toMatchObject({ error: 'unauthorized_client', error_codes: [700016] });
  });

  test('a code is redeemed once, and only with its verifier', async () => {
    const idp = await start();
    const verifier = newVerifier();
    const landing = await browse(new Browser(idp.origin), idp, alice, verifier);
    const wrong = await redeem(idp, landing, newVerifier());
    expect(wrong).toMatchObject({ error: 'invalid_grant', error_codes: [501481] });
    expect(await redeem(idp, landing, verifier)).toHaveProperty('access_token');
    expect(await redeem(idp, landing, verifier)).toMatchObject({ error_codes: [54005] });
  });

  test('an unsupported grant type is said so', async () => {
    const idp = await start();
    const { body } = await post(idp, 'token', {
      grant_type: 'password',
      client_id: idp.clientId,
      client_secret: idp.clientSecret,
    });
    expect(body).toMatchObject({ error: 'unsupported_grant_type', error_codes: [70003] });
  });
});
