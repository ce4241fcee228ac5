import type { Log } from '../../src/lib/auth/ports.ts';

export interface LogLine {
  level: 'info' | 'warn' | 'error';
  event: string;
  fields: Record<string, unknown>;
}

/** A log that keeps its lines. */
export interface RecordingLog extends Log {
  lines: LogLine[];
  /** All lines as text, to look for what must not be there. */
  text(): string;
}

export function createRecordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (event: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, event, fields });
    };
  return {
    lines,
    text: () => JSON.stringify(lines),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
