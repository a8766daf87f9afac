/** All breakpoints of the session: as they were asked for, where they lie, and whether a hit counts. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type {
  BreakpointRequest,
  Direction,
  Watched,
  WatchedAccess,
  WatchpointRequest,
} from '../../../emulator/debug/target';
import { pathKey } from '../../symbols/paths';
import { evaluate, evaluateNow, NotSynchronousError } from '../expressions/evaluator';
import { type Expression, parseExpression } from '../expressions/parser';
import { accessEnvironment } from '../expressions/environment';
import type { Environment } from '../expressions/evaluator';
import type { Program } from '../program';
import { CLIENT_NAME, type SessionChannel } from '../channel';
import type { BreakpointKind } from '../stop-presentation';
import { type AccessType, resolveData, resolveWatching, watchesData } from './data';
import { type HitCondition, parseHitCondition } from './hit-condition';
import { type LogPart, logText, logTextNow, parseLogMessage } from './log-message';
import {
  presentBreakpoint,
  type Resolved,
  resolveFunction,
  resolveGenerated,
  resolveInstruction,
  resolveLine,
} from './resolve';

/** One breakpoint as the client asked for it. */
export interface BreakpointSpec {
  readonly place:
    | { readonly kind: 'source'; readonly source: DebugProtocol.Source; readonly line: number }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'instruction'; readonly reference: string; readonly offset: number }
    | { readonly kind: 'data'; readonly dataId: string; readonly accessType: AccessType };
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}

interface Entry {
  readonly id: number;
  readonly spec: BreakpointSpec;
  addresses: readonly bigint[];
  watched?: Watched | undefined;
  condition?: Expression | undefined;
  hit?: HitCondition | undefined;
  log?: readonly LogPart[] | undefined;
  /** How often it was reached going forwards with its condition true. */
  count: number;
  shown: DebugProtocol.Breakpoint;
}

/** What makes two requests speak of the same breakpoint, so that it keeps its id and its count. */
function identity(spec: BreakpointSpec): string {
  const { place } = spec;
  const where =
    place.kind === 'source'
      ? place.line
      : place.kind === 'function'
        ? place.name
        : place.kind === 'data'
          ? `${place.accessType} ${place.dataId}`
          : `${place.reference}+${place.offset}`;
  return JSON.stringify([where, spec.condition, spec.hitCondition, spec.logMessage]);
}

/** Key of the group of breakpoints that one request replaces. */
export function sourceKey(source: DebugProtocol.Source): string {
  const reference = source.sourceReference ?? 0;
  return reference > 0 ? `reference ${reference}` : `source ${pathKey(source.path ?? source.name ?? '')}`;
}

/**
 * The source as an answer names it: a file, but not a text that the session made. VS Code 1.139 makes that one's address
 * from the path of the answer alone, finds no editor there and shows no breakpoint.
 */
const namedSource = (source: DebugProtocol.Source): DebugProtocol.Source | undefined =>
  (source.sourceReference ?? 0) > 0 ? undefined : source;

export class BreakpointStore {
  readonly #groups = new Map<string, readonly Entry[]>();
  readonly #byId = new Map<number, Entry>();
  /** Hit, but the target could not answer at once; decided when it stands. */
  readonly #undecided = new Set<number>();
  #nextId = 1;

  constructor(readonly session: SessionChannel) {}

  /** Whether it is one of this session's, not another client's. */
  has(id: number): boolean {
    return this.#byId.has(id);
  }

  kindOf(id: number): BreakpointKind {
    return this.#byId.get(id)?.spec.place.kind ?? 'source';
  }

  /** Replaces a group: the breakpoints of a source, all function breakpoints, all instruction breakpoints. */
  async replace(key: string, specs: readonly BreakpointSpec[]): Promise<DebugProtocol.Breakpoint[]> {
    const old = new Map((this.#groups.get(key) ?? []).map((entry) => [identity(entry.spec), entry]));
    const entries: Entry[] = [];
    for (const spec of specs) {
      const before = old.get(identity(spec));
      old.delete(identity(spec));
      const id = before?.id ?? this.#nextId++;
      entries.push({ id, spec, addresses: [], count: before?.count ?? 0, shown: { id, verified: false } });
    }
    const program = this.session.launched;
    for (const entry of entries) await this.#verify(program, entry);
    for (const entry of this.#groups.get(key) ?? []) this.#byId.delete(entry.id);
    for (const entry of entries) this.#byId.set(entry.id, entry);
    this.#groups.set(key, entries);
    if (program !== undefined) await this.#install(program);
    return entries.map((entry) => entry.shown);
  }

  async #resolve(program: Program, { place }: BreakpointSpec): Promise<Resolved> {
    switch (place.kind) {
      case 'source': {
        const reference = place.source.sourceReference ?? 0;
        if (reference > 0) return resolveGenerated(this.session.generated, reference, place.line);
        return resolveLine(program, place.source.path ?? '', place.line);
      }
      case 'function':
        return watchesData(place.name) ? resolveWatching(program, place.name) : resolveFunction(program, place.name);
      case 'instruction':
        return resolveInstruction(program, place.reference, place.offset);
      case 'data':
        return resolveData(program, place.dataId, place.accessType);
    }
  }

  async #verify(program: Program | undefined, entry: Entry): Promise<void> {
    const { spec } = entry;
    const source = spec.place.kind === 'source' ? namedSource(spec.place.source) : undefined;
    const line = spec.place.kind === 'source' ? { line: this.clientLine(spec.place.line) } : {};
    if (program === undefined) {
      entry.shown = {
        id: entry.id,
        verified: false,
        ...line,
        message: 'The image is not loaded yet.',
        reason: 'pending',
      };
      return;
    }
    const resolved = await this.#resolve(program, spec);
    try {
      const isSpace = (name: string): boolean => program.environment.space(name) !== undefined;
      const given = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
      entry.condition = given(spec.condition) ? parseExpression(spec.condition, isSpace) : undefined;
      entry.hit = given(spec.hitCondition) ? parseHitCondition(spec.hitCondition) : undefined;
      entry.log = given(spec.logMessage) ? parseLogMessage(spec.logMessage, program.environment) : undefined;
      entry.addresses = resolved.addresses;
      entry.watched = resolved.watched;
      const shown = presentBreakpoint(entry.id, resolved, source);
      entry.shown = { ...line, ...shown, ...(shown.line === undefined ? {} : { line: this.clientLine(shown.line) }) };
    } catch (error) {
      entry.addresses = [];
      entry.watched = undefined;
      const message = error instanceof Error ? error.message : String(error);
      entry.shown = { id: entry.id, verified: false, ...line, message, reason: 'failed' };
    }
  }

  clientLine(line: number): number {
    return this.session.client.linesStartAt1 ? line : line - 1;
  }

  /** After a launch: the addresses may be others now. */
  async reverify(program: Program): Promise<void> {
    for (const entry of this.#byId.values()) {
      const before = JSON.stringify(entry.shown);
      entry.count = 0;
      await this.#verify(program, entry);
      if (JSON.stringify(entry.shown) !== before)
        this.session.event('breakpoint', { reason: 'changed', breakpoint: entry.shown });
    }
    await this.#install(program);
  }

  async #install(program: Program): Promise<void> {
    if (program.noDebug) return;
    const breakpoints: BreakpointRequest[] = [];
    const watchpoints: WatchpointRequest[] = [];
    for (const entry of this.#byId.values()) {
      const { id, addresses, watched } = entry;
      const plain = entry.condition === undefined && entry.hit === undefined && entry.log === undefined;
      for (const address of addresses) {
        breakpoints.push(
          plain
            ? { id, address }
            : { id, address, when: (direction) => this.#counts(program.environment, entry, direction) },
        );
      }
      if (watched !== undefined) {
        const when = (direction: Direction, access: WatchedAccess): boolean =>
          this.#counts(accessEnvironment(program.environment, access), entry, direction);
        watchpoints.push(plain ? { ...watched, id } : { ...watched, id, when });
      }
    }
    await program.target.breakpoints?.set(CLIENT_NAME, breakpoints);
    await program.target.watchpoints?.set(CLIENT_NAME, watchpoints);
  }

  /** Whether a hit stops the run; asked in the middle of it. */
  #counts(environment: Environment, entry: Entry, direction: Direction): boolean {
    try {
      if (entry.condition !== undefined && evaluateNow(entry.condition, environment).value === 0n) return false;
      const log =
        entry.log === undefined || direction === 'backward'
          ? ''
          : logTextNow(entry.log, environment, (error) => error instanceof NotSynchronousError);
      return this.#finish(entry, direction, log);
    } catch (error) {
      if (error instanceof NotSynchronousError) this.#undecided.add(entry.id);
      else this.#complain(entry, error);
      return true;
    }
  }

  /**
   * The hit count and the message. Counts and messages belong to going forwards: backwards a breakpoint with a hit
   * count stops each time and a log point is silent.
   */
  #finish(entry: Entry, direction: Direction, log: string): boolean {
    if (direction === 'forward') {
      entry.count++;
      if (entry.hit !== undefined && !entry.hit(entry.count)) return false;
    }
    if (entry.log === undefined) return true;
    if (direction === 'forward') {
      const { source, line } = entry.shown;
      this.session.output(log, 'stdout', source === undefined ? {} : { source, line });
    }
    return false;
  }

  #complain(entry: Entry, error: unknown): void {
    const what = entry.spec.condition ?? entry.spec.logMessage ?? '';
    this.session.warn(
      `Stopped because the condition "${what}" failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** Those of the hit breakpoints whose condition could not be asked in the middle of the run. */
  undecided(hits: readonly number[]): number[] {
    const found = hits.filter((id) => this.#undecided.has(id));
    this.#undecided.clear();
    return found;
  }

  /** Asks the conditions with the target standing; gives the breakpoints that count. */
  async decide(
    program: Program,
    ids: readonly number[],
    direction: Direction,
    access?: WatchedAccess,
  ): Promise<number[]> {
    const counting: number[] = [];
    const environment = access === undefined ? program.environment : accessEnvironment(program.environment, access);
    for (const id of ids) {
      const entry = this.#byId.get(id);
      if (entry === undefined) continue;
      try {
        if (entry.condition !== undefined && (await evaluate(entry.condition, environment)).value === 0n) continue;
        const log = entry.log === undefined ? '' : await logText(entry.log, environment);
        if (this.#finish(entry, direction, log)) counting.push(id);
      } catch (error) {
        this.#complain(entry, error);
        counting.push(id);
      }
    }
    return counting;
  }
}
