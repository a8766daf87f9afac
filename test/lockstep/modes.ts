/** The modes in which streams run, and the code that enters them from real mode at 1000:0. */

export interface LockstepMode {
  /** Bytes to be put into memory, at physical addresses. */
  readonly setup: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Instructions of the code at 1000:0. */
  readonly setupSteps: number;
  /** Selectors to begin with, in real mode. */
  readonly selectors: Readonly<Record<string, number>>;
  /** Linear base of the code segment, and offset of the streams in it. */
  readonly codeBase: number;
  readonly code: number;
  /** Linear base of all data segments, and the window in them that streams may touch. */
  readonly dataBase: number;
  readonly window: number;
  readonly windowBytes: number;
  /** Where the stack pointer lies. */
  readonly stack: number;
  /** Present where paging is on. */
  readonly paging?: Paging;
}

/** A page table for the first megabyte, and what lies elsewhere. */
interface Paging {
  /** Physical address of the page table, which is its linear one, too. */
  readonly table: number;
  readonly entries: Uint32Array;
  /** Linear address of an instruction that loads CR3 from EAX, and the value. */
  readonly reload: number;
  readonly directory: number;
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));

/** A descriptor of a present segment of level 0, 4 GiB large when `wide`, else 64 KiB. */
function descriptor(base: number, type: number, wide: boolean): Uint8Array {
  const limit = wide ? 0xfffff : 0xffff;
  return Uint8Array.of(
    limit & 0xff,
    (limit >> 8) & 0xff,
    base & 0xff,
    (base >> 8) & 0xff,
    (base >> 16) & 0xff,
    0x90 | type,
    (limit >> 16) | (wide ? 0xc0 : 0),
    base >>> 24,
  );
}

const CODE_TYPE = 0xb;
const DATA_TYPE = 0x3;
const GDT = 0x800;
const GDT_POINTER = 0x10700;

const NOP = '90';

/** LGDT [0700h]; CR0.PE; far jump to 8:<offset>; all data segments from 10h; `last`. Eleven instructions before that. */
function enterProtected(wide: boolean, last = NOP): LockstepMode['setup'] {
  const base = wide ? 0 : 0x1_0000;
  const target = wide ? 0x1_0100 : 0x100;
  const far = wide
    ? `66 EA ${Buffer.from(Uint32Array.of(target).buffer).toString('hex')} 0800`
    : `EA ${Buffer.from(Uint16Array.of(target).buffer).toString('hex')} 0800`;
  return [
    { address: 0x1_0000, bytes: hex(`0F0116 0007  0F20C0  0C01  0F22C0  ${far}`) },
    { address: 0x1_0100, bytes: hex(`B8 1000 ${wide ? '0000' : ''} 8ED8 8EC0 8EE0 8EE8 8ED0 ${last}`) },
    { address: GDT_POINTER, bytes: Uint8Array.of(0x17, 0, GDT & 0xff, GDT >> 8, 0, 0) },
    { address: GDT, bytes: new Uint8Array(8) },
    { address: GDT + 8, bytes: descriptor(base, CODE_TYPE, wide) },
    { address: GDT + 16, bytes: descriptor(wide ? 0 : 0x2_0000, DATA_TYPE, wide) },
  ];
}

const PAGE_BYTES = 4096;
const DIRECTORY = 0x3_0000;
const PAGING: Paging = {
  table: DIRECTORY + PAGE_BYTES,
  // Where they are, but for the pages of the window, which lie the other way round and apart.
  entries: Uint32Array.from(
    { length: 256 },
    (_, page) => ((page === 0x20 ? 0x45 : page === 0x21 ? 0x43 : page) << 12) | 7,
  ),
  reload: 0x1_01f0,
  directory: DIRECTORY,
};

/** Flat, then CR3 from EAX, CR0.PG, a short jump, and NOP: seven instructions more, in place of the NOP. */
function enterPaged(): LockstepMode['setup'] {
  const { table, entries, reload, directory } = PAGING;
  return [
    ...enterProtected(true, `B8 00000300 0F22D8 0F20C0 0D 00000080 0F22C0 EB00 ${NOP}`),
    { address: directory, bytes: new Uint8Array(Uint32Array.of(table | 7).buffer) },
    { address: table, bytes: new Uint8Array(entries.buffer) },
    { address: reload, bytes: hex('0F22D8') },
  ];
}

const REAL = { CS: 0x1000, DS: 0x1000, ES: 0x2000, SS: 0x2000, FS: 0x2000, GS: 0x2000 };

export const MODES = {
  'real mode': {
    setup: [{ address: 0x1_0000, bytes: hex('90') }],
    setupSteps: 1,
    selectors: { ...REAL, DS: 0x2000 },
    codeBase: 0x1_0000,
    code: 0x200,
    dataBase: 0x2_0000,
    window: 0x1000,
    windowBytes: 0x1000,
    stack: 0x1e00,
  },
  '16-bit protected mode': {
    setup: enterProtected(false),
    setupSteps: 12,
    selectors: REAL,
    codeBase: 0x1_0000,
    code: 0x200,
    dataBase: 0x2_0000,
    window: 0x1000,
    windowBytes: 0x1000,
    stack: 0x1e00,
  },
  '32-bit flat mode': {
    setup: enterProtected(true),
    setupSteps: 12,
    selectors: REAL,
    codeBase: 0,
    code: 0x1_0200,
    dataBase: 0,
    window: 0x2_0000,
    windowBytes: 0x1000,
    stack: 0x2_0e00,
  },
  '32-bit flat mode with paging': {
    setup: enterPaged(),
    setupSteps: 18,
    selectors: REAL,
    codeBase: 0,
    code: 0x1_0200,
    dataBase: 0,
    // The middle of what streams touch most is the border of two pages.
    window: 0x2_0800,
    windowBytes: 0x1000,
    stack: 0x2_1600,
    paging: PAGING,
  },
} as const satisfies Record<string, LockstepMode>;

export type ModeId = keyof typeof MODES;
