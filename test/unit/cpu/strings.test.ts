/** Repeated string instructions, many iterations at once, beside the same one by one: whatever they meet. */
import { strict as assert } from 'node:assert';
import { AddressSpace, type BusDevice } from '../../../emulator/bus/address-space';
import { CPU_MODELS, type CpuModelId } from '../../../emulator/cpu/x86/models';
import * as R from '../../../emulator/cpu/x86/registers';
import { setCache } from '../../../emulator/cpu/x86/segments';
import { BlockCache } from '../../../emulator/engine/block-cache';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { RUN_REPEATING } from '../../../emulator/memory/layout';
import { Processor } from '../../../emulator/system/processor';
import { Clock } from '../../../emulator/time/clock';
import type { EngineName } from '../../../emulator/machines/board';
import { withEngine } from '../../support/engines';

const BYTES = 0x4_0000;
/** A page in the middle that a device has. */
const HOLE = 0x2_3000;
const PAGE = 0x1000;
const CODE = 0x500;
const CASES = 300;

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Gives what was written, and counts. */
class Latch implements BusDevice {
  value = 0;
  read(): number {
    return (this.value += 3);
  }
  write(_offset: number, _size: number, value: number): void {
    this.value += value;
  }
  peek(): number {
    return this.value;
  }
}

class Side {
  readonly memory: GuestMemory;
  readonly processor: Processor;
  readonly latch = new Latch();

  constructor(model: CpuModelId, engine: EngineName) {
    BlockCache.validates = true;
    const devices = new AddressSpace('memory', 2 ** 32);
    devices.map('latch', HOLE, PAGE, this.latch, { width: 4 });
    this.memory = new GuestMemory(BYTES, devices);
    this.memory.addRegion('low', 'ram', 0, HOLE);
    this.memory.addRegion('high', 'ram', HOLE + PAGE, BYTES - HOLE - PAGE);
    const ports = new AddressSpace('ports', 0x1_0000);
    const board = { interruptLine: false, isFirmware: () => false };
    this.processor = new Processor(CPU_MODELS[model], this.memory, ports, new Clock(), board, engine);
    this.processor.cpu.reset();
  }

  get core() {
    return this.processor.cpu.core;
  }

  /** Executes at most so many counts; says whether there was a fault. */
  run(fuel: number): string {
    const end = this.processor.execute(fuel, false);
    return end.kind === 'fault' ? `fault ${end.fault.vector}` : end.kind;
  }

  state(): string {
    const { core } = this;
    const registers = [R.EAX, R.ECX, R.ESI, R.EDI, R.EIP].map((offset) => core.get(offset).toString(16));
    return [...registers, core.getFlags().toString(16), core.get(RUN_REPEATING), this.latch.value].join(' ');
  }
}

const OPCODES = [0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf];

for (const [model, mode] of [
  ['8086', 'interpreter'],
  ['80286', 'interpreter'],
  ['80386', 'interpreter'],
  ['8086', 'compiled'],
  ['80386', 'compiled'],
  ['80386', 'each'],
] as const) {
  describe(`string instructions at once, ${model}, ${mode}`, function () {
    this.timeout(60_000);

    it('do what they do one by one, wherever they are cut', () => {
      const pick = random(model.length * 77 + model.charCodeAt(2));
      const bulk = withEngine(mode, (engine) => new Side(model, engine));
      const single = withEngine('interpreter', (engine) => new Side(model, engine));
      let most = 0;
      for (let n = 0; n < CASES; n++) {
        const wide = model === '80386';
        const code = [
          ...(wide && pick(3) === 0 ? [0x66] : []),
          ...(wide && pick(3) === 0 ? [0x67] : []),
          pick(2) === 0 ? 0xf2 : 0xf3,
          OPCODES[pick(OPCODES.length)] ?? 0xa4,
          // To itself, for the counts that are left.
          ...[0xeb, 0xfe],
        ];
        const [source, target] = [pick(BYTES), pick(3) === 0 ? pick(BYTES) : -1];
        // Overlapping, and such that places in pages are nearly the same.
        const near = source + [1, 2, 3, 4, 5, 8, 64, 100, 4096, 4097, 8212, 12_312, -1, -4, -200, 0, 16][pick(17)];
        const to = target < 0 ? near : target;
        const limit = pick(4) === 0 ? pick(0x1_0000) : 0xffff;
        const expandDown = model === '80386' && pick(6) === 0;
        const registers: readonly (readonly [number, number])[] = [
          [R.EAX, Math.imul(0x01010101, pick(3)) + (pick(3) === 0 ? 0x100 : 0)],
          [R.ECX, pick([8, 60, 6_000, 6_000][pick(4)])],
          [R.ESI, source & 0xffff],
          [R.EDI, to & 0xffff],
          [R.EIP, CODE],
        ];
        const fill = pick(3);
        const places = [() => pick(BYTES), () => source - 8 + pick(80), () => to - 8 + pick(80)];
        const changes = Array.from({ length: pick(8) }, () => [places[pick(3)]() & (BYTES - 1), pick(256)] as const);
        const down = pick(6) === 0;
        for (const side of [bulk, single]) {
          const { core, memory } = side;
          memory.load(CODE, Uint8Array.from(code));
          if (n % 8 === 0) memory.u8.fill(fill, memory.u8.length - BYTES + 0x1000);
          for (const [at, value] of changes) if (at >= 0x1000) memory.write(at, 1, value);
          for (const [offset, value] of registers) core.set(offset, value);
          setCache(core, R.CS, 0, 0, 0xffff, 0x93);
          setCache(core, R.DS, 0, (source & 0x3_0000) >>> 0, limit, expandDown ? 0x97 : 0x93);
          setCache(core, R.ES, 0, (to & 0x3_0000) >>> 0, limit, 0x93);
          core.setFlags(down ? R.FLAG.DF : 0);
          core.repeating = false;
          core.updateContext();
        }
        const told = `case ${n}: ${code.map((byte) => byte.toString(16)).join(' ')}`;
        let end = 'boundary';
        for (let counts = 0; end === 'boundary' && bulk.core.get(R.EIP) === CODE; ) {
          const fuel = pick(3) === 0 ? 1 + pick(9) : 1 + pick(5_000);
          const before = bulk.processor.count;
          end = bulk.run(fuel);
          const done = bulk.processor.count - before;
          counts += done;
          most = Math.max(most, done);
          let other = 'boundary';
          for (let i = 0; i < done; i++) other = single.run(1);
          assert.equal(other, end, told);
          assert.equal(bulk.state(), single.state(), `${told}, behind ${counts} counts`);
        }
        assert.ok(Buffer.compare(bulk.memory.u8.subarray(-BYTES), single.memory.u8.subarray(-BYTES)) === 0, told);
      }
      assert.ok(most > 1_000, String(most));
      assert.equal(bulk.processor.compiledCounts > 0, mode !== 'interpreter');
      assert.ok(bulk.processor.bulkCounts > CASES, String(bulk.processor.bulkCounts));
    });
  });
}
