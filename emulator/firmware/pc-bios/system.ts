/**
 * INT 15h, system services. Sources: IBM PS/2 and PC BIOS Interface Technical Reference, INT 15h; ACPI 6.4 section 15.1
 * (E820h); A20 functions 24xxh as on IBM PS/2 systems.
 */
import { ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, hex4, linear } from './guest';
import type { TimeOfDay } from './clock';
import type { MemoryMap } from './memory-map';
import type { PointingDevice } from './pointing';
import { calledName } from './service-names';

/** System control port A: bit 1 frees A20. Bit 0 would reset the CPU. */
const PORT_92 = 0x92;
const A20 = 0x02;
const FAST_RESET = 0x01;
/** 8042: the command that takes its own hand from A20. */
const KBC_COMMAND = 0x64;
const KBC_A20_OFF = 0xdd;
const A20_LINE = 1 << 20;
/** 'SMAP'. */
const SMAP = 0x534d4150;
const E820_BYTES = 20;
const MAX_MOVE_WORDS = 0x8000;
/** Offsets of the descriptors in the table of AH=87h. */
const MOVE_SOURCE = 0x10;
const MOVE_TARGET = 0x18;

/** AH of unsupported functions. */
const UNSUPPORTED = 0x86;
/** Rate of the refresh toggle: counter 1 of the 8254 divides by 18. */
const PIT_HERTZ = 1_193_182;
const REFRESH_DIVISOR = 18;

const flatText = (address: number): string => `${address.toString(16).toUpperCase()}h`;

export class SystemServices {
  constructor(
    private readonly guest: Guest,
    private readonly map: MemoryMap,
    private readonly configurationTable: number,
    private readonly time: TimeOfDay,
    private readonly pointing: PointingDevice,
  ) {}

  /** Helper trap: CX:DX microseconds become periods of the refresh toggle, rounded up. */
  waitPeriods(): void {
    const { guest } = this;
    const microseconds = guest.cx * 0x1_0000 + guest.dx;
    const periods = Math.ceil((microseconds * PIT_HERTZ) / (REFRESH_DIVISOR * 1_000_000));
    guest.cx = Math.floor(periods / 0x1_0000);
    guest.dx = periods & 0xffff;
  }

  /** INT 15h. */
  service(): void {
    const { guest } = this;
    const { ah, ax } = guest;
    // Hooks that INT 09h and others call; nothing to do and nothing to tell.
    if (ah === 0x4f) {
      guest.carry = true;
      return;
    }
    const name = calledName(0x15, ax);
    const done = this.dispatch();
    if (done === undefined) {
      guest.ah = UNSUPPORTED;
      guest.carry = true;
      guest.call(name, `AX=${hex4(ax)}`, 'not supported');
    } else {
      guest.call(name, done[0], done[1]);
    }
  }

  private dispatch(): readonly [inputs: string, results: string] | undefined {
    const { guest, map } = this;
    switch (guest.ah) {
      case 0x24:
        return this.a20();
      case 0x83:
        return this.eventWait();
      case 0x85:
      case 0x90:
      case 0x91: {
        const inputs = `AL=${hex2(guest.al)}`;
        guest.ah = 0;
        guest.carry = false;
        return [inputs, 'a hook for programs; nothing done'];
      }
      case 0x86: {
        // The code around this trap has waited.
        const microseconds = guest.cx * 0x1_0000 + guest.dx;
        guest.carry = false;
        return [`wait ${microseconds} us`, 'done'];
      }
      case 0x87:
        return this.moveBlock();
      case 0x88:
        guest.ax = map.int88Kb;
        guest.carry = false;
        return ['extended memory', `${guest.ax} kB`];
      case 0xc0:
        guest.es = ROM_SEGMENT;
        guest.bx = this.configurationTable;
        guest.ah = 0;
        guest.carry = false;
        return ['configuration table', `at ${farText(guest.es, guest.bx)}`];
      case 0xc1:
        guest.es = map.ebdaSegment;
        guest.carry = false;
        return ['extended BIOS data area', `segment ${hex4(guest.es)}`];
      case 0xc2:
        return this.pointing.service();
      case 0xe8:
        if (guest.al === 0x01) return this.e801();
        if (guest.al === 0x81) return this.e881();
        return guest.al === 0x20 ? this.e820() : undefined;
      default:
        return undefined;
    }
  }

  /** A20 is free while port 92h or the 8042 says so. */
  setA20(on: boolean): void {
    const { guest } = this;
    const port = guest.inb(PORT_92) & ~FAST_RESET;
    guest.outb(PORT_92, on ? port | A20 : port & ~A20);
    if (!on) guest.outb(KBC_COMMAND, KBC_A20_OFF);
  }

  private get a20Free(): boolean {
    return (this.guest.memory.addressMask & A20_LINE) !== 0;
  }

  private a20(): readonly [string, string] | undefined {
    const { guest } = this;
    switch (guest.al) {
      case 0x00:
      case 0x01: {
        const on = guest.al === 1;
        this.setA20(on);
        guest.ah = 0;
        guest.carry = false;
        return [`A20 ${on ? 'on' : 'off'}`, 'ok'];
      }
      case 0x02: {
        const on = this.a20Free;
        guest.ax = on ? 1 : 0;
        guest.carry = false;
        return ['A20?', on ? 'on' : 'off'];
      }
      case 0x03:
        guest.ah = 0;
        // By the keyboard controller and by port 92h.
        guest.bx = 3;
        guest.carry = false;
        return ['A20 support', 'keyboard controller and port 92h'];
      default:
        return undefined;
    }
  }

  /** AH=87h: CX words between two descriptors of the table at ES:SI. */
  private moveBlock(): readonly [string, string] {
    const { guest } = this;
    const table = linear(guest.es, guest.si);
    const base = (descriptor: number) => {
      const low = guest.memory.read(table + descriptor + 2, 4);
      return ((low & 0xff_ffff) | (guest.memory.read(table + descriptor + 7, 1) << 24)) >>> 0;
    };
    const from = base(MOVE_SOURCE);
    const to = base(MOVE_TARGET);
    const inputs = `move ${guest.cx} words ${flatText(from)} -> ${flatText(to)}`;
    if (guest.cx > MAX_MOVE_WORDS) {
      guest.ah = 2;
      guest.carry = true;
      guest.zero = false;
      return [inputs, `error 02h, at most ${MAX_MOVE_WORDS} words`];
    }
    const free = this.a20Free;
    if (!free) this.setA20(true);
    guest.writeBytes(to, guest.readBytes(from, guest.cx * 2));
    if (!free) this.setA20(false);
    guest.ah = 0;
    guest.carry = false;
    guest.zero = true;
    return [inputs, 'ok'];
  }

  private e801(): readonly [string, string] {
    const { guest, map } = this;
    guest.ax = map.below16MbKb;
    guest.bx = map.above16MbBlocks;
    guest.cx = guest.ax;
    guest.dx = guest.bx;
    guest.carry = false;
    return ['memory size', `${guest.ax} kB from 1 MB, ${guest.bx} x 64 kB from 16 MB`];
  }

  /** AX=E881h: as E801h, in registers of 32 bits. */
  private e881(): readonly [string, string] {
    const { guest, map } = this;
    guest.eax = map.below16MbKb;
    guest.ebx = map.above16MbBlocks;
    guest.ecx = guest.eax;
    guest.edx = guest.ebx;
    guest.carry = false;
    return ['memory size', `${guest.eax} kB from 1 MB, ${guest.ebx} x 64 kB from 16 MB`];
  }

  /** AH=83h: bit 7 of the byte at ES:BX is set when CX:DX microseconds have gone by. */
  private eventWait(): readonly [string, string] | undefined {
    const { guest, time } = this;
    if (guest.al > 1) return undefined;
    if (guest.al === 1) {
      time.endWait();
      guest.carry = false;
      return ['end the event wait', 'ok'];
    }
    const microseconds = guest.cx * 0x1_0000 + guest.dx;
    const inputs = `set ${farText(guest.es, guest.bx)} in ${microseconds} us`;
    const begun = time.beginWait(guest.es, guest.bx, microseconds);
    guest.carry = !begun;
    if (!begun) guest.ah = UNSUPPORTED;
    return [inputs, begun ? 'ok' : 'another wait goes on'];
  }

  private e820(): readonly [string, string] {
    const { guest, map } = this;
    const index = guest.ebx;
    const ranges = map.ranges();
    const range = ranges[index];
    const inputs = `memory map, entry ${index} -> ${farText(guest.es, guest.di)}`;
    if (guest.edx !== SMAP || guest.ecx < E820_BYTES || range === undefined) {
      guest.ah = UNSUPPORTED;
      guest.carry = true;
      return [inputs, range === undefined ? 'no such entry' : 'error, EDX is not SMAP or the buffer is too small'];
    }
    const entry = new Uint8Array(E820_BYTES);
    const view = new DataView(entry.buffer);
    view.setBigUint64(0, BigInt(range.base), true);
    view.setBigUint64(8, BigInt(range.length), true);
    view.setUint32(16, range.type, true);
    guest.writeBytes(linear(guest.es, guest.di), entry);
    guest.eax = SMAP;
    guest.ebx = index + 1 < ranges.length ? index + 1 : 0;
    guest.ecx = E820_BYTES;
    guest.carry = false;
    const what = range.type === 1 ? 'usable' : 'reserved';
    return [inputs, `${flatText(range.base)}, ${range.length / 1024} kB, ${what}`];
  }
}
