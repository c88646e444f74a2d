/**
 * File to 9P: sessions, fid and tag tables, flush, dialects.
 *
 * @module
 */
export { NO_USERS, type UserTable } from './identity.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { Server, type ServerOptions } from './server.ts';
