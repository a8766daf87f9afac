/** What a program file is, found from its content. */
import { EM_386, ELF_HEADER_BYTES, ELF_MAGIC } from './elf-format';
import { findMultibootHeader } from './multiboot-header';

/**
 * `elf`: an i386 program. `multiboot`: a kernel with a Multiboot 1 header. `unsupported`: a program for another machine,
 * or a damaged one.
 */
export interface ProgramIdentity {
  readonly kind: 'elf' | 'multiboot' | 'unsupported';
  /** One sentence for people: what was seen. */
  readonly why: string;
}

const ELF_MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

function identifyElf(bytes: Uint8Array): ProgramIdentity {
  if (bytes.length < ELF_HEADER_BYTES)
    return { kind: 'unsupported', why: `An ELF file cut off after ${bytes.length} bytes.` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[4] !== 1 || bytes[5] !== 1 || view.getUint16(18, true) !== EM_386) {
    const machine = view.getUint16(18, bytes[5] !== 2);
    const name = machine === EM_386 ? 'i386' : (ELF_MACHINES[machine] ?? `machine ${machine}`);
    return {
      kind: 'unsupported',
      why: `An ELF file for ${name}, ${bytes[4] === 2 ? 64 : 32}-bit: only 32-bit i386 programs run on this machine.`,
    };
  }
  return { kind: 'elf', why: 'An ELF file for i386.' };
}

/** What the file that begins with `start` (MULTIBOOT_SEARCH_BYTES of it, or all) is, if it is a program. */
export function identifyProgram(start: Uint8Array): ProgramIdentity | undefined {
  const elf = ELF_MAGIC.every((byte, i) => start[i] === byte) ? identifyElf(start) : undefined;
  if (elf?.kind === 'unsupported') return elf;
  const multiboot = findMultibootHeader(start);
  // Only an ELF kernel or one that gives its addresses can be loaded; anything else holds the magic by chance.
  if (multiboot !== undefined && (elf !== undefined || multiboot.addresses !== undefined)) {
    return {
      kind: 'multiboot',
      why: `A Multiboot 1 kernel: its header is at offset ${multiboot.offset.toString(16)}h.`,
    };
  }
  return elf;
}
