/**
 * Firmware traps: the instruction 0Fh FFh ib, undefined on every 8086 to 80386, which the CPU takes as a call of
 * `PcBios.trap(ib)` when it is fetched from the ROM. A trap does bounded work and never waits.
 *
 * Two conventions. A *service* trap is reached by INT (or PUSHF and CALL FAR) with nothing pushed since: the stack holds
 * IP, CS, FLAGS, and the service changes registers and that image of the flags. A *helper* trap serves the code around
 * it and says in AL or AX what it found; it leaves flags alone.
 */
export const TRAPS = {
  /* services, numbered as their interrupts */
  /** A CPU exception that nobody handles; one trap for each vector of those, from 00h. */
  divideError: 0x00,
  invalidOpcode: 0x06,
  video: 0x10,
  equipment: 0x11,
  memorySize: 0x12,
  disk: 0x13,
  serial: 0x14,
  system: 0x15,
  keyboard: 0x16,
  printer: 0x17,
  time: 0x1a,
  floppy: 0x40,

  /* helpers */
  /** POST: interrupt vectors, BIOS data area, CMOS; what is data rather than chips. */
  postData: 0x80,
  /** POST: time of day from the RTC, ports found; after the chips were programmed. */
  postEnd: 0x81,
  /** INT 19h: BX is the place in the boot order; DL becomes the drive, AL 1, or AL 0 at the end of the order. */
  bootDevice: 0x82,
  /** INT 19h: AL 1 when the sector at 0000:7C00 can be booted from drive DL, else 0. */
  bootCheck: 0x83,
  /** INT 18h, reached as a service: says that there is nothing to boot. */
  noBoot: 0x84,
  /** INT 09h: AL is a scan code that was not filtered; AL becomes one of KEY_ACTIONS. */
  key: 0x85,
  /** INT 14h: AL becomes 1 when the port that DX names need not be waited for by the call that AH names. */
  serialReady: 0x86,
  /** INT 15h AH=86h: CX:DX microseconds become periods of the refresh toggle (port 61h bit 4). */
  waitPeriods: 0x87,
  /** INT 16h: AL becomes 1 when a key waits for the call that AH names; drops keys that this call does not give. */
  keyReady: 0x88,
  /** IRQ 8, periodic: one period of the wait that INT 15h AH=83h began is over. */
  waitPeriod: 0x89,
  /** INT 19h: shows the boot menu and AL 1 where one is wanted, else AL 0. */
  bootMenu: 0x8a,
  /** INT 19h: AL is a character typed at the menu; AL becomes 1 and BX the place in the boot order, or AL 0. */
  bootChoice: 0x8b,
  /** INT 15h AH=C2h: what is to be said to the pointing device, for `ps2Talk` in the ROM (rom-ps2.ts). */
  pointingCommand: 0x8c,
  /** AL is what the pointing device answered. */
  pointingAnswer: 0x8d,
  /** The talk with a device is over: AL was the 8042's command byte before it, and becomes what it is to be. */
  talkEnd: 0x8e,
  /** IRQ 12: AL is a byte of the pointing device; AL becomes 1, BX, CX, DX, SI the words for the handler. */
  pointingByte: 0x8f,
  /** INT 16h AH=03h: what is to be said to the keyboard, as `pointingCommand`. */
  typematicCommand: 0x90,
  /** INT 15h AH=89h: A20, interrupt controllers and the firmware's descriptor, before the switch to protected mode. */
  protectedMode: 0x91,
} as const;

/** `video`, `keyReady`; the number in hexadecimal for one that is not used. */
export function trapName(number: number): string {
  const row = Object.entries(TRAPS).find(([, trap]) => trap === number);
  return row?.[0] ?? `${number.toString(16).toUpperCase()}h`;
}

/** Opcode of a trap, before its number. */
export const TRAP_BYTES = [0x0f, 0xff] as const;

/** SI for `ps2Talk`: it is the pointing device (else the keyboard); its interface and interrupt are on, or off, from then on. */
export const TALK = { pointing: 1, on: 2, off: 4 } as const;

/** What INT 09h does after a key, in AL; for `sysRequest`, AH tells pressed (0) from released (1). */
export const KEY_ACTIONS = { none: 0, breakKey: 1, printScreen: 2, reboot: 3, pause: 4, sysRequest: 5 } as const;
