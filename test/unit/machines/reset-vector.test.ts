/**
 * Where each CPU model begins: in ROM, whatever memory was asked for. Reset addresses: 8086 Family User's Manual
 * (FFFF0h), 80286 Hardware Reference Manual (FFFFF0h), 80386 Programmer's Reference Manual, section 10.2 (FFFFFFF0h).
 */
import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import { MemorySource } from '../../../emulator/storage/block-source';
import { Machine } from '../../../emulator/system/machine';

const MB = 1 << 20;
const BOOT_ADDRESS = 0x7c00;
/** Counts in which the firmware's tests are long done. */
const ENOUGH = 50_000_000;

const RESET = [
  { cpu: '8086', vector: 0xf_fff0, lines: 20 },
  { cpu: '80286', vector: 0xff_fff0, lines: 24 },
  { cpu: '80386', vector: 0xffff_fff0, lines: 32 },
] as const;

/** `jmp $` with a boot signature. */
const SPINNING = Uint8Array.from({ length: 512 }, (_, n) => ({ 0: 0xeb, 1: 0xfe, 510: 0x55, 511: 0xaa })[n] ?? 0);

function machineWith(cpu: string, memoryBytes: number): Machine {
  return new Machine({
    machine: 'pc',
    cpu,
    memoryBytes,
    floppies: [new MemorySource(SPINNING)],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
}

describe('the reset vector', function () {
  this.timeout(30_000);
  for (const { cpu, vector, lines } of RESET) {
    for (const size of [64 * 1024, MB, 15 * MB, 16 * MB, 32 * MB]) {
      it(`of an ${cpu} is ROM with ${size / 1024} KiB of memory`, () => {
        const { board, processor } = machineWith(cpu, size);
        const { core, pc } = processor.cpu;
        assert.equal((core.seg(R.CS, R.SEG_BASE) + pc) >>> 0, vector);
        assert.equal(board.memory.regionAt(vector)?.kind, 'rom');
        // A far or near jump out of the last 16 bytes.
        assert.match(board.memory.peek(vector, 1).toString(16), /^(ea|e9|eb)$/);
        const beyond = board.memory
          .listRegions()
          .filter((region) => region.kind === 'ram' && region.base + region.length > 2 ** lines);
        assert.deepEqual(beyond, [], 'no RAM where the address lines do not reach');
      });
    }

    it(`of an ${cpu} with 32 MiB leads to the boot sector`, () => {
      const machine = machineWith(cpu, 32 * MB);
      const { cpu: x86 } = machine.processor;
      const { core } = x86;
      x86.breakpoints = new Set([BOOT_ADDRESS]);
      const stop = machine.run({ count: ENOUGH, time: Infinity, breakpoints: true }, false);
      assert.deepEqual([stop.kind, core.seg(R.CS, R.SEG_BASE) + x86.pc], ['breakpoint', BOOT_ADDRESS]);
    });
  }
});
