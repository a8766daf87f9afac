/** docs/troubleshooting.md, held against messages that were really provoked. */
import { strict as assert } from 'node:assert';

const HEADING = /^### `(.+)`$/;

/** The messages that the page has below a heading `## SECTION`, as they stand there. */
export function messagesOf(page: string, section: string): readonly string[] {
  const [, rest = ''] = page.split(`\n## ${section}\n`);
  const [own = ''] = rest.split('\n## ');
  return own.split('\n').flatMap((line) => HEADING.exec(line)?.[1] ?? []);
}

/** Sections in which the page explains messages. */
export function sectionsOf(page: string): readonly string[] {
  return [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
}

/** `...` of a message on the page stands for anything. @throws AssertionError where it is not what was said */
export function assertSays(message: string, said: string): void {
  const parts = message.split('...').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  assert.match(said, new RegExp(parts.join('.*?'), 's'));
}
