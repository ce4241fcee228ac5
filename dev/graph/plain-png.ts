import { crc32, deflateSync } from 'node:zlib';

/**
 * A square PNG image of one colour (red, green, blue).
 *
 * @see https://www.w3.org/TR/png-3/#5DataRep
 */
export function plainPng(size: number, colour: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits a sample, truecolour.
  header.set([8, 2, 0, 0, 0], 8);
  // Each row begins with its filter: none.
  const row = Buffer.concat([Buffer.of(0), ...Array.from({ length: size }, () => colour)]);
  const rows = Buffer.concat(Array.from({ length: size }, () => row));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
