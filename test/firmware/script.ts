/** Scripts for the probe (test/guests/firmware/probe.asm): what it calls, and how its answers are read. */

/** Registers of a call; those that are not told are 0. */
export interface Registers {
  readonly eax?: number;
  readonly ebx?: number;
  readonly ecx?: number;
  readonly edx?: number;
  readonly esi?: number;
  readonly edi?: number;
  readonly ebp?: number;
  readonly ds?: number;
  readonly es?: number;
}

/** What is compared of a call; all unless told. */
export type Result = keyof Registers | 'cf' | 'zf';
const GENERAL = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;
const RESULTS: readonly Result[] = [...GENERAL, 'ds', 'es', 'cf', 'zf'];

/** One step of a case. */
export interface Step {
  readonly bytes: readonly number[];
  /** Lines of the answer to something that can be compared. */
  readonly lines: number;
  readonly read: (lines: readonly string[]) => readonly string[];
}

const word = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff];
const double = (value: number): readonly number[] => [...word(value & 0xffff), ...word(value >>> 16)];
const plain = (lines: readonly string[]): readonly string[] => lines;

/** The flags are compared in every call whose row says so; ZF only where asked for. */
export function call(interrupt: number, registers: Registers, only: readonly Result[] = RESULTS.slice(0, -1)): Step {
  const general = GENERAL.flatMap((name) => double(registers[name] ?? 0));
  return {
    bytes: [1, interrupt, ...general, ...word(registers.ds ?? 0), ...word(registers.es ?? 0)],
    lines: 1,
    read: ([line = '']) => {
      const values = line.split(' ');
      const flags = Number.parseInt(values.at(-1) ?? '', 16);
      const found: Readonly<Record<string, string>> = {
        ...Object.fromEntries(RESULTS.map((name, i) => [name, values[i] ?? ''])),
        cf: String(flags & 1),
        zf: String((flags >> 6) & 1),
      };
      return [only.map((name) => `${name}=${found[name] ?? ''}`).join(' ')];
    },
  };
}

/** Bytes of memory below 1 MiB, as hexadecimal digits. */
export const dump = (address: number, length: number): Step => ({
  bytes: [2, ...double(address), ...word(length)],
  lines: 1,
  read: plain,
});

export const store = (address: number, ...bytes: readonly number[]): Step => ({
  bytes: [3, ...double(address), ...word(bytes.length), ...bytes],
  lines: 0,
  read: plain,
});

export const storeWords = (address: number, ...words: readonly number[]): Step =>
  store(address, ...words.flatMap((value) => word(value)));

export const input = (port: number): Step => ({ bytes: [4, ...word(port)], lines: 1, read: plain });

const VGA_PARTS = ['misc', 'sequencer', 'crtc', 'graphics', 'attribute', 'mask', 'dac'];

/** Every register of the VGA but the DAC's mask, which QEMU has not. */
export const vgaRegisters: Step = {
  bytes: [5],
  lines: VGA_PARTS.length,
  read: (lines) => lines.map((line, i) => `${VGA_PARTS[i] ?? ''} ${line}`).filter((line) => !line.startsWith('mask')),
};

/** Sums of what lies in video memory. */
export const picture: Step = { bytes: [6], lines: 1, read: plain };

/** Lets so many timer ticks go by. */
export const ticks = (count: number): Step => ({ bytes: [7, count], lines: 0, read: plain });

/**
 * INT 15h AH=89h with the vectors BL and BH, and back: selectors and base of the segments behind it, AX, flags, masks of the
 * interrupt controllers and the firmware's descriptor.
 */
export const protectedMode = (bl: number, bh: number): Step => ({ bytes: [8, bl, bh], lines: 2, read: plain });

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /**
   * What the built-in firmware does otherwise, and why: replacements in QEMU's answers, text for text. A row whose text
   * is not there is a mistake.
   */
  readonly differs?: readonly { readonly why: string; readonly qemu: string; readonly ours: string }[];
}

const END = 0;

export function scriptOf(cases: readonly Case[]): Uint8Array {
  return Uint8Array.from([...cases.flatMap(({ steps }) => steps.flatMap(({ bytes }) => bytes)), END]);
}

/**
 * The answers, by case.
 * @throws Error when the probe has not come to the end
 */
export function answersOf(cases: readonly Case[], told: string): readonly (readonly string[])[] {
  const lines = told.split('\n');
  let at = 0;
  const answers = cases.map(({ name, steps }) =>
    steps.flatMap((step) => {
      const own = lines.slice(at, at + step.lines);
      if (own.length < step.lines || own.some((line) => line === '.' || line === '!')) {
        throw new Error(`The probe ended in "${name}", behind ${at} lines: ${lines.slice(-4).join(' / ')}`);
      }
      at += step.lines;
      return step.read(own);
    }),
  );
  if (lines[at] !== '.') throw new Error(`The probe has not ended: ${lines.slice(at, at + 3).join(' / ')}`);
  return answers;
}
