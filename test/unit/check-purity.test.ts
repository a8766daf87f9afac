import { strict as assert } from 'node:assert';
import { impurities } from '../../scripts/check/purity';

describe('emulator purity', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['export const t = Date.now();', ['Date']],
    ['export const t = new Date();', ['Date']],
    ['export const r = Math.random();', ['Math.random']],
    ['export async function f() { await 1; }', ['async', 'await']],
    ['export const f = async () => 1;', ['async']],
    ['export class C { async m() {} }', ['async']],
    ['export const o = { async m() {} };', ['async']],
    ['export function* g() { yield 1; }', ['a generator']],
    ['export const m = import("./x");', ['import()']],
    ['export async function f(s: AsyncIterable<number>) { for await (const x of s) x; }', ['async', 'for await']],
    ['export const ok = Math.imul(2, 3); for (const x of [1]) x; // Date.now() await', []],
    ['export interface Row { readonly Date: number } export const d = (r: Row): number => r.Date;', []],
  ];
  for (const [source, expected] of cases) {
    it(source, () => assert.deepEqual(impurities(source), expected));
  }
});
