/**
 * Loops whose accesses step on, for random programs: over the end of a page, round the end of a segment, two of them beside
 * each other. Compiled code writes such loops several times, and looks at the accesses of all turns together.
 */
import type { Random } from '../lockstep/lockstep';

/** How a kind of program names things. */
export interface Stepping {
  readonly pointers: readonly [string, string];
  readonly counter: string;
  /** A prefix of a memory operand's text, such as `es:`. */
  readonly segment: () => string;
  /** Where a pointer begins. */
  readonly start: () => string;
  /** Whether a pointer may be multiplied. */
  readonly scales: boolean;
}

const VALUES = [
  ['al', 'dl'],
  ['ax', 'dx'],
  ['eax', 'edx'],
] as const;

export function steppingLoop(random: Random, label: (name: string) => string, kind: Stepping): string {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)];
  const [first, second] = kind.pointers;
  const width = random.below(VALUES.length);
  const [a, b] = VALUES[width];
  const scale = kind.scales && random.below(3) === 0 ? 4 : 1;
  const place = (pointer: string) => {
    const distance = random.below(3) === 0 ? random.below(40) - 20 : 0;
    return `[${kind.segment()}${scale === 1 ? pointer : `${pointer} * ${scale}`} + ${distance}]`;
  };
  const accesses = [
    () => `mov ${place(first)}, ${a}\nadd ${a}, ${b}`,
    () => `add ${a}, ${place(first)}`,
    () => `mov ${a}, ${place(first)}\nmov ${place(second)}, ${a}`,
    () => `${pick(['inc', 'not', 'neg'])} ${['byte', 'word', 'dword'][width]} ${place(first)}`,
    () => `xor ${a}, ${place(first)}\nadc ${place(first)}, ${b}`,
    () => `cmp ${a}, ${place(first)}\nje ${label('out')}\nadd ${b}, ${place(second)}`,
    () => `mov ${place(first)}, ${a}\ntest ${a}, 3\njz ${label('past')}\nror ${a}, 1\n${label('past')}:`,
  ];
  const step = (pointer: string) =>
    pick([
      `inc ${pointer}`,
      `dec ${pointer}`,
      `add ${pointer}, ${1 + random.below(8)}`,
      `sub ${pointer}, ${1 + random.below(8)}`,
      `lea ${pointer}, [${pointer} + ${2 ** random.below(4)}]`,
    ]);
  const start = (pointer: string) => `mov ${pointer}, ${kind.start()}${scale === 1 ? '' : `\nshr ${pointer}, 2`}`;
  return [
    start(first),
    start(second),
    `mov ${kind.counter}, ${1 + random.below(60)}`,
    `${label('turn')}: ${pick(accesses)()}`,
    step(first),
    ...(random.below(2) === 0 ? [step(second)] : []),
    pick([`loop ${label('turn')}`, `dec ${kind.counter}\njnz ${label('turn')}`]),
    `${label('out')}:`,
  ].join('\n');
}
