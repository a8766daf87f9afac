import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identifyProgram } from '../../../emulator/loaders/identify';
import { BOOTLOADER_MAGIC, loadMultiboot, type MultibootOptions } from '../../../emulator/loaders/multiboot';
import { findMultibootHeader } from '../../../emulator/loaders/multiboot-header';
import type { GuestMemory } from '../../../emulator/memory/guest-memory';
import { build, canCompile, MB, pcMemory } from './programs';

const MAGIC = 0x1badb002;
const OPTIONS: MultibootOptions = {
  commandLine: 'kernel root=/dev/fd0',
  modules: [
    { bytes: Uint8Array.of(1, 2, 3), commandLine: 'one' },
    { bytes: new Uint8Array(5000).fill(9), commandLine: 'two with arguments' },
  ],
  lowerKb: 639,
  upperKb: 3072,
  ranges: [
    { base: 0, length: 0x9_fc00, type: 1 },
    { base: MB, length: 3 * MB, type: 1 },
  ],
};

interface Addresses {
  readonly header: number;
  readonly load: number;
  readonly loadEnd: number;
  readonly bssEnd: number;
  readonly entry: number;
}

/** A kernel that gives its addresses: `before` bytes, header, `after` bytes. */
function kernel(before: number, after: number, flags: number, addresses: Addresses, checksum?: number): Uint8Array {
  const bytes = new Uint8Array(before + 32 + after).map((_, i) => i & 0xff);
  const view = new DataView(bytes.buffer);
  const words = [
    MAGIC,
    flags,
    checksum ?? -(MAGIC + flags),
    addresses.header,
    addresses.load,
    addresses.loadEnd,
    addresses.bssEnd,
    addresses.entry,
  ];
  words.forEach((word, i) => view.setUint32(before + i * 4, word, true));
  return bytes;
}
const ADDRESSES = { header: 0x10_0040, load: 0x10_0000, loadEnd: 0, bssEnd: 0x10_2000, entry: 0x10_0070 };

const text = (memory: GuestMemory, address: number): string => {
  let result = '';
  for (let at = address; memory.peek(at, 1) !== 0; at++) result += String.fromCharCode(memory.peek(at, 1));
  return result;
};

describe('Multiboot loader', () => {
  it('finds the header at each place that it may have, and nowhere else', () => {
    for (const offset of [0, 4, 0x40, 4096, 8192 - 32]) {
      const header = findMultibootHeader(
        kernel(offset, 100, 0x1_0000, { ...ADDRESSES, load: ADDRESSES.header - offset }),
      );
      assert.equal(header?.offset, offset);
    }
    for (const offset of [2, 8192 - 28, 8192])
      assert.equal(findMultibootHeader(kernel(offset, 100, 0x1_0000, ADDRESSES)), undefined, `${offset}`);
    assert.equal(findMultibootHeader(kernel(0x40, 0, 0x1_0000, ADDRESSES, 5)), undefined);
  });

  it('loads a kernel by the addresses in its header, with its zeros', () => {
    const memory = pcMemory(0xaa);
    const bytes = kernel(0x40, 200, 0x1_0003, ADDRESSES);
    const { entry, kernel: ranges, warnings } = loadMultiboot(memory, bytes, OPTIONS);
    assert.deepEqual(
      { ...entry, ebx: 0 },
      { mode: 'protected-flat-32', a20: true, interrupts: false, eax: BOOTLOADER_MAGIC, ebx: 0, eip: 0x10_0070 },
    );
    assert.deepEqual(ranges, [{ base: 0x10_0000, length: 0x2000 }]);
    assert.deepEqual(memory.readBytes(0x10_0000, bytes.length), bytes);
    assert.ok(memory.readBytes(0x10_0000 + bytes.length, 0x2000 - bytes.length).every((byte) => byte === 0));
    assert.deepEqual(warnings, []);
    assert.equal(identifyProgram(bytes)?.kind, 'multiboot');
  });

  it('gives the kernel its command line, modules and memory map as the specification lays them out', () => {
    const memory = pcMemory(0xaa);
    const { entry, kernel: ranges, modules } = loadMultiboot(memory, kernel(0x40, 200, 0x1_0007, ADDRESSES), OPTIONS);
    const info = (offset: number) => memory.peek(entry.ebx + offset, 4);
    assert.equal(info(0), 0x24d);
    assert.deepEqual([info(4), info(8)], [639, 3072]);
    assert.equal(text(memory, info(16)), OPTIONS.commandLine);
    assert.equal(text(memory, info(64)), 'Stepback');
    assert.equal(info(20), 2);
    OPTIONS.modules.forEach((module, i) => {
      const at = info(24) + i * 16;
      const [start, end] = [memory.peek(at, 4), memory.peek(at + 4, 4)];
      assert.equal(start % 4096, 0);
      assert.deepEqual(memory.readBytes(start, end - start), module.bytes);
      assert.equal(text(memory, memory.peek(at + 8, 4)), module.commandLine);
      assert.equal(memory.peek(at + 12, 4), 0);
    });
    const map: { base: number; length: number; type: number }[] = [];
    for (let at = info(48); at < info(48) + info(44); at += memory.peek(at, 4) + 4) {
      map.push({ base: memory.peek(at + 4, 4), length: memory.peek(at + 12, 4), type: memory.peek(at + 20, 4) });
    }
    assert.deepEqual(map, OPTIONS.ranges);
    const places = [...ranges, ...modules, { base: entry.ebx, length: 116 }].toSorted((a, b) => a.base - b.base);
    places.forEach((range, i) => {
      const next = places[i + 1];
      if (next !== undefined) assert.ok(range.base + range.length <= next.base, 'two things lie over each other');
    });
  });

  it('starts an ELF kernel of gcc and ld at its physical entry point', function () {
    this.timeout(30_000);
    const source = `
      __attribute__((section(".multiboot"))) const unsigned header[] = { 0x1badb002, 3, -(0x1badb002u + 3) };
      int counter[300];
      void _start(void) { counter[0]++; for (;;) ; }`;
    const script = `ENTRY(_start) SECTIONS { . = 0x200000; .text : { *(.multiboot) *(.text*) } .bss : { *(.bss*) } /DISCARD/ : { *(.note*) *(.comment*) } }`;
    const program = canCompile() ? build(source, script) : undefined;
    if (program === undefined) this.skip();
    assert.equal(identifyProgram(program.bytes)?.kind, 'multiboot');
    const memory = pcMemory();
    const { entry, kernel: ranges, modules } = loadMultiboot(memory, program.bytes, OPTIONS);
    assert.equal(entry.eip, Number(/Entry point address:\s+(0x\w+)/.exec(program.readelf)?.[1]));
    assert.equal(memory.peek(0x20_0000, 4), MAGIC);
    assert.ok(modules.every((module) => ranges.every((range) => module.base >= range.base + range.length)));
  });

  it('names each defect', () => {
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [new Uint8Array(100), /no Multiboot 1 header/],
      [kernel(0x40, 50, 0x1_0008, ADDRESSES), /requires Multiboot features 8h/],
      [kernel(0x40, 50, 3, ADDRESSES), /its header gives no addresses/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, load: 0x10_0080 }), /that cannot be/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, header: 0x10_0080 }), /that cannot be/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, loadEnd: 0x10_1000 }), /it is cut off/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, loadEnd: 0xf_0000 }), /before its start/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, bssEnd: 0x10_0010 }), /zeros would end/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, bssEnd: 0xf000_0000 }), /no RAM at 400000h/],
      [kernel(0x40, 50, 0x1_0000, { ...ADDRESSES, entry: 0x300 }), /entry point 300h lies outside/],
    ];
    for (const [bytes, message] of cases) assert.throws(() => loadMultiboot(pcMemory(), bytes, OPTIONS), message);
    const huge = { ...OPTIONS, modules: [{ bytes: new Uint8Array(3 * MB), commandLine: 'huge' }] };
    assert.throws(
      () => loadMultiboot(pcMemory(), kernel(0x40, 50, 0x1_0000, ADDRESSES), huge),
      /no room for module 0 \(huge\)/,
    );
    assert.match(
      loadMultiboot(pcMemory(), kernel(0x40, 200, 0x1_0004, ADDRESSES), OPTIONS).warnings[0] ?? '',
      /video mode/,
    );
  });

  it('refuses with a sentence, or loads, a kernel with any addresses and any length', () => {
    const memory = pcMemory();
    const address = fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xf_f000, max: 0x10_2000 }), fc.constant(0));
    fc.assert(
      fc.property(
        fc.tuple(address, address, address, address, address),
        fc.nat(400),
        ([header, load, loadEnd, bssEnd, entry], length) => {
          const bytes = kernel(0x40, 200, 0x1_0000, { header, load, loadEnd, bssEnd, entry }).subarray(0, length);
          try {
            loadMultiboot(memory, bytes, OPTIONS);
          } catch (error) {
            assert.ok(error instanceof Error && error.constructor === Error, String(error));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
