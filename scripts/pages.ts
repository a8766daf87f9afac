/** The pages of docs/ that are made from the program's own tables. */
import { readFileSync, writeFileSync } from 'node:fs';
import { firmwareServicesPage } from './firmware-services';
import { inRoot } from './lib/root';
import { referencePage } from './reference';

const PAGES: Readonly<Record<string, () => string>> = {
  'docs/reference.md': referencePage,
  'docs/firmware-services.md': firmwareServicesPage,
};

const current = (file: string): string | undefined => {
  try {
    return readFileSync(inRoot(file), 'utf8');
  } catch {
    // Not written yet.
    return undefined;
  }
};

/** Pages that are not what the tables say. */
export const stalePages = (): readonly string[] =>
  Object.entries(PAGES).flatMap(([file, make]) => (current(file) === make() ? [] : [file]));

/** Renews what is stale, and names it. */
export function writePages(): readonly string[] {
  const stale = stalePages();
  for (const file of stale) writeFileSync(inRoot(file), PAGES[file]?.() ?? '');
  return stale;
}
