import { createSpinner } from 'nanospinner';

/** What is going on, for a person at a terminal; nothing is shown anywhere else. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

export function startProgress(): Progress {
  const { stdout, stderr } = process;
  // The spinner never returns on a terminal that has no width.
  if (!(stdout.isTTY && stderr.isTTY && stderr.columns > 0)) return { show() {}, end() {} };
  const spinner = createSpinner('', { stream: stderr }).start();
  return {
    show: (text) => void spinner.update({ text }),
    end: () => void spinner.stop(),
  };
}
