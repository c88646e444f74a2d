/** The current namespace, as commands use it: the process that holds it is started when it is first needed. */
import { Control, isNobody } from '../daemon/control.ts';
import { DEFAULT_NAME, homeOf, isName, type Home } from '../daemon/home.ts';
import { FileError, type Code, type File } from '../file/index.ts';
import { formatCommand, type Operation } from '../namespaces/script/command.ts';
import { dialOnce } from './dial.ts';
import { UsageError, advised } from './failure.ts';
import { put, tell } from './output.ts';
import { interruption } from './signals.ts';

/** Where the namespace lives that is named by $NS, or --ns. */
export function currentHome(): Home {
  return namedHome(process.env['NS'] || DEFAULT_NAME);
}

/** @throws UsageError for a bad name. */
export function namedHome(name: string): Home {
  if (isName(name)) return homeOf(name);
  const expected = "up to 32 letters, digits, '_', '.' and '-' were expected, as in work";
  throw new UsageError(`'${name}' is no name for a namespace: ${expected}`);
}

/** The control of the current namespace. When it is a new one in place of one that was lost, that is said. */
export async function openControl(signal: AbortSignal): Promise<Control> {
  const home = currentHome();
  const control = await Control.open(home, signal);
  if (control.started) {
    const { lost } = await control.status();
    if (lost > 0) tell(lostLine(home, lost));
  }
  return control;
}

function lostLine({ name }: Home, lost: number): string {
  const what = `${lost} ${lost === 1 ? 'mount or bind is' : 'mounts and binds are'} lost`;
  return `ns: the namespace ${name} was killed, and begins anew: ${what}; ns restore makes them again`;
}

/** Does something with the control of the current namespace, until Control-C. */
export async function withControl<T>(work: (control: Control) => Promise<T>): Promise<T> {
  await using control = await openControl(interruption());
  return await work(control);
}

/** `ns` alone. */
export async function printNamespace(): Promise<void> {
  await withControl(async (control) => put(await control.script()));
}

/** Changes the current namespace; Control-C ends what takes its time. */
export async function runInNamespace(operation: Operation, signal: AbortSignal): Promise<void> {
  await using control = await openControl(signal);
  await runOn(control, operation);
}

/** @throws FileError: what was tried, what went wrong, and what to do. */
export async function runOn(control: Control, operation: Operation): Promise<void> {
  try {
    await control.run(formatCommand(operation));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const nothing = operation.verb === 'unmount' && ['EINVAL', 'ENOENT'].includes(error.code);
    const text = nothing ? `${error.message}; ns shows what is mounted` : advised(error.message, error.code);
    throw new FileError(error.code as Code, text, { cause: error });
  }
}

/** @throws UsageError for what is no path of the namespace. */
export function requirePath(path: string, what: string): void {
  if (path.startsWith('/')) return;
  throw new UsageError(
    `${what} ${path || "''"}: a path of the namespace was expected, and those begin with '/'`,
  );
}

/** The root of the current namespace. Whoever dials it releases it. */
export async function dialNamespace(signal: AbortSignal): Promise<File> {
  const address = { scheme: 'unix', path: currentHome().tree, options: new Map<string, string>() };
  try {
    return await dialOnce(address, signal);
  } catch (error) {
    if (!isNobody(error)) throw error;
  }
  // With it the namespace is there, until the connection to its tree is.
  await using _ = await openControl(signal);
  return dialOnce(address, signal);
}
