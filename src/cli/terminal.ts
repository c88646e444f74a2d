/** The end of a process whose terminal is gone. */
import { isatty } from 'node:tty';

/** Those of standard input, output and error when this process was started. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Ends this process on the spot if its terminal has hung up. Node gives a terminal its settings back when it ends, and
 * aborts, with a core dump, if there is none any more.
 */
export function endIfHungUp(): void {
  if (terminals.some((fd) => !isatty(fd))) process.kill(process.pid, 'SIGKILL');
}
