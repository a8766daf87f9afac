/** What a board is to the machine that runs it: chips, memory, wires to the CPU, and what the outside may do to it. */
import type { AddressSpace } from '../bus/address-space';
import type { AnyChip } from '../bus/chip';
import type { DisplayChip } from '../bus/display';
import type { MouseMovement } from '../devices/input/ps2-mouse';
import type { GuestMemory } from '../memory/guest-memory';
import type { RegisterFile } from '../memory/register-file';
import type { BlockSource } from '../storage/block-source';
import type { FloppyDrives } from '../storage/floppy-drives';
import type { ImageDevice } from '../storage/image-device';
import type { Clock } from '../time/clock';
import type { Scheduler } from '../time/scheduler';

/** How hot code is executed: by the interpreter like all other, or compiled. No guest can tell which. */
export const ENGINE_NAMES = ['interpreter', 'compiler'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** How a machine is to be built. Sizes in bytes. */
export interface BoardConfig {
  readonly cpu: string;
  /** `compiler` unless told. */
  readonly engine?: EngineName;
  readonly memoryBytes: number;
  readonly floppies: readonly BlockSource[];
  readonly disks: readonly BlockSource[];
  readonly bootOrder: readonly ('floppy' | 'disk')[];
  /** The firmware asks which drive to boot. */
  readonly bootMenu?: boolean;
  /** What the real-time clock shows at power-on: seconds since 1970. */
  readonly rtcEpochSeconds: number;
}

/** A configuration with what the chosen CPU makes of it. */
export interface BoardPlan extends BoardConfig {
  /** Address lines of the CPU, as a mask of physical addresses. */
  readonly addressLines: number;
}

/** What the CPU offers to the board's firmware. */
export interface BoardCpu {
  readonly registers: RegisterFile;
  /** Loads a data segment register as real mode does. */
  loadSegment(name: string, selector: number): void;
  /** What was called so far will never return. */
  forgetCalls(): void;
}

/** What drives the speaker: a square wave of so many hertz (0: nothing), or one push that a program gives its cone. */
export type SpeakerDrive = { readonly kind: 'tone'; readonly hertz: number } | { readonly kind: 'push' };

/** What a board tells the machine. */
export interface BoardEvents {
  /** A byte left the machine on a channel: `com1`, `debugcon`. */
  output(channel: string, byte: number): void;
  /** The speaker is driven in another way from now on. */
  speaker(drive: SpeakerDrive): void;
  /** The CPU is to be reset behind the present instruction. */
  resetCpu(): void;
  /** The interrupt line to the CPU may have changed. */
  interruptChanged(): void;
  /** The guest ends the machine with an exit code. */
  exit(code: number): void;
  /** Nothing more will happen by itself. */
  dead(reason: string): void;
  firmwareCall(text: () => string, isPoll: boolean): void;
  /** The address lines that the board lets through changed (Board.addressMask). */
  addressMaskChanged(): void;
}

/** What a loader needs of a board whose firmware has done its work. */
export interface BoardHandover {
  /** Linear address at which the firmware, done with its tests, begins to look for something to boot. */
  readonly bootEntry: number;
  /** Memory as the firmware tells it, by address in bytes; type 1 is usable RAM, others are reserved. */
  readonly ranges: readonly { readonly base: number; readonly length: number; readonly type: number }[];
  /** Lets all address lines through. */
  openAddressLines(): void;
}

/** A service of the firmware that programs call by an interrupt. */
export interface FirmwareService {
  readonly interrupt: number;
  readonly address: number;
  /** The call that AX makes: `INT 13h AH=02h`, and the same with what it does, where that is known. */
  called(ax: number): { readonly name: string; readonly text: string };
}

export interface Board {
  readonly id: string;
  readonly title: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly memory: GuestMemory;
  readonly ports: AddressSpace;
  /** Devices in the memory address space. */
  readonly mmio: AddressSpace;
  /** Every chip: saved, digested and shown because it stands here. */
  readonly chips: readonly AnyChip[];
  /** What a chip will do next that it can't say alone, because it does not know where its wires lead; a line each. */
  forecast(chip: AnyChip): readonly string[];
  /** The screen. */
  readonly display: DisplayChip;
  /** The frequency that the timer gives the speaker now, hertz; 0 for none. */
  readonly speakerTone: number;
  /** Floppy drives, whose disks can be exchanged. */
  readonly floppies: FloppyDrives;
  /** Hard disks, which stay where they are. */
  readonly disks: readonly ImageDevice[];
  /** Serial ports that take bytes from outside. */
  readonly serialPorts: readonly string[];
  readonly handover: BoardHandover;
  /** Whether the board's firmware lies at a physical address. */
  isFirmware(physical: number): boolean;
  connect(cpu: BoardCpu, events: BoardEvents): void;
  /** Power on: chips and memory in their first state. */
  powerOn(): void;
  /** The level of the interrupt line to the CPU, and the vector when the CPU takes it. */
  readonly interruptLine: boolean;
  acknowledge(): number;
  /** The address lines that the board lets through: to be ANDed to physical addresses. */
  readonly addressMask: number;
  /** A firmware trap. */
  trap(number: number): void;
  /** What a firmware trap is called. */
  trapName(number: number): string;
  /** Where the firmware's services begin, linear addresses, by interrupt. */
  readonly services: readonly FirmwareService[];
  /** A key by its DOM code. @throws Error for an unknown one. */
  key(code: string, pressed: boolean): void;
  /** Whether the guest has its mouse report movement. */
  readonly pointing: boolean;
  /** What the pointer did. @throws RangeError for what no mouse can do */
  mouse(movement: MouseMovement): void;
  /** Whether the keyboard can take one more typed character now. */
  readonly keyboardIdle: boolean;
  /** A byte for a serial port, which the far end keeps until the port has room. @throws Error for an unknown port. */
  serialIn(port: string, byte: number): void;
  /** Characters that the guest gave to a serial port and that have not left yet. @throws Error for an unknown port. */
  serialUnsent(port: string): readonly number[];
}
