/** The program of the thread that a {@link SyncNamespace} works in. */
import { newNamespace } from './namespace.ts';
import { answer } from './sync/worker.ts';

answer(newNamespace);
