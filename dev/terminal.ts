import { createSpinner } from 'nanospinner';

/** What a person sees: one progress line while everything starts, then the log. */
export interface Terminal {
  /** Tells what is being started. */
  step(text: string): void;
  /** A line of the log; lines that come while things start are shown after that. */
  line(text: string): void;
  /** Ends the progress line; the held lines follow. */
  started(text: string): void;
  /** Ends the progress line early, or is one more line later. */
  ending(text: string): void;
}

/** Where the output is no terminal, steps are plain lines. */
export function newTerminal(): Terminal {
  // The spinner never returns on a terminal that has no width, as some CI systems' have.
  const progress = process.stdout.isTTY && process.stdout.columns > 0 ? spinner() : plainLines;
  let held: string[] | undefined = [];
  const release = () => {
    for (const text of held ?? []) console.log(text);
    held = undefined;
  };
  return {
    step: progress.step,
    line: (text) => {
      if (held) held.push(text);
      else console.log(text);
    },
    started: (text) => {
      progress.succeed(text);
      release();
    },
    ending: (text) => {
      // After the start there is no progress line that could show it.
      if (held) progress.fail(text);
      else console.error(text);
      release();
    },
  };
}

interface Progress {
  step(text: string): void;
  succeed(text: string): void;
  fail(text: string): void;
}

function spinner(): Progress {
  const line = createSpinner('Starting', { stream: process.stdout }).start();
  return {
    step: (text) => void line.update({ text }),
    succeed: (text) => void line.success({ text }),
    fail: (text) => void line.error({ text }),
  };
}

const plainLines: Progress = {
  step: (text) => console.log(text),
  succeed: (text) => console.log(text),
  fail: (text) => console.error(text),
};
