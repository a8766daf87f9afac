/**
 * The files of a vector suite: single steps taken from real chips, in the JSON form of SingleStepTests. One file an
 * opcode form, `<opcode>[.<reg field>].json.gz`, and `metadata.json` beside them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CpuModelId } from '../../emulator/cpu/x86/models';

type Registers = Readonly<Record<string, number>>;
/** Bytes at a physical address. Later runs of one list win. */
type Run = readonly [address: number, hex: string];

export interface Vector {
  readonly idx: number;
  readonly name: string;
  readonly bytes: string;
  readonly initial: { readonly regs: Registers; readonly ram: readonly Run[] };
  readonly final: { readonly regs: Registers; readonly ram: readonly Run[] };
  readonly exception?: { readonly number: number; readonly flag_address: number };
}

interface FormMetadata {
  readonly 'flags-mask'?: number;
}
interface OpcodeMetadata extends FormMetadata {
  readonly reg?: Readonly<Record<string, FormMetadata>>;
}
export interface Metadata {
  readonly cpu: string;
  readonly opcodes: Readonly<Record<string, OpcodeMetadata>>;
}

const ENDING = '.json.gz';

/** @throws Error when the folder holds no suite. */
export function readMetadata(folder: string): Metadata {
  const file = path.join(folder, 'metadata.json');
  if (!existsSync(file)) throw new Error(`${folder} holds no vectors: metadata.json is missing.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Metadata;
}

/** Forms of a suite, by name: `00`, `F7.6`, ... */
export const formsOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .toSorted();

export const readVectors = (folder: string, form: string): readonly Vector[] =>
  JSON.parse(gunzipSync(readFileSync(path.join(folder, form + ENDING))).toString()) as Vector[];

/** Flag bits that the chip defines after an instruction of a form such as `F7.6`; both flag words are ANDed with it. */
export function flagsMask(metadata: Metadata, form: string): number {
  const [opcode = '', reg] = form.split('.');
  const row = metadata.opcodes[opcode];
  const part = reg === undefined ? row : (row?.reg?.[reg] ?? row);
  return part?.['flags-mask'] ?? 0xffff;
}

/** The model that stands for the chip that a suite was taken from. @throws Error when there is none. */
export function modelOf(metadata: Metadata): CpuModelId {
  const models: Readonly<Record<string, CpuModelId>> = { 86: '8086', 88: '8086', 286: '80286', 386: '80386' };
  const digits = /(\d?86|88)\D*$/.exec(metadata.cpu)?.[1] ?? '';
  const model = models[digits.replace(/^0/, '')];
  if (model === undefined)
    throw new Error(`There is no CPU model for vectors of '${metadata.cpu}'; name one with --model.`);
  return model;
}
