import path from 'node:path';

/** Absolute path of the source tree. */
export const ROOT = path.resolve(__dirname, '../..');

/** Absolute path of a file of the source tree. */
export const inRoot = (...parts: readonly string[]): string => path.join(ROOT, ...parts);
