/** Writes the files that are made from packages or from other sources, and kept out of the repository. Does nothing where they are current. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cp437Module } from './fonts/vga';
import type * as HoverReference from './hover-reference';
import { inRoot } from './lib/root';

/** In order: a later one may be made with those before it. */
const GENERATED: ReadonlyMap<string, () => string> = new Map([
  ['emulator/generated/font-cp437.ts', cp437Module],
  // Loaded when its turn comes, because the board that it looks at needs the font.
  [
    'extension/generated/reference.ts',
    () => (require('./hover-reference') as typeof HoverReference).hoverReferenceModule(),
  ],
]);

/** Returns the paths that were written. */
export function generate(): readonly string[] {
  const written: string[] = [];
  for (const [file, make] of GENERATED) {
    const target = inRoot(file);
    const text = make();
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    written.push(file);
  }
  return written;
}

if (require.main === module) for (const file of generate()) console.log(`wrote ${file}`);
