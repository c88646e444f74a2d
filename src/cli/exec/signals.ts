/** Signals that a program is sent by way of the command that runs it. */
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { PASSED } from './scripts.ts';
import { endIfHungUp } from '../terminal.ts';

export const passed = PASSED.map((name) => `SIG${name}` as NodeJS.Signals);

/** What stops a process that shares a terminal with the program. */
const STOPPING = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const;

/** What a shell says of a program that a signal has ended. */
export const statusOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** Milliseconds within which all processes of a group have a signal that was sent to the group. */
const TOGETHER = 25;
const TOGETHER_AT_MOST = 250;

/**
 * What becomes of signals in the supervisor, which is in the process group of the command and of the program. One that
 * reaches the supervisor too was sent to the group, by Control-C for one: the program has it already. One that reached
 * the command alone is handed on.
 */
export class Signals {
  readonly #seen = new Map<NodeJS.Signals, number>();
  #pass: ((signal: NodeJS.Signals) => void) | undefined;
  #isApart = false;

  constructor() {
    for (const signal of passed) process.on(signal, () => this.#seen.set(signal, performance.now()));
    for (const signal of STOPPING) process.on(signal, () => undefined);
  }

  /**
   * From now on there is a program.
   *
   * @param isApart - in a process group of its own, which the others' signals do not reach
   */
  passTo(pass: (signal: NodeJS.Signals) => void, isApart: boolean): void {
    this.#pass = pass;
    this.#isApart = isApart;
  }

  /** The command was sent a signal. Before there is a program, it is what ends. */
  async take(signal: NodeJS.Signals): Promise<void> {
    if (!this.#pass) return endBy(signal);
    if (this.#isApart) return this.#pass(signal);
    await delay(TOGETHER);
    const seen = this.#seen.get(signal);
    this.#seen.delete(signal);
    if (seen === undefined || performance.now() - seen > TOGETHER_AT_MOST) this.#pass(signal);
  }
}

function endBy(signal: NodeJS.Signals): void {
  if (signal === 'SIGCONT') return;
  endIfHungUp();
  process.exit(statusOf(signal));
}
