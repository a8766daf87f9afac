/** `stepback ir --compiled`: the compiled region that begins at an address, from instructions to wasm. */
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import { describeRegion, type NodeText } from '../../emulator/engine/compiler/describe';
import type { RegisterNames } from '../../emulator/ir/text';
import { UsageError } from './exit-codes';
import type { InstructionLines } from './instruction-lines';
import { hex } from './values';

/**
 * Lets the guest run on for so many instructions and goes back: a region is made of blocks that have run.
 *
 * @throws UsageError when the way back is not kept
 */
export function warmUp({ timeline }: BuiltInTarget, instructions: number): void {
  const start = timeline.count;
  timeline.run({ count: start + instructions, time: Infinity, breakpoints: false }, false);
  timeline.seek(start);
  if (timeline.count !== start) throw new UsageError('There is no way back to the address: give a smaller --warm-up.');
}

/** @throws UsageError when no region begins at the address */
export function regionLines(
  { machine, code }: BuiltInTarget,
  lines: InstructionLines,
  linear: number,
  names: RegisterNames,
): readonly string[] {
  const { cpu, blocks, regions } = machine.processor;
  const base = Number(cpu.readRegister('CS.base'));
  const region = describeRegion(regions, blocks.find((linear - base) >>> 0), names);
  if (region === undefined) {
    throw new UsageError(`No region begins at ${hex(linear)}h: its first instruction is left to the interpreter.`);
  }
  const starts = new Set(region.blocks.map(({ pc }) => pc));
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const size = [
    counted(region.blocks.length, 'block'),
    counted(region.instructions, 'instruction'),
    counted(region.nodes.length, 'node'),
  ];
  return [
    `; region at ${code.format(BigInt(linear))}, ${code.mode().title}, ${machine.config.cpu}: ${size.join(', ')}`,
    ...region.blocks.flatMap(({ pc, addresses }) => {
      // Where another block of the region begins, this one goes over to it.
      const end = addresses.findIndex((address, index) => index > 0 && starts.has((address - base) >>> 0));
      const own = end < 0 ? addresses : addresses.slice(0, end);
      const address = BigInt((pc + base) >>> 0);
      return ['', `; block at ${code.format(address)}`, ...own.map((one) => lines.lineAt(BigInt(one)))];
    }),
    ...region.nodes.flatMap(nodeLines),
    '',
    '; wasm',
    ...region.wasm.map((line) => `  ${line}`),
  ];
}

function nodeLines({ title, built, improved }: NodeText): readonly string[] {
  const indented = (texts: readonly string[]) => texts.map((text) => `  ${text}`);
  const same = built.length === improved.length && built.every((text, index) => text === improved[index]);
  return [
    '',
    `; ${title}`,
    ...(same ? indented(built) : [...indented(built), '; behind the passes', ...indented(improved)]),
  ];
}
