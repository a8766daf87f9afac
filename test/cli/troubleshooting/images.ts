/** Images and options that are refused. */
import { readFileSync } from 'node:fs';
import { runTool } from '../../support/tools';
import type { Lab, Provocations } from './lab';

/** A small kernel, linked to an address; NASM's object file beside it. */
function kernel({ stepback }: Lab, address: string): { readonly elf: string; readonly object: string } {
  const [object, elf] = [stepback.file(`k${address}.o`), stepback.file(`k${address}.elf`)];
  const binary = stepback.guest('flat');
  runTool('objcopy', ['-I', 'binary', '-O', 'elf32-i386', '-B', 'i386', binary, object], stepback.folder);
  runTool('ld', ['-m', 'elf_i386', '-Tdata', address, '-e', address, '-o', elf, object], stepback.folder);
  return { elf, object };
}

export const OPTIONS: Provocations = {
  'There is no option ....': (lab) => lab.refused({ program: 'x.img', progam: 'y.img' }),
  '... has no meaning in launch.json. Remove it.': (lab) => lab.refused({ program: 'x.img', untilScreen: 'x' }),
  '"memory": expected ..., got ....': (lab) => lab.refused({ program: 'x.img', memory: 'much' }),
  'A PC has at least 64 KiB of memory, in steps of 4 KiB; ... bytes were asked for.': (lab) =>
    lab.cli('run', lab.sector('hlt'), '--memory', '5K'),
  '... can not be written: there is no such folder': (lab) =>
    lab.refused({ program: lab.sector('hlt'), serial: `file:${lab.stepback.file('no/folder')}` }),
};

const QCOW2 = [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3];
const ISO_DESCRIPTOR = 0x8001;

export const IMAGES: Provocations = {
  '... can not be opened: There is no such file': (lab) => lab.cli('run', 'none.img'),
  '... is a folder: an image is needed.': (lab) => lab.cli('run', lab.stepback.folder),
  '... can not be started. The file is empty (0 bytes).': (lab) => lab.cli('run', lab.file('empty.img', '')),
  '... can not be started. This file is ...: convert or unpack it to a raw image first.': (lab) =>
    lab.cli('run', lab.file('disk.qcow2', Uint8Array.from(QCOW2))),
  '... can not be started. A CD-ROM image (ISO 9660) that boots from CDs only, which are not supported yet; ...': (
    lab,
  ) => {
    const iso = Buffer.alloc(0x9000);
    iso.write('CD001', ISO_DESCRIPTOR, 'latin1');
    return lab.cli('run', lab.file('system.iso', iso));
  },
  '... An ELF file for ..., 64-bit: only 32-bit i386 programs run on this machine.': (lab) =>
    lab.cli('run', lab.file('kernel64.elf', readFileSync(process.execPath).subarray(0, 0x1000))),
  '... A kernel is an ELF file for i386 or has a Multiboot 1 header.': (lab) =>
    lab.cli('run', '--kernel', lab.sector('hlt')),
  'The ELF file is of type 1, not an executable: link it first.': (lab) =>
    lab.cli('run', kernel(lab, '0x200000').object),
  "Segment ... of the ELF file lies at ..., beyond the file's end at ...: the file is cut off.": (lab) => {
    const whole = readFileSync(kernel(lab, '0x200000').elf);
    return lab.cli('run', lab.file('cut.elf', whole.subarray(0, 0x1000 + 4)));
  },
  'Segment ... of the ELF file goes to ..., but there is no RAM at .... Give the machine more memory?': (lab) =>
    lab.cli('run', kernel(lab, '0x10000000').elf),
  'A 32-bit kernel needs an 80386; this machine has an ....': (lab) =>
    lab.cli('run', kernel(lab, '0x200000').elf, '--cpu', '80286'),
  'Modules were given, but no Multiboot kernel to give them to.': (lab) => {
    const image = lab.sector('hlt');
    return lab.cli('run', image, '--modules', image);
  },
  'No bootable device. The firmware found no boot sector on ....': (lab) =>
    lab.cli('run', lab.file('zeros.img', Buffer.alloc(1_474_560)), '--timeout', '30'),
  'signature    missing: ... at offset 510 instead of 55h AAh': (lab) =>
    lab.cli('inspect', lab.assemble('bits 16\njmp $\ntimes 510 db 0\n')),
  'signature    none: the image has ... bytes, a sector has 512': (lab) =>
    lab.cli('inspect', lab.assemble('bits 16\njmp $\n')),
};
