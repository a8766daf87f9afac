/** Planes in translated code beside memory/planes: the same logic, written twice, on random numbers. */
import { strict as assert } from 'node:assert';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { interpreterModule } from '../../../emulator/engine/interpreter';
import { ChipMemory } from '../../../emulator/memory/chip-memory';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { CPU_BASE, PLANES, TLB } from '../../../emulator/memory/layout';
import { LANES, PLANE_FIELDS, ROW_BYTES } from '../../../emulator/memory/planes';
import { SoftTlb, TLB_ADDEND } from '../../../emulator/memory/tlb';
import { HARNESS_CONFIG } from './harness';

const BYTES = LANES * ROW_BYTES;
const BASE = 0xa_0000;
const ROUNDS = 300;
const ACCESSES = 20;

interface PlaneFunctions {
  readonly planes_load: (address: number, size: number, entry: number, value: number) => number;
  readonly planes_store: (address: number, size: number, entry: number, value: number) => void;
}

/** Numbers that look random and are the same each time. */
function random(): () => number {
  let state = 0x2545_f491;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

describe('planes in translated code', () => {
  const memory = new GuestMemory(BYTES, new AddressSpace('memory', 2 ** 32));
  const ram = new ChipMemory(memory, 'planes', BYTES);
  const { planes } = ram;
  const module = new WebAssembly.Module(interpreterModule(HARNESS_CONFIG));
  const nothing = () => 0;
  const instance = new WebAssembly.Instance(module, {
    env: { memory: memory.memory, table: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }) },
    host: { load: nothing, store: nothing, helper: nothing },
  });
  const { planes_load: load, planes_store: store } = instance.exports as unknown as PlaneFunctions;
  const tlb = new SoftTlb(memory);
  const next = random();
  const few = (count: number) => next() % count;

  /** The TLB entry of the page of an address, filled. */
  const entryOf = (address: number): number => {
    tlb.fill(0, address, address, true);
    return CPU_BASE + TLB + (((address >>> 12) & 1023) << 5);
  };

  /** Any logic at all, more than a chip can ask for. */
  const anyLogic = () => {
    planes.latch = next();
    planes.setWrite(next(), next(), next(), next(), few(8), few(2) === 1);
    planes.setRead(few(2) === 1, next(), next());
    for (let lane = 0; lane < LANES; lane++) planes.setLane(lane, next(), few(LANES) * ROW_BYTES, few(LANES));
  };

  it('make of every access what memory/planes does', () => {
    ram.showPlanes(BASE, ROW_BYTES);
    const rowOf = (lane: number) => memory.i32[(PLANES + PLANE_FIELDS.ROWS + 4 * lane) >>> 2];
    for (let round = 0; round < ROUNDS; round++) {
      anyLogic();
      for (let n = 0; n < ACCESSES; n++) {
        const size = [1, 2, 4][few(3)];
        const at = few(ROW_BYTES - 4) & ~3;
        const address = BASE + at + few(5 - size);
        const places = Array.from({ length: size }, (_, i) => {
          const offset = address - BASE + i;
          return { lane: offset & 3, word: ((offset & ~3) + rowOf(offset & 3)) >>> 2 };
        });
        if (few(2) === 0) {
          const value = next();
          const expected = new Map<number, number>();
          places.forEach(({ lane, word }, i) => {
            const before = expected.get(word) ?? ram.u32[word];
            expected.set(word, planes.written(before, (value >>> (8 * i)) & 0xff, lane) >>> 0);
          });
          store(address, size, entryOf(address), size === 4 ? value : value & (2 ** (8 * size) - 1));
          for (const [word, after] of expected) assert.equal(ram.u32[word], after, `${size} bytes at ${address}`);
        } else {
          const expected = places.reduceRight(
            (value, { lane, word }) => (value << 8) | planes.read(ram.u32[word], lane),
            0,
          );
          assert.equal(load(address, size, entryOf(address), 0) | 0, expected, `${size} bytes at ${address}`);
          assert.equal(planes.latch, ram.u32[places[size - 1].word]);
        }
      }
    }
  });

  it('find their words by the TLB’s addend', () => {
    ram.showPlanes(BASE, ROW_BYTES);
    const addend = memory.i32[(entryOf(BASE + 0x5000) + TLB_ADDEND) >>> 2];
    assert.equal((BASE + 0x5000 + addend) >>> 0, ram.u8.byteOffset + 0x5000);
  });
});
