/** The exception filters that the client has switched on, with their conditions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Direction, ExceptionHit, ExceptionRequest } from '../../../emulator/debug/target';
import { CLIENT_NAME, type SessionChannel } from '../channel';
import { valuesEnvironment } from '../expressions/environment';
import { evaluate, evaluateNow, NotSynchronousError } from '../expressions/evaluator';
import type { Environment } from '../expressions/evaluator';
import type { Program } from '../program';
import { type ExceptionCondition, parseExceptionCondition, selects } from './exception-condition';

export interface FilterSpec {
  readonly id: string;
  readonly condition?: string | undefined;
}

interface Active {
  readonly id: string;
  readonly text: string;
  readonly condition?: ExceptionCondition;
}

/** The numbers of a hit as names of an expression. */
function hitEnvironment(environment: Environment, hit: ExceptionHit): Environment {
  const numbers: Readonly<Record<string, number | undefined>> = { ...hit };
  const known: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) known[name] = BigInt(value);
  return valuesEnvironment(environment, known);
}

export class ExceptionFilters {
  #wanted: readonly FilterSpec[] = [];
  /** Met, but the target could not answer at once; decided when it stands. */
  #undecided: { readonly filter: Active; readonly hit: ExceptionHit } | undefined;

  constructor(readonly session: SessionChannel) {}

  /** Switches on these instead of those before. */
  async replace(wanted: readonly FilterSpec[]): Promise<DebugProtocol.Breakpoint[]> {
    this.#wanted = wanted;
    const program = this.session.launched;
    if (program !== undefined) return this.install(program);
    const known = this.session.host.exceptionFilters ?? [];
    return wanted.map(({ id }) => (known.some((filter) => filter.id === id) ? { verified: true } : unknown(id)));
  }

  /** Hands them to the target; those that it does not have, and those with a bad condition, are left out. */
  async install(program: Program): Promise<DebugProtocol.Breakpoint[]> {
    const { exceptions } = program.target;
    const active: Active[] = [];
    const shown: DebugProtocol.Breakpoint[] = [];
    for (const { id, condition } of this.#wanted) {
      if (exceptions?.filters.some((filter) => filter.id === id) !== true) {
        shown.push(unknown(id));
        continue;
      }
      try {
        active.push(parse(program, id, condition?.trim() ?? ''));
        shown.push({ verified: true });
      } catch (error) {
        shown.push({
          verified: false,
          message: error instanceof Error ? error.message : String(error),
          reason: 'failed',
        });
      }
    }
    if (exceptions !== undefined && !program.noDebug) {
      await exceptions.set(
        CLIENT_NAME,
        active.map((filter) => this.#request(program, filter)),
      );
    }
    return shown;
  }

  #request(program: Program, filter: Active): ExceptionRequest {
    const { id, condition } = filter;
    if (condition === undefined) return { id };
    return { id, when: (_: Direction, hit) => this.#holds(program, filter, condition, hit) };
  }

  #holds(program: Program, filter: Active, condition: ExceptionCondition, hit: ExceptionHit): boolean {
    if (!selects(condition, hit)) return false;
    if (condition.expression === undefined) return true;
    try {
      return evaluateNow(condition.expression, hitEnvironment(program.environment, hit)).value !== 0n;
    } catch (error) {
      if (error instanceof NotSynchronousError) this.#undecided = { filter, hit };
      else this.#complain(filter, error);
      return true;
    }
  }

  #complain({ text }: Active, error: unknown): void {
    this.session.warn(
      `Stopped because the condition "${text}" failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** Whether the stop is for a filter whose condition could not be asked in the middle of the run. */
  get undecided(): boolean {
    return this.#undecided !== undefined;
  }

  /** Asks that condition with the target standing; says whether the stop counts. */
  async decide(program: Program): Promise<boolean> {
    const undecided = this.#undecided;
    this.#undecided = undefined;
    const expression = undecided?.filter.condition?.expression;
    if (undecided === undefined || expression === undefined) return true;
    try {
      return (await evaluate(expression, hitEnvironment(program.environment, undecided.hit))).value !== 0n;
    } catch (error) {
      this.#complain(undecided.filter, error);
      return true;
    }
  }
}

const unknown = (id: string): DebugProtocol.Breakpoint => ({
  verified: false,
  message: `There is no exception filter "${id}".`,
  reason: 'failed',
});

function parse(program: Program, id: string, text: string): Active {
  if (text === '') return { id, text };
  const { exceptions } = program.target;
  const condition = parseExceptionCondition(id, text, {
    filters: exceptions?.filters ?? [],
    firmware: exceptions?.firmwareNames?.() ?? [],
    isSpace: (name) => program.environment.space(name) !== undefined,
  });
  return { id, text, condition };
}
