/** QEMU with its GDB stub on a socket, stopped at reset: RAM, and no firmware that has run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GdbClient } from './gdb-client';

export class Qemu {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly gdb: GdbClient,
  ) {}

  static async start(): Promise<Qemu> {
    const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-'));
    const file = path.join(folder, 'gdb');
    const child = spawn(
      'qemu-system-i386',
      ['-S', '-cpu', '486', '-m', '16', '-display', 'none', '-nodefaults', '-gdb', `unix:${file},server=on,wait=off`],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    for (let tries = 0; !existsSync(file); tries++) {
      if (tries > 200 || child.exitCode !== null) throw new Error('QEMU did not open its GDB socket.');
      await delay(20);
    }
    const socket = createConnection(file);
    await once(socket, 'connect');
    const gdb = new GdbClient(socket);
    await gdb.ask('?');
    // QEMU sets single registers only for clients that have read its description of them.
    await gdb.ask('qXfer:features:read:target.xml:0,100');
    // Step without timers or interrupts: bits of QEMU's own packet.
    await gdb.ask('Qqemu.sstep=7');
    return new Qemu(child, folder, gdb);
  }

  async stop(): Promise<void> {
    await this.gdb.close();
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
