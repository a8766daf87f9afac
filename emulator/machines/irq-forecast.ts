/** What the interrupt lines of a PC will do next, in words: a chip alone does not know where its line leads. */
import type { I8259 } from '../devices/interrupt/i8259';
import { durationText } from '../time/duration';

/** A line that will rise by itself. */
export interface Rise {
  readonly irq: number;
  /** Nanoseconds from now; Infinity where it does not. */
  readonly inNs: number;
}

/** The input of the master that the slave hangs on. */
const CASCADE = 2;
const INPUTS = 8;

const hex2 = (value: number): string => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;

/** What becomes of a request on a line, as the two controllers stand now: `masked`, `vector 08h`. */
function outcome(irq: number, master: I8259, slave: I8259): string {
  const [chip, input] = irq < INPUTS ? [master, irq] : [slave, irq - INPUTS];
  if (!chip.state.ready) return `${chip.id} is not initialized`;
  if ((chip.state.imr & (1 << input)) !== 0) return 'masked';
  if (irq >= INPUTS && (master.state.imr & (1 << CASCADE)) !== 0)
    return `masked, because ${master.id} masks IR${CASCADE}`;
  const vector = `vector ${hex2((chip.state.icw2 & 0xf8) | input)}`;
  return (chip.state.isr & (1 << input)) !== 0 ? `${vector}, held back until IR${input} in service is ended` : vector;
}

/** `IRQ0 in 3.2 ms, masked.` */
export function riseText({ irq, inNs }: Rise, master: I8259, slave: I8259): string {
  return `IRQ${irq} in ${durationText(inNs)}, ${outcome(irq, master, slave)}.`;
}

/** The lines of one controller: those that are high now, and those that will rise, the next one first. */
export function controllerForecast(
  chip: I8259,
  rises: readonly Rise[],
  master: I8259,
  slave: I8259,
): readonly string[] {
  const first = chip === master ? 0 : INPUTS;
  const high: string[] = [];
  for (let input = 0; input < INPUTS; input++) {
    if ((chip.state.lines & (1 << input)) === 0 || (chip === master && input === CASCADE)) continue;
    // An edge is taken once: the line may stay high and asks for nothing then.
    const asks = (chip.state.irr & (1 << input)) !== 0;
    const what = asks ? outcome(first + input, master, slave) : 'and was taken: it asks again when it next rises';
    high.push(`IRQ${first + input} is high now${asks ? ',' : ''} ${what}.`);
  }
  const later = rises
    .filter(({ irq, inNs }) => irq >= first && irq < first + INPUTS && inNs !== Infinity)
    .toSorted((a, b) => a.inNs - b.inNs);
  return [...high, ...later.map((rise) => riseText(rise, master, slave))];
}
