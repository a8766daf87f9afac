/** Breakpoints and watchpoints of one client: `Z0` to `Z4`. Source: Debugging with GDB, E.2 "Packets". */
import type { DebugTarget, WatchedRange } from '../../emulator/debug/target';

export interface Point {
  readonly id: number;
  readonly address: bigint;
  readonly length: number;
  readonly hardware: boolean;
  /** How a stop reply names a watchpoint. */
  readonly watch?: 'watch' | 'rwatch' | 'awatch';
}

interface Kind {
  readonly hardware: boolean;
  readonly watch?: NonNullable<Point['watch']>;
  readonly access?: WatchedRange['access'];
}

export const KINDS: Readonly<Record<string, Kind>> = {
  '0': { hardware: false },
  '1': { hardware: true },
  '2': { hardware: true, watch: 'watch', access: 'write' },
  '3': { hardware: true, watch: 'rwatch', access: 'read' },
  '4': { hardware: true, watch: 'awatch', access: 'access' },
};

/** Most that one client may have, and most bytes that one watchpoint covers. */
const MOST = 10_000;
export const MOST_BYTES = 0x1000_0000;

/** GDB takes its breakpoints out at each stop and puts them back before it runs: the target hears of them only then. */
export class Points {
  private readonly points = new Map<string, Point & { readonly access?: WatchedRange['access'] }>();
  private next: number;
  /** The target does not know the present set. */
  changed = false;

  constructor(firstId: number) {
    this.next = firstId;
  }

  byId(id: number): Point | undefined {
    for (const point of this.points.values()) if (point.id === id) return point;
    return undefined;
  }

  insert(type: string, address: bigint, length: number): void {
    const kind = KINDS[type];
    if (kind === undefined) throw new RangeError('no such kind');
    const key = `${type},${address},${length}`;
    if (this.points.has(key)) return;
    if (this.points.size >= MOST) throw new Error(`There are ${MOST} breakpoints already.`);
    const { hardware, watch, access } = kind;
    this.points.set(key, {
      id: this.next++,
      address,
      length,
      hardware,
      ...(watch === undefined ? {} : { watch }),
      ...(access === undefined ? {} : { access }),
    });
    this.changed = true;
  }

  remove(type: string, address: bigint, length: number): void {
    if (this.points.delete(`${type},${address},${length}`)) this.changed = true;
  }

  /** Tells the target what has changed. */
  async apply(target: DebugTarget, client: string): Promise<void> {
    if (!this.changed) return;
    this.changed = false;
    const all = [...this.points.values()];
    await target.breakpoints?.set(
      client,
      all.filter(({ watch }) => watch === undefined).map(({ id, address }) => ({ id, address })),
    );
    await target.watchpoints?.set(
      client,
      all.flatMap(({ id, address, length, access }) =>
        access === undefined ? [] : [{ id, space: target.description.codeSpace, address, length, access }],
      ),
    );
  }

  async clear(target: DebugTarget, client: string): Promise<void> {
    if (this.points.size === 0) return;
    this.points.clear();
    this.changed = true;
    await this.apply(target, client);
  }
}
