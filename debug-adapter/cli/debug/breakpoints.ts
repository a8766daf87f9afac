/** The breakpoints that a person has set in the terminal, as the session takes them: all of a kind at once. */
import { type Bodies, Refused, type TerminalClient } from './client';

export type Access = 'read' | 'write' | 'readWrite';

type Kind =
  | { readonly kind: 'line'; readonly path: string; readonly line: number }
  /** A label, an address or an expression. */
  | { readonly kind: 'place'; readonly name: string }
  | { readonly kind: 'data'; readonly dataId: string; readonly access: Access }
  | { readonly kind: 'exception'; readonly filter: string; readonly which: string };

export interface TerminalBreakpoint {
  readonly id: number;
  /** As it was asked for. */
  readonly text: string;
  readonly what: Kind;
  readonly condition: string | undefined;
}

export class TerminalBreakpoints {
  #all: readonly TerminalBreakpoint[] = [];
  #next = 1;

  constructor(private readonly client: TerminalClient) {}

  list(): readonly TerminalBreakpoint[] {
    return this.#all;
  }

  /** Adds one and gives what the session says of it. @throws Refused where it can't be set; then it is not kept */
  async add(text: string, what: Kind, condition: string | undefined): Promise<string> {
    const added: TerminalBreakpoint = { id: this.#next, text, what, condition };
    const before = this.#all;
    this.#all = [...before, added];
    try {
      const told = await this.#send(what);
      this.#next++;
      return `Breakpoint ${added.id}: ${text}${told === undefined ? '' : ` (${told})`}`;
    } catch (error) {
      this.#all = before;
      await this.#send(what);
      throw error;
    }
  }

  /** @throws Refused for a number that there is not */
  async remove(id: number): Promise<void> {
    const found = this.#all.find((breakpoint) => breakpoint.id === id);
    if (found === undefined) throw new Refused(`There is no breakpoint ${id}. "breakpoints" lists them.`);
    this.#all = this.#all.filter((breakpoint) => breakpoint !== found);
    await this.#send(found.what);
  }

  async clear(): Promise<void> {
    const all = this.#all;
    this.#all = [];
    for (const { what } of all) await this.#send(what);
  }

  /** Sends all of the kind of `what`; gives the message or place of the last one. @throws Refused when it is not verified */
  async #send(what: Kind): Promise<string | undefined> {
    switch (what.kind) {
      case 'line': {
        const mine = this.#all.filter(({ what: other }) => other.kind === 'line' && other.path === what.path);
        return verdict(
          await this.client.ask('setBreakpoints', {
            source: { path: what.path },
            breakpoints: mine.map(({ what: other, condition }) => ({
              line: other.kind === 'line' ? other.line : 0,
              condition,
            })),
          }),
        );
      }
      case 'place':
        return verdict(
          await this.client.ask('setFunctionBreakpoints', {
            breakpoints: this.#all.flatMap(({ what: other, condition }) =>
              other.kind === 'place' ? [{ name: other.name, condition }] : [],
            ),
          }),
        );
      case 'data':
        return verdict(
          await this.client.ask('setDataBreakpoints', {
            breakpoints: this.#all.flatMap(({ what: other, condition }) =>
              other.kind === 'data' ? [{ dataId: other.dataId, accessType: other.access, condition }] : [],
            ),
          }),
        );
      case 'exception': {
        const options = this.#all.flatMap(({ what: other }) => (other.kind === 'exception' ? [other] : []));
        await this.client.catch(
          options.map(({ filter, which }) => ({ filterId: filter, ...(which === '' ? {} : { condition: which }) })),
        );
        return undefined;
      }
    }
  }
}

type Answer = Bodies['setBreakpoints'] | Bodies['setFunctionBreakpoints'] | Bodies['setDataBreakpoints'];

function verdict({ breakpoints }: Answer): string | undefined {
  const last = breakpoints.at(-1);
  if (last === undefined) return undefined;
  if (!last.verified) throw new Refused(last.message ?? 'It can not be set.');
  const { source, line, instructionReference } = last;
  if (source?.name !== undefined && line !== undefined) return `${source.name}:${line}`;
  return instructionReference;
}

/** `13h`, `int 10h`, `16h/00` are calls of the firmware; everything else is about the CPU's exceptions. */
export const exceptionFilter = (which: string): string =>
  /^(?:int\b|[0-9a-f]{1,2}h\b)/i.test(which) ? 'firmware' : 'cpu';
