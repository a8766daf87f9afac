/** The walkthrough of the Get Started page: each step is ticked off by doing it. */
import { COMMANDS, DEBUG_TYPE } from '../../extension/ids';

interface Step {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** A picture that scripts/vscode/pictures.ts makes. */
  readonly picture: string;
  readonly alt: string;
  readonly done: readonly string[];
}

const link = (title: string, command: string): string => `[${title}](command:${command})`;
const command = (name: string): string => `onCommand:${name}`;
const STOPPED = `onContext:debugType == '${DEBUG_TYPE}' && debugState == 'stopped'`;

const STEPS: readonly Step[] = [
  {
    id: 'example',
    title: 'Open the example',
    description: `A boot sector that greets, paints and echoes keys. Or open a source or an image of your own.\n${link('Open the Example', COMMANDS.openExample)}`,
    picture: 'stopped',
    alt: 'The example, stopped in a routine, with registers and calls beside it',
    done: [command(COMMANDS.openExample), STOPPED],
  },
  {
    id: 'start',
    title: 'Press F5',
    description: `No launch.json is needed. A source is assembled first where its assembler is installed. The machine stops at the first instruction; F10 and F11 step.\n${link('Start Debugging', COMMANDS.debugFile)}`,
    picture: 'stopped',
    alt: 'The example, stopped in a routine, with registers and calls beside it',
    done: [STOPPED],
  },
  {
    id: 'back',
    title: 'Go back',
    description: `Ctrl turns a key around: Ctrl+F10 steps back, Ctrl+F11 steps back into what a line called, Ctrl+F5 runs backwards to a breakpoint or the beginning.\n${link('Step Back', 'workbench.action.debug.stepBack')}`,
    picture: 'stopped',
    alt: 'The example, stopped in a routine, with registers and calls beside it',
    done: ['workbench.action.debug.stepBack', 'workbench.action.debug.reverseContinue', COMMANDS.stepBackInto].map(
      command,
    ),
  },
  {
    id: 'display',
    title: 'See the screen and type',
    description: `The Display opens when the guest first shows something. Click it to type; Ctrl+Alt+G gives the keyboard back. Serial ports are terminals.\n${link('Open Display', COMMANDS.openDisplay)}`,
    picture: 'display',
    alt: 'The Display with what was typed to the guest, and the terminal of the serial port',
    done: [command(COMMANDS.openDisplay)],
  },
  {
    id: 'memory',
    title: 'Look at memory',
    description: `Follow SS:SP or any expression from stop to stop; what changed is marked. Type to change it. The pointer over an interrupt or a port in the source tells what it is.\n${link('Open Memory', COMMANDS.openMemory)}`,
    picture: 'memory',
    alt: 'A Memory panel that follows the stack; the return address that a call has pushed is marked',
    done: [command(COMMANDS.openMemory)],
  },
  {
    id: 'who',
    title: 'Ask who wrote it',
    description: `In the menus of a variable, a watch expression or chosen bytes: goes back in time to the last write.\n${link('Go Back to Who Wrote This', COMMANDS.whoWrote)}`,
    picture: 'memory',
    alt: 'A Memory panel that follows the stack; the return address that a call has pushed is marked',
    done: [command(COMMANDS.whoWrote), command(COMMANDS.whoWroteMemory)],
  },
  {
    id: 'gdb',
    title: 'Attach GDB as well',
    description: `GDB and LLDB attach to the same machine, also backwards. Paste the command into a terminal.\n${link('Copy the Command That Attaches GDB', COMMANDS.copyGdbCommand)}`,
    picture: 'machine',
    alt: 'The Machine view with the chips of the board, their registers and bits in words',
    done: [command(COMMANDS.copyGdbCommand)],
  },
];

export const CONTRIBUTED_WALKTHROUGHS = [
  {
    id: 'start',
    title: 'Get Started with Stepback',
    description: 'Debug a boot sector forwards and backwards.',
    steps: STEPS.map(({ id, title, description, picture, alt, done }) => ({
      id,
      title,
      description,
      media: { image: `media/${picture}.png`, altText: alt },
      completionEvents: done,
    })),
  },
];
