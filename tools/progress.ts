import { createSpinner } from 'nanospinner';

/** What is going on, for a person at a terminal; elsewhere nothing of it is shown. */
export interface Progress {
  show(text: string): void;
  /** A line of the result, on standard output. */
  line(text: string): void;
  /** Takes the progress away. */
  end(): void;
}

export function startProgress(): Progress {
  const { stdout, stderr } = process;
  const line = (text: string) => console.log(text);
  // The spinner never returns on a terminal that has no width.
  if (!(stdout.isTTY && stderr.isTTY && stderr.columns > 0)) return { show() {}, line, end() {} };
  const spinner = createSpinner('', { stream: stderr }).start();
  return {
    // At once, also of what is over before the next frame.
    show: (text) => void spinner.update({ text }).render(),
    line(text) {
      spinner.clear();
      line(text);
    },
    end: () => void spinner.stop(),
  };
}
