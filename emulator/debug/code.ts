/** Code and frames of the built-in x86 machine, for the seam. */
import type { Instruction } from '../cpu/x86/decode';
import { directTarget } from '../cpu/x86/direct-target';
import { EXCEPTIONS } from '../cpu/x86/fault';
import { CALL_KIND } from '../cpu/x86/interrupts';
import * as R from '../cpu/x86/registers';
import { peekDescriptor } from '../cpu/x86/segments';
import type { Machine } from '../system/machine';
import type { Awaitable, CodeCapability, DecodedInstruction, Frame, FramesCapability } from './target';

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');

/** The highest address that real mode reaches: FFFF:FFFF. */
const REAL_MODE_TOP = 0x10_ffef;

export class X86Code implements CodeCapability, FramesCapability {
  constructor(private readonly machine: Machine) {}

  private get cpu() {
    return this.machine.processor.cpu;
  }

  mode(): { readonly bits: number; readonly title: string } {
    const { core } = this.cpu;
    const kind = core.virtual8086 ? 'virtual 8086' : core.protectedMode ? 'protected' : 'real';
    return { bits: core.codeSize, title: `${core.codeSize}-bit ${kind}` };
  }

  pc(): bigint {
    return BigInt(this.cpu.core.pc);
  }

  decode(address: bigint, count: number): readonly DecodedInstruction[] {
    const { cpu } = this;
    const result: DecodedInstruction[] = [];
    let linear = Number(BigInt.asUintN(32, address));
    for (let i = 0; i < count; i++) {
      const physical = cpu.core.space.physical(linear);
      if (physical === undefined || !cpu.core.memory.isMemory(physical)) break;
      const { base, inside } = this.place(linear);
      const offset = (linear - base) >>> 0;
      const decoded = inside ? cpu.decodeAt(offset) : cpu.decodeElsewhere(linear, offset);
      const length = decoded.ok ? decoded.instruction.length : 1;
      const bytes = cpu.core.space.peekBytes(linear, length);
      const common = { address: BigInt(linear), length, bytes, addressText: this.text(linear) };
      if (!decoded.ok) result.push({ ...common, flow: 'invalid' });
      else {
        const { flow } = decoded.instruction.row;
        const target = this.target(decoded.instruction, base);
        const text = this.ownText(decoded.instruction, linear);
        result.push({
          ...common,
          flow,
          ...(target === undefined ? {} : { target }),
          ...(text === undefined ? {} : { text }),
        });
      }
      linear = (linear + length) >>> 0;
    }
    return result;
  }

  /** A firmware trap has no text in any manual. */
  private ownText({ row, operands }: Instruction, linear: number): string | undefined {
    const { board } = this.machine;
    const physical = this.cpu.core.space.physical(linear);
    if (row.mnemonic !== 'FIRMWARE' || physical === undefined || !board.isFirmware(physical)) return undefined;
    const [operand] = operands;
    return operand?.kind === 'immediate' ? `firmware ${board.trapName(operand.value)}` : undefined;
  }

  /** Where a jump or call leads whose operand says so, as a code address. */
  private target(instruction: Instruction, base: number): bigint | undefined {
    const target = directTarget(instruction);
    if (target === undefined) return undefined;
    if (target.kind === 'near') return BigInt((base + target.offset) >>> 0);
    try {
      return this.resolve(BigInt(target.selector), BigInt(target.offset));
    } catch {
      // A selector that names nothing: there is no address to show.
      return undefined;
    }
  }

  /** `0000:7C00` seen through CS where the address lies in its segment, else linear. */
  private text(linear: number): string {
    const { base, selector } = this.place(linear);
    if (selector === undefined) return hex(linear, 8);
    const wide = this.cpu.core.codeSize === 32;
    return `${hex(selector, 4)}:${hex(linear - base, wide ? 8 : 4)}`;
  }

  /**
   * The segment through which an address is shown and decoded: CS where it lies inside, else the real-mode segment that
   * a far pointer to it is likely to have, else none.
   */
  private place(linear: number): { readonly base: number; readonly selector?: number; readonly inside: boolean } {
    const { core } = this.cpu;
    const base = core.seg(R.CS, R.SEG_BASE);
    if ((linear - base) >>> 0 <= core.seg(R.CS, R.SEG_LIMIT)) {
      return { base, selector: core.seg(R.CS, R.SEG_SELECTOR), inside: true };
    }
    if (core.protectedMode || linear > REAL_MODE_TOP) return { base: 0, inside: false };
    const selector = linear < 0x1_0000 ? 0 : Math.min(0xffff, (linear >>> 4) & 0xf000);
    return { base: selector * 16, selector, inside: false };
  }

  format(address: bigint): string {
    return this.text(Number(BigInt.asUintN(32, address)));
  }

  resolve(segment: bigint, offset: bigint): bigint {
    const { core } = this.cpu;
    const selector = Number(segment & 0xffffn);
    let base = selector * 16;
    if (core.usesDescriptors) {
      const descriptor = peekDescriptor(core, selector);
      if (descriptor === undefined)
        throw new Error(`Selector ${hex(selector, 4)}h is outside of its descriptor table.`);
      base = descriptor.base;
    }
    return BigInt.asUintN(32, BigInt(base) + offset);
  }

  /** The frames, innermost first: the present place, then where each call returns to. */
  read(start: number, limit: number): Awaitable<{ readonly frames: readonly Frame[]; readonly total: number }> {
    const { calls, core } = this.cpu;
    const { depth } = calls;
    const frames: Frame[] = [];
    const end = Math.min(depth + 1, start + limit);
    for (let n = start; n < end; n++) {
      // Frame n was made by entry depth-1-n; its place is where the entry above it returns to, or the present one.
      const inner = n === 0 ? undefined : calls.entry(depth - n);
      const made = n === depth ? undefined : calls.entry(depth - 1 - n);
      const pc = inner === undefined ? core.pc : inner.returnTo;
      const frame = {
        pc: BigInt(pc),
        pcText: this.text(pc),
        kind: made === undefined ? ('entry' as const) : kindOf(made.kind),
        routine: BigInt(made?.target ?? pc),
        sp: BigInt(made?.sp ?? 0),
        position: made?.position ?? 0,
      };
      const label = made === undefined ? undefined : labelOf(made.kind);
      frames.push(label === undefined ? frame : { ...frame, label });
    }
    return { frames, total: depth + 1 };
  }
}

function kindOf(kind: number): Frame['kind'] {
  switch (kind & 0xff) {
    case CALL_KIND.SOFTWARE:
      return 'software-interrupt';
    case CALL_KIND.EXTERNAL:
      return 'interrupt';
    case CALL_KIND.EXCEPTION:
      return 'exception';
    default:
      return 'call';
  }
}

function labelOf(kind: number): string | undefined {
  const vector = (kind >>> 8) & 0xff;
  switch (kindOf(kind)) {
    case 'software-interrupt':
      return `INT ${hex(vector, 2)}h`;
    case 'interrupt':
      return `interrupt ${hex(vector, 2)}h`;
    case 'exception':
      return EXCEPTIONS.find((row) => row.vector === vector)?.mnemonic ?? `exception ${hex(vector, 2)}h`;
    default:
      return undefined;
  }
}
