import { openSignIn } from '../../src/lib/http/sign-in-cookie.ts';
import type { Canaries } from './canaries.ts';
import { openDeviceCodes } from './opened-devices.ts';
import { openCaches, sealerOf } from './opened-rows.ts';
import type { RecordedPart } from './recorded-answers.ts';
import type { World } from './world.ts';

/** Takes note of every secret that a world has by now, in its rows and in what its app has answered. */
export async function noteSecrets(
  world: World,
  answers: readonly RecordedPart[],
  canaries: Canaries,
): Promise<void> {
  for (const { entries } of await openCaches(world)) {
    for (const [kind, tokens] of Object.entries(entries)) {
      for (const { secret } of Object.values(tokens)) canaries.add(kind, secret);
    }
  }
  for (const { deviceCode, userCode } of await openDeviceCodes(world)) {
    canaries.add('device code', deviceCode);
    canaries.add('user code', userCode);
  }
  // Whoever has the address has the file.
  for (const { path } of world.graph.calls) canaries.add('download', path.split('/download/')[1]);
  for (const { where, text } of answers) {
    if (where.endsWith(' set-cookie')) await noteCookie(world, text, canaries);
    if (where === 'POST /device 201 body') canaries.add('handle', JSON.parse(text).handle);
    if (where === 'GET /device/{handle} 200 body') {
      canaries.add('bearer session', JSON.parse(text).session);
    }
  }
}

async function noteCookie(world: World, line: string, canaries: Canaries): Promise<void> {
  const [, name = '', value = ''] = /^([\w-]+)=([^;]+)/.exec(line) ?? [];
  if (name.endsWith('session')) canaries.add('session', value);
  if (!name.startsWith('sign-in-') || !value) return;
  const transaction = await openSignIn(sealerOf(world), value);
  canaries.add('sign-in cookie', value);
  canaries.add('state', transaction?.state);
  canaries.add('nonce', transaction?.nonce);
  canaries.add('verifier', transaction?.codeVerifier);
}
