/** Node's own object under a pipe: the one that libuv polls and reads any descriptor through. It has no public name. */
import net from 'node:net';

interface PipeHandle {
  /** Takes a descriptor over, and makes it non-blocking; 0, or a negative error. */
  open(fd: number): number;
  readStop(): void;
  /** Closes the descriptor, too. */
  close(done?: () => void): void;
}

type HandleClass = new (type: number) => PipeHandle;

/** The type of a stream that is neither a server nor for descriptors. */
const SOCKET = 0;

/** What is called of it, by us or by net.Socket. */
const METHODS = ['open', 'readStart', 'readStop', 'useUserBuffer', 'close'];

/** The class, where this Node has it as it is known. */
function handleClass(): HandleClass | undefined {
  const socket = new net.Socket();
  // Connecting makes the handle; nobody is there, and nobody waits to hear so.
  socket.on('error', () => {});
  socket.connect({ path: '\0' });
  const handle = handleOf(socket);
  socket.destroy();
  if (!handle || !METHODS.every((method) => typeof Reflect.get(handle, method) === 'function'))
    return undefined;
  return handle.constructor as HandleClass;
}

function handleOf(socket: net.Socket): object | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

/** Whether a {@link Pipe} is to be had. */
export function hasPipe(): boolean {
  return handleClass() !== undefined;
}

function handleFor(fd: number): PipeHandle {
  const Handle = handleClass();
  if (!Handle) throw new Error('this Node.js has no pipes that can be given a descriptor');
  const handle = new Handle(SOCKET);
  const error = handle.open(fd);
  if (error === 0) return handle;
  handle.close();
  throw Object.assign(new Error(`descriptor ${fd} cannot be polled`), { errno: error });
}

/** What Node's sockets take and its types do not know. */
interface SocketOptions extends net.SocketConstructorOpts {
  readonly onread: net.OnReadOpts;
  readonly handle: PipeHandle;
}

/** A descriptor that is read as a pipe is. */
export class Pipe {
  readonly #handle: PipeHandle;
  readonly #close: () => void;
  readonly #socket: net.Socket;

  /** Takes the descriptor over; if that fails it is as it was. */
  constructor(fd: number, onread: net.OnReadOpts, failed: (error: Error) => void) {
    const handle = handleFor(fd);
    this.#handle = handle;
    this.#close = handle.close.bind(handle);
    // A socket closes its handle at any error, and so the descriptor: whether it is over is not for it to say.
    handle.close = (done) => done?.();
    const options: SocketOptions = { handle, onread };
    this.#socket = new net.Socket(options).on('error', failed);
  }

  stop(): void {
    this.#handle.readStop();
  }

  /** Closes the descriptor, too. */
  close(): void {
    this.#socket.destroy();
    this.#close();
  }
}
