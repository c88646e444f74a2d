/** One line on stderr that says how far the benchmark is, if somebody sits there. */

export interface Progress {
  step(text: string): void;
  /** Takes the line away. */
  end(): void;
}

export function makeProgress(steps: number): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { step: () => {}, end: () => {} };
  let done = 0;
  return {
    step: (text) => {
      done++;
      stderr.write(`\r\x1b[K[${done}/${steps}] ${text}`);
    },
    end: () => stderr.write('\r\x1b[K'),
  };
}
