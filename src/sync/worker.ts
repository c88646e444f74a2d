/** The thread in which a blocking namespace lives: it does what it is asked, as it comes, and wakes who waits. */
import { workerData } from 'node:worker_threads';
import { systemError } from '../namespaces/fs/errors.ts';
import { namespaceFs, type NamespaceFs } from '../namespaces/fs/fs.ts';
import { FileHandle } from '../namespaces/fs/handle.ts';
import type { Namespace, NamespaceOptions } from '../namespaces/index.ts';
import { parseScript } from '../namespaces/script/parse.ts';
import { runScript } from '../namespaces/script/run.ts';
import {
  BEAT,
  WORDS,
  pack,
  packError,
  type Answered,
  type Asked,
  type Building,
  type Deed,
  type Packed,
  type Question,
  type WorkerData,
} from './wire.ts';

export type NewNamespace = (options: NamespaceOptions) => Namespace;

/** Answers whoever has begun this thread. */
export function answer(newNamespace: NewNamespace): void {
  const { port, words: memory } = workerData as WorkerData;
  const words = new Int32Array(memory);
  const world = new World(newNamespace);
  setInterval(() => Atomics.add(words, WORDS.PULSE, 1), BEAT);
  process.on('exit', () => {
    Atomics.store(words, WORDS.ENDED, 1);
    Atomics.notify(words, WORDS.ANSWERS);
  });
  const reply = (answered: Answered): void => {
    port.postMessage(answered, transferable(answered.value));
    Atomics.add(words, WORDS.ANSWERS, 1);
    Atomics.notify(words, WORDS.ANSWERS);
  };
  port.on('message', ({ number, question }: Asked) => {
    void outcome(number, () => world.answer(question)).then(reply);
  });
}

async function outcome(number: number, work: () => Promise<unknown>): Promise<Answered> {
  try {
    return { number, value: pack(await work()) };
  } catch (error) {
    return { number, error: packError(error) };
  }
}

/** The memory of bytes that have it to themselves is handed over, not copied. */
function transferable(packed: Packed | undefined): ArrayBuffer[] {
  if (packed?.kind !== 'bytes') return [];
  const { buffer, byteLength } = packed.value;
  return buffer.byteLength === byteLength ? [buffer as ArrayBuffer] : [];
}

class World {
  readonly #newNamespace: NewNamespace;
  /** The numbers are this thread's own: an `fs` has others, and is another one after the namespace was made anew. */
  readonly #files = new Map<number, FileHandle>();
  #namespace: Namespace | undefined;
  #fs: NamespaceFs | undefined;

  constructor(newNamespace: NewNamespace) {
    this.#newNamespace = newNamespace;
  }

  async answer(question: Question): Promise<unknown> {
    switch (question.on) {
      case 'build':
        return this.#build(question.building);
      case 'fs':
        return this.#kept(await this.#call(this.#fs!, question.name, question.args));
      case 'file':
        return this.#file(question);
      case 'read':
        return this.#read(question);
      case 'table':
        return change(this.#namespace!, question.deed);
      case 'namespace':
        return question.name === 'cd' ? this.#cd(question.args[0]) : this.#namespace!.print();
      case 'end':
        return this.#end();
    }
  }

  async #end(): Promise<never> {
    await Promise.allSettled([...this.#files.values()].map((file) => file.close()));
    await this.#namespace?.close();
    // Of this thread.
    process.exit();
  }

  /** The new one is there before the old one is given up; what is open stays open. */
  async #build({ user, script, since, cwd }: Building): Promise<void> {
    const namespace = this.#newNamespace(user === undefined ? {} : { user });
    try {
      await runScript(await parseScript(script, { file: 'the namespace' }), { namespace });
      for (const deed of since) await change(namespace, deed);
      await namespace.cd(cwd);
    } catch (error) {
      await namespace.close();
      throw error;
    }
    const before = this.#namespace;
    this.#namespace = namespace;
    this.#fs = namespaceFs(namespace);
    await before?.close();
  }

  async #cd(path: string): Promise<string> {
    await this.#namespace!.cd(path);
    return this.#namespace!.cwd;
  }

  async #file({ fd, syscall, name, args }: Extract<Question, { on: 'file' }>): Promise<unknown> {
    const file = this.#handle(fd, syscall);
    if (name === 'close') this.#files.delete(fd);
    return this.#call(file, name, args);
  }

  async #read({ fd, length, position }: Extract<Question, { on: 'read' }>): Promise<Uint8Array> {
    const into = new Uint8Array(length);
    const { bytesRead } = await this.#handle(fd, 'read').read(into, 0, length, position);
    return into.subarray(0, bytesRead);
  }

  #handle(fd: number, syscall: string): FileHandle {
    const file = this.#files.get(fd);
    if (!file) throw systemError({ code: 'EBADF' }, { syscall });
    return file;
  }

  #kept(value: unknown): unknown {
    if (!(value instanceof FileHandle)) return value;
    let fd = 3;
    while (this.#files.has(fd)) fd++;
    this.#files.set(fd, value);
    return fd;
  }

  #call<T extends object>(of: T, name: keyof T, args: readonly unknown[]): Promise<unknown> {
    return (of[name] as (...args: readonly unknown[]) => Promise<unknown>).apply(of, [...args]);
  }
}

function change(namespace: Namespace, { verb, args }: Deed): Promise<void> {
  return (namespace[verb] as (...args: readonly unknown[]) => Promise<void>).apply(namespace, [...args]);
}
