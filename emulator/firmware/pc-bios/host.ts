/** What the firmware needs of the board that it runs on. */
import type { AddressSpace } from '../../bus/address-space';
import type { GuestMemory } from '../../memory/guest-memory';
import type { RegisterFile } from '../../memory/register-file';

/** A medium in a drive: sectors of 512 bytes. Callers keep inside of `sectors`. */
export interface Medium {
  readonly sectors: number;
  readonly readOnly: boolean;
  readonly geometry: { readonly cylinders: number; readonly heads: number; readonly sectorsPerTrack: number };
  read(lba: number, count: number): Uint8Array;
  write(lba: number, bytes: Uint8Array): void;
}

export interface FloppyDrive {
  /** As CMOS byte 10h codes it: 1 360 kB, 2 1.2 MB, 3 720 kB, 4 1.44 MB, 5 2.88 MB. */
  readonly type: number;
  /** What is in it, now. */
  readonly medium: Medium | undefined;
  /** The disk-change line: the disk was taken out or exchanged since the head last stepped with one in the drive. */
  readonly changed: boolean;
  /** The head steps. */
  step(): void;
}

/** A call of the firmware that was done, for people: one line. */
export interface FirmwareCall {
  /** `INT 13h AH=02h`. */
  readonly name: string;
  /** `drive 00h C0 H0 S2, 4 sectors -> 0000:8000`. */
  readonly inputs: string;
  /** `ok`, or what went wrong. */
  readonly results: string;
  /** True for a question that found nothing, such as a look at an empty keyboard buffer: asked over and over. */
  readonly poll: boolean;
}

export interface FirmwareHost {
  /** Rows by the manual's names: EAX, AX, AL, AH, ..., ESP, SP; CS, DS, ES, SS are selectors of 16 bits. */
  readonly registers: RegisterFile;
  /** Loads a segment register as real mode does: the selector, and the base of its hidden part with it. */
  loadSegment(name: 'ES', selector: number): void;
  readonly memory: GuestMemory;
  readonly ports: AddressSpace;
  /** Drives A and B. */
  readonly floppies: readonly FloppyDrive[];
  /** Hard disks 80h and up. */
  readonly disks: readonly Medium[];
  /** End of RAM in bytes: from 0 to 640 KiB at most, and from 1 MiB on. */
  readonly memoryBytes: number;
  readonly bootOrder: readonly ('floppy' | 'disk')[];
  /** INT 19h asks which drive to boot. */
  readonly bootMenu: boolean;
  /** Whether a key that asks for the boot menu is held, or was pressed and has not come out of the keyboard yet. */
  menuKey(): boolean;
  /** Base ports of the UARTs, COM1 first; at most four. */
  readonly serialPorts: readonly number[];
  /** A boot sector is about to be entered: it never returns, so that nothing that was called before is its caller. */
  bootEntered(): void;
  /** Nothing more will happen by itself; `reason` is one sentence. */
  dead(reason: string): void;
  onCall(call: FirmwareCall): void;
}
