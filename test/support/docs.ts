/** The pages that people read, taken apart: links, anchors, fenced blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';

/** A fenced block: its language, what else the fence says, the text. */
export interface Block {
  readonly language: string;
  /** `shown`: not to be run, because it waits for somebody or needs what is not there. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface Page {
  /** From the root of the repository: `docs/start.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Everything a person reads, from the root's README on. */
export function pages(): readonly Page[] {
  const root = readdirSync(inRoot('.')).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(inRoot('docs')).map((name) => `docs/${name}`);
  const examples = readdirSync(inRoot('examples')).map((name) => `examples/${name}/README.md`);
  return [...root, ...docs, ...examples].map((name) => {
    const text = readFileSync(inRoot(name), 'utf8');
    const blocks = [...text.matchAll(/^```(\S*)([^\n]*)\n(.*?)^```$/gms)].map(
      ([, language = '', rest = '', body = '']) => ({
        language,
        words: rest.trim().split(/\s+/),
        text: body,
      }),
    );
    return { path: name, text, blocks };
  });
}

/** A page without its fenced blocks and code, in which brackets are no links. */
const prose = ({ text }: Page): string =>
  text
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/^ {4}.*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '`code`');

/** Where the links of a page lead: a file from the root, and the anchor there; `outside` of the repository without a file. */
export function linksOf(
  page: Page,
): readonly { readonly file: string; readonly anchor: string; readonly written: string }[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, written = '']) => {
    if (/^[a-z]+:/.test(written)) return [];
    const [target = '', anchor = ''] = written.split('#');
    const file = target === '' ? page.path : path.posix.join(path.posix.dirname(page.path), target);
    return [{ file, anchor, written }];
  });
}

/** The anchors that GitHub makes of the headings of a page. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${plain}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}
