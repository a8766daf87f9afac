/** Programs and memory for the loaders' tests. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { GuestMemory } from '../../../emulator/memory/guest-memory';

export const MB = 1024 * 1024;

/** 640 KiB and 3 MiB from 1 MiB on, as on a PC; all of it filled with `fill`. */
export function pcMemory(fill = 0): GuestMemory {
  const memory = new GuestMemory(4 * MB, new AddressSpace('memory', 2 ** 32));
  for (const region of [
    memory.addRegion('RAM', 'ram', 0, 0xa_0000),
    memory.addRegion('ROM', 'rom', 0xf_0000, 0x1_0000),
    memory.addRegion('extended', 'ram', MB, 3 * MB),
  ]) {
    memory.bytesOf(region).fill(fill);
  }
  return memory;
}

let compilerWorks: boolean | undefined;

/** Whether gcc can make 32-bit programs here. */
export function canCompile(): boolean {
  compilerWorks ??=
    build('int x;', 'SECTIONS { . = 0x100000; .text : { *(.text*) } .data : { *(.data*) *(.bss*) } }') !== undefined;
  return compilerWorks;
}

/** An i386 ELF file from C source and a linker script; nothing when the compiler can't. `readelf`: its program headers. */
export function build(
  source: string,
  script: string,
): { readonly bytes: Uint8Array; readonly readelf: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'loaders-'));
  try {
    writeFileSync(join(folder, 'program.c'), source);
    writeFileSync(join(folder, 'program.ld'), script);
    const options = [
      '-m32',
      '-ffreestanding',
      '-fno-pie',
      '-no-pie',
      '-nostdlib',
      '-fno-asynchronous-unwind-tables',
      '-O1',
    ];
    execFileSync(
      'gcc',
      [
        ...options,
        '-Wl,--build-id=none,-n,--no-warn-rwx-segments',
        '-T',
        'program.ld',
        '-o',
        'program.elf',
        'program.c',
      ],
      {
        cwd: folder,
        stdio: 'pipe',
      },
    );
    const readelf = execFileSync('readelf', ['-h', '-l', '-W', 'program.elf'], { cwd: folder, encoding: 'utf8' });
    return { bytes: readFileSync(join(folder, 'program.elf')), readelf };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** PT_LOAD rows of `readelf -l -W`, and the entry point. */
export function readelfSegments(text: string) {
  const rows = [...text.matchAll(/^\s+LOAD\s+(0x\w+)\s+(0x\w+)\s+(0x\w+)\s+(0x\w+)\s+(0x\w+)/gm)];
  return {
    entry: Number(/Entry point address:\s+(0x\w+)/.exec(text)?.[1]),
    segments: rows
      .map(([, fileOffset, virtual, physical, fileBytes, memoryBytes]) => ({
        fileOffset: Number(fileOffset),
        fileBytes: Number(fileBytes),
        memoryBytes: Number(memoryBytes),
        virtual: Number(virtual),
        physical: Number(physical),
      }))
      .filter(({ memoryBytes }) => memoryBytes > 0),
  };
}
