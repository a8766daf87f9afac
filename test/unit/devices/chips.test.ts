/** What must hold for every chip, whatever it does. A new chip gets a row here. */
import { Projection } from '../../../emulator/devices/timer/i8254-counter';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BusDevice } from '../../../emulator/bus/address-space';
import type { Chip } from '../../../emulator/bus/chip';
import { ByteLine, Wire } from '../../../emulator/bus/wire';
import { DmaPageRegisters } from '../../../emulator/devices/dma/page-registers';
import { I8237 } from '../../../emulator/devices/dma/i8237';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { Vga } from '../../../emulator/devices/display/vga';
import { VGA_MEMORY_BYTES, VgaMemory } from '../../../emulator/devices/display/vga-memory';
import { VgaComposer } from '../../../emulator/devices/display/vga-composed';
import { VgaPicture } from '../../../emulator/devices/display/vga-picture';
import { VgaRaster } from '../../../emulator/devices/display/vga-raster';
import { Ticks } from '../../../emulator/time/clock';
import { ChipMemory } from '../../../emulator/memory/chip-memory';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { I8042 } from '../../../emulator/devices/input/i8042';
import { Ps2Keyboard } from '../../../emulator/devices/input/ps2-keyboard';
import { Ps2Mouse } from '../../../emulator/devices/input/ps2-mouse';
import { KEYS } from '../../../emulator/devices/input/scan-codes';
import { I8259 } from '../../../emulator/devices/interrupt/i8259';
import { Mc146818 } from '../../../emulator/devices/rtc/mc146818';
import { Uart16550 } from '../../../emulator/devices/serial/uart16550';
import { A20Gate } from '../../../emulator/devices/system/a20-gate';
import { DebugConsole } from '../../../emulator/devices/system/debug-console';
import { DebugExit } from '../../../emulator/devices/system/debug-exit';
import { Port61 } from '../../../emulator/devices/system/port-61';
import { Port92 } from '../../../emulator/devices/system/port-92';
import { PostPort } from '../../../emulator/devices/system/post-port';
import { I8254 } from '../../../emulator/devices/timer/i8254';
import { Fields, type FieldTable } from '../../../emulator/state/fields';
import { Scheduler, Timer } from '../../../emulator/time/scheduler';
import { FakeTime } from './fake-time';

type AChip = Chip<FieldTable>;

interface Row {
  readonly name: string;
  readonly make: (time: FakeTime) => AChip & Partial<BusDevice>;
  /** Number of offsets on the bus. */
  readonly ports: number;
  /** Something from outside: a level, a key, a byte; `n` is any number below 65,536. */
  readonly outside?: (chip: AChip, n: number) => void;
  /** State that is an input's level, which a reset leaves alone. */
  readonly inputs?: readonly string[];
}

/** Makes rows whose `outside` sees the chip by its own type. */
function row<C extends AChip>(
  name: string,
  make: (time: FakeTime) => C,
  ports: number,
  outside?: (chip: C, n: number) => void,
  inputs: readonly string[] = [],
): Row {
  return { name, make, ports, inputs, ...(outside === undefined ? {} : { outside: outside as Row['outside'] }) };
}

const videoRam = () =>
  new ChipMemory(new GuestMemory(VGA_MEMORY_BYTES, new AddressSpace('memory', 2 ** 32)), 'video RAM', VGA_MEMORY_BYTES);

/** Connects every output, so that timers and edges are at work. */
function listening<C extends AChip>(chip: C): C {
  for (const wire of wiresOf(chip)) wire.connect(() => undefined);
  return chip;
}

const ROWS: readonly Row[] = [
  row(
    '8259A',
    () => new I8259('x'),
    2,
    (pic, n) => pic.setLine(n & 7, (n & 8) !== 0),
    ['lines'],
  ),
  row(
    '8259A acknowledged',
    () => new I8259('x'),
    2,
    (pic, n) => {
      pic.setLine(n & 7, (n & 8) !== 0);
      if (n & 16) pic.acknowledge();
    },
    ['lines'],
  ),
  row(
    '8254',
    (t) => new I8254('x', t, t.scheduler),
    4,
    (pit, n) => pit.setGate((n % 3) as 0 | 1 | 2, (n & 4) !== 0),
    ['gate'],
  ),
  row('8254 connected', (t) => listening(new I8254('x', t, t.scheduler)), 4),
  row('MC146818A', (t) => new Mc146818('x', t, t.scheduler, { epochSeconds: 951_782_395, nvram: [[0x32, 0x20]] }), 2),
  row(
    '8042',
    (t) => new I8042('x', t, t.scheduler),
    2,
    (kbc, n) => (n & 0x100 ? kbc.receiveAux(n & 0xff) : kbc.receiveKeyboard(n & 0xff)),
  ),
  row(
    'keyboard',
    (t) => new Ps2Keyboard('x', t, t.scheduler),
    0,
    (keyboard, n) => {
      const what = n >> 12;
      if (what < 10) keyboard.key(KEYS[n % KEYS.length].code, (n & 0x800) !== 0);
      else if (what < 14) keyboard.receive(n & 0x100 ? 0xe0 | (n & 0x1f) : n & 0xff);
      else keyboard.setClock(what === 14);
    },
    ['clockFree'],
  ),
  row(
    'mouse',
    (t) => new Ps2Mouse('x', t, t.scheduler),
    0,
    (mouse, n) => {
      const what = n >> 12;
      if (what < 7)
        mouse.move({ dx: (n & 0xff) - 128, dy: ((n >> 4) & 0xff) - 128, wheel: (n & 7) - 4, buttons: n & 0x1f });
      else if (what < 14) mouse.receive(n & 0x100 ? 0xe0 | (n & 0x1f) : n & 0xff);
      else mouse.setClock(what === 14);
    },
    ['clockFree'],
  ),
  row(
    '16550A',
    (t) => new Uart16550('x', t, t.scheduler),
    8,
    (uart, n) => (n & 0x700 ? uart.receive(n & 0xff) : uart.setModem(n)),
    ['modem'],
  ),
  row(
    'VGA',
    (t) => new Vga('x', t, t.scheduler, videoRam()),
    0x30,
    (vga) => {
      vga.frame();
      vga.text();
    },
  ),
  row('8237A', () => new I8237('x'), 16),
  row('8237A on words', () => new I8237('x', { stride: 2 }), 32),
  row('DMA pages', () => new DmaPageRegisters('x'), 16),
  row(
    'A20 gate',
    () => new A20Gate('x'),
    0,
    (gate, n) => (n & 1 ? gate.setFast((n & 2) !== 0) : gate.setKeyboard((n & 2) !== 0)),
    ['keyboard', 'fast'],
  ),
  row('port 61h', (t) => new Port61('x', t, { timer2: () => false, timer2Until: () => Infinity }), 1),
  row('port 92h', () => new Port92('x'), 1),
  row('port 80h', () => new PostPort('x'), 1),
  row('debug console', () => new DebugConsole('x'), 1),
  row('debug exit', () => new DebugExit('x', { onExit: () => undefined }), 1),
];

/** What a test does to a chip, in turn. */
type Act =
  | { readonly kind: 'read' | 'write'; readonly port: number; readonly value: number }
  | { readonly kind: 'wait'; readonly ns: number }
  | { readonly kind: 'outside'; readonly n: number };

const byte = fc.integer({ min: 0, max: 255 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), port: fc.nat(63), value: byte }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), port: fc.nat(63), value: fc.constant(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ns: fc.oneof(fc.nat(2_000), fc.nat(3_000_000), fc.nat(2_000_000_000)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('outside' as const), n: fc.nat(0xffff) }) },
);
const acts = fc.array(act, { maxLength: 60 });

/** A chip with its own time. */
function bench({ make, ports, outside }: Row) {
  const time = new FakeTime();
  const chip = make(time);
  chip.reset();
  /** Gives what was read, so that two chips can be compared. */
  const run = (list: readonly Act[]): readonly number[] => {
    const reads: number[] = [];
    for (const a of list) {
      if (a.kind === 'wait') time.pass(a.ns);
      else if (a.kind === 'outside') outside?.(chip, a.n);
      else if (ports > 0) {
        const port = a.port % ports;
        if (a.kind === 'write') chip.write?.(port, 1, a.value);
        else reads.push(chip.read?.(port, 1) ?? -1);
      }
    }
    return reads;
  };
  return { time, chip, run };
}

function wiresOf(chip: object): readonly (Wire | ByteLine)[] {
  return Object.values(chip)
    .flat()
    .filter((value): value is Wire | ByteLine => value instanceof Wire || value instanceof ByteLine);
}

/** How often outputs are driven while `action` runs; connecting to them would change what the chip does. */
function edgesDuring(chip: object, action: () => void): number {
  let edges = 0;
  const count = { value: () => edges++, configurable: true };
  for (const wire of wiresOf(chip)) Object.defineProperty(wire, wire instanceof Wire ? 'drive' : 'send', count);
  action();
  for (const wire of wiresOf(chip)) Reflect.deleteProperty(wire, wire instanceof Wire ? 'drive' : 'send');
  return edges;
}

const RUNS = { numRuns: 80 };

describe('every chip', () => {
  for (const entry of ROWS) {
    describe(entry.name, () => {
      it('is saved and loaded whole, without an edge', () => {
        fc.assert(
          fc.property(acts, acts, (before, after) => {
            const first = bench(entry);
            first.run(before);
            const saved = structuredClone(first.chip.save());
            const timers = first.time.scheduler.save();
            const second = bench(entry);
            second.time.now = first.time.now;
            const edges = edgesDuring(second.chip, () => {
              second.chip.load(saved);
              second.time.scheduler.load(timers);
            });
            assert.equal(edges, 0);
            assert.deepEqual(second.chip.save(), saved);
            // And nothing else mattered: both go on alike.
            assert.deepEqual(second.run(after), first.run(after));
            assert.deepEqual(second.chip.save(), first.chip.save());
            assert.deepEqual(second.time.scheduler.save(), first.time.scheduler.save());
          }),
          RUNS,
        );
      });

      it('is after a reset as it was at first, but for the levels on its inputs', () => {
        const kept = (state: object) =>
          Object.fromEntries(Object.entries(state).filter(([k]) => !entry.inputs?.includes(k)));
        fc.assert(
          fc.property(acts, (list) => {
            const { chip, run, time } = bench(entry);
            run(list);
            chip.reset();
            assert.deepEqual(kept(chip.save()), kept(bench(entry).chip.save()));
            assert.ok(time.scheduler.list().every((timer) => timer.deadline === Infinity));
          }),
          RUNS,
        );
      });

      it('has no mutable property but its state', () => {
        const { chip, run } = bench(entry);
        const fixed = Object.entries(chip).filter(([name]) => name !== 'state');
        const known = [Wire, ByteLine, Timer, Scheduler, FakeTime, Fields, ChipMemory, Projection, Ticks];
        const parts = [VgaMemory, VgaPicture, VgaComposer, VgaRaster];
        const allowed = (value: unknown): boolean =>
          typeof value !== 'object' ||
          value === null ||
          known.some((type) => value instanceof type) ||
          (parts.some((type) => value instanceof type) &&
            Object.values(value).every((part) => part === chip.state || allowed(part))) ||
          (Object.isFrozen(value) && Object.values(value).every(allowed));
        for (const [name, value] of fixed)
          assert.ok(allowed(value), `${entry.name}.${name} is neither state nor fixed`);
        run(fc.sample(acts, { numRuns: 20, seed: 1 }).flat());
        for (const [name, value] of fixed) {
          assert.equal((chip as unknown as Record<string, unknown>)[name], value, `${entry.name}.${name} has changed`);
        }
        assert.deepEqual(Object.keys(chip.save()), Object.keys(chip.stateFields));
      });

      it('shows registers that fit, and looking changes nothing', () => {
        fc.assert(
          fc.property(acts, (list) => {
            const { chip, run } = bench(entry);
            run(list);
            const saved = chip.save();
            const view = chip.view();
            const notes = chip.notes();
            for (let port = 0; port < entry.ports; port++) {
              const value = chip.peek?.(port, 1) ?? -1;
              assert.ok(Number.isInteger(value) && value >= 0 && value <= 0xff, `port ${port} peeks ${value}`);
            }
            assert.deepEqual(chip.view(), view);
            assert.deepEqual(chip.notes(), notes);
            assert.deepEqual(chip.save(), saved);
            for (const { name, value, width } of view) {
              assert.ok(
                Number.isSafeInteger(value) && value >= 0 && value < 2 ** width,
                `${name} = ${value} in ${width} bits`,
              );
            }
            assert.ok(notes.every((note) => note.length > 0 && !note.includes('undefined') && !note.includes('NaN')));
          }),
          RUNS,
        );
      });

      it('has a described row for each register, with bit fields that fit and do not overlap', () => {
        const view = bench(entry).chip.view();
        assert.ok(view.length > 0);
        assert.equal(new Set(view.map(({ name }) => name)).size, view.length);
        for (const { name, doc, width, fields } of view) {
          assert.notEqual(doc, '', name);
          assert.equal(new Set(fields.map(({ field }) => field.name)).size, fields.length, name);
          let taken = 0n;
          for (const { field } of fields) {
            const bits = field.width ?? 1;
            assert.ok(field.lsb + bits <= width, `${name}.${field.name} lies outside`);
            const mask = ((1n << BigInt(bits)) - 1n) << BigInt(field.lsb);
            assert.equal(taken & mask, 0n, `${name}.${field.name} overlaps another field`);
            taken |= mask;
            for (const value of Object.keys(field.values ?? {})) {
              assert.ok(Number(value) < 2 ** bits, `${name}.${field.name} has no value ${value}`);
            }
          }
        }
      });

      it('takes any poke of a register that is writable, and refuses the others', () => {
        fc.assert(
          fc.property(acts, fc.nat(1000), fc.nat(0xffff), (list, pick, value) => {
            const { chip, run } = bench(entry);
            run(list);
            const view = chip.view();
            const { name, width, writable } = view[pick % view.length];
            const fitting = value % 2 ** width;
            if (writable) chip.poke(name, fitting);
            else assert.throws(() => chip.poke(name, fitting), /can only be read/);
            const other = bench(entry).chip;
            other.load(chip.save());
            assert.deepEqual(other.save(), chip.save());
            for (const row of chip.view()) assert.ok(row.value < 2 ** row.width, row.name);
          }),
          RUNS,
        );
      });

      if (entry.ports > 0) {
        it('peeks what a read would give', () => {
          fc.assert(
            fc.property(acts, fc.nat(63), (list, any) => {
              const { chip, run } = bench(entry);
              run(list);
              const port = any % entry.ports;
              const peeked = chip.peek?.(port, 1);
              assert.equal(chip.read?.(port, 1), peeked);
            }),
            RUNS,
          );
        });
      }
    });
  }
});
