/** What may be given to a call, and the errors of what may not, worded as Node words them. */

type Coded<E extends Error> = E & { readonly code: string };

function coded<E extends Error>(error: E, code: string): Coded<E> {
  return Object.assign(error, { code });
}

/** Of a wrong type: `what` says which ones there are. */
export function invalidType(name: string, what: string, value: unknown): Coded<TypeError> {
  const kind = name.includes('.') ? 'property' : 'argument';
  return coded(
    new TypeError(`The "${name}" ${kind} must be ${what}. Received ${typeOf(value)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

export function invalidValue(name: string, value: unknown, reason = 'is invalid'): Coded<TypeError> {
  return coded(
    new TypeError(`The argument '${name}' ${reason}. Received ${show(value)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

export function outOfRange(name: string, range: string, value: unknown): Coded<RangeError> {
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${show(value)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** Any other error that Node gives a code of its own. */
export function invalid(code: string, message: string): Coded<TypeError> {
  return coded(new TypeError(message), code);
}

/** What cannot be had here. */
export function unavailable(code: string, message: string): Coded<Error> {
  return coded(new Error(message), code);
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const made = (value as { constructor?: { name?: string } }).constructor?.name;
    return made ? `an instance of ${made}` : show(value);
  }
  return `type ${typeof value} (${show(value)})`;
}

function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.replace(/\p{Cc}/gu, (control) => `\\x${hex(control.charCodeAt(0)).toUpperCase()}`)}'`;
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : showObject(value);
    default:
      return String(value);
  }
}

function showObject(value: object): string {
  if (!(value instanceof Uint8Array)) return JSON.stringify(value);
  const name = value.constructor.name;
  return `<${name} ${Array.from(value, hex).join(' ')}>`;
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** An integer of a range. */
export function checkInteger(
  value: unknown,
  name: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  return value;
}

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
  return value;
}

/** Three bits, as `access` and `copyFile` take them. */
export function checkBits(mode: unknown): number {
  if (typeof mode !== 'number') throw invalidType('mode', 'of type number', mode);
  if (mode < 0 || mode > 7)
    throw coded(new RangeError('mode is out of range: >= 0 && <= 7'), 'ERR_OUT_OF_RANGE');
  return mode;
}

const UINT32_MAX = 2 ** 32 - 1;

/** Permission bits: a number, or a string of octal digits. */
export function modeOf(value: unknown, otherwise?: number): number {
  if (value === undefined || value === null) {
    if (otherwise !== undefined) return otherwise;
  } else if (typeof value === 'string') {
    if (!/^[0-7]+$/.test(value))
      throw invalidValue('mode', value, 'must be a 32-bit unsigned integer or an octal string');
    return Number.parseInt(value, 8);
  }
  return checkInteger(value, 'mode', 0, UINT32_MAX);
}

/** The number of a user or a group; -1 leaves it as it is. */
export function accountOf(value: unknown, name: 'uid' | 'gid'): number | undefined {
  const number = checkInteger(value, name, -1, UINT32_MAX);
  return number === -1 ? undefined : number;
}

/** Milliseconds since 1970 of what `utimes` takes: seconds, also as a string, or a Date. */
export function momentOf(value: unknown): number {
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value) * 1000;
  if (typeof value === 'number' && Number.isFinite(value)) return value < 0 ? Date.now() : value * 1000;
  if (value instanceof Date) return value.getTime();
  throw invalidType('time', 'an instance of Date or an Time in seconds', value);
}

/** What a call is given as its last argument: an encoding alone, or an object. */
export function optionsOf<T extends object>(
  given: T | string | null | undefined,
): Partial<T> & { encoding?: unknown } {
  if (given === undefined || given === null) return {};
  if (typeof given === 'string') return { encoding: given } as Partial<T> & { encoding?: unknown };
  if (typeof given !== 'object') throw invalidType('options', 'one of type string or object', given);
  return given;
}

export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object' || !('aborted' in value))
    throw invalidType('options.signal', 'an instance of AbortSignal', value);
  return value as AbortSignal;
}
