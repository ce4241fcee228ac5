/** The bytes of a file, made when they are read. */
export interface FileContent {
  readonly size: number;
  /** From `start` up to but without `end`. */
  read(start: number, end: number): Iterable<Uint8Array>;
}

export function textContent(text: string): FileContent {
  const bytes = Buffer.from(text, 'utf8');
  return { size: bytes.length, read: (start, end) => [bytes.subarray(start, end)] };
}

const blockSize = 64 * 1024;

/** `size` bytes, {@link patternByte} at each place, never held at once. */
export function patternContent(size: number): FileContent {
  return {
    size,
    *read(start, end) {
      for (let at = start; at < end; at += blockSize) {
        const length = Math.min(blockSize, end - at);
        yield Uint8Array.from({ length }, (_, index) => patternByte(at + index));
      }
    },
  };
}

/** The byte at a place of binary files; it differs from that of a block or a KiB before. */
export function patternByte(place: number): number {
  return (place * 31 + (place >>> 8) * 7 + (place >>> 16)) & 0xff;
}
