/** What the handlers of requests share: the files, who asks, how they are shown, and the way to the kernel. */
import { setTimeout as delay } from 'node:timers/promises';
import { Chan, type File, type Request } from '../../file/index.ts';
import { QidPaths } from '../../file/qid-paths.ts';
import { Attributes } from './attributes.ts';
import { Caching } from './caching.ts';
import type { FuseDevice } from './device/index.ts';
import { Locks } from './locks.ts';
import { Nodes } from './nodes.ts';
import { Opens } from './opens.ts';
import type { Settings } from './options.ts';
import { Polls } from './polls.ts';
import { Retries } from './retries.ts';

/** Milliseconds that trees have to close what is open at the end: one that does not answer holds up nobody. */
const CLOSING = 2000;

export class Session {
  readonly settings: Settings;
  readonly device: FuseDevice;
  readonly nodes: Nodes;
  readonly opens = new Opens();
  readonly attributes: Attributes;
  readonly caching: Caching;
  readonly locks = new Locks();
  readonly polls: Polls;
  readonly retries: Retries;
  /** What is done for nobody in particular, as whoever serves. */
  readonly own: Request;
  readonly #ended = new AbortController();

  constructor(root: File, device: FuseDevice, settings: Settings) {
    this.settings = settings;
    this.device = device;
    this.own = { user: settings.user, aname: '', signal: this.#ended.signal };
    const { readOnly } = settings;
    this.nodes = new Nodes(Chan.attach(root, { borrowed: true, readOnly }), this.own);
    this.attributes = new Attributes(settings, new QidPaths(root.tree));
    this.caching = new Caching(settings.cache);
    this.polls = new Polls(device);
    this.retries = new Retries(this.own);
  }

  /** All files are closed as those of a lost connection are. */
  async close(): Promise<void> {
    const opens = [...this.opens];
    for (const open of opens) {
      this.opens.delete(open);
      open.stream?.end();
    }
    const chans = opens.flatMap(({ chan, placing }) => (placing ? [chan, placing] : [chan]));
    const closed = Promise.allSettled(chans.map(async (chan) => chan.close('lost', this.own)));
    const impatience = new AbortController();
    await Promise.race([closed, delay(CLOSING, undefined, impatience).catch(() => undefined)]);
    impatience.abort();
    this.retries.close();
    this.nodes.close();
    this.#ended.abort();
  }
}
