/** INT 19h and 18h: from where to boot. Source: IBM PC AT Technical Reference, bootstrap loader. */
import { BDA_FIELDS, BOOT_SECTOR, EBDA_FIELDS, ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, hex4 } from './guest';
import type { KeyBuffer } from './key-buffer';
import type { Video } from './video';

const FIRST_DISK = 0x80;
const SECTOR_BYTES = 512;
/** F12 and Esc as INT 16h gives them. */
const MENU_KEYS = [0x8600, 0x011b] as const;
const ENTER = 0x0d;
const FIRST_DIGIT = 0x31;
const SIGNATURE = 0xaa55;
/** A floppy whose first words are all alike holds no program. */
const WORDS_COMPARED = 10;

export class Boot {
  constructor(
    private readonly guest: Guest,
    private readonly video: Video,
    private readonly keys: KeyBuffer,
  ) {}

  private get menuRequest(): number {
    return (this.guest.bda16(BDA_FIELDS.ebdaSegment) << 4) + EBDA_FIELDS.bootMenu;
  }

  /** The end of POST: notes whether F12 or Esc was pressed meanwhile. Nobody is waited for. */
  endOfPost(): void {
    const { guest, keys } = this;
    const pressed = guest.host.menuKey() || MENU_KEYS.some((word) => keys.has(word));
    guest.memory.write(this.menuRequest, 1, pressed ? 1 : 0);
  }

  /** Helper trap: the drive at place BX of the boot order in DL, and AL 1; AL 0 after the last one. */
  device(): void {
    const { guest } = this;
    const kind = guest.host.bootOrder[guest.bx];
    guest.al = kind === undefined ? 0 : 1;
    guest.dl = kind === 'disk' ? FIRST_DISK : 0;
  }

  /** Helper trap: the boot menu, where one is wanted by the options or by a key during POST. */
  menu(): void {
    const { guest } = this;
    const { bootMenu, bootOrder } = guest.host;
    const wanted = bootMenu || guest.memory.read(this.menuRequest, 1) !== 0;
    guest.memory.write(this.menuRequest, 1, 0);
    guest.al = wanted ? 1 : 0;
    if (!wanted) return;
    const rows = bootOrder.map((kind, i) => `  ${i + 1}  ${this.describeDrive(kind)}`);
    this.video.message(`Boot from\r\n\r\n${rows.join('\r\n')}\r\n\r\nType a number, or Enter for the first: `);
  }

  /** Helper trap: what was typed at it. */
  choice(): void {
    const { guest } = this;
    const { bootOrder } = guest.host;
    const place = guest.al === ENTER ? 0 : guest.al - FIRST_DIGIT;
    guest.al = bootOrder[place] === undefined ? 0 : 1;
    if (guest.al === 0) return;
    guest.bx = place;
    this.video.message(`${place + 1}\r\n`);
    guest.call('boot menu', `entry ${place + 1}`, this.describeDrive(bootOrder[place] ?? 'floppy'));
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

  private describeDrive(kind: 'floppy' | 'disk'): string {
    const { floppies, disks } = this.guest.host;
    if (kind === 'disk') return disks.length > 0 ? 'hard disk 80h' : 'hard disk 80h (there is none)';
    return floppies[0]?.medium === undefined ? 'floppy A (empty)' : 'floppy A';
  }

  private describeOrder(): string {
    const drives = this.guest.host.bootOrder.map((kind) => this.describeDrive(kind));
    return drives.length === 0 ? 'any drive: the boot order is empty' : drives.join(' or ');
  }
}
