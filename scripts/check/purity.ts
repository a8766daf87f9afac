/**
 * Finds in the emulator what would let two runs of the same inputs differ, or would let it wait: the clock, random numbers,
 * and anything asynchronous. Globals of Node and of the DOM are already unknown to its tsconfig; these belong to the language.
 */
import { readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { inRoot } from '../lib/root';
import { run } from '../lib/run';

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

const isName = (value: unknown, name: string): boolean =>
  isNode(value) && value.type === 'Identifier' && value.value === name;

/** What is wrong with one syntax node, or undefined. */
function fault(node: Node): string | undefined {
  switch (node.type) {
    case 'AwaitExpression':
      return 'await';
    case 'ForOfStatement':
      return node.await === true ? 'for await' : undefined;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ClassMethod':
    case 'MethodProperty':
      return asynchrony(isNode(node.function) ? node.function : node);
    case 'MemberExpression':
      return isName(node.object, 'Math') && isName(node.property, 'random') ? 'Math.random' : undefined;
    case 'NewExpression':
    case 'CallExpression':
      if (isName(node.callee, 'Date')) return 'Date';
      return isNode(node.callee) && node.callee.type === 'Import' ? 'import()' : undefined;
    default:
      return undefined;
  }
}

function asynchrony(node: Node): string | undefined {
  if (node.async === true) return 'async';
  return node.generator === true ? 'a generator' : undefined;
}

/** The forbidden things that a source text uses, in order. */
export function impurities(source: string): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (!isNode(value)) return;
    const what = fault(value);
    if (what !== undefined) found.push(what);
    if (value.type === 'MemberExpression' && isName(value.object, 'Date')) found.push('Date');
    for (const child of Object.values(value)) visit(child);
  };
  visit(parseSync(source, { syntax: 'typescript', decorators: true, target: 'es2022' }).body);
  return found;
}

/** Checks every source of the emulator; the first number is how many files were read. */
export async function checkPurity(): Promise<readonly [number, readonly string[]]> {
  const { stdout } = await run('git', [
    'ls-files',
    '-co',
    '--exclude-standard',
    '--deduplicate',
    '--',
    'emulator/*.ts',
  ]);
  const { stdout: deleted } = await run('git', ['ls-files', '-d', '--', 'emulator/*.ts']);
  const gone = new Set(deleted.split('\n'));
  const files = stdout.split('\n').filter((file) => file !== '' && !gone.has(file));
  const problems = files.flatMap((file) =>
    impurities(readFileSync(inRoot(file), 'utf8')).map((what) => `${file}: ${what} has no place in the emulator`),
  );
  return [files.length, problems];
}
