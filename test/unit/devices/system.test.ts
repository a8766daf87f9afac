import assert from 'node:assert/strict';
import { I8237 } from '../../../emulator/devices/dma/i8237';
import { DmaPageRegisters } from '../../../emulator/devices/dma/page-registers';
import { A20Gate } from '../../../emulator/devices/system/a20-gate';
import { DebugConsole } from '../../../emulator/devices/system/debug-console';
import { DebugExit } from '../../../emulator/devices/system/debug-exit';
import { Port61 } from '../../../emulator/devices/system/port-61';
import { Port92 } from '../../../emulator/devices/system/port-92';
import { PostPort } from '../../../emulator/devices/system/post-port';
import { timeOfTick } from '../../../emulator/time/clock';
import { FakeTime } from './fake-time';

describe('system board', () => {
  it('frees A20 when either source says so', () => {
    const gate = new A20Gate('a20');
    const port = new Port92('port92');
    const levels: boolean[] = [];
    gate.out.connect((level) => levels.push(level));
    port.a20.connect((level) => gate.setFast(level));
    port.write(0, 1, 0x02);
    gate.setKeyboard(true);
    port.write(0, 1, 0x00);
    gate.setKeyboard(false);
    assert.deepEqual(levels, [true, true, true, false]);
  });

  it('resets the CPU when bit 0 of port A rises', () => {
    const port = new Port92('port92');
    const pulses: boolean[] = [];
    port.cpuReset.connect((level) => pulses.push(level));
    port.write(0, 1, 0x03);
    port.write(0, 1, 0x03);
    assert.deepEqual(pulses, [true, false]);
    assert.equal(port.read(), 0x03);
  });

  it('has gate, speaker, refresh and timer output in port B', () => {
    const time = new FakeTime();
    let out2 = false;
    const port = new Port61('port61', time, { timer2: () => out2, timer2Until: () => Infinity });
    const gate: boolean[] = [];
    port.gate2.connect((level) => gate.push(level));
    port.write(0, 1, 0xf3);
    assert.equal(port.read(), 0x03);
    port.write(0, 1, 0x00);
    assert.deepEqual(gate, [true, false]);
    out2 = true;
    assert.equal(port.read(), 0x20);
    time.runTo(timeOfTick(18, 1_193_182) - 1);
    assert.equal(port.read() & 0x10, 0);
    time.pass(1);
    assert.equal(port.read() & 0x10, 0x10);
    time.runTo(timeOfTick(36, 1_193_182));
    assert.equal(port.read() & 0x10, 0);
  });

  it('keeps the last POST code', () => {
    const port = new PostPort('post');
    port.write(0, 1, 0x42);
    assert.equal(port.read(), 0x42);
  });

  it('sends debug console bytes and can be found', () => {
    const port = new DebugConsole('debugcon');
    const bytes: number[] = [];
    port.out.connect((byte) => bytes.push(byte));
    for (const byte of [0x68, 0x69]) port.write(0, 1, byte);
    assert.deepEqual(bytes, [0x68, 0x69]);
    assert.equal(port.read(), 0xe9);
  });

  it('asks for an end with (value << 1) | 1', () => {
    const codes: number[] = [];
    const port = new DebugExit('exit', { onExit: (code) => codes.push(code) });
    port.write(0, 1, 0x10);
    port.write(0, 4, 0);
    assert.deepEqual(codes, [0x21, 1]);
  });
});

describe('8237A', () => {
  it('writes base and current registers a byte at a time, low byte first', () => {
    const dma = new I8237('dma1');
    dma.write(12, 1, 0);
    for (const byte of [0x34, 0x12]) dma.write(4, 1, byte);
    for (const byte of [0xff, 0x01]) dma.write(5, 1, byte);
    assert.deepEqual([dma.read(4), dma.read(4)], [0x34, 0x12]);
    assert.deepEqual([dma.read(5), dma.read(5)], [0xff, 0x01]);
    assert.equal(dma.state.baseAddress[2], 0x1234);
    assert.equal(dma.state.baseCount[2], 0x01ff);
    dma.read(4);
    dma.write(12, 1, 0);
    assert.equal(dma.read(4), 0x34);
  });

  it('masks channels one by one and all at once, and clears as a whole', () => {
    const dma = new I8237('dma2', { stride: 2 });
    assert.equal(dma.state.mask, 0x0f);
    dma.write(20, 1, 0x02);
    assert.equal(dma.state.mask, 0x0b);
    dma.write(28, 1, 0);
    assert.equal(dma.state.mask, 0);
    dma.write(30, 1, 0x05);
    assert.equal(dma.state.mask, 0x05);
    dma.write(20, 1, 0x05);
    dma.write(20, 1, 0x06);
    assert.equal(dma.state.mask, 0x07);
    dma.write(22, 1, 0x56);
    assert.equal(dma.state.mode[2], 0x54);
    dma.write(18, 1, 0x05);
    assert.equal(dma.read(16), 0x20);
    dma.write(26, 1, 0);
    assert.deepEqual([dma.state.mask, dma.read(16), dma.state.mode[2]], [0x0f, 0, 0x54]);
  });

  it('keeps the pages of its channels', () => {
    const pages = new DmaPageRegisters('dma-pages');
    pages.write(1, 1, 0x0a);
    assert.equal(pages.read(1), 0x0a);
    assert.equal(pages.view().find((row) => row.name === 'Channel 2')?.value, 0x0a);
  });
});
