import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** A symmetric key of 256 bits and its name. */
export interface DataKey {
  kid: string;
  key: KeyObject;
}

/** Where a sealed value lives. It opens there and nowhere else. */
export interface SealAddress {
  table: string;
  partitionKey: string;
  rowKey: string;
  property: string;
  schema: number;
}

const format = 1;
const ivLength = 12;
const tagLength = 16;
const headLength = 1 + ivLength;

/**
 * Seals with AES-256-GCM under a random 96-bit nonce.
 *
 * Layout: format (1 byte), nonce (12), ciphertext, tag (16). The address and the key's name are
 * additional data, so that a value copied to another row, property or key does not open.
 *
 * @see NIST SP 800-38D
 */
export function seal(plaintext: Uint8Array, key: DataKey, address: SealAddress): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key.key, iv);
  cipher.setAAD(additionalData(address, key.kid));
  return Buffer.concat([
    Buffer.of(format),
    iv,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** The plaintext, or undefined for anything that {@link seal} did not make for this address. */
export function open(
  sealed: Uint8Array,
  key: DataKey,
  address: SealAddress,
): Uint8Array | undefined {
  if (sealed.length < headLength + tagLength || sealed[0] !== format) return undefined;
  const iv = sealed.subarray(1, headLength);
  const decipher = createDecipheriv('aes-256-gcm', key.key, iv, { authTagLength: tagLength });
  decipher.setAAD(additionalData(address, key.kid));
  decipher.setAuthTag(sealed.subarray(-tagLength));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(headLength, -tagLength)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}

function additionalData(address: SealAddress, kid: string): Buffer {
  const { table, partitionKey, rowKey, property, schema } = address;
  return Buffer.from(JSON.stringify([table, partitionKey, rowKey, property, schema, kid]));
}
