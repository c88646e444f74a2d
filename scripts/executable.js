// tsc keeps the #! line but not the mode; npm links the command as it finds it.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/bin/ns.js', import.meta.url), 0o755);
