/**
 * The BIOS's places in memory. Sources: IBM Personal Computer AT Technical Reference (1502494), BIOS listing; IBM PS/2
 * and PC BIOS Interface Technical Reference, section 3 (data areas).
 */
export const ROM_SEGMENT = 0xf000;
export const ROM_BASE = 0xf_0000;
export const ROM_BYTES = 0x1_0000;

export const BDA = 0x400;

/** BIOS data area: offsets from 0040:0000. */
export const BDA_FIELDS = {
  serialPorts: 0x00,
  parallelPorts: 0x08,
  ebdaSegment: 0x0e,
  equipment: 0x10,
  memoryKb: 0x13,
  shiftFlags: 0x17,
  shiftFlags2: 0x18,
  altNumber: 0x19,
  keyHead: 0x1a,
  keyTail: 0x1c,
  keyBuffer: 0x1e,
  floppyRecalibrate: 0x3e,
  floppyMotor: 0x3f,
  floppyTimeout: 0x40,
  floppyStatus: 0x41,
  floppyController: 0x42,
  videoMode: 0x49,
  columns: 0x4a,
  pageBytes: 0x4c,
  pageStart: 0x4e,
  cursors: 0x50,
  cursorShape: 0x60,
  activePage: 0x62,
  crtcPort: 0x63,
  modeRegister: 0x65,
  paletteRegister: 0x66,
  ticks: 0x6c,
  midnight: 0x70,
  breakFlag: 0x71,
  resumeAddress: 0x67,
  resetFlag: 0x72,
  diskStatus: 0x74,
  diskCount: 0x75,
  parallelTimeouts: 0x78,
  serialTimeouts: 0x7c,
  bufferStart: 0x80,
  bufferEnd: 0x82,
  rowsMinusOne: 0x84,
  characterHeight: 0x85,
  videoControl: 0x87,
  videoSwitches: 0x88,
  videoFlags: 0x89,
  displayCombination: 0x8a,
  floppyMedia: 0x90,
  floppyCylinder: 0x94,
  keyboardMode: 0x96,
  keyboardLeds: 0x97,
  waitFlag: 0x98,
  waitMicroseconds: 0x9c,
  waitActive: 0xa0,
  savePointer: 0xa8,
} as const;

/** The keyboard buffer: 16 words from here, one always free. */
export const KEY_BUFFER = { start: 0x1e, end: 0x3e } as const;

/** Extended BIOS data area: 1 KiB at the top of base memory. */
export const EBDA_KB = 1;
/** Offsets in it of the pointing device's fields (IBM PS/2 and PC BIOS Interface Technical Reference, extended data area). */
export const EBDA_FIELDS = {
  pointingHandler: 0x22,
  pointingFlags1: 0x26,
  pointingFlags2: 0x27,
  pointingData: 0x28,
  /** Our own: a key at the end of POST asks for the boot menu. */
  bootMenu: 0x30,
} as const;
/** Offsets in it: the parameter tables of hard disks 0 and 1, where INT 41h and 46h point. */
export const EBDA_DISK_TABLES = 0x3d;
export const DISK_TABLE_BYTES = 16;

/** Most of conventional memory, KiB. */
export const BASE_MEMORY_KB = 640;

export const BOOT_SECTOR = 0x7c00;
/** The stack of POST and INT 19h, growing down from here, in segment 0. */
export const POST_STACK = 0x7000;

/** Where things lie in the ROM; those from E000h on because software expects them there. */
export const ROM_PLACES = {
  font8x16: 0x1000,
  font8x14: 0x2000,
  font8x8: 0x3000,
  /** Tables and code that nobody looks for at a fixed place. */
  tables: 0x3800,
  code: 0x4000,
  post: 0xe05b,
  nmi: 0xe2c3,
  disk: 0xe3fe,
  diskTable: 0xe401,
  boot: 0xe6f2,
  configuration: 0xe6f5,
  baudRates: 0xe729,
  serial: 0xe739,
  keyboard: 0xe82e,
  keyboardIrq: 0xe987,
  floppy: 0xec59,
  floppyIrq: 0xef57,
  floppyTable: 0xefc7,
  printer: 0xefd2,
  video: 0xf065,
  videoTable: 0xf0a4,
  memorySize: 0xf841,
  equipment: 0xf84d,
  system: 0xf859,
  font8x8Low: 0xfa6e,
  time: 0xfe6e,
  timerIrq: 0xfea5,
  vectors: 0xfef3,
  iret: 0xff53,
  printScreen: 0xff54,
  reset: 0xfff0,
  date: 0xfff5,
  model: 0xfffe,
} as const;

/** INT 05h tells how it went in the byte at 0050:0000. */
export const PRINT_SCREEN_STATUS = 0x500;

/** Model byte FCh, submodel 01h, revision 00h: IBM PC AT, 6 MHz to 8 MHz. */
export const MODEL = { model: 0xfc, submodel: 0x01, revision: 0x00 } as const;
export const ROM_DATE = '11/23/26';
