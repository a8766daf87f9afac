/** Building, lines and breakpoints. */
import { utimesSync } from 'node:fs';
import type { Provocations } from './lab';

const SOURCE = 'bits 16\norg 0x7c00\nstart:\n  mov ax, 1\n\n  hlt\n  times 510 - ($ - $$) db 0\n  dw 0xaa55\n';
const FUTURE = new Date('2100-01-01');

export const BUILDING: Provocations = {
  async '... is assembled with ..., but ... is not installed.'(lab) {
    const { PATH } = process.env;
    process.env['PATH'] = lab.stepback.folder;
    try {
      return await lab.refused({ program: lab.file('boot.asm', SOURCE) });
    } finally {
      process.env['PATH'] = PATH;
    }
  },
  '... could not be assembled: ...': (lab) =>
    lab.refused({ program: lab.file('boot.asm', 'bits 16\nmoov ax, 1, 2\n') }),
  'The build command "..." ended with ....': (lab) => lab.refused({ program: 'boot.img', build: 'exit 3' }),
};

export const LINES: Provocations = {
  'There is no listing or other line information for the image.': (lab) =>
    lab.breakpoint(lab.sector('hlt'), lab.file('boot.asm', SOURCE), 4),
  'The image holds no code of this file.': (lab) =>
    lab.breakpoint(lab.listed('listed', { source: SOURCE }).image, lab.file('other.asm', SOURCE), 4),
  '... has no code at or below line ....'(lab) {
    const { image, source } = lab.listed('below', { source: `${SOURCE}; the end\n` });
    return lab.breakpoint(image, source, 9);
  },
  'Moved from line ..., which has no code.'(lab) {
    const { image, source } = lab.listed('moved', { source: SOURCE });
    return lab.breakpoint(image, source, 5);
  },
  '... is not used: its bytes are not those of ... (...). Assemble again with -l to get a listing that fits.': (lab) =>
    lab.console({ program: lab.listed('misfit', { source: SOURCE, listing: SOURCE.replace('ax, 1', 'ax, 2') }).image }),
  '... was changed since ... was built: line ... is another. Build again before you trust the lines shown.'(lab) {
    const { image, source } = lab.listed('edited', {
      source: SOURCE.replace('mov ax, 1', 'mov ax, 3'),
      image: SOURCE,
      listing: SOURCE,
    });
    utimesSync(source, FUTURE, FUTURE);
    return lab.console({ program: image });
  },
  '... is newer than .... Build again if you changed it.'(lab) {
    const { image, source } = lab.listed('newer', { source: SOURCE });
    utimesSync(source, FUTURE, FUTURE);
    return lab.console({ program: image });
  },
  async 'There is no register, symbol or chip "..."'(lab) {
    const session = await lab.begin();
    await session.launchToStop({ program: lab.sector('hlt') });
    return session.client.refused('evaluate', { expression: 'counter', context: 'repl' });
  },
  async '... is a register and has no address. What it points to can be watched: ...'(lab) {
    const session = await lab.begin();
    await session.launchToStop({ program: lab.sector('hlt') });
    const { description } = await session.client.request<{ description: string }>('dataBreakpointInfo', {
      name: 'di',
      asAddress: true,
    });
    return description;
  },
};
