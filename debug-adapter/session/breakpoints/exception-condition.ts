/**
 * Conditions of exception filters: which exceptions by vector and error code, which firmware calls by interrupt and AH or
 * by name, which ports and addresses, and any expression; both as `13h/02 if dl == 0x80`.
 */
import type { ExceptionFilter, ExceptionHit, FirmwareName } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { parseNumber } from '../../symbols/numbers';
import { type Expression, parseExpression } from '../expressions/parser';

/** From and to, both included. */
type Range = readonly [first: number, last: number];

interface Selector {
  readonly number: Range;
  /** The error code, or AH; absent where any will do. */
  readonly detail?: number;
}

export interface ExceptionCondition {
  /** One of these; absent where only the expression counts. */
  readonly selectors?: readonly Selector[];
  readonly expression?: Expression;
}

/** What the target knows by name. */
export interface ConditionNames {
  readonly filters: readonly ExceptionFilter[];
  readonly firmware: readonly FirmwareName[];
  isSpace(name: string): boolean;
}

const CPU = 'cpu';
const FIRMWARE = 'firmware';
const UNMODELLED = 'unmodelled';

const whole = (text: string | undefined): number | undefined => {
  const value = text === undefined ? undefined : parseNumber(text.trim());
  return value === undefined || value > 0xffff_ffffn ? undefined : Number(value);
};

/** The vector that a mnemonic names: filters of single exceptions have it first in their label. */
function vectorOf(text: string, filters: readonly ExceptionFilter[]): number | undefined {
  if (!text.startsWith('#')) return whole(text);
  const found = filters.find(({ label }) => label.toLowerCase().split(' ', 1)[0] === text.toLowerCase());
  return whole(/^cpu\.(\d+)$/.exec(found?.id ?? '')?.[1]);
}

/** An error code: four digits are hexadecimal, as messages and manuals show them. */
const errorCode = (text: string): number | undefined =>
  /^[0-9a-f]{4}$/i.test(text.trim()) ? Number.parseInt(text, 16) : whole(text);

/** `13`, `#GP`, `#GP(0018)`, `8-13`. */
function exceptionSelector(text: string, { filters }: ConditionNames): Selector | undefined {
  const [, first = '', last, detail] = /^(#?\w+)(?:\s*-\s*(#?\w+))?(?:\s*\(([^()]*)\))?$/.exec(text) ?? [];
  const from = vectorOf(first, filters);
  const to = last === undefined ? from : vectorOf(last, filters);
  const error = detail === undefined ? undefined : errorCode(detail);
  if (from === undefined || to === undefined || from > to || to > 0xff) return undefined;
  if (detail !== undefined && error === undefined) return undefined;
  return { number: [from, to], ...(error === undefined ? {} : { detail: error }) };
}

/** Interrupts and functions are always written in hexadecimal, as every list of them has it. */
const byte = (text: string | undefined): number | undefined => {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,2})h?$/i.exec(text?.trim() ?? '') ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
};

/** `13h`, `13h/02`, `10h-13h`, `INT 13h AH=02h`, or a name. */
function firmwareSelector(text: string, { firmware }: ConditionNames): Selector | undefined {
  const named = firmware.find(({ name }) => name.toLowerCase() === text.toLowerCase());
  if (named !== undefined) {
    const { interrupt, service } = named;
    return { number: [interrupt, interrupt], ...(service === undefined ? {} : { detail: service }) };
  }
  const form = /^(?:int\s+)?(\w+)(?:\s*-\s*(\w+))?(?:\s*(?:\/|\s+ah\s*=)\s*(\w+))?$/i;
  const [, first, last, detail] = form.exec(text) ?? [];
  const from = byte(first);
  const to = last === undefined ? from : byte(last);
  const service = byte(detail);
  if (from === undefined || to === undefined || from > to) return undefined;
  if (detail !== undefined && service === undefined) return undefined;
  return { number: [from, to], ...(service === undefined ? {} : { detail: service }) };
}

/** `3e8h`, `100h-1ffh`: an address or a port. */
function addressSelector(text: string): Selector | undefined {
  const [first, last] = text.split('-');
  const from = whole(first);
  const to = last === undefined ? from : whole(last);
  return from === undefined || to === undefined || from > to ? undefined : { number: [from, to] };
}

const SELECTORS: Readonly<Record<string, (text: string, names: ConditionNames) => Selector | undefined>> = {
  [CPU]: exceptionSelector,
  [FIRMWARE]: firmwareSelector,
  [UNMODELLED]: addressSelector,
};

/** All items of a list, or nothing when one of them is none. */
function selectorsOf(filter: string, text: string, names: ConditionNames): readonly Selector[] | undefined {
  const parse = SELECTORS[filter];
  if (parse === undefined) return undefined;
  const all: Selector[] = [];
  for (const item of text.split(',')) {
    const selector = parse(item.trim(), names);
    if (selector === undefined) return undefined;
    all.push(selector);
  }
  return all;
}

/** @throws RequestError for what is no condition of that filter */
export function parseExceptionCondition(filter: string, text: string, names: ConditionNames): ExceptionCondition {
  const [, before = '', after] = /^(.*?)(?:\bif\b(.*))?$/is.exec(text) ?? [];
  const selectors = before.trim() === '' ? undefined : selectorsOf(filter, before, names);
  const isSpace = (name: string): boolean => names.isSpace(name);
  if (after !== undefined) {
    if (selectors === undefined && before.trim() !== '') throw new RequestError(help(filter, before.trim(), names));
    return { ...(selectors === undefined ? {} : { selectors }), expression: parseExpression(after, isSpace) };
  }
  if (selectors !== undefined) return { selectors };
  try {
    return { expression: parseExpression(text, isSpace) };
  } catch (error) {
    const hint = SELECTORS[filter] === undefined ? '' : ` ${help(filter, text.trim(), names)}`;
    throw new RequestError(`${error instanceof Error ? error.message : String(error)}.${hint}`);
  }
}

function help(filter: string, text: string, { filters }: ConditionNames): string {
  const known = filters.find(({ id }) => id === filter)?.condition ?? 'an expression';
  return `"${text}" names nothing here. Write: ${known}.`;
}

/** Whether the numbers of a hit are among those asked for; the expression is another matter. */
export function selects({ selectors }: ExceptionCondition, hit: ExceptionHit): boolean {
  if (selectors === undefined) return true;
  const number = hit.vector ?? hit.interrupt ?? hit.address ?? -1;
  const detail = hit.vector === undefined ? hit.service : hit.error;
  return selectors.some(
    (one) => number >= one.number[0] && number <= one.number[1] && (one.detail === undefined || one.detail === detail),
  );
}
