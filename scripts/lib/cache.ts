import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder for large things that several checkouts can share: `STEPBACK_CACHE`, else `stepback` in the user's cache folder
 * (XDG Base Directory Specification; `LOCALAPPDATA` on Windows). Always outside the source tree unless the variable says otherwise.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = env.STEPBACK_CACHE;
  if (own !== undefined && own !== '') return path.resolve(own);
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : (env.LOCALAPPDATA ?? path.join(homedir(), '.cache'));
  return path.join(base, 'stepback');
}
