/**
 * The debug seam: the one face that a machine shows to every client (DAP session, GDB stub, command line, tests).
 *
 * A target has registers, memory and execution; everything else is a capability object, and an absent object means
 * "not offered". Results are awaitable: the built-in machine answers at once, one elsewhere (behind a remote stub) may
 * take its time. Addresses and register values are 64-bit (`bigint`); byte order belongs to the target. A position in
 * time is a count (see time/clock), a safe integer.
 */
import type { DisplayFrame } from '../bus/display';
import type { BitField } from '../state/bits';
import type { Input } from '../system/input';
import type { SoundChange } from './speaker';

export type { BitField };

export type Awaitable<T> = T | Promise<T>;

export type ByteOrder = 'little' | 'big';

/** An address space by name: `linear` (what the CPU's instructions use), `physical`, `io`, ... */
export type SpaceId = string;

export interface SpaceDescription {
  readonly id: SpaceId;
  /** For people: `linear memory`, `I/O ports`. */
  readonly title: string;
  /** Width of an address in bits. */
  readonly addressBits: number;
}

/** A half-open range of addresses in the code's space. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/* ---------------------------------------------------------------------------------------------- description */

export interface RegisterDescription {
  /** The manual's name: `EAX`, `CS`, `CR0`. */
  readonly name: string;
  /** Width in bits, 1 to 512. */
  readonly width: number;
  /** Heading under which it is shown: `General`, `Segments`, `Flags`, `Control`, ... */
  readonly group: string;
  readonly role?: 'pc' | 'sp' | 'fp' | 'flags' | 'general' | 'segment' | 'control';
  readonly bits?: readonly BitField[];
  /** Set for a part of another register, such as `AX` of `EAX`; parts are not listed on their own, only evaluated. */
  readonly partOf?: string;
  /** The segment register through which its value is an address by default: `SS` for `ESP`. */
  readonly segment?: string;
  /** DWARF register number (psABI), where it has one. */
  readonly dwarf?: number;
  readonly writable: boolean;
  readonly doc: string;
}

export interface TargetDescription {
  /** Family and model: architecture `x86`, cpu `80386`, machine `pc`. */
  readonly architecture: string;
  readonly cpu: string;
  readonly machine: string;
  readonly byteOrder: ByteOrder;
  /** Width of a code address in bits, for formatting. */
  readonly addressBits: number;
  readonly spaces: readonly SpaceDescription[];
  /** The space of code addresses, breakpoints and DAP memory references. */
  readonly codeSpace: SpaceId;
  readonly registers: readonly RegisterDescription[];
}

/* ---------------------------------------------------------------------------------------------- the three that all have */

export interface RegistersCapability {
  /** Values by name, in the order asked. @throws Error for an unknown name. */
  read(names: readonly string[]): Awaitable<readonly bigint[]>;
  /** A change by the user: an input that replays; in the past it forks the timeline. @throws Error when read-only. */
  write(name: string, value: bigint): Awaitable<void>;
}

/** What answers at a range of addresses of a space. */
export interface MemoryRegion {
  readonly address: bigint;
  readonly length: bigint;
  readonly kind: 'ram' | 'rom' | 'device';
  /** For people: `BIOS ROM`, `vga`, `com1`. */
  readonly name: string;
}

export interface MemoryCapability {
  /** Reads without side effects. `bytes` holds the readable bytes from `address` on, perhaps fewer than asked. */
  read(space: SpaceId, address: bigint, length: number): Awaitable<Uint8Array>;
  /** A change by the user, see RegistersCapability.write. Gives the number of bytes written. */
  write(space: SpaceId, address: bigint, bytes: Uint8Array): Awaitable<number>;
  /** What lies where in a space, by address; nothing of a space whose addresses are translated before something answers. */
  regions?(space: SpaceId): Awaitable<readonly MemoryRegion[] | undefined>;
  /** How an address of the code's space comes to a physical one: the walk of the page tables, a line a step, for people. */
  walk?(address: bigint): Awaitable<readonly string[]>;
}

export type Direction = 'forward' | 'backward';

/** Gives the ranges of the source line that holds `address`, or nothing where there is no line. */
export type LineAt = (address: bigint) => readonly AddressRange[] | undefined;

/** What a run is to reach. A breakpoint or any other reason to stop ends each of them early. */
export type RunGoal =
  | { readonly kind: 'continue'; readonly direction: Direction }
  /**
   * One step. `into` takes one instruction (a REP as one); `over` takes a CALL, INT, REP or LOOP as one; `out` runs
   * until the present frame is left (backward: to just before it was entered). With `lineAt`, whole lines instead.
   * Interrupts from outside that arrive meanwhile run to their end unless `interrupts` is true.
   */
  | {
      readonly kind: 'step';
      readonly direction: Direction;
      readonly mode: 'into' | 'over' | 'out';
      readonly lineAt?: LineAt;
      readonly interrupts?: boolean;
    }
  /** Runs until the instruction at the address is about to be executed. */
  | { readonly kind: 'until'; readonly direction: Direction; readonly address: bigint }
  /** Goes back to the last access to something; nothing else stops it. Stays where it is when there is none. */
  | { readonly kind: 'last-access'; readonly watched: Watched }
  /** Goes to a position in time, whichever way it lies. */
  | { readonly kind: 'seek'; readonly position: number };

export type StopReason =
  | 'entry'
  | 'step'
  | 'breakpoint'
  | 'watchpoint'
  | 'pause'
  | 'goal'
  | 'exception'
  /** The first instruction that can be gone back to. */
  | 'beginning'
  /** Forward along known time: the newest position reached. Only for `seek`. */
  | 'end'
  /** Nothing more will happen: triple fault, HLT with interrupts off, power off, debug exit. */
  | 'dead'
  /** A fault of the emulator itself. */
  | 'internal';

export interface Stop {
  readonly reason: StopReason;
  readonly position: number;
  /** Ids of breakpoints or watchpoints that were hit. */
  readonly hits: readonly number[];
  /** For people: what happened, one sentence; empty for plain steps. */
  readonly text: string;
  /** For `watchpoint`, and at the end of a search for an access: the access. */
  readonly access?: WatchedAccess;
  /** For `exception`: which (an id of ExceptionsCapability.filters). */
  readonly exception?: { readonly id: string; readonly title: string; readonly detail: string };
  /** For `dead`: the exit code that the guest chose, where it did. */
  readonly exitCode?: number;
}

export interface ExecutionCapability {
  readonly running: boolean;
  /** Where in time the machine is, also while it runs. */
  readonly position: number;
  /** The last stop. An answer that belongs to an older stop must be dropped by whoever waits for it. */
  readonly stop: Stop;
  /** Begins to run; the end is told by the `stopped` event. `who` is shown to the other clients. @throws when running. */
  resume(goal: RunGoal, who: string): void;
  /**
   * Asks a run to stop as soon as it can, with reason `pause`. Does nothing when stopped. `who` is told to the other
   * clients where it is not the one who resumed.
   */
  pause(who?: string): void;
  /** Sets the program counter (a user's change). `address` is in the code space. */
  jump(address: bigint): Awaitable<void>;
  /** Back to the first instruction of a fresh machine with the same images; `stopped` with `entry` follows. */
  restart(): Awaitable<void>;
}

/* ---------------------------------------------------------------------------------------------- capabilities */

export interface BreakpointRequest {
  readonly id: number;
  readonly address: bigint;
  /**
   * Asked each time the address is reached, with the target standing there; false runs on. For log points it logs and
   * says false. Works forwards and backwards; must not change the target.
   */
  readonly when?: (direction: Direction) => boolean;
}

export interface BreakpointsCapability {
  /** Replaces the client's whole set. Several clients do not disturb each other. */
  set(client: string, breakpoints: readonly BreakpointRequest[]): Awaitable<void>;
}

/** A range of addresses of a space: memory or I/O ports. */
export interface WatchedRange {
  readonly space: SpaceId;
  readonly address: bigint;
  /** Bytes. */
  readonly length: number;
  /** `access`: reads and writes; `change`: a write that alters the bytes. */
  readonly access: 'read' | 'write' | 'access' | 'change';
}

/** A chip's register or, with `field`, some of its bits: a change of the value is a hit, whoever makes it. */
export interface WatchedChip {
  readonly chip: string;
  readonly register: string;
  readonly field?: { readonly name: string; readonly lsb: number; readonly width: number };
}

export type Watched = WatchedRange | WatchedChip;

/** What an instruction did to something watched. */
export interface WatchedAccess {
  readonly kind: 'read' | 'write';
  /** For people: `word 7E00h`, `port 60h`, `com1.LCR.DLAB`. */
  readonly what: string;
  /** The value before and behind, unsigned: of the whole of what is watched up to 8 bytes, else of the access. */
  readonly before: bigint;
  readonly after: bigint;
  /** Of the two values, bits. */
  readonly width: number;
  /** Who did it: the guest's instruction, the delivery of an interrupt or exception, the firmware, a chip by itself. */
  readonly by: 'instruction' | 'interrupt' | 'firmware' | 'device';
  /**
   * The instruction in the code space: the one that did it, the one before which the interrupt came, or where the caller
   * of the firmware goes on.
   */
  readonly pc: bigint;
  /** The same as the architecture writes it: `0000:7C15`. */
  readonly pcText: string;
}

export type WatchpointRequest = Watched & {
  readonly id: number;
  /** Asked with the target standing behind the access, in both directions; must not change the target. */
  readonly when?: (direction: Direction, access: WatchedAccess) => boolean;
};

/**
 * Forwards a run stops behind the instruction that made the access (behind the iteration of a repeated one), backwards
 * before it; both tell the same. So the other way from there meets the same access again, once.
 */
export interface WatchpointsCapability {
  /** Replaces the client's whole set. @throws Error for what can't be watched */
  set(client: string, watchpoints: readonly WatchpointRequest[]): Awaitable<void>;
}

export interface ExceptionFilter {
  /** `cpu` for all CPU exceptions, `cpu.13`, `triple-fault`, `unmodelled`, `firmware`. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly default: boolean;
  /** What a condition of it may hold, for people; absent where it takes none. */
  readonly condition?: string;
}

/** What a filter met. */
export interface ExceptionHit {
  /** Of a CPU exception, and the error code that goes with it, 0 where it has none. */
  readonly vector?: number;
  readonly error?: number;
  /** Of an unmodelled access: the address or port, and the value. */
  readonly address?: number;
  readonly value?: number;
  /** Of a firmware call: the interrupt, and AH. */
  readonly interrupt?: number;
  readonly service?: number;
}

/** A firmware call that has a name. */
export interface FirmwareName {
  readonly name: string;
  readonly interrupt: number;
  /** AH; absent for an interrupt without functions. */
  readonly service?: number;
}

export interface ExceptionRequest {
  /** An id of `ExceptionsCapability.filters`. */
  readonly id: string;
  /** Asked with the target standing there; false runs on. Must not change the target. */
  readonly when?: (direction: Direction, hit: ExceptionHit) => boolean;
}

export interface ExceptionsCapability {
  readonly filters: readonly ExceptionFilter[];
  /**
   * Stops at these from now on (replaces the client's set); before the handler runs, at the instruction itself.
   * @throws Error for an unknown filter
   */
  set(client: string, requests: readonly ExceptionRequest[]): Awaitable<void>;
  /** Firmware calls by name, for conditions of the filter `firmware`. */
  firmwareNames?(): readonly FirmwareName[];
}

export interface ReverseCapability {
  /** The earliest and the newest position that can be gone to, now. */
  readonly range: { readonly first: number; readonly last: number };
  /** What the recorded past takes, bytes. */
  readonly bytes: number;
}

/** A frame of the call stack, innermost first: calls and interrupts that really happened. */
export interface Frame {
  /** Program counter in the code space: of the next instruction, or the one that control returns to. */
  readonly pc: bigint;
  /** As the architecture writes it: `F000:E05B`. */
  readonly pcText: string;
  /** What made this frame; `entry` for the outermost. */
  readonly kind: 'entry' | 'call' | 'interrupt' | 'exception' | 'software-interrupt';
  /** For interrupts and exceptions: `INT 10h`, `IRQ0`, `#GP`. */
  readonly label?: string;
  /** Address of the called routine in the code space. */
  readonly routine: bigint;
  /** Stack pointer as a linear address when the frame was entered. */
  readonly sp: bigint;
  /** Position in time of the call. */
  readonly position: number;
}

export interface FramesCapability {
  /** At most `limit` frames from `start`, and how many there are. */
  read(start: number, limit: number): Awaitable<{ readonly frames: readonly Frame[]; readonly total: number }>;
}

export type ControlFlow =
  | 'next'
  | 'jump'
  | 'conditional'
  | 'call'
  | 'return'
  | 'interrupt'
  | 'interrupt-return'
  | 'halt'
  | 'invalid';

/** One instruction as our own decoder sees it; its text is a library's work. */
export interface DecodedInstruction {
  readonly address: bigint;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly flow: ControlFlow;
  /** Direct target of a jump or call in the code space. */
  readonly target?: bigint;
  /** As the architecture writes the address: `0000:7C00`. */
  readonly addressText: string;
  /** Its text where it is the machine's own, such as a trap of its firmware, and no manual has it. */
  readonly text?: string;
}

export interface CodeCapability {
  /** The CPU's present mode, which decides how bytes are decoded: `16`, `32`, `64` for x86; shown as `16-bit real`. */
  mode(): Awaitable<{ readonly bits: number; readonly title: string }>;
  /** The program counter as a code address. */
  pc(): Awaitable<bigint>;
  /** `count` instructions from `address` on; fewer at unreadable memory. */
  decode(address: bigint, count: number): Awaitable<readonly DecodedInstruction[]>;
  /** An address as the architecture writes it, seen from the present state: `0000:7C00`. */
  format(address: bigint): Awaitable<string>;
  /** The other way: `seg:off` (numbers) to a code address. */
  resolve(segment: bigint, offset: bigint): Awaitable<bigint>;
}

/** A chip's bit field, as shown. */
export interface FieldView {
  readonly name: string;
  readonly lsb: number;
  readonly width: number;
  readonly value: number;
  readonly meaning?: string;
  readonly doc?: string;
}

export interface ChipRegisterView {
  readonly name: string;
  readonly width: number;
  readonly value: number;
  readonly doc: string;
  readonly writable: boolean;
  readonly fields: readonly FieldView[];
}

export interface ChipView {
  readonly id: string;
  readonly model: string;
  readonly registers: readonly ChipRegisterView[];
  /** In words: what it will do next. */
  readonly notes: readonly string[];
}

export interface DevicesCapability {
  /** Every chip of the board, because the board's registry lists it. Peeks only. */
  read(): Awaitable<readonly ChipView[]>;
  /** A user's change of a chip's register. @throws Error when it can't be changed. */
  write(chip: string, register: string, value: number): Awaitable<void>;
}

export type { DisplayFrame, Input, SoundChange };

export interface DisplayCapability {
  /** The screen, or nothing when it has not changed since the frame that had this version. */
  frame(since: number): Awaitable<{ readonly version: number; readonly frame: DisplayFrame } | undefined>;
  /** The text on the screen, a string a row, trailing blanks removed; empty rows are kept. Empty in graphics modes. */
  text(): Awaitable<readonly string[]>;
  /** What is shown, in words: `graphics, 320 x 200, 256 colours`. */
  mode(): Awaitable<string>;
}

/** A speaker that one tone at a time comes from. */
export interface SoundCapability {
  /** The tone at the present position, hertz; 0 for silence. */
  tone(): Awaitable<number>;
}

export interface InputCapability {
  /** Serial ports that take bytes: `com1` ... */
  readonly ports: readonly string[];
  /** Whether the guest listens to a pointer now. */
  readonly pointing: boolean;
  /** At the present position. In the past it forks the timeline there. @throws Error for an unknown key or port. */
  send(input: Input): Awaitable<void>;
  /** Types text at the pace of the guest: each key becomes an input of its own once the machine can take it. */
  type?(text: string): Awaitable<void>;
}

/** A drive whose medium can be exchanged. */
export interface DriveView {
  /** `floppy0` */
  readonly id: string;
  /** For people: `floppy drive A`. */
  readonly title: string;
  /** What is in it. */
  readonly medium?: {
    /** The path of its image. */
    readonly name: string;
    /** For people: `1.44 MB 3.5"`. */
    readonly format: string;
    /** The guest has written to it; its image file is never written. */
    readonly written: boolean;
  };
}

export interface MediaCapability {
  drives(): Awaitable<readonly DriveView[]>;
  /**
   * Takes the medium out of a drive and puts the one of the image file `path` in; without a path the drive stays empty.
   * An input that replays; in the past it forks the timeline. A disk that comes back has what was written to it.
   * @throws Error for an unknown drive or an image that can't be used, in words for the person; the medium stays then
   */
  exchange(drive: string, path?: string): Awaitable<void>;
}

/* ---------------------------------------------------------------------------------------------- events */

/** A happening worth showing: a firmware call, an unmodelled access, a forked timeline. */
export interface Note {
  readonly category: 'firmware' | 'unmodelled' | 'timeline' | 'guest' | 'warning';
  readonly text: string;
  readonly pc: bigint;
  readonly position: number;
  /** Of a call of the firmware: where the program goes on that made it, in the code space. */
  readonly caller?: bigint;
}

export type TargetEvent =
  | { readonly type: 'resumed'; readonly who: string; readonly goal: RunGoal }
  | { readonly type: 'stopped'; readonly stop: Stop; readonly who: string }
  /** Bytes that the guest sent; each is told once, also when the past is replayed. */
  | { readonly type: 'output'; readonly channel: string; readonly bytes: Uint8Array }
  | { readonly type: 'note'; readonly note: Note }
  /** What the speaker sounds like from these moments on, each told once. */
  | { readonly type: 'sound'; readonly changes: readonly SoundChange[] }
  /** The user changed something while stopped; views must be read again. */
  | { readonly type: 'changed'; readonly what: 'registers' | 'memory' | 'devices' }
  /** Long work (a search backwards): `fraction` 0 to 1, done when it is 1. */
  | { readonly type: 'progress'; readonly title: string; readonly fraction: number };

export interface Disposable {
  dispose(): void;
}

/* ---------------------------------------------------------------------------------------------- the target */

export interface DebugTarget {
  readonly description: TargetDescription;
  readonly registers: RegistersCapability;
  readonly memory: MemoryCapability;
  readonly execution: ExecutionCapability;
  readonly code?: CodeCapability;
  readonly breakpoints?: BreakpointsCapability;
  readonly watchpoints?: WatchpointsCapability;
  readonly exceptions?: ExceptionsCapability;
  readonly reverse?: ReverseCapability;
  readonly frames?: FramesCapability;
  readonly devices?: DevicesCapability;
  readonly display?: DisplayCapability;
  readonly sound?: SoundCapability;
  readonly input?: InputCapability;
  readonly media?: MediaCapability;
  /** Virtual time in ns at the present position. */
  time(): Awaitable<number>;
  /** A digest of the whole machine state, hexadecimal. */
  digest(): Awaitable<string>;
  listen(listener: (event: TargetEvent) => void): Disposable;
}
