/**
 * Preloaded into a process (`node --import`): moves its clock by what the parent says over IPC,
 * `{ type: 'clock', offsetMs }`. Timers keep real time.
 */
const RealDate = Date;
let offsetMs = Number(process.env['TEST_CLOCK_OFFSET_MS'] ?? 0);

class MovedDate extends RealDate {
  constructor(...values: ConstructorParameters<typeof Date> | []) {
    if (values.length === 0) super(MovedDate.now());
    else super(...values);
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = MovedDate as DateConstructor;

process.on('message', (message: { type?: string; offsetMs?: number }) => {
  if (message.type !== 'clock') return;
  offsetMs = message.offsetMs ?? 0;
  process.send?.({ type: 'clock-moved', offsetMs });
});
// Listening must not keep the process alive.
process.channel?.unref();
