/** INT 19h and 18h: from where to boot. Source: IBM PC AT Technical Reference, bootstrap loader. */
import { BOOT_SECTOR, ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, hex4 } from './guest';
import type { Video } from './video';

const FIRST_DISK = 0x80;
const SECTOR_BYTES = 512;
const SIGNATURE = 0xaa55;
/** A floppy whose first words are all alike holds no program. */
const WORDS_COMPARED = 10;

export class Boot {
  constructor(
    private readonly guest: Guest,
    private readonly video: Video,
  ) {}

  /** Helper trap: the drive at place BX of the boot order in DL, and AL 1; AL 0 after the last one. */
  device(): void {
    const { guest } = this;
    const kind = guest.host.bootOrder[guest.bx];
    guest.al = kind === undefined ? 0 : 1;
    guest.dl = kind === 'disk' ? FIRST_DISK : 0;
  }

  /** Helper trap: whether the sector that was read from drive DL is a boot sector; AL 1 or 0. */
  check(): void {
    const { guest } = this;
    const drive = guest.dl;
    const signature = guest.memory.read(BOOT_SECTOR + SECTOR_BYTES - 2, 2);
    const bootable = drive >= FIRST_DISK ? signature === SIGNATURE : !this.blank();
    guest.al = bootable ? 1 : 0;
    const missing = signature === SIGNATURE ? '' : `, no boot signature (${hex4(signature)} instead of AA55h)`;
    if (bootable) guest.host.bootEntered();
    guest.call('INT 19h', `drive ${hex2(drive)}`, `${bootable ? 'boots' : 'not bootable'}${missing}`);
  }

  private blank(): boolean {
    const first = this.guest.memory.read(BOOT_SECTOR, 2);
    for (let i = 1; i < WORDS_COMPARED; i++) {
      if (this.guest.memory.read(BOOT_SECTOR + i * 2, 2) !== first) return false;
    }
    return true;
  }

  /** INT 18h: says on the screen that there is nothing to boot; all that follows is waiting. */
  none(): void {
    const { guest } = this;
    const text = 'No bootable device.';
    const byProgram = guest.returnSegment !== ROM_SEGMENT;
    const caller = farText(guest.returnSegment, guest.returnOffset);
    this.video.message(`\r\n${text}\r\n`);
    guest.call('INT 18h', byProgram ? `called before ${caller}` : '', text);
    guest.host.dead(
      byProgram
        ? `A boot program gave up: it called INT 18h before ${caller}.`
        : `${text} The firmware found no boot sector on ${this.describeOrder()}.`,
    );
  }

  private describeOrder(): string {
    const { bootOrder, floppies, disks } = this.guest.host;
    const drives = bootOrder.map((kind) => {
      if (kind === 'disk') return disks.length > 0 ? 'hard disk 80h' : 'hard disk 80h (there is none)';
      return floppies[0]?.medium === undefined ? 'floppy A (empty)' : 'floppy A';
    });
    return drives.length === 0 ? 'any drive: the boot order is empty' : drives.join(' or ');
  }
}
