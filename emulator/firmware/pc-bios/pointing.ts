/**
 * INT 15h AH=C2h, the pointing device, and what IRQ 12 does with its bytes. The ROM talks to the device (rom-ps2.ts), as this
 * file tells it; all state is in the extended BIOS data area. Source: IBM PS/2 and PC BIOS Interface Technical Reference,
 * INT 15h AH=C2h and extended BIOS data area, pointing device.
 */
import { BDA_FIELDS, EBDA_FIELDS } from './layout';
import { farText, type Guest, hex2 } from './guest';
import { TALK } from './traps';

/** AH of what went wrong. */
const STATUS = { ok: 0x00, badFunction: 0x01, badInput: 0x02, interfaceError: 0x03, resend: 0x04, noHandler: 0x05 };
const STATUS_TEXT: Readonly<Record<number, string>> = {
  [STATUS.ok]: 'ok',
  [STATUS.badFunction]: 'error 01h, there is no such function',
  [STATUS.badInput]: 'error 02h, there is no such value',
  [STATUS.interfaceError]: 'error 03h, a packet has 1 to 8 bytes',
  [STATUS.resend]: 'error 04h, the device did not answer',
  [STATUS.noHandler]: 'error 05h, no handler was set',
};

/** EBDA flags 1: a command is under way, its answers came, it failed; bits 0-2 count the bytes that lie in the buffer. */
const FLAG1 = { underWay: 0x80, acknowledged: 0x20, failed: 0x10, index: 0x07 } as const;
/** EBDA flags 2: a handler is set; bits 0-2: bytes of a packet, 0 for 8. */
const FLAG2 = { handler: 0x80, size: 0x07 } as const;
const MOST_BYTES = 8;

/** Commands of the device. */
const DEVICE = {
  reset: 0xff,
  disable: 0xf5,
  enable: 0xf4,
  rate: 0xf3,
  id: 0xf2,
  status: 0xe9,
  resolution: 0xe8,
  scaling2: 0xe7,
  scaling1: 0xe6,
} as const;
const RATES = [10, 20, 40, 60, 80, 100, 200] as const;
const RESOLUTIONS = [1, 2, 4, 8] as const;

/** 8042 command byte. */
const COMMAND_BYTE = { irq12: 0x02, keyboardOff: 0x10, auxOff: 0x20 } as const;

/** What a function asks of the device: bytes to send, and how many it answers; nothing to send where it is done at once. */
interface Plan {
  readonly what: string;
  readonly send: readonly number[];
  readonly answers: number;
  readonly status: number;
  /** Of the device's interface from now on; as it was unless told. */
  readonly interface?: 'on' | 'off';
}

const ask = (what: string, send: readonly number[], answers = 0): Plan => ({ what, send, answers, status: STATUS.ok });
const refuse = (what: string, status: number): Plan => ({ what, send: [], answers: 0, status });

export class PointingDevice {
  constructor(private readonly guest: Guest) {}

  private get ebda(): number {
    return this.guest.bda16(BDA_FIELDS.ebdaSegment) << 4;
  }
  private get(field: number): number {
    return this.guest.memory.read(this.ebda + field, 1);
  }
  private set(field: number, value: number): void {
    this.guest.memory.write(this.ebda + field, 1, value & 0xff);
  }

  /** What the call with this AL and BH is. */
  private plan(al: number, bh: number): Plan {
    const hasHandler = (this.get(EBDA_FIELDS.pointingFlags2) & FLAG2.handler) !== 0;
    switch (al) {
      case 0x00:
        if (bh > 1) return refuse('enable or disable', STATUS.badFunction);
        if (bh === 0) return { ...ask('disable', [DEVICE.disable]), interface: 'off' };
        if (!hasHandler) return refuse('enable', STATUS.noHandler);
        return { ...ask('enable', [DEVICE.enable]), interface: 'on' };
      case 0x01:
        return ask('reset', [DEVICE.reset], 2);
      case 0x02: {
        const rate = RATES[bh];
        return rate === undefined
          ? refuse(`sample rate ${bh}`, STATUS.badInput)
          : ask(`${rate} samples a second`, [DEVICE.rate, rate]);
      }
      case 0x03: {
        const counts = RESOLUTIONS[bh];
        return counts === undefined
          ? refuse(`resolution ${bh}`, STATUS.badInput)
          : ask(`${counts} counts a millimetre`, [DEVICE.resolution, bh]);
      }
      case 0x04:
        return ask('type', [DEVICE.id], 1);
      case 0x05:
        return bh < 1 || bh > MOST_BYTES
          ? refuse(`initialize, packets of ${bh} bytes`, STATUS.interfaceError)
          : ask(`initialize, packets of ${bh} bytes`, [DEVICE.reset], 2);
      case 0x06:
        if (bh === 0) return ask('status', [DEVICE.status], 3);
        if (bh > 2) return refuse('status or scaling', STATUS.badFunction);
        return ask(`scaling ${bh}:1`, [bh === 1 ? DEVICE.scaling1 : DEVICE.scaling2]);
      case 0x07: {
        const { es, bx } = this.guest;
        if (es !== 0 || bx !== 0) return ask(`handler ${farText(es, bx)}`, []);
        return hasHandler ? { ...ask('no handler', [DEVICE.disable]), interface: 'off' } : ask('no handler', []);
      }
      default:
        return refuse(`AL=${hex2(al)}`, STATUS.badFunction);
    }
  }

  /** Helper trap: what the ROM is to say to the device for a call, see TALK. */
  command(): void {
    const { guest } = this;
    const { al, bh } = guest;
    const { send, answers, interface: line } = this.plan(al, bh);
    if (al === 0x05 && send.length > 0) this.set(EBDA_FIELDS.pointingFlags2, bh & FLAG2.size);
    this.set(EBDA_FIELDS.pointingFlags1, FLAG1.underWay);
    guest.bl = send[0] ?? 0;
    guest.bh = send[1] ?? 0;
    guest.dl = send.length;
    guest.dh = answers;
    guest.si = TALK.pointing | (line === 'on' ? TALK.on : line === 'off' ? TALK.off : 0);
  }

  /** Helper trap: a byte that the device answered, in AL. */
  answer(): void {
    const flags = this.get(EBDA_FIELDS.pointingFlags1);
    const index = flags & FLAG1.index;
    this.set(EBDA_FIELDS.pointingData + index, this.guest.al);
    this.set(EBDA_FIELDS.pointingFlags1, (flags & ~FLAG1.index) | ((index + 1) & FLAG1.index));
  }

  /** Helper trap: the talk is over, well where BL is 1; AL is the command byte of before and becomes that of now. */
  end(): void {
    const { guest } = this;
    const { si } = guest;
    if ((si & TALK.pointing) !== 0) {
      const flags = this.get(EBDA_FIELDS.pointingFlags1) & FLAG1.index;
      this.set(EBDA_FIELDS.pointingFlags1, flags | (guest.bl === 1 ? FLAG1.acknowledged : FLAG1.failed));
    }
    let command = guest.al & ~COMMAND_BYTE.keyboardOff;
    if ((si & TALK.on) !== 0) command = (command | COMMAND_BYTE.irq12) & ~COMMAND_BYTE.auxOff;
    if ((si & TALK.off) !== 0) command = (command | COMMAND_BYTE.auxOff) & ~COMMAND_BYTE.irq12;
    guest.al = command;
  }

  /** INT 15h AH=C2h, when the device has answered: gives what came in registers. */
  service(): readonly [inputs: string, results: string] {
    const { guest } = this;
    const { al, bh } = guest;
    const plan = this.plan(al, bh);
    const failed = plan.send.length > 0 && (this.get(EBDA_FIELDS.pointingFlags1) & FLAG1.acknowledged) === 0;
    const status = failed ? STATUS.resend : plan.status;
    this.set(EBDA_FIELDS.pointingFlags1, 0);
    guest.ah = status;
    guest.carry = status !== STATUS.ok;
    if (status === STATUS.ok) this.give(al, bh);
    return [plan.what, STATUS_TEXT[status] ?? ''];
  }

  private give(al: number, bh: number): void {
    const { guest } = this;
    const [first, second, third] = [0, 1, 2].map((n) => this.get(EBDA_FIELDS.pointingData + n)) as [
      number,
      number,
      number,
    ];
    switch (al) {
      case 0x01:
      case 0x05:
        guest.bl = first;
        guest.bh = second;
        return;
      case 0x04:
        guest.bh = first;
        return;
      case 0x06:
        if (bh !== 0) return;
        guest.bl = first;
        guest.cl = second;
        guest.dl = third;
        return;
      case 0x07: {
        const { es, bx } = guest;
        guest.memory.write(this.ebda + EBDA_FIELDS.pointingHandler, 4, ((es << 16) | bx) >>> 0);
        const size = this.get(EBDA_FIELDS.pointingFlags2) & FLAG2.size;
        this.set(EBDA_FIELDS.pointingFlags2, size | (es === 0 && bx === 0 ? 0 : FLAG2.handler));
      }
    }
  }

  /**
   * Helper trap of IRQ 12: a byte of the device in AL. AL becomes 1 where it ends a packet that a handler waits for, with
   * the words for it in BX, CX, DX and SI: status, X, Y, Z.
   */
  packetByte(): void {
    const { guest } = this;
    const { al } = guest;
    guest.al = 0;
    const flags2 = this.get(EBDA_FIELDS.pointingFlags2);
    if ((flags2 & FLAG2.handler) === 0) return;
    const size = flags2 & FLAG2.size || MOST_BYTES;
    const flags1 = this.get(EBDA_FIELDS.pointingFlags1);
    // It comes between a call and its command, which ends the packet.
    if ((flags1 & FLAG1.underWay) !== 0) return;
    const index = flags1 & FLAG1.index;
    this.set(EBDA_FIELDS.pointingData + index, al);
    const complete = index + 1 >= size;
    this.set(EBDA_FIELDS.pointingFlags1, (flags1 & ~FLAG1.index) | (complete ? 0 : index + 1));
    if (!complete) return;
    const data = (n: number) => (n < size ? this.get(EBDA_FIELDS.pointingData + n) : 0);
    guest.al = 1;
    guest.bx = data(0);
    guest.cx = data(1);
    guest.dx = data(2);
    guest.si = data(3);
  }
}
