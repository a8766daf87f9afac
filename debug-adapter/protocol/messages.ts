/**
 * Requests and events beyond the Debug Adapter Protocol, between the adapter and the extension. Types only. All bytes
 * are base64, so every transport that carries JSON carries them.
 */

/** Bytes as base64 text. */
export type Base64 = string;

/* -------------------------------------------------------------------------------------------------- subscriptions */

/** `stepback.subscribe`: which events the client wants; what is not named stays as it was. */
export interface SubscribeArguments {
  /** `stepback.frame` events; each shown frame must be told by `stepback.frameShown`. */
  readonly display?: boolean;
  /** `stepback.serial` events; without, serial output comes as `output` events. */
  readonly serial?: boolean;
  /** `stepback.status` events, also while running. */
  readonly status?: boolean;
  /** `stepback.note` events; without, notes come as `output` events. */
  readonly notes?: boolean;
  /** `stepback.sound` events. */
  readonly sound?: boolean;
}

/** An address space of the machine. */
export interface SpaceMessage {
  readonly id: string;
  /** For people: `linear memory`. */
  readonly title: string;
  readonly addressBits: number;
}

export interface SubscribeResponse {
  /** Serial ports that take input. */
  readonly ports: readonly string[];
  /** What can be looked at; the first is where code lies and what expressions mean. */
  readonly spaces: readonly SpaceMessage[];
  /** Addresses are written as `segment:offset`, too. */
  readonly segmented: boolean;
  readonly byteOrder: 'little' | 'big';
  readonly display: boolean;
  readonly sound: boolean;
  readonly devices: boolean;
  readonly reverse: boolean;
}

/* -------------------------------------------------------------------------------------------------- display */

/** A font of a text mode, see DisplayFrame. */
export interface FontMessage {
  readonly cellWidth: 8 | 9;
  readonly cellHeight: number;
  readonly bitmap: Base64;
}

/** Whole rows of pixels, from row `first` on, one byte a pixel. */
export interface RowsMessage {
  readonly first: number;
  readonly pixels: Base64;
}

/** What the screen shows. Fonts and palettes come only when they differ from the ones sent before. */
/** What is seen around the picture: widths in its pixels, which may be fractions, and the colour, RRGGBBh. */
export interface BorderMessage {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly colour: number;
}

export type FrameMessage =
  | {
      readonly kind: 'text';
      readonly columns: number;
      readonly rows: number;
      /** Character code and attribute, alternately. */
      readonly cells: Base64;
      readonly cursor: { readonly cell: number; readonly start: number; readonly end: number };
      readonly blink: boolean;
      readonly underline: number;
      readonly lineGraphics: boolean;
      readonly font?: FontMessage;
      /** 16 colours, 3 bytes each. */
      readonly palette?: Base64;
      /** Absent when it is black. */
      readonly border?: BorderMessage;
    }
  | {
      readonly kind: 'indexed';
      readonly width: number;
      readonly height: number;
      /** Rows that differ from those of the frame sent before; all of them when that had another size. */
      readonly rows: readonly RowsMessage[];
      /** 256 colours, 3 bytes each. */
      readonly palette?: Base64;
      /** In words: `graphics, 320 x 200, 256 colours`. */
      readonly mode: string;
      /** Where the pixels are those of text: its rows. */
      readonly text?: readonly string[];
      /** Absent when it is black. */
      readonly border?: BorderMessage;
    }
  | { readonly kind: 'blank'; readonly width: number; readonly height: number };

/** Event `stepback.frame`: at most two are under way without `stepback.frameShown`; later ones are dropped, not queued. */
export interface FrameEventBody {
  readonly version: number;
  readonly frame: FrameMessage;
}

/** `stepback.frameShown`: the frame of this version is on the screen. */
export interface FrameShownArguments {
  readonly version: number;
}

/** `stepback.screenText`: the text on the screen, a string a row; none in graphics modes. */
export interface ScreenTextResponse {
  readonly rows: readonly string[];
  /** What is shown, in words: `graphics, 320 x 200, 256 colours`. */
  readonly mode: string;
}

/* -------------------------------------------------------------------------------------------------- sound */

/** Event `stepback.sound`: what the speaker sounds like, while it changes only. */
export interface SoundEventBody {
  readonly changes: readonly {
    /** Virtual time, nanoseconds. */
    readonly time: number;
    /** From then on: a square wave of so many hertz, 0 for silence. */
    readonly hertz: number;
  }[];
}

/* -------------------------------------------------------------------------------------------------- characters and keys */

/** Event `stepback.serial`: bytes that the guest sent. */
export interface SerialEventBody {
  /** `com1`, `debugcon`, ... */
  readonly channel: string;
  readonly data: Base64;
}

/** `stepback.serialInput`: bytes for the guest. */
export interface SerialInputArguments {
  readonly port: string;
  readonly data: Base64;
}

/** `stepback.key`: a key by its DOM `KeyboardEvent.code` name. */
export interface KeyArguments {
  readonly code: string;
  readonly pressed: boolean;
}

/** `stepback.mouse`: what the pointer did. */
export interface MouseArguments {
  /** Counts to the right, and down. */
  readonly dx: number;
  readonly dy: number;
  /** Notches of the wheel towards the user. */
  readonly wheel?: number;
  /** Buttons that are held: 1 left, 2 right, 4 middle, 8 fourth, 16 fifth. */
  readonly buttons?: number;
}

/** `stepback.typeText`: text typed at the pace of the guest. */
export interface TypeTextArguments {
  readonly text: string;
}

/* -------------------------------------------------------------------------------------------------- machine view */

export interface ChipFieldMessage {
  readonly name: string;
  readonly lsb: number;
  readonly width: number;
  readonly value: number;
  readonly meaning?: string;
  readonly doc?: string;
}

export interface ChipRegisterMessage {
  readonly name: string;
  readonly width: number;
  readonly value: number;
  readonly doc: string;
  readonly writable: boolean;
  readonly fields: readonly ChipFieldMessage[];
}

export interface ChipMessage {
  readonly id: string;
  readonly model: string;
  readonly registers: readonly ChipRegisterMessage[];
  readonly notes: readonly string[];
}

/** `stepback.machine`: every chip of the board. */
export interface MachineResponse {
  readonly machine: string;
  readonly cpu: string;
  readonly chips: readonly ChipMessage[];
}

/** `stepback.writeChip`: sets a register of a chip, or with `field` one bit field of it. */
export interface WriteChipArguments {
  readonly chip: string;
  readonly register: string;
  readonly field?: string;
  readonly value: number;
}

/* -------------------------------------------------------------------------------------------------- media */

export interface DriveMessage {
  /** `floppy0` */
  readonly id: string;
  /** For people: `floppy drive A`. */
  readonly title: string;
  /** What is in it; absent where it is empty. */
  readonly medium?: {
    /** The path of its image. */
    readonly name: string;
    /** For people: `1.44 MB 3.5"`. */
    readonly format: string;
    /** The guest has written to it; its image file is never written. */
    readonly written: boolean;
  };
}

/** `stepback.media`: the drives whose media can be exchanged. */
export interface MediaResponse {
  readonly drives: readonly DriveMessage[];
}

/**
 * `stepback.changeMedium`: takes the medium out of a drive and puts another in; answers as `stepback.media`. It is an input: in the past it forks the
 * timeline. Refused where the image can't be used; the medium stays then.
 */
export interface ChangeMediumArguments {
  readonly drive: string;
  /** Path of an image; without it the drive stays empty. */
  readonly image?: string;
}

/* -------------------------------------------------------------------------------------------------- memory view */

/** `stepback.memory`: bytes for a view, whatever of the range can be read. */
export interface MemoryArguments {
  /** `0x7C00` in the code's space, `io:0x60` in another. */
  readonly memoryReference: string;
  readonly count: number;
}

export interface MemoryResponse {
  /** By rising offset from the reference; what lies between them can't be read. */
  readonly pieces: readonly { readonly offset: number; readonly data: Base64 }[];
}

/** `stepback.locate`: where an expression leads, such as `SS:SP`, `label+4`, `word[es:di]`, `port 60h`. */
export interface LocateArguments {
  readonly expression: string;
  /** Where a plain number lies; unless told where code lies. */
  readonly space?: string;
}

export interface LocateResponse {
  readonly space: string;
  /** `0x7C00` */
  readonly address: string;
  /** As the architecture writes it: `0000:7C00`. */
  readonly text: string;
  /** The segment that the expression names, and the address of its offset 0. */
  readonly segment?: { readonly selector: string; readonly base: string };
  /** The symbol there: `start+0x2`. */
  readonly name?: string;
  /** What answers there: `ROM`, `com1`. */
  readonly region?: string;
}

/* -------------------------------------------------------------------------------------------------- status, notes, timeline */

/** Event `stepback.status`. */
export interface StatusEventBody {
  readonly running: boolean;
  /** The program counter as the architecture writes it: `0000:7C00`. */
  readonly pc: string;
  /** `16-bit real`. */
  readonly mode: string;
  /** Position in time: instructions since the start. */
  readonly count: number;
  /** Virtual time in nanoseconds. */
  readonly time: number;
  /** The guest listens to its mouse. */
  readonly pointing: boolean;
}

/** Event `stepback.note`. */
export interface NoteEventBody {
  readonly category: 'firmware' | 'unmodelled' | 'timeline' | 'guest' | 'warning';
  readonly text: string;
  readonly pc: string;
  readonly count: number;
}

/** `stepback.timeline`: the recorded time that can be gone to. */
export interface TimelineResponse {
  readonly first: number;
  readonly last: number;
  readonly position: number;
  /** Virtual time at `position` in nanoseconds. */
  readonly time: number;
  /** What the recorded past takes, bytes. */
  readonly bytes: number;
}

/** `stepback.seek`: goes to a position in time; a `stopped` event follows. */
export interface SeekArguments {
  readonly position: number;
}

/**
 * `stepback.whoWrote`: goes back to before the last access to what an expression names, such as `byte[0x7e00]` or
 * `es:di`; a `stopped` event follows. Nothing else stops it on the way.
 */
export interface WhoWroteArguments {
  readonly expression: string;
  /** Bytes from there on; unless told as many as the expression has, 1 for an address. */
  readonly bytes?: number;
  /** Unless told `write`. */
  readonly access?: 'read' | 'write' | 'readWrite';
}

export interface WhoWroteResponse {
  /** What is being looked for, as a sentence. */
  readonly text: string;
}

/** `stepback.report`: what a problem report should hold; no guest memory, no paths. */
export interface ReportResponse {
  readonly architecture: string;
  readonly cpu: string;
  readonly machine: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly position: number;
  readonly digest: string;
  readonly stop: string;
  /** The latest notes and warnings, oldest first. */
  readonly notes: readonly string[];
}

/** Event `stepback.problems`: what the build of the image said; replaces what was told before. */
export interface ProblemsEventBody {
  readonly problems: readonly {
    readonly file: string;
    /** From 1; 0 where it is about the whole file. */
    readonly line: number;
    readonly severity: 'error' | 'warning';
    readonly message: string;
  }[];
}

/** `stepback.gdb`: how GDB attaches to this machine. */
export interface GdbResponse {
  /** To paste into a terminal; absent where no port is open. */
  readonly command?: string;
}

/* -------------------------------------------------------------------------------------------------- all together */

/** Answers of the custom requests by command. */
export interface CustomResponses {
  readonly 'stepback.subscribe': SubscribeResponse;
  readonly 'stepback.frameShown': undefined;
  readonly 'stepback.screenText': ScreenTextResponse;
  readonly 'stepback.serialInput': undefined;
  readonly 'stepback.key': undefined;
  readonly 'stepback.mouse': undefined;
  readonly 'stepback.typeText': undefined;
  readonly 'stepback.machine': MachineResponse;
  readonly 'stepback.writeChip': undefined;
  readonly 'stepback.media': MediaResponse;
  readonly 'stepback.changeMedium': MediaResponse;
  readonly 'stepback.stepBackInto': undefined;
  readonly 'stepback.timeline': TimelineResponse;
  readonly 'stepback.seek': undefined;
  readonly 'stepback.report': ReportResponse;
  readonly 'stepback.whoWrote': WhoWroteResponse;
  readonly 'stepback.gdb': GdbResponse;
  readonly 'stepback.memory': MemoryResponse;
  readonly 'stepback.locate': LocateResponse;
}

/** Arguments of the custom requests by command. */
export interface CustomArguments {
  readonly 'stepback.subscribe': SubscribeArguments;
  readonly 'stepback.frameShown': FrameShownArguments;
  readonly 'stepback.screenText': undefined;
  readonly 'stepback.serialInput': SerialInputArguments;
  readonly 'stepback.key': KeyArguments;
  readonly 'stepback.mouse': MouseArguments;
  readonly 'stepback.typeText': TypeTextArguments;
  readonly 'stepback.machine': undefined;
  readonly 'stepback.writeChip': WriteChipArguments;
  readonly 'stepback.media': undefined;
  readonly 'stepback.changeMedium': ChangeMediumArguments;
  readonly 'stepback.stepBackInto': {
    readonly threadId: number;
    readonly granularity?: 'statement' | 'line' | 'instruction';
  };
  readonly 'stepback.timeline': undefined;
  readonly 'stepback.seek': SeekArguments;
  readonly 'stepback.report': undefined;
  readonly 'stepback.whoWrote': WhoWroteArguments;
  readonly 'stepback.gdb': undefined;
  readonly 'stepback.memory': MemoryArguments;
  readonly 'stepback.locate': LocateArguments;
}

/** Bodies of the custom events by name. */
export interface CustomEvents {
  readonly 'stepback.frame': FrameEventBody;
  readonly 'stepback.sound': SoundEventBody;
  readonly 'stepback.serial': SerialEventBody;
  readonly 'stepback.status': StatusEventBody;
  readonly 'stepback.note': NoteEventBody;
  readonly 'stepback.problems': ProblemsEventBody;
}
