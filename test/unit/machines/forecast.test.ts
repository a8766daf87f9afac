/** What the chips of a board say they will do next, against what then happens. */
import { strict as assert } from 'node:assert';
import { durationText } from '../../../emulator/time/duration';
import type { Machine } from '../../../emulator/system/machine';
import { exampleMachine, WAITING } from '../../support/machines';

describe('what a board says that its chips will do next', () => {
  let machine: Machine;
  const notes = (id: string): readonly string[] => {
    const chip = machine.board.chips.find((one) => one.id === id) ?? assert.fail(id);
    return [...chip.notes(), ...machine.board.forecast(chip)];
  };
  const poke = (id: string, register: string, value: number): void =>
    machine.board.chips.find((one) => one.id === id)?.poke(register, value);
  const line = (id: string, start: string): string =>
    notes(id).find((one) => one.startsWith(start)) ?? assert.fail(`${start}: ${notes(id).join(' | ')}`);
  const run = (count: number): void =>
    void machine.run({ count: machine.count + count, time: Infinity, breakpoints: false }, false);

  beforeEach(() => {
    machine = exampleMachine();
    run(WAITING);
  });

  it('every bit of every chip is there in words', () => {
    const wordless = machine.board.chips.flatMap((chip) =>
      chip
        .view()
        .flatMap(({ name, fields }) =>
          fields
            .filter(({ field }) => field.doc === undefined && Object.keys(field.values ?? {}).length === 0)
            .map(({ field }) => `${chip.id}.${name}.${field.name}`),
        ),
    );
    assert.deepEqual(wordless, []);
  });

  it('durations have three digits', () => {
    const rows: readonly (readonly [number, string])[] = [
      [0, '0 ns'],
      [999, '999 ns'],
      [2_474, '2.47 µs'],
      [3_200_000, '3.2 ms'],
      [27_462_660, '27.5 ms'],
      [1_500_000_000, '1.5 s'],
    ];
    for (const [ns, text] of rows) assert.equal(durationText(ns), text);
  });

  it('IRQ0 comes when the timer has said, masked or not', () => {
    poke('pic1', 'ISR', 0);
    const told = line('pit', 'IRQ0 in ');
    const [, amount = '', unit = ''] = /^IRQ0 in ([\d.]+) (ms|µs), vector 08h\.$/.exec(told) ?? assert.fail(told);
    assert.equal(line('pic1', 'IRQ0 in '), told, 'the controller says the same');
    const { clock } = machine.board;
    const before = clock.now;
    poke('pic1', 'IMR', 0xff);
    assert.match(line('pit', 'IRQ0 in '), /, masked\.$/);
    const lines = (): number => machine.board.chips.find(({ id }) => id === 'pic1')?.peekRegister('Lines') ?? 0;
    const level = (): boolean => (lines() & 1) !== 0;
    let last = level();
    for (;;) {
      machine.run({ count: machine.count + 50, time: clock.now + 10_000, breakpoints: false }, false);
      const now = level();
      if (now && !last) break;
      last = now;
    }
    const took = clock.now - before;
    const said = Number(amount) * (unit === 'ms' ? 1e6 : 1e3);
    assert.ok(Math.abs(took - said) < 0.01 * said + 20_000, `${took} ns, said ${said}`);
    assert.match(line('pic1', 'IRQ0 is high now'), /, masked\.$/);
    poke('pic1', 'IMR', 0);
    run(50);
    assert.match(line('pic1', 'IRQ0 is high now'), / and was taken: it asks again when it next rises\.$/);
  });

  it('a request behind one in service is held back; one behind the slave needs the master too', () => {
    poke('pic1', 'ISR', 1);
    assert.match(line('pit', 'IRQ0 in '), /vector 08h, held back until IR0 in service is ended\.$/);
    poke('rtc', 'Register C', 0);
    poke('rtc', 'Register B', 0x42);
    poke('pic2', 'IMR', 0);
    assert.match(line('rtc', 'IRQ8 in '), /^IRQ8 in [\d.]+ µs, vector 70h\.$/);
    poke('pic1', 'IMR', 4);
    assert.match(line('pic2', 'IRQ8 in '), /, masked, because pic1 masks IR2\.$/);
  });

  it('a UART says when it has sent; a DMA channel what it is set up for', () => {
    machine.board.ports.write(0x3f8, 1, 0x41);
    machine.board.ports.write(0x3f8, 1, 0x42);
    assert.match(line('com1', 'Sends 41h'), /^Sends 41h, done in 1\.04 ms; 1 more to send\.$/);
    const { ports } = machine.board;
    const writes: readonly (readonly [port: number, value: number])[] = [
      [0x0b, 0x46],
      [0x0c, 0],
      [0x04, 0x00],
      [0x04, 0x80],
      [0x05, 0xff],
      [0x05, 0x01],
    ];
    for (const [port, value] of writes) ports.write(port, 1, value);
    assert.equal(
      line('dma1', 'Channel 2'),
      'Channel 2: write to memory, single, address 8000h up, 512 to go, then masked; masked.',
    );
    assert.match(line('dma2', 'Channel 0'), /cascade, open/);
  });
});
