/** An access to something watched, as it was seen: numbers at once, since many do not stop the run; texts when one does. */
import { firmwareCaller } from './firmware-caller';
import * as R from '../cpu/x86/registers';
import type { Machine } from '../system/machine';
import type { WatchedAccess } from './target';

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');

function numberOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

export class SeenAccess implements WatchedAccess {
  readonly by: WatchedAccess['by'];
  private readonly selector: number;
  private readonly offset: number;
  private readonly linear: number;
  private readonly digits: number;

  /** @param then, now: the bytes before and behind, lowest first */
  constructor(
    private readonly machine: Machine,
    readonly kind: 'read' | 'write',
    readonly what: string,
    private readonly then: Uint8Array,
    private now: Uint8Array,
    /** Of the values, bits. */
    readonly width: number = 8 * now.length,
  ) {
    const { core } = machine.processor.cpu;
    this.by = machine.actor;
    this.selector = core.seg(R.CS, R.SEG_SELECTOR);
    this.offset = core.began ?? core.get(R.EIP);
    this.linear = (core.seg(R.CS, R.SEG_BASE) + this.offset) >>> 0;
    this.digits = core.codeSize === 32 ? 8 : 4;
  }

  /** The same instruction went on writing. */
  wentOn(bytes: Uint8Array): void {
    this.now = bytes;
  }

  get before(): bigint {
    return numberOf(this.then);
  }

  get after(): bigint {
    return numberOf(this.now);
  }

  get pc(): bigint {
    return BigInt(this.caller ?? this.linear);
  }

  get pcText(): string {
    const { caller } = this;
    if (caller === undefined) return `${hex(this.selector, 4)}:${hex(this.offset, this.digits)}`;
    return caller < 0x1_0000 ? `0000:${hex(caller, 4)}` : hex(caller, 8);
  }

  /** Where the program goes on that called the firmware. */
  private get caller(): number | undefined {
    return this.by === 'firmware' ? firmwareCaller(this.machine) : undefined;
  }

  /** A copy that does not change any more, with the machine standing behind the access. */
  settled(): WatchedAccess {
    const { kind, what, before, after, width, by, pc, pcText } = this;
    return { kind, what, before, after, width, by, pc, pcText };
  }
}

/** A sentence: what happened to it, the values, and who did it. */
export function accessText({ kind, what, before, after, width, by, pcText }: WatchedAccess): string {
  const value = (number: bigint): string =>
    `${number
      .toString(16)
      .toUpperCase()
      .padStart(Math.ceil(width / 4), '0')}h`;
  const happened =
    kind === 'read'
      ? `was read: ${value(after)}`
      : before === after
        ? `was written with the value it had: ${value(after)}`
        : `changed from ${value(before)} to ${value(after)}`;
  const who: Readonly<Record<WatchedAccess['by'], string>> = {
    instruction: `by the instruction at ${pcText}`,
    interrupt: `by the delivery of an interrupt or exception before ${pcText}`,
    firmware: `by the firmware, whose caller goes on at ${pcText}`,
    device: `by the chip itself, before ${pcText}`,
  };
  return `${what[0]?.toUpperCase() ?? ''}${what.slice(1)} ${happened}, ${who[by]}.`;
}
