import { randomBytes } from 'node:crypto';
import { createKeyring } from '../../src/lib/crypto/keyring.ts';
import { createSealer, type Sealer } from '../../src/lib/crypto/sealer.ts';
import { localWrappingKey } from '../../src/lib/crypto/wrapping-key.ts';
import { createMemoryKeyStore } from './memory/key-store.ts';
import { createRecordingLog } from './recording-log.ts';

/** A sealer with data keys of its own. */
export function newSealer({ now = Date.now, log = createRecordingLog() } = {}): Sealer {
  const wrappingKey = localWrappingKey(randomBytes(32));
  return createSealer(createKeyring({ store: createMemoryKeyStore(), wrappingKey, now, log }));
}
