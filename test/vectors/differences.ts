/**
 * Where a CPU model ends a vector differently from the chip that the vector was taken from, and why that is right.
 * An entry that no failing vector of a whole suite needs is an error: it is to be removed.
 */
import type { CpuModelId } from '../../emulator/cpu/x86/models';
import type { Vector } from './format';

export interface Difference {
  /** The model that is run, and the one that the suite was taken from. */
  readonly model: CpuModelId;
  readonly suite: CpuModelId;
  /** Forms by name. */
  readonly forms: RegExp;
  readonly when: (vector: Vector) => boolean;
  readonly reason: string;
}

const hasException =
  (number: number) =>
  (vector: Vector): boolean =>
    vector.exception?.number === number;
/** Hex bytes of the prefixes of a 286, LOCK (F0h, F1h) aside. */
const PREFIXES = '(?:26|2e|36|3e|f2|f3)*';
const hasLock = ({ bytes }: Vector): boolean => new RegExp(`^${PREFIXES}f[01]`).test(bytes);
/** Bytes of the instruction without the HLT behind it. */
const lengthOf = ({ bytes }: Vector): number => bytes.length / 2 - 1;
const ANY = /./;
const REAL_386 = { model: '80386', suite: '80286' } as const;

/** Manual: Intel 80386 Programmer's Reference Manual (1986). */
const DIFFERENCES: readonly Difference[] = [
  {
    ...REAL_386,
    forms: ANY,
    when: hasLock,
    reason: 'A 386 allows LOCK before few instructions only, else #UD (manual, 14.7 item 7); F1h is INT1, no LOCK.',
  },
  {
    ...REAL_386,
    forms: ANY,
    when: (vector) => hasException(13)(vector) && lengthOf(vector) > 10,
    reason: 'An instruction may have 15 bytes, not 10 (manual, 14.7 item 3).',
  },
  {
    ...REAL_386,
    forms: /^(6D|6F|A5|A7|AB|AD|AF)$/,
    when: hasException(13),
    reason: 'A faulting string instruction leaves its registers as they were (manual, 9.1: faults are restartable).',
  },
  {
    ...REAL_386,
    forms: ANY,
    when: (vector) => hasException(13)(vector) && /bp|push|pop|ret|call|enter|leave|ss:|int/.test(vector.name),
    reason: 'An access beyond the stack segment is interrupt 12, not 13 (manual, 14.6).',
  },
  {
    ...REAL_386,
    forms: /^8[CE]$/,
    when: hasException(6),
    reason: 'FS and GS exist (manual, 2.3.2).',
  },
  {
    ...REAL_386,
    forms: /^D4$/,
    when: hasException(0),
    reason: 'The flags that AAM leaves when it faults are undefined (manual, AAM).',
  },
];

export const differencesOf = (model: CpuModelId, suite: CpuModelId): readonly Difference[] =>
  DIFFERENCES.filter((row) => row.model === model && row.suite === suite);
