/** Breakpoints, watchpoints and caught exceptions of all clients, and what the machine is told of them. */
import type { Machine } from '../system/machine';
import { Exceptions } from './exceptions';
import type { BreakpointRequest, Direction, Watched } from './target';
import { Watchpoints } from './watchpoints';

export class Points {
  readonly watchpoints: Watchpoints;
  readonly exceptions: Exceptions;
  private readonly breakpoints = new Map<string, readonly BreakpointRequest[]>();
  private readonly temporary = new Set<number>();
  private byAddress = new Map<number, BreakpointRequest[]>();

  constructor(private readonly machine: Machine) {
    this.watchpoints = new Watchpoints(machine);
    this.exceptions = new Exceptions(machine, () => this.arm());
  }

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
    const { firmwareAddresses } = this.exceptions;
    this.machine.processor.setBreakpoints(new Set([...this.byAddress.keys(), ...this.temporary, ...firmwareAddresses]));
  }

  /** Which requests hold at a breakpoint that was reached; empty when only a task's own address is there. */
  hitsAt(address: number, direction: Direction): readonly number[] {
    const ids: number[] = [];
    for (const request of this.byAddress.get(address) ?? []) {
      if (request.when === undefined || request.when(direction)) ids.push(request.id);
    }
    return ids;
  }

  /** Only accesses to this stop a run, until it is called without. @throws Error for what can't be watched */
  search(watched?: Watched): void {
    this.watchpoints.search(watched);
    this.exceptions.sleep(watched !== undefined);
  }
}
