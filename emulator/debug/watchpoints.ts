/** Watchpoints of all clients: what they ask of memory, ports and chips, and what the instruction just executed has hit. */
import type { AccessObserver, AccessSize } from '../bus/address-space';
import type { AnyChip } from '../bus/chip';
import { PAGE_SIZE } from '../memory/layout';
import { extract } from '../state/bits';
import type { Watch } from '../memory/watches';
import type { Machine } from '../system/machine';
import { SeenAccess } from './seen-access';
import type { Direction, Watched, WatchedAccess, WatchedChip, WatchedRange, WatchpointRequest } from './target';

/** The event of the machine that ends a run behind an access. */
export const WATCH_EVENT = 'watchpoint';

/** What was hit, by the ids that clients gave. */
export interface Hits {
  readonly ids: readonly number[];
  /** The first of them. */
  readonly access?: WatchedAccess;
}

const NO_HITS: Hits = { ids: [] };

/** Address line 20, which a PC can hold low. */
const A20 = 0x10_0000;

/** Up to so many bytes the value of the whole range is told, else that of the access. */
const MOST_BYTES_TOLD = 8;

/** A request in force. */
interface Armed {
  readonly request: WatchpointRequest;
  /** The accesses of the present instruction to it. */
  seen: SeenAccess[];
}

interface ArmedMemory extends Armed {
  readonly range: WatchedRange;
  readonly watch: Watch;
}

interface ArmedPort extends Armed {
  readonly range: WatchedRange;
  readonly base: number;
}

interface ArmedChip extends Armed {
  readonly chip: WatchedChip;
  readonly width: number;
  value: number;
}

export class Watchpoints {
  private readonly requests = new Map<string, readonly WatchpointRequest[]>();
  /** While it is set nothing else is watched: a search for it is on. */
  private sought: WatchpointRequest | undefined;
  private memory: readonly ArmedMemory[] = [];
  private ports: readonly ArmedPort[] = [];
  private chips: readonly ArmedChip[] = [];
  private readonly hit = new Set<Armed>();

  constructor(private readonly machine: Machine) {
    machine.board.memory.onWatch = (watch, kind, address, size, before) =>
      this.memoryHit(watch, kind, address, size, before);
  }

  /** @throws Error for what can't be watched */
  set(client: string, requests: readonly WatchpointRequest[]): void {
    for (const request of requests) this.check(request);
    this.requests.set(client, requests);
    this.arm();
  }

  /** Watches only this, until it is called without. @throws Error for what can't be watched */
  search(watched?: Watched): void {
    const sought = watched === undefined ? undefined : { ...watched, id: 0 };
    if (sought !== undefined) this.check(sought);
    this.sought = sought;
    this.arm();
  }

  /**
   * The frames of memory that an access must have written to; nothing where that can't be told from frames: reads, ports,
   * chips, ROM, devices, linear addresses behind page tables.
   */
  framesWritten(watched: Watched): readonly number[] | undefined {
    if ('chip' in watched || watched.space === 'io' || watched.access === 'read' || watched.access === 'access')
      return undefined;
    // With page tables a linear address can have led anywhere at the time.
    if (watched.space !== 'physical' && this.machine.processor.cpu.core.space.everPaged) return undefined;
    const { memory } = this.machine.board;
    const frames = new Set<number>();
    const first = Number(watched.address);
    const last = first + watched.length - 1;
    for (let page = Math.floor(first / PAGE_SIZE); page <= Math.floor(last / PAGE_SIZE); page++) {
      // With A20 closed at the time the same address led elsewhere.
      for (const address of [page * PAGE_SIZE, ((page * PAGE_SIZE) & ~A20) >>> 0]) {
        const region = memory.regionAt(address);
        if (region?.kind !== 'ram') return undefined;
        frames.add(memory.frameOf(region.host + address - region.base));
      }
    }
    return [...frames];
  }

  private check(watched: Watched): void {
    if ('chip' in watched) {
      this.valueOf(watched);
      return;
    }
    const top = watched.space === 'io' ? this.machine.board.ports.size : 2 ** 32;
    if (watched.length < 1 || watched.address < 0n || watched.address + BigInt(watched.length) > BigInt(top)) {
      throw new Error(
        `${watched.length} bytes at ${hex(watched.address)} can not be watched: ${watched.space} addresses go from 0 to ${hex(BigInt(top) - 1n)}.`,
      );
    }
  }

  private arm(): void {
    const all = this.sought === undefined ? [...this.requests.values()].flat() : [this.sought];
    const memory: ArmedMemory[] = [];
    const ports: ArmedPort[] = [];
    const chips: ArmedChip[] = [];
    for (const request of all) {
      const seen: SeenAccess[] = [];
      if ('chip' in request) chips.push({ request, seen, chip: request, ...this.lookAt(request) });
      else if (request.space === 'io') ports.push({ request, seen, range: request, base: Number(request.address) });
      else {
        const { access, length } = request;
        const watch: Watch = {
          base: Number(request.address),
          length,
          read: access === 'read' || access === 'access',
          write: access !== 'read',
          linear: request.space !== 'physical',
        };
        memory.push({ request, seen, range: request, watch });
      }
    }
    this.memory = memory;
    this.ports = ports;
    this.chips = chips;
    this.hit.clear();
    const { board } = this.machine;
    board.memory.setWatches(memory.map(({ watch }) => watch));
    board.ports.observer = ports.length + chips.length > 0 ? this.portObserver : undefined;
    board.mmio.observer = chips.length > 0 ? this.chipObserver : undefined;
    this.machine.onRun =
      chips.length > 0 ? (begins) => (begins ? this.rememberChips() : this.lookAtChips()) : undefined;
  }

  /* ------------------------------------------------------------------------------ what happens */

  private note(armed: Armed, seen: SeenAccess): void {
    armed.seen.push(seen);
    this.hit.add(armed);
    this.machine.stopBehind(WATCH_EVENT, '');
  }

  private memoryHit(watch: Watch, kind: 'read' | 'write', address: number, size: AccessSize, before: number): void {
    if (this.machine.passing) return;
    const armed = this.memory.find((one) => one.watch === watch);
    if (armed === undefined) return;
    const { memory } = this.machine.board;
    const whole = watch.length <= MOST_BYTES_TOLD;
    const length = whole ? watch.length : size;
    const places = Array.from({ length }, (_, i) => (whole ? this.placeOf(watch, watch.base + i) : address + i));
    const now = Uint8Array.from(places, (place) => (place === undefined ? 0xff : memory.peek(place, 1)));
    const then = now.map((byte, i) => {
      const at = (places[i] ?? -1) - address;
      return kind === 'write' && at >= 0 && at < size ? (before >>> (8 * at)) & 0xff : byte;
    });
    const changed = now.some((byte, i) => byte !== then[i]);
    // More of the same access (it crosses a page), or one more access of the same instruction.
    const same = whole ? armed.seen.find((one) => one.kind === kind) : undefined;
    if (same !== undefined) same.wentOn(now);
    else if (armed.range.access !== 'change' || changed) {
      const what = `${sizeName(length)} ${hex(BigInt(whole ? watch.base : this.watchedAddress(watch, address)))}`;
      this.note(armed, new SeenAccess(this.machine, kind, what, then, now));
    }
  }

  /** Physical address of a watched byte, undefined where no page is present. */
  private placeOf(watch: Watch, address: number): number | undefined {
    if (!watch.linear) return address;
    const physical = this.machine.processor.cpu.core.space.physical(address);
    return physical === undefined ? undefined : (physical & this.machine.board.memory.addressMask) >>> 0;
  }

  /** The address that a watched byte has in the space of its watch, of its physical one. */
  private watchedAddress(watch: Watch, physical: number): number {
    if (!this.machine.processor.cpu.core.space.isPaged) return physical;
    for (let at = watch.base; at < watch.base + watch.length; at += PAGE_SIZE - (at % PAGE_SIZE)) {
      const place = this.placeOf(watch, at);
      if (place !== undefined && place - (place % PAGE_SIZE) === physical - (physical % PAGE_SIZE))
        return at - (at % PAGE_SIZE) + (physical % PAGE_SIZE);
    }
    return physical;
  }

  private readonly portObserver: AccessObserver = {
    writing: (address, size, value) => {
      if (this.ports.length > 0 && !this.machine.passing) this.portAccess('write', address, size, value);
    },
    accessed: (kind, address, size, value) => {
      if (this.machine.passing) return;
      if (kind === 'read' && this.ports.length > 0) this.portAccess('read', address, size, value);
      if (this.chips.length > 0) this.lookAtChips();
    },
  };

  private readonly chipObserver: AccessObserver = {
    writing: () => undefined,
    accessed: () => this.lookAtChips(),
  };

  private portAccess(kind: 'read' | 'write', address: number, size: AccessSize, value: number): void {
    for (const armed of this.ports) {
      const { access, length } = armed.range;
      if (address >= armed.base + length || armed.base >= address + size) continue;
      if (kind === 'read' ? access === 'write' || access === 'change' : access === 'read') continue;
      // What the port shows before it is written is only looked at.
      const before = kind === 'read' ? value : this.machine.board.ports.peek(address, size);
      if (access === 'change' && before === value) continue;
      const what = `port ${hex(BigInt(address))}`;
      this.note(armed, new SeenAccess(this.machine, kind, what, bytesOf(before, size), bytesOf(value, size)));
    }
  }

  private valueOf({ chip, register, field }: WatchedChip): number {
    const value = this.chipOf(chip).peekRegister(register);
    return field === undefined ? value : extract(value, field);
  }

  private chipOf(id: string): AnyChip {
    const found = this.machine.board.chips.find((one) => one.id === id);
    if (found === undefined) throw new Error(`There is no chip '${id}'.`);
    return found;
  }

  private lookAt(watched: WatchedChip): { readonly value: number; readonly width: number } {
    const { chip, register, field } = watched;
    const width =
      this.chipOf(chip)
        .view()
        .find(({ name }) => name === register)?.width ?? 8;
    return { value: this.valueOf(watched), width: field?.width ?? width };
  }

  private rememberChips(): void {
    for (const armed of this.chips) armed.value = this.valueOf(armed.chip);
  }

  private lookAtChips(): void {
    if (this.machine.passing) return;
    for (const armed of this.chips) {
      const before = armed.value;
      const value = this.valueOf(armed.chip);
      if (value === before) continue;
      armed.value = value;
      const { chip, register, field } = armed.chip;
      const what = `${chip}.${register}${field === undefined ? '' : `.${field.name}`}`;
      const [same] = armed.seen;
      if (same === undefined) {
        const bytes = [bytesOf(before, 8), bytesOf(value, 8)] as const;
        this.note(armed, new SeenAccess(this.machine, 'write', what, ...bytes, armed.width));
      } else same.wentOn(bytesOf(value, 8));
    }
  }

  /* ------------------------------------------------------------------------------ what was hit */

  /** The watchpoints that the instruction just executed has hit; asks each request whether it holds. */
  take(direction: Direction): Hits {
    if (this.hit.size === 0) return NO_HITS;
    const ids = new Set<number>();
    let access: WatchedAccess | undefined;
    for (const armed of this.hit) {
      const { request } = armed;
      for (const seen of armed.seen) {
        if (request.when !== undefined && !request.when(direction, seen)) continue;
        ids.add(request.id);
        access ??= seen.settled();
      }
      armed.seen = [];
    }
    this.hit.clear();
    return access === undefined ? NO_HITS : { ids: [...ids], access };
  }

  /** The instruction is to be taken back: what it has hit does not count. */
  forget(): void {
    for (const armed of this.hit) armed.seen = [];
    this.hit.clear();
  }
}

const hex = (value: bigint): string => {
  const text = value.toString(16).toUpperCase();
  return `${/^\d/.test(text) ? '' : '0'}${text}h`;
};

const SIZE_NAMES: Readonly<Record<number, string>> = { 1: 'byte', 2: 'word', 4: 'dword', 8: 'qword' };
const sizeName = (bytes: number): string => SIZE_NAMES[bytes] ?? `${bytes} bytes at`;

/** Little-endian; 8 bytes hold a register of at most 53 bits. */
function bytesOf(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}
