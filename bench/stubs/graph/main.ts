import { serveStub } from '../serve.ts';

/** Graph's `/v1.0/me` for whoever the access token is about. */
await serveStub((request, response) => {
  const oid = oidIn(request.headers.authorization);
  const isThere = oid !== undefined && request.url?.startsWith('/v1.0/me');
  const json = isThere ? profileOf(oid) : JSON.stringify({ error: { code: 'InvalidRequest' } });
  response.writeHead(isThere ? 200 : 401, {
    'content-type': 'application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8',
    'content-length': Buffer.byteLength(json),
    'request-id': 'b7a1b6ba-6d8f-4f3f-9f0a-0c6c6a4b5e0d',
    'odata-version': '4.0',
  });
  response.end(json);
});

/** Undefined for anything but a token that has time left. */
function oidIn(authorization = ''): string | undefined {
  const [, payload = ''] = authorization.split('.');
  try {
    const { oid, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return exp * 1000 > Date.now() ? oid : undefined;
  } catch {
    return undefined;
  }
}

function profileOf(id: string): string {
  return JSON.stringify({
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
    businessPhones: ['+44 20 7946 0000'],
    displayName: 'Ada Lovelace',
    givenName: 'Ada',
    jobTitle: 'Analyst',
    mail: 'ada@bench.example',
    mobilePhone: null,
    officeLocation: '12/1110',
    preferredLanguage: 'en-GB',
    surname: 'Lovelace',
    userPrincipalName: 'ada@bench.example',
    id,
  });
}
