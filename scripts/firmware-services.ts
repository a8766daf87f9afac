/** docs/firmware-services.md: what programs may call the built-in firmware for, from its own table. */
import { serviceName } from '../emulator/firmware/pc-bios/service-names';
import { SERVICE_DESCRIPTIONS, type ServiceDescription } from '../emulator/firmware/pc-bios/services';
import { hex2 } from '../emulator/firmware/pc-bios/guest';
import { cell, code, table } from './lib/markdown';

const FAMILIES: Readonly<Record<number, string>> = {
  0x05: 'print screen',
  0x10: 'video',
  0x11: 'equipment',
  0x12: 'memory size',
  0x13: 'disks',
  0x14: 'serial ports',
  0x15: 'system',
  0x16: 'keyboard',
  0x17: 'printers',
  0x18: 'nothing to boot',
  0x19: 'boot',
  0x1a: 'clock',
};

const registers = (all: Readonly<Record<string, string>>): string =>
  Object.entries(all)
    .map(([name, meaning]) => `${code(name)} ${cell(meaning)}`)
    .join('; ');

const number = ({ service = 0, part }: ServiceDescription): number =>
  part === undefined ? service << 8 : (service << 8) | part;

function row(service: ServiceDescription): readonly string[] {
  const name = serviceName(service).replace(/^INT \w+ ?/, '');
  return [code(name), cell(service.title), registers(service.inputs), registers(service.outputs)];
}

export function firmwareServicesPage(): string {
  const there = SERVICE_DESCRIPTIONS.filter(({ isMissing }) => isMissing !== true);
  const interrupts = [...new Set(there.map(({ interrupt }) => interrupt))];
  const missing = SERVICE_DESCRIPTIONS.filter(({ isMissing }) => isMissing === true);
  return [
    '# Services of the firmware',
    '',
    'What a program may ask the built-in BIOS for. Made from its own table by `npm run contributes`; the hovers in the editor and the',
    'lines of [`firmwareCalls`](firmware.md#what-is-asked-for) say the same.',
    '',
    ...interrupts.flatMap((interrupt) => [
      `## INT ${hex2(interrupt)}, ${FAMILIES[interrupt] ?? 'others'}`,
      '',
      ...table(
        ['', '', 'takes', 'gives'],
        there
          .filter((one) => one.interrupt === interrupt)
          .toSorted((a, b) => number(a) - number(b))
          .map(row),
      ),
    ]),
    '## Not there',
    '',
    'Programs ask for these, and are told as by a PC that has none of them:',
    '',
    ...missing.map((service) => `- ${code(serviceName(service))} ${cell(service.title)}`),
    '',
  ].join('\n');
}
