/** Runs the commands of a document in a place of their own, the servers among them in the background. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Place } from './place.ts';

/** Where `ns serve` listens if nothing is said. */
const DEFAULT = 'tcp://127.0.0.1:5640';
/** Milliseconds for a block, for a server to begin, and for it to end. */
const PATIENCE = 20_000;
/** What a server says when it is ready. */
const READY = /^(?:serving|listening at) /m;

export interface Ended {
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly printed: string;
}

/** Commands that run, with all that they start. */
class Job {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #place: Place;
  #printed = '';

  constructor(script: string, place: Place) {
    const { cwd, env } = place;
    this.#place = place;
    // One pipe for both streams, so that what is printed stays in order; a process group, so that nothing is left.
    this.#child = spawn('sh', ['-ec', `exec 2>&1\n${script}`], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#printed += text));
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  get printed(): string {
    return this.#place.there(this.#printed);
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async end(): Promise<Ended> {
    const timer = setTimeout(() => this.#kill('SIGKILL'), PATIENCE);
    const code = await this.#ended;
    clearTimeout(timer);
    return { code, printed: this.printed };
  }

  stop(): Promise<Ended> {
    this.#kill('SIGTERM');
    return this.end();
  }

  #kill(signal: NodeJS.Signals): void {
    if (!this.isOver) process.kill(-this.#child.pid!, signal);
  }
}

export class Shell implements AsyncDisposable {
  readonly #place: Place;
  /** Those that have not been stopped. */
  readonly #background = new Set<Job>();
  /** The last one at each port, or path. */
  readonly #servers = new Map<string, Job>();

  private constructor(place: Place) {
    this.#place = place;
  }

  static async begin(): Promise<Shell> {
    return new Shell(await Place.make());
  }

  /** Runs commands to their end. Where they use the server that is there by default, there is one. */
  async run(commands: string): Promise<Ended> {
    if (commands.includes(DEFAULT) && !this.#servers.has(portOf(DEFAULT))) await this.start('ns serve');
    return new Job(await this.#place.here(commands), this.#place).end();
  }

  /**
   * Starts commands, one a line, and resolves when those that serve do. A server takes the place of the one before it
   * at its address. What they print until they are stopped is the result's.
   */
  async start(commands: string): Promise<() => Promise<string>> {
    const jobs: Job[] = [];
    for (const line of commands.split('\n').filter((text) => text.trim() !== ''))
      jobs.push(await this.#startOne(line));
    return async () => {
      const ended = await Promise.all(jobs.map((job) => this.#stop(job)));
      return ended.map(({ printed }) => printed).join('');
    };
  }

  async #startOne(line: string): Promise<Job> {
    const serves = /\bns (?:serve|trace)\b/.test(line);
    const given = / -l '([^']*)'/.exec(line)?.[1];
    const address = given ?? (/\bns serve\b/.test(line) ? DEFAULT : undefined);
    const command = given ? line : line.replace(/\bns serve\b/, `$& -l '${DEFAULT}'`);
    const before = address && this.#servers.get(portOf(address));
    if (before) await this.#stop(before);
    const job = new Job(await this.#place.here(command), this.#place);
    this.#background.add(job);
    if (address) this.#servers.set(portOf(address), job);
    if (serves) await ready(job, line);
    return job;
  }

  #stop(job: Job): Promise<Ended> {
    this.#background.delete(job);
    return job.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#background].map((job) => job.stop()));
    await this.#place[Symbol.asyncDispose]();
  }
}

async function ready(job: Job, command: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!READY.test(job.printed)) {
    if (job.isOver || performance.now() > deadline)
      throw new Error(`${command}\ndoes not serve:\n${job.printed}`);
    await delay(20);
  }
}

/** What two servers cannot both have. */
function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? address;
}
