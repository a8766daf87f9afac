/** INT 15h AH=89h, switch to protected mode. Source: IBM PC AT Technical Reference, BIOS listing, SYSTEM_SERVICES. */
import { type Guest, farText, hex2, linear } from './guest';
import { ROM_BASE, ROM_BYTES } from './layout';
import { calledName } from './service-names';
import type { SystemServices } from './system';

/** Places of the descriptors in the caller's table, which are their selectors, too. */
export const PROTECTED = { gdt: 0x08, idt: 0x10, ds: 0x18, es: 0x20, ss: 0x28, cs: 0x30, bios: 0x38 } as const;

/** Access byte: present, code, readable, accessed. */
const CODE = 0x9b;
const PIC_MASTER = 0x20;
const PIC_SLAVE = 0xa0;
const ICW1 = 0x11;
const ICW4 = 0x01;
/** Every interrupt masked, but on the master the slave's line. */
const MASTER_MASK = 0xfb;
const SLAVE_MASK = 0xff;

export class ProtectedMode {
  constructor(
    private readonly guest: Guest,
    private readonly system: SystemServices,
  ) {}

  /** Helper trap: what is to be done in real mode. ES:SI is the table, BL and BH the vectors of IRQ 0 and IRQ 8. */
  prepare(): void {
    const { guest } = this;
    this.system.setA20(true);
    const { bl, bh } = guest;
    this.controller(PIC_MASTER, bl, 0x04, MASTER_MASK);
    this.controller(PIC_SLAVE, bh, 0x02, SLAVE_MASK);
    const table = linear(guest.es, guest.si);
    const descriptor = [ROM_BYTES - 1, ROM_BASE & 0xffff, (CODE << 8) | (ROM_BASE >>> 16), 0];
    descriptor.forEach((word, n) => guest.memory.write(table + PROTECTED.bios + n * 2, 2, word));
    const vectors = `IRQ 0 at ${hex2(bl)}, IRQ 8 at ${hex2(bh)}`;
    guest.call(calledName(0x15, guest.ax), `descriptors at ${farText(guest.es, guest.si)}, ${vectors}`, 'ok');
  }

  private controller(port: number, vector: number, cascade: number, mask: number): void {
    const { guest } = this;
    guest.outb(port, ICW1);
    for (const value of [vector, cascade, ICW4, mask]) guest.outb(port + 1, value);
  }
}
