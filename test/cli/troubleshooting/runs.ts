/** How runs end and what is said on the way; attaching. */
import { createServer } from 'node:net';
import { openAttachPort } from '../../../debug-adapter/host/attach-port';
import { launcher } from '../../../debug-adapter/host/launch';
import { parseOptions } from '../../../debug-adapter/protocol/options';
import { attach, attachedClient } from '../../support/attached-client';
import { INITIALIZE } from '../../support/dap-session';
import type { Lab, Provocations } from './lab';

const LIMITS = ['--timeout', '30'] as const;
const PROTECTED_WITHOUT_IDT = `
  cli
  xor ax, ax
  mov ds, ax
  lgdt [table]
  lidt [none]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  int 3
none: dw 0, 0, 0
table: dw 7, gdt, 0
gdt: dq 0`;

export const RUNS: Provocations = {
  'Triple fault: .... A real machine would reset here.': (lab) =>
    lab.cli('run', lab.sector(PROTECTED_WITHOUT_IDT), ...LIMITS),
  'HLT with interrupts disabled: nothing can wake this CPU any more.': (lab) =>
    lab.cli('run', lab.sector('cli\nhlt'), ...LIMITS),
  'The CPU is about to execute nothing but zeros: ...': (lab) =>
    lab.cli('debug', lab.sector('jmp 0x2000:0'), '-e', 'continue 10'),
  'The guest used something that Stepback does not emulate yet: ....': (lab) =>
    // IRET with NT set would switch tasks.
    lab.cli('run', lab.sector('mov eax, cr0\nor al, 1\nmov cr0, eax\npush word 0x4000\npopf\niret'), ...LIMITS),
  '... nothing is there': async (lab) => {
    const session = await lab.begin();
    await session.launch({ program: lab.sector('mov dx, 0x5678\nin al, dx\njmp $'), stopOnEntry: false });
    return session.until(() => session.console('console'), /nothing/);
  },
  'A boot program gave up: it called INT 18h before ....': (lab) => lab.cli('run', lab.sector('int 0x18'), ...LIMITS),
  'This is the beginning of the recorded time; there is nothing earlier.': (lab) =>
    lab.cli('debug', lab.sector('hlt'), '--stop-on-entry', 'reset', '-e', 'backi'),
  'The past was changed at instruction ...: what lay behind it is gone.': (lab) =>
    lab.cli('debug', lab.sector('nop\nnop\nnop\njmp $'), '-e', 'stepi 3; backi 2; set ax = 5'),
  'ended after ... s.': (lab) => lab.cli('run', lab.sector('jmp $'), '--timeout', '0.2'),
};

/** A machine that editors attach to, as long as something is done. */
async function attachable(lab: Lab, action: (port: number) => Promise<string>): Promise<string> {
  const problem = (error: Error): void => {
    throw error;
  };
  const options = parseOptions('run', { program: lab.sector('jmp $'), memory: '1M' });
  const machine = await launcher(problem)(options, new AbortController().signal);
  const port = await openAttachPort({ machine, end: () => undefined }, 0, { changed: () => undefined, problem });
  try {
    return await action(port.port);
  } finally {
    port.close();
    await machine.dispose();
  }
}

export const ATTACHING: Provocations = {
  async 'Port ... can not be used for ...: another program uses it; 0 takes any that is free.'(lab) {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      return await lab.cli('run', lab.sector('jmp $'), '--listen', String(port));
    } finally {
      server.close();
    }
  },
  'Another editor is attached to this machine. ...': (lab) =>
    attachable(lab, async (port) => {
      const first = await attach(port, {});
      const second = await attachedClient(port);
      const said = await second.client.refused('initialize', INITIALIZE);
      second.hangUp();
      first.hangUp();
      return said;
    }),
  'This machine runs already: use "request": "attach" in launch.json.': (lab) =>
    attachable(lab, async (port) => {
      const { client, hangUp } = await attachedClient(port);
      await client.request('initialize', INITIALIZE);
      const said = await client.refused('launch', { program: 'x.img' });
      hangUp();
      return said;
    }),
};

/** Of launch.json, where what is wrong shows only to who attaches. */
export const ATTACH_OPTIONS: Provocations = {
  '... has no meaning where a session attaches: the machine runs already. Remove it.': (lab) =>
    attachable(lab, async (port) => {
      const { client, hangUp } = await attachedClient(port);
      await client.request('initialize', INITIALIZE);
      const said = await client.refused('attach', { port, program: 'x.img' });
      hangUp();
      return said;
    }),
};
