/** Paths of both kinds, with `/` and with `\`, as pure text. */

/** The folder of a path without a final separator; `.` when it has none. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  if (end < 0) return '.';
  return end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** A name without its last ending: `boot.asm` -> `boot`. */
export function stemOf(path: string): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name : name.slice(0, dot);
}

/** The last ending with its dot in small letters, or nothing: `.asm`. */
export function endingOf(path: string): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot).toLowerCase();
}

function isAbsolute(path: string): boolean {
  return /^([/\\]|[a-z]:[/\\])/i.test(path);
}

/** `path` as seen from `folder`. */
export function resolvePath(folder: string, path: string): string {
  if (isAbsolute(path)) return normalise(path);
  const separator = folder.includes('\\') && !folder.includes('/') ? '\\' : '/';
  return normalise(`${folder}${separator}${path}`);
}

/** Without `.` and `..` parts and doubled separators. */
function normalise(path: string): string {
  const windows = /^[a-z]:/i.test(path) || (path.includes('\\') && !path.includes('/'));
  const separator = windows ? '\\' : '/';
  const root = windows ? (/^([a-z]:)?[/\\]*/i.exec(path)?.[0] ?? '') : path.startsWith('/') ? '/' : '';
  const parts: string[] = [];
  for (const part of path.slice(root.length).split(windows ? /[/\\]+/ : /\/+/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || root === '') parts.push(part);
  }
  const joined = root.replaceAll('/', separator) + parts.join(separator);
  return joined === '' ? '.' : joined;
}

/** The same for two spellings of one path: on Windows letter case and the kind of separator do not count. */
export function pathKey(path: string): string {
  const normal = normalise(path);
  return /^[a-z]:/i.test(normal) ? normal.toLowerCase() : normal;
}
