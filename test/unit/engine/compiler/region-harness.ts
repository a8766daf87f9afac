/** Runs a block of IR by the interpreter and as a compiled region, over the same memory, and tells what differs. */
import { encodeBlock } from '../../../../emulator/engine/bytecode';
import { KIND, VALUE_A } from '../../../../emulator/engine/compiler/flags';
import type { RegionConfig } from '../../../../emulator/engine/compiler/region-scope';
import { buildGraph, type Graph, type GraphOptions } from '../../../../emulator/engine/compiler/graph';
import { Agenda } from '../../../../emulator/engine/compiler/agenda';
import type { FunctionBody } from '../../../../emulator/engine/wasm/module';
import { improveGraph, instantiateRegions, writeRegion } from '../../../../emulator/engine/compiler/module';
import type { IrBlock } from '../../../../emulator/ir/block';
import type { Routine } from '../../../../emulator/ir/routine';
import {
  CODE,
  CPU_BASE,
  FRAMES,
  LEAVES,
  PAGE_SIZE,
  REGION_SLOTS,
  REGISTER_BYTES,
  RUN_CARRY_A,
  RUN_COMPILED,
  RUN_DETAIL,
  RUN_ENTERED,
  RUN_FUEL,
  RUN_KIND,
  RUN_LIMIT,
  TLB,
} from '../../../../emulator/memory/layout';
import { EngineHarness, HARNESS_CONFIG } from '../harness';

/** Registers that compiled code has in locals, each with room for a vector; others; the condition codes. */
export const PROMOTED = Array.from({ length: 8 }, (_, i) => 0x100 + 16 * i);
export const PLAIN = Array.from({ length: 10 }, (_, i) => 0x200 + 16 * i);
export const FLAGS = HARNESS_CONFIG.flags;

const CONFIG: RegionConfig = { ...HARNESS_CONFIG, promoted: PROMOTED, quick: [] };
const HELD = new Set([...PROMOTED, FLAGS.result, FLAGS.carries]);
const SLOT = 1;
const FUEL = 1000;
/** Bytes of guest memory, which lies one to one. */
export const RAM = 0x1_0000;

export interface CompileOptions {
  readonly inPlace?: boolean;
  readonly checksEach?: boolean;
}

export class RegionHarness extends EngineHarness {
  private readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: REGION_SLOTS });
  private region: ((...parameters: number[]) => number) | undefined;
  private compiledWanted = 0;
  /** How the condition codes are kept where the region is entered (engine/leaving). */
  kept: { readonly kind: number; readonly a: number } = { kind: KIND.VALUE, a: VALUE_A };

  private readonly config: RegionConfig;

  constructor(routines: readonly Routine[] = []) {
    super(undefined, undefined, routines);
    this.config = { ...CONFIG, routines };
    // Only what has been written once may be written without asking.
    this.memory.load(0, new Uint8Array(RAM));
    this.grant(() => true);
  }

  /** Lets code access those pages without asking that `may` says, and no others. */
  grant(may: (page: number) => boolean): void {
    this.tlb.flush();
    for (let page = 0; page < RAM; page += PAGE_SIZE) if (may(page)) this.tlb.fillPhysical(0, page);
  }

  /** Makes a block, which begins with `insn` and ends with one for the interpreter, the one that `compare` runs. */
  compile(block: IrBlock, { inPlace = false, checksEach = false }: CompileOptions = {}): void {
    const { bytes, places } = encodeBlock(block);
    this.memory.u8.set(bytes, CODE);
    const options: GraphOptions = { calls: () => true, isPromoted: (offset) => HELD.has(offset), checksEach };
    const pc = block.ops[0]?.immediates[0] ?? 0;
    const graph = buildGraph([{ pc, block, ip: CODE, places: Uint16Array.from(places) }], new Set(), options);
    this.link(improveGraph(graph, options, FLAGS), inPlace);
    this.compiledWanted = block.ops.filter(({ op }) => op === 'insn').length - 1;
  }

  /** Makes a graph the region that is run. */
  link(graph: Graph, inPlace = false): void {
    const place = {
      slot: SLOT,
      context: 1,
      codeBase: 0,
      linkField: 0,
      tlb: CPU_BASE + TLB,
      inPlace,
      asks: false,
      marks: false,
      leaves: LEAVES + 4 * SLOT,
      stamp: 0,
      block: () => undefined,
      entry: () => -1,
    };
    const regions: FunctionBody[] = [];
    const agenda = new Agenda();
    writeRegion(agenda, graph, this.config, place, 'region', 0, (body) => regions.push(body));
    agenda.finish();
    const { table, leaving, helper, routines, planes, bulk } = this;
    const admit = () => 0;
    instantiateRegions(regions, SLOT, this.memory.memory, this.config, {
      table,
      leaving,
      helper,
      admit,
      quick: [],
      routines,
      planes,
      bulk,
    });
    this.region = table.get(SLOT) as (...parameters: number[]) => number;
  }

  /** Enters the region at a label; gives the exit reason. */
  enter(label: number, fuel: number): number {
    if (this.region === undefined) throw new Error('No region is compiled.');
    this.setFuel(fuel);
    const { view } = this.memory;
    return this.region(label, fuel, ...PROMOTED.map((offset) => view.getInt32(CPU_BASE + offset, true)));
  }

  private setFuel(fuel: number): void {
    const { view } = this.memory;
    view.setUint32(CPU_BASE + RUN_FUEL, fuel, true);
    view.setBigInt64(CPU_BASE + RUN_LIMIT, BigInt(fuel), true);
    view.setBigInt64(CPU_BASE + RUN_ENTERED, 0n, true);
    view.setBigInt64(CPU_BASE + RUN_COMPILED, 0n, true);
  }

  /**
   * Runs both from the present state; gives what differs behind them, empty when nothing does. With `ram` guest memory is
   * compared (and set back between them), too. `whole`: compiled code must have executed all instructions.
   */
  compare({ ram = false, whole = true }: { readonly ram?: boolean; readonly whole?: boolean } = {}): readonly string[] {
    const { view, u8 } = this.memory;
    const memoryNow = () => (ram ? u8.slice(FRAMES, FRAMES + RAM) : new Uint8Array());
    const registersNow = () => u8.slice(CPU_BASE, CPU_BASE + REGISTER_BYTES);
    const [registers, memory] = [registersNow(), memoryNow()];
    const after = (run: () => number) => {
      u8.set(registers, CPU_BASE);
      u8.set(memory, FRAMES);
      this.slow.length = 0;
      view.setUint32(CPU_BASE + RUN_KIND, this.kept.kind, true);
      view.setUint32(CPU_BASE + RUN_CARRY_A, this.kept.a, true);
      const reason = run();
      const detail = view.getUint32(CPU_BASE + RUN_DETAIL, true);
      const fuel = view.getUint32(CPU_BASE + RUN_FUEL, true);
      return {
        ends: `${reason} ${detail} ${fuel}`,
        registers: registersNow(),
        memory: memoryNow(),
        slow: JSON.stringify(this.slow),
      };
    };
    const one = after(() => {
      this.setFuel(FUEL);
      this.leaving.settle();
      return this.rerun();
    });
    const other = after(() => this.enter(0, FUEL));
    const differences: string[] = [];
    if (one.ends !== other.ends) differences.push(`exit ${one.ends} and ${other.ends}`);
    if (one.slow !== other.slow) differences.push(`asked for ${one.slow} and ${other.slow}`);
    const bytes = (what: string, a: Uint8Array, b: Uint8Array) => {
      for (let i = 0; i < a.length && differences.length < 8; i++)
        if (a[i] !== b[i])
          differences.push(`${what} ${i.toString(16)}: ${a[i]?.toString(16)} and ${b[i]?.toString(16)}`);
    };
    bytes('register', one.registers, other.registers);
    bytes('memory', one.memory, other.memory);
    const compiled = Number(view.getBigInt64(CPU_BASE + RUN_COMPILED, true));
    if (whole && compiled !== this.compiledWanted) differences.push(`${compiled} of ${this.compiledWanted} compiled`);
    return differences;
  }
}
