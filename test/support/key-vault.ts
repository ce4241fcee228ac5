import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { listenOnLoopback } from '../../dev/loopback-servers.ts';

/** Key Vault's REST interface, as far as wrapping needs it, and the identity endpoint beside it. */
export interface KeyVaultStub {
  origin: string;
  /** In PEM, for whoever is to trust the vault. */
  certificate: string;
  /** Of the key, without a version. */
  keyId: string;
  /** Environment of an app with a managed identity. */
  identity: Record<string, string>;
  /** Operations that the key was used for, in order. */
  operations: ('get' | 'wrapkey' | 'unwrapkey')[];
  /** All requests, those included that are challenged or refused. */
  requests: number;
  /** What every request is answered; undefined: as it should be. */
  fault: { status: number; code?: string; headers?: Record<string, string> } | undefined;
  /** How the vault writes its keys' ids. Letter case doesn't count in them. */
  spell: (keyId: string) => string;
  /** Makes a new version of the key. */
  rotate(): void;
  /** Leaves the newest version alone. */
  disableEarlierVersions(): void;
  close(): Promise<void>;
}

/** Of the app's identity, for every vault. */
const token = randomBytes(16).toString('hex');
const apiVersions = /^(7\.\d|20\d\d-\d\d-\d\d)$/;
const challenge =
  'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"';

/** @see https://learn.microsoft.com/rest/api/keyvault/keys/operation-groups */
export async function startKeyVault(name = 'wrapping'): Promise<KeyVaultStub> {
  const versions = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', stub.origin);
    stub.requests += 1;
    if (stub.fault) {
      const { status, code = 'Fault', headers } = stub.fault;
      return send(response, status, { error: { code, message: 'a fault' } }, headers);
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      return send(response, 401, refusal('Unauthorized'), { 'www-authenticate': challenge });
    }
    const [, keys, asked, given, operation] = url.pathname.toLowerCase().split('/');
    const version = given || ([...versions.keys()].at(-1) ?? '');
    const key = versions.get(version);
    const kid = stub.spell(`${stub.origin}/keys/${name}/${version}`);
    const isKnown = operation === 'wrapkey' || operation === 'unwrapkey';
    const isOurs =
      keys === 'keys' &&
      asked === name &&
      apiVersions.test(url.searchParams.get('api-version') ?? '');
    if (isOurs && key && request.method === 'GET' && operation === undefined) {
      stub.operations.push('get');
      return send(response, 200, { key: { kid, kty: 'RSA' }, attributes: { enabled: true } });
    }
    if (!isOurs || !key || !isKnown || request.method !== 'POST') {
      return send(response, 404, refusal('KeyNotFound'));
    }
    const { alg, value } = JSON.parse(await read(request)) as { alg: string; value: string };
    if (alg !== 'RSA-OAEP-256') return send(response, 400, refusal('BadParameter'));
    stub.operations.push(operation);
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const bytes = Buffer.from(value, 'base64url');
    try {
      const result =
        operation === 'wrapkey'
          ? publicEncrypt({ key: key.publicKey, ...padding }, bytes)
          : privateDecrypt({ key: key.privateKey, ...padding }, bytes);
      return send(response, 200, { kid, value: result.toString('base64url') });
    } catch {
      return send(response, 400, refusal('BadParameter'));
    }
  }

  const attributes = [{ name: 'commonName', value: `Vault of ${name}` }];
  const altNames = [{ type: 2 as const, value: 'localhost' }];
  const pems = await generate(attributes, {
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const tls = { key: pems.private, cert: pems.cert };
  const server = createServer(tls, (request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const identity = await startIdentityEndpoint();
  const stub: KeyVaultStub = {
    origin,
    certificate: pems.cert,
    keyId: `${origin}/keys/${name}`,
    identity: { IDENTITY_ENDPOINT: `${identity.origin}/msi/token`, IDENTITY_HEADER: 'header' },
    operations: [],
    requests: 0,
    fault: undefined,
    spell: (keyId) => keyId,
    rotate() {
      versions.set(
        randomBytes(16).toString('hex'),
        generateKeyPairSync('rsa', { modulusLength: 2048 }),
      );
    },
    disableEarlierVersions() {
      for (const version of [...versions.keys()].slice(0, -1)) versions.delete(version);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all([once(server, 'close'), identity.close()]);
    },
  };
  stub.rotate();
  return stub;
}

/** The platform's, which gives the app's identity a token for the vault. */
function startIdentityEndpoint() {
  return listenOnLoopback(0, (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const isRight =
      request.headers['x-identity-header'] === 'header' &&
      searchParams.get('resource') === 'https://vault.azure.net';
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const issued = { access_token: token, expires_on: expires, token_type: 'Bearer' };
    send(response, isRight ? 200 : 400, isRight ? issued : {});
  });
}

function refusal(code: string): object {
  return { error: { code, message: code } };
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
