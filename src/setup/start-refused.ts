import type { Config } from '../config/config.js';

/** Why the start failed, for the operator: which setting it is about, and what to do. */
export function inWords(error: unknown, config: Config): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `PORT: ${config.port} is in use on ${config.host}; stop what listens there, or choose another port`;
  }
  if (code === 'EACCES' && 'syscall' in error && error.syscall === 'listen') {
    return `PORT: this user may not listen on ${config.port}; choose one above 1023`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST: ${config.host} is not an address of this machine`;
  if (/^Mongo(ose)?(ServerSelection|Network)/.test(error.name)) {
    return `MONGODB_URI: no replica set answers there (${error.message})`;
  }
  return error.message;
}
