import assert from 'node:assert/strict';
import { Uart16550 } from '../../../emulator/devices/serial/uart16550';
import { FakeTime } from './fake-time';

/** 115200 baud, 8N1: ten bits of 1/115200 s, rounded up to whole nanoseconds. */
const CHARACTER = Math.ceil((10 * 1_000_000_000) / 115_200);

const [THR, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7];
const FCR = IIR;

function uart(fcr = 0, mcr = 0x08) {
  const time = new FakeTime();
  const chip = new Uart16550('com1', time, time.scheduler);
  const sent: { byte: number; at: number }[] = [];
  chip.out.connect((byte) => sent.push({ byte, at: time.now }));
  let irq = false;
  chip.irq.connect((level) => {
    irq = level;
  });
  chip.reset();
  const w = (offset: number, value: number) => chip.write(offset, 1, value);
  const r = (offset: number) => chip.read(offset);
  w(LCR, 0x83);
  w(0, 1);
  w(1, 0);
  w(LCR, 0x03);
  w(FCR, fcr);
  w(MCR, mcr);
  return { chip, time, sent, irq: () => irq, w, r };
}

describe('16550A', () => {
  it('has the divisor behind DLAB and a scratch register', () => {
    const { w, r } = uart();
    w(LCR, 0x83);
    w(0, 0x34);
    w(1, 0x12);
    assert.deepEqual([r(0), r(1)], [0x34, 0x12]);
    w(LCR, 0x03);
    assert.equal(r(1), 0);
    w(SCR, 0x5a);
    assert.equal(r(SCR), 0x5a);
  });

  it('sends a character in its time, the next one from THR right behind it', () => {
    const { time, sent, w, r } = uart();
    w(THR, 0x41);
    assert.equal(r(LSR) & 0x60, 0x20, 'THR is empty again, the shift register is not');
    w(THR, 0x42);
    assert.equal(r(LSR) & 0x60, 0x00);
    time.runTo(CHARACTER);
    assert.deepEqual(sent, [{ byte: 0x41, at: CHARACTER }]);
    assert.equal(r(LSR) & 0x60, 0x20);
    time.runTo(2 * CHARACTER);
    assert.equal(sent[1].byte, 0x42);
    assert.equal(r(LSR) & 0x60, 0x60);
  });

  it('takes the time of its line settings', () => {
    for (const [lcr, divisor, bits] of [
      [0x03, 12, 10],
      [0x07, 12, 11],
      [0x1b, 12, 11],
      [0x04, 3, 7.5],
      [0x02, 96, 9],
    ] as const) {
      const { chip, time, sent, w } = uart();
      w(LCR, 0x80 | lcr);
      w(0, divisor);
      w(LCR, lcr);
      w(THR, 0xff);
      time.pass(1_000_000_000);
      const exact = (bits * divisor * 1_000_000_000) / 115_200;
      assert.equal(sent[0].at, Math.ceil(exact));
      assert.equal(sent[0].byte, 0xff >> (3 - (lcr & 3)));
      assert.equal(chip.characterNs, sent[0].at);
    }
  });

  it('receives a character time after the far end has sent, and reports it', () => {
    const { chip, time, irq, w, r } = uart();
    w(IER, 0x01);
    chip.receive(0x31);
    chip.receive(0x32);
    time.runTo(CHARACTER - 1);
    assert.equal(r(LSR) & 1, 0);
    time.runTo(CHARACTER);
    assert.equal(r(LSR) & 1, 1);
    assert.equal(irq(), true);
    assert.equal(r(IIR), 0x04);
    time.pass(10 * CHARACTER);
    assert.equal(r(LSR) & 2, 0, 'the far end waits');
    assert.equal(r(0), 0x31);
    assert.equal(irq(), false);
    time.pass(CHARACTER);
    assert.equal(r(0), 0x32);
    assert.equal(chip.waiting, 0);
  });

  it('interrupts at the FIFO trigger level, until it falls below', () => {
    for (const [bits, level] of [
      [0x01, 1],
      [0x41, 4],
      [0x81, 8],
      [0xc1, 14],
    ] as const) {
      const { chip, time, irq, w, r } = uart(bits);
      assert.equal(r(IIR), 0xc1);
      w(IER, 0x01);
      for (let i = 0; i < level; i++) chip.receive(i);
      time.runTo(level * CHARACTER - 1);
      assert.equal(irq(), false);
      time.runTo(level * CHARACTER);
      assert.equal(irq(), true);
      assert.equal(r(IIR), 0xc4);
      assert.equal(r(0), 0);
      assert.equal(irq(), false);
    }
  });

  it('interrupts four character times after the last character or read, below the trigger level', () => {
    const { chip, time, irq, w, r } = uart(0x81);
    w(IER, 0x01);
    for (const byte of [1, 2]) chip.receive(byte);
    time.runTo(6 * CHARACTER - 1);
    assert.equal(irq(), false);
    time.runTo(6 * CHARACTER);
    assert.equal(irq(), true);
    assert.equal(r(IIR), 0xcc);
    assert.equal(r(0), 1);
    assert.equal(irq(), false);
    time.pass(4 * CHARACTER);
    assert.equal(r(IIR), 0xcc);
    assert.equal(r(0), 2);
    time.pass(20 * CHARACTER);
    assert.equal(irq(), false);
  });

  it('holds 16 characters each way', () => {
    const { chip, time, sent, w, r } = uart(0x01);
    for (let i = 0; i < 20; i++) w(THR, i);
    time.pass(40 * CHARACTER);
    assert.deepEqual(
      sent.map(({ byte }) => byte),
      Array.from({ length: 17 }, (_, i) => i),
      'one in the shift register, 16 in the FIFO',
    );
    for (let i = 0; i < 20; i++) chip.receive(i);
    time.pass(40 * CHARACTER);
    assert.equal(chip.waiting, 4);
    for (let i = 0; i < 20; i++) {
      assert.equal(r(0), i);
      time.pass(CHARACTER);
    }
  });

  it('clears its FIFOs by FCR', () => {
    const { chip, time, sent, w, r } = uart(0x01);
    chip.receive(1);
    time.pass(CHARACTER);
    w(FCR, 0x03);
    assert.equal(r(LSR) & 1, 0);
    w(THR, 1);
    w(THR, 2);
    w(FCR, 0x05);
    time.pass(9 * CHARACTER);
    assert.equal(sent.length, 1);
  });

  it('interrupts when THR is empty, once, until IIR is read or THR is written', () => {
    const { time, irq, w, r } = uart();
    w(IER, 0x02);
    assert.equal(irq(), true);
    assert.equal(r(IIR), 0x02);
    assert.equal(irq(), false);
    assert.equal(r(IIR), 0x01);
    w(THR, 1);
    assert.equal(irq(), true, 'THR has gone into the shift register');
    w(THR, 2);
    assert.equal(irq(), false);
    time.pass(CHARACTER);
    assert.equal(irq(), true);
  });

  it('ranks line status, data, transmitter, modem', () => {
    const { chip, time, w, r } = uart(0, 0x18);
    w(IER, 0x0f);
    w(THR, 0x11);
    time.pass(CHARACTER);
    w(THR, 0x22);
    time.pass(CHARACTER);
    w(MCR, 0x1a);
    chip.setModem(0);
    assert.equal(r(IIR), 0x06);
    assert.equal(r(LSR) & 0x03, 0x03, 'overrun');
    assert.equal(r(IIR), 0x04);
    assert.equal(r(0), 0x22, 'the new character has taken the place of the old one');
    assert.equal(r(IIR), 0x02);
    assert.equal(r(IIR), 0x00);
    assert.notEqual(r(MSR) & 0x0f, 0);
    assert.equal(r(IIR), 0x01);
  });

  it('loses the newest character when the FIFO overruns', () => {
    const { time, w, r } = uart(0x01, 0x10);
    for (let i = 0; i < 17; i++) w(THR, i);
    time.pass(17 * CHARACTER);
    assert.equal(r(LSR) & 2, 2);
    assert.equal(r(LSR) & 2, 0);
    const got = [];
    while (r(LSR) & 1) got.push(r(0));
    assert.deepEqual(
      got,
      Array.from({ length: 16 }, (_, i) => i),
    );
  });

  it('loops back characters and modem lines, with the outputs silent', () => {
    const { time, sent, irq, w, r } = uart(0, 0x1a);
    assert.equal(r(MSR) & 0xf0, 0x90);
    w(MCR, 0x15);
    assert.equal(r(MSR), 0x60 | 0x0b);
    w(MCR, 0x10);
    assert.equal(r(MSR), 0x06, 'RI went away, DSR changed');
    w(IER, 0x01);
    w(THR, 0xa5);
    time.pass(CHARACTER);
    assert.equal(r(LSR) & 1, 1);
    assert.equal(r(0), 0xa5);
    assert.deepEqual(sent, []);
    assert.equal(irq(), false);
    w(LCR, 0x43);
    assert.equal(r(LSR) & 0x19, 0x19);
  });

  it('reports changes of the modem lines', () => {
    const { chip, irq, w, r } = uart();
    assert.equal(r(MSR), 0xb0);
    w(IER, 0x08);
    chip.setModem(0xe0);
    assert.equal(irq(), true);
    assert.equal(r(MSR), 0xe0 | 0x01);
    assert.equal(irq(), false);
    chip.setModem(0xa0);
    assert.equal(r(MSR), 0xa4);
  });

  it('interrupts only with OUT2', () => {
    const { irq, w } = uart(0, 0x00);
    w(IER, 0x02);
    assert.equal(irq(), false);
    w(MCR, 0x08);
    assert.equal(irq(), true);
  });
});
