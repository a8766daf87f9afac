/** What the editor knows of the machine without one running: made from the emulator's own tables when the extension is built. */

interface BitReference {
  readonly name: string;
  readonly lsb: number;
  readonly width: number;
  readonly doc?: string;
  readonly values?: Readonly<Record<number, string>>;
}

export interface RegisterReference {
  readonly name: string;
  /** In bits. */
  readonly width: number;
  readonly doc: string;
  readonly partOf?: string;
  readonly bits?: readonly BitReference[];
}

export interface PortReference {
  readonly port: number;
  /** Id and model of the chip that answers there: `com1`, `16550A UART`. */
  readonly chip: string;
  readonly model: string;
  readonly read?: string;
  readonly write?: string;
}

export interface ServiceReference {
  /** `INT 13h AH=02h`. */
  readonly name: string;
  readonly interrupt: number;
  readonly service?: number;
  readonly part?: number;
  /** Programs may ask for it, but the built-in firmware has none of it. */
  readonly isMissing?: boolean;
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Reference {
  readonly registers: readonly RegisterReference[];
  readonly ports: readonly PortReference[];
  readonly services: readonly ServiceReference[];
  /** Exceptions of the CPU: `#GP General protection` by its vector. */
  readonly exceptions: Readonly<Record<number, string>>;
}
