/** Other emulators on the same boot sector: each waits for the guest's marks. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Wall seconds from the guest's first mark to mark number `rounds` + 1. @throws Error when it can't be measured */
export type Runner = (rounds: number) => Promise<number>;

const MARK = 'S'.charCodeAt(0);
/** Longest run, ms. */
const PATIENCE = 300_000;

/** Counts marks; gives the time between the first and the last of them. */
class Marks {
  private seen = 0;
  private start = 0;

  constructor(
    private readonly rounds: number,
    private readonly done: (seconds: number) => void,
  ) {}

  byte(byte: number): void {
    if (byte !== MARK) return;
    this.seen++;
    if (this.seen === 1) this.start = performance.now();
    if (this.seen === this.rounds + 1) this.done((performance.now() - this.start) / 1000);
  }
}

/** A program that prints the marks on its standard output. `begin`: behind this text the marks count. */
function program(name: string, command: string, args: readonly string[], input: string, begin: string): Runner {
  return (rounds) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, [...args], { env: { ...process.env, TERM: 'xterm' } });
      const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      const marks = new Marks(rounds, (seconds) => {
        resolve(seconds);
        child.kill('SIGKILL');
      });
      let banner = '';
      let begun = begin === '';
      child.on('error', reject);
      child.stdout.on('data', (data: Buffer) => {
        let bytes = data;
        if (!begun) {
          banner += data.toString('latin1');
          const at = banner.indexOf(begin);
          if (at < 0) return;
          begun = true;
          bytes = Buffer.from(banner.slice(at + begin.length), 'latin1');
        }
        for (const byte of bytes) marks.byte(byte);
      });
      child.stderr.resume();
      child.stdin.on('error', () => undefined);
      child.stdin.write(input);
      child.on('exit', () => {
        clearTimeout(limit);
        reject(new Error(`${name} ended before the guest did`));
      });
    });
}

export function qemu(image: string, args: readonly string[]): Runner {
  return program(
    'QEMU',
    'qemu-system-i386',
    [
      ...['-display', 'none', '-net', 'none', '-monitor', 'none', '-serial', 'none', '-debugcon', 'stdio'],
      ...['-drive', `file=${image},format=raw,if=floppy,readonly=on`, '-boot', 'a', ...args],
    ],
    '',
    '',
  );
}

/** Debian's Bochs, which is built with the debugger. */
export function bochs(image: string, folder: string): Runner {
  const floppy = path.join(folder, 'bochs.img');
  const configuration = path.join(folder, 'bochs.conf');
  writeFileSync(floppy, readFileSync(image));
  writeFileSync(floppy, new Uint8Array(1_474_560 - readFileSync(image).length), { flag: 'a' });
  writeFileSync(
    configuration,
    [
      'display_library: term',
      'romimage: file=/usr/share/bochs/BIOS-bochs-latest',
      'vgaromimage: file=/usr/share/vgabios/vgabios.bin',
      'memory: guest=32, host=32',
      'sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy',
      'speaker: enabled=0',
      `floppya: 1_44=${floppy}, status=inserted`,
      'boot: floppy',
      'port_e9_hack: enabled=1',
      `log: ${path.join(folder, 'bochs.log')}`,
      'panic: action=report',
      'error: action=ignore',
      'info: action=ignore',
      '',
    ].join('\n'),
  );
  return program('Bochs', 'bochs', ['-q', '-f', configuration], 'c\n', '<bochs:1>');
}

/** npm's v86, in this process, with the firmware of the Debian packages seabios and vgabios. */
export function v86(image: string): Runner {
  const buffer = (file: string) => ({ buffer: new Uint8Array(readFileSync(file)).buffer });
  return async (rounds) => {
    const { V86 } = await import('v86');
    const emulator = new V86({
      wasm_path: require.resolve('v86/build/v86.wasm'),
      bios: buffer('/usr/share/seabios/bios.bin'),
      vga_bios: buffer('/usr/share/vgabios/vgabios.bin'),
      fda: buffer(image),
      memory_size: 32 * 1024 * 1024,
      autostart: true,
    });
    try {
      return await new Promise<number>((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('v86 did not come to the end')), PATIENCE);
        const marks = new Marks(rounds, (seconds) => {
          clearTimeout(limit);
          resolve(seconds);
        });
        emulator.add_listener('serial0-output-byte', (byte) => marks.byte(byte));
      });
    } finally {
      await emulator.destroy();
    }
  };
}
