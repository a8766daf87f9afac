/** Breakpoints, watchpoints and caught exceptions of all clients, and what the machine is told of them. */
import { EXCEPTIONS } from '../cpu/x86/fault';
import type { Watch } from '../memory/guest-memory';
import { type Machine, ZEROS_EVENT } from '../system/machine';
import type { BreakpointRequest, Direction, ExceptionFilter, WatchpointRequest } from './target';

/** Ids of the filters that are no CPU exceptions. */
const FILTER = {
  UNMODELLED: 'unmodelled',
  FIRMWARE: 'firmware',
  TRIPLE_FAULT: 'triple-fault',
  ZEROS: ZEROS_EVENT,
} as const;

const cpuFilter = (vector: number) => `cpu.${vector}`;

export const EXCEPTION_FILTERS: readonly ExceptionFilter[] = [
  {
    id: FILTER.TRIPLE_FAULT,
    label: 'Triple fault and other dead ends',
    description: 'Always stops: a triple fault, HLT with interrupts off, something that is not emulated.',
    default: true,
  },
  {
    id: FILTER.ZEROS,
    label: 'Code of zeros',
    description: 'Stops where the CPU is about to execute nothing but zeros: most likely nothing was loaded there.',
    default: true,
  },
  ...EXCEPTIONS.map((row) => ({
    id: cpuFilter(row.vector),
    label: `${row.mnemonic} ${row.title}`,
    description: `Exception ${row.vector}: stops at the instruction, before its handler is entered.`,
    default: false,
  })),
  {
    id: FILTER.UNMODELLED,
    label: 'Unmodelled access',
    description: 'Stops behind an instruction that reads or writes a port or an address where no device is.',
    default: false,
  },
  {
    id: FILTER.FIRMWARE,
    label: 'Firmware call',
    description: 'Stops behind each call of the built-in firmware.',
    default: false,
  },
];

/** What was hit, by the ids that clients gave. */
export interface Hits {
  readonly ids: readonly number[];
  readonly text: string;
}

export class Points {
  private readonly breakpoints = new Map<string, readonly BreakpointRequest[]>();
  private readonly watchpoints = new Map<string, readonly WatchpointRequest[]>();
  private readonly exceptions = new Map<string, readonly string[]>();
  private readonly temporary = new Set<number>();
  private byAddress = new Map<number, BreakpointRequest[]>();
  private watched: readonly { readonly watch: Watch; readonly request: WatchpointRequest }[] = [];
  private pendingWatch: { request: WatchpointRequest; text: string }[] = [];

  constructor(private readonly machine: Machine) {
    machine.board.memory.onWatch = (watch, kind, address, size, changed) =>
      this.watchHit(watch, kind, address, size, changed);
  }

  /* ------------------------------------------------------------------------------ breakpoints */

  setBreakpoints(client: string, requests: readonly BreakpointRequest[]): void {
    this.breakpoints.set(client, requests);
    this.byAddress = new Map();
    for (const list of this.breakpoints.values()) {
      for (const request of list) {
        const address = Number(BigInt.asUintN(32, request.address));
        const same = this.byAddress.get(address) ?? [];
        same.push(request);
        this.byAddress.set(address, same);
      }
    }
    this.arm();
  }

  /** Addresses at which a task of the debugger itself wants to stop; replaces the ones before. */
  setTemporary(addresses: readonly number[]): void {
    this.temporary.clear();
    for (const address of addresses) this.temporary.add(address >>> 0);
    this.arm();
  }

  private arm(): void {
    this.machine.processor.setBreakpoints(new Set([...this.byAddress.keys(), ...this.temporary]));
  }

  /** Which requests hold at a breakpoint that was reached; empty when only a task's own address is there. */
  hitsAt(address: number, direction: Direction): readonly number[] {
    const ids: number[] = [];
    for (const request of this.byAddress.get(address) ?? []) {
      if (request.when === undefined || request.when(direction)) ids.push(request.id);
    }
    return ids;
  }

  /* ------------------------------------------------------------------------------ watchpoints */

  /** @throws Error for a space that can't be watched. */
  setWatchpoints(client: string, requests: readonly WatchpointRequest[]): void {
    const bad = requests.find((request) => request.space === 'io');
    if (bad !== undefined) throw new Error('I/O ports can not be watched yet.');
    this.watchpoints.set(client, requests);
    this.watched = [...this.watchpoints.values()].flat().map((request) => ({
      request,
      watch: {
        base: Number(BigInt.asUintN(32, request.address)),
        length: request.length,
        read: request.access === 'read' || request.access === 'access',
        write: request.access !== 'read',
      },
    }));
    this.machine.board.memory.setWatches(this.watched.map((entry) => entry.watch));
  }

  private watchHit(watch: Watch, kind: 'read' | 'write', address: number, size: number, changed: boolean): void {
    const request = this.watched.find((entry) => entry.watch === watch)?.request;
    if (request === undefined || this.machine.passing || (request.access === 'change' && !changed)) return;
    const verb = kind === 'read' ? 'read' : changed ? 'written' : 'written with the value it had';
    const text = `${size} byte${size > 1 ? 's' : ''} at ${address.toString(16).toUpperCase()}h ${verb}.`;
    this.pendingWatch.push({ request, text });
    this.machine.stopBehind('watchpoint', text);
  }

  /** The watchpoints that the instruction just executed has hit; asks each request whether it holds. */
  takeWatchHits(direction: Direction): Hits {
    const hits = this.pendingWatch.filter(({ request }) => request.when === undefined || request.when(direction));
    this.pendingWatch = [];
    return { ids: [...new Set(hits.map((hit) => hit.request.id))], text: hits[0]?.text ?? '' };
  }

  /* ------------------------------------------------------------------------------ exceptions */

  /** @throws Error for an unknown filter. */
  setExceptions(client: string, ids: readonly string[]): void {
    const unknown = ids.find((id) => !EXCEPTION_FILTERS.some((filter) => filter.id === id));
    if (unknown !== undefined) throw new Error(`There is no exception filter '${unknown}'.`);
    this.exceptions.set(client, ids);
    const all = new Set([...this.exceptions.values()].flat());
    this.machine.catches = {
      vectors: new Set(EXCEPTIONS.filter((row) => all.has(cpuFilter(row.vector))).map((row) => row.vector)),
      unmodelled: all.has(FILTER.UNMODELLED),
      firmware: all.has(FILTER.FIRMWARE),
      zeros: all.has(FILTER.ZEROS),
    };
  }
}

export { cpuFilter };
