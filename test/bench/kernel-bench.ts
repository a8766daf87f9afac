/**
 * The kernels on all emulators, in turns, so that what else the computer does meets all of them. All do the same work and
 * must find the same checksum; a slow emulator may do less of it, and its time is scaled.
 */
import type { Boot } from './boots';
import { type Clock, hear, type Heard } from './hear';
import { buildKernel, type GuestImage, type Kernel } from './kernels';
import type { Peer } from './peers';

/** What was measured of one kernel. */
export interface KernelRow {
  readonly kernel: Kernel | Boot;
  /** By the id of the peer, a run a turn; empty when it could not be measured. */
  readonly runs: ReadonlyMap<string, Heard[]>;
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[];
  /** A checksum differed. */
  readonly wrong: boolean;
}

export interface KernelPlan {
  readonly kernels: readonly (Kernel | Boot)[];
  /** Those that are there; the first one's checksums are the right ones. */
  readonly peers: readonly Peer[];
  readonly turns: number;
  /** Of kernels; boots have that on the wall. */
  readonly clock: Clock;
  /** For images. */
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Called behind each turn with what there is, and how many turns that were. */
  readonly onTurn: (rows: readonly KernelRow[], turns: number) => void;
}

/** One kernel while it is measured. */
class Measured implements KernelRow {
  readonly runs: ReadonlyMap<string, Heard[]>;
  readonly problems: string[] = [];
  wrong = false;
  private readonly images = new Map<number, GuestImage>();
  private readonly sums = new Map<number, number>();
  private readonly failed = new Set<Peer>();

  constructor(
    readonly kernel: Kernel | Boot,
    private readonly plan: KernelPlan,
  ) {
    this.runs = new Map(plan.peers.map(({ id }) => [id, []]));
  }

  private image(rounds: number): GuestImage {
    const known = this.images.get(rounds);
    if (known !== undefined) return known;
    const { kernel, plan } = this;
    const image: GuestImage =
      'prompt' in kernel
        ? { kind: 'floppy', path: kernel.floppy(plan.folder) }
        : buildKernel(kernel, rounds, plan.folder);
    this.images.set(rounds, image);
    return image;
  }

  private async run(peer: Peer, rounds: number): Promise<Heard> {
    const { kernel } = this;
    const { folder, clock } = this.plan;
    const image = this.image(rounds);
    if (!('prompt' in kernel)) return hear(peer.command(image, folder), { clock });
    if (peer.boot === undefined) throw new Error('nobody can tell when its screen shows the prompt');
    return peer.boot(image, kernel.prompt, folder);
  }

  /** The right checksum of so many rounds: the first peer's. A boot has none. */
  private async sumOf(rounds: number): Promise<number | undefined> {
    const known = this.sums.get(rounds);
    if (known !== undefined || 'prompt' in this.kernel) return known;
    const [first] = this.plan.peers;
    const sum = first === undefined ? undefined : (await this.run(first, rounds)).values.get('SUM');
    if (sum !== undefined) this.sums.set(rounds, sum);
    return sum;
  }

  private problem(peer: Peer, why: string): void {
    this.failed.add(peer);
    this.problems.push(`${this.kernel.name}: ${peer.title}: ${why}.`);
    this.plan.say(`${this.kernel.name} on ${peer.title}: ${why}`);
  }

  /** One run; what goes wrong is kept, and not tried again. */
  async measure(peer: Peer, turn: string): Promise<void> {
    if (this.failed.has(peer) || ('prompt' in this.kernel && peer.boot === undefined)) return;
    const rounds = Math.max(1, Math.round(this.kernel.rounds / (peer.fewer ?? 1)));
    const scale = this.kernel.rounds / rounds;
    try {
      const { seconds, values } = await this.run(peer, rounds);
      const sum = values.get('SUM');
      if (peer === this.plan.peers[0] && sum !== undefined && !this.sums.has(rounds)) this.sums.set(rounds, sum);
      const right = await this.sumOf(rounds);
      if (sum !== right) {
        this.wrong = true;
        this.problem(peer, `checksum ${hex(sum)} after ${rounds} rounds instead of ${hex(right)}`);
        return;
      }
      this.runs.get(peer.id)?.push({ seconds: seconds * scale, values });
      this.plan.say(
        `${turn} ${this.kernel.name.padEnd(14)} ${peer.title.padEnd(26)} ${(seconds * scale).toFixed(3)} s`,
      );
    } catch (error) {
      this.problem(peer, error instanceof Error ? error.message : String(error));
    }
  }
}

const hex = (value: number | undefined): string => value?.toString(16).padStart(8, '0') ?? 'none';

/** Measures all. */
export async function measureKernels(plan: KernelPlan): Promise<readonly KernelRow[]> {
  const rows = plan.kernels.map((kernel) => new Measured(kernel, plan));
  for (let turn = 1; turn <= plan.turns; turn++) {
    for (const row of rows) for (const peer of plan.peers) await row.measure(peer, `${turn}/${plan.turns}`);
    plan.onTurn(rows, turn);
  }
  return rows;
}
