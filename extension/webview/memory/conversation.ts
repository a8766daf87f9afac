/** What a Memory panel's page asks of the extension, and what it has been told: the machine, its bytes, places of expressions. */
import {
  type FromMemory,
  type LocateResponse,
  type MemoryMachine,
  type MemoryRange,
  MOST_READ,
  type ToMemory,
} from '../../shared/memory';
import { ByteStore } from './store';
import { wireAddress } from './text';

/** Where an expression leads, or why nowhere. */
export type Located = LocateResponse | string;

type Told<Type extends ToMemory['type']> = Extract<ToMemory, { readonly type: Type }>;

export class Conversation {
  #machine: MemoryMachine | undefined;
  #store = new ByteStore();
  /** At most one is under way. */
  #reading = false;
  #nextId = 1;
  readonly #asked = new Map<number, (found: Located) => void>();

  constructor(readonly post: (message: FromMemory) => void) {}

  get machine(): MemoryMachine | undefined {
    return this.#machine;
  }

  get spaces(): Pick<MemoryMachine, 'spaces'> {
    return this.#machine ?? { spaces: [] };
  }

  get byteOrder(): MemoryMachine['byteOrder'] {
    return this.#machine?.byteOrder ?? 'little';
  }

  get store(): ByteStore {
    return this.#store;
  }

  /** The machine is there and stands still. */
  get isReadable(): boolean {
    return this.#machine !== undefined && !this.#machine.running;
  }

  /** @returns whether it is another machine, and whether what was seen may be other than it was */
  setMachine(machine: MemoryMachine | undefined): { readonly isOther: boolean; readonly isLater: boolean } {
    const before = this.#machine;
    this.#machine = machine;
    if (machine === undefined) return { isOther: false, isLater: false };
    const isOther = before?.id !== machine.id;
    if (isOther) this.#store = new ByteStore();
    else if (before?.stop !== machine.stop) this.#store.nextStop();
    return { isOther, isLater: before?.stop !== machine.stop || before.running !== machine.running };
  }

  /** Bytes have come; those of an older stop are dropped. */
  takeBytes({ stop, range, pieces }: Told<'bytes'>): void {
    this.#reading = false;
    if (stop === this.#machine?.stop) this.#store.put(range.space, BigInt(range.address), range.length, pieces);
  }

  /** The answer to {@link locate}. */
  takePlace(message: Told<'located' | 'nowhere'>): void {
    this.#asked.get(message.id)?.(message.type === 'located' ? message.found : message.message);
    this.#asked.delete(message.id);
  }

  locate(expression: string, space: string): Promise<Located> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.post({ type: 'locate', id, expression, space });
    });
  }

  /** Asks for what is not known of a range, both ends included, one piece at a time. */
  read(space: string, first: bigint, last: bigint): void {
    if (this.#machine === undefined || !this.isReadable || this.#reading || space === '') return;
    const missing = this.#store.missing(space, first, last);
    if (missing === undefined) return;
    this.#reading = true;
    const length = Math.min(missing.length, MOST_READ);
    const range = { space, address: wireAddress(missing.address), length };
    this.post({ type: 'read', stop: this.#machine.stop, range });
  }

  write(range: MemoryRange, bytes: Uint8Array): void {
    this.post({ type: 'write', range, bytes });
  }
}
