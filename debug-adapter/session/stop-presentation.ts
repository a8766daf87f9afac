/** Why the target stopped, in the protocol's words and for a person. */
import type { Stop, WatchedAccess } from '../../emulator/debug/target';
import type { Purpose } from './channel';

export interface StopBody {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly threadId: number;
  readonly allThreadsStopped: true;
  readonly hitBreakpointIds?: readonly number[];
}

export type BreakpointKind = 'source' | 'function' | 'instruction' | 'data';

const BREAKPOINT_REASON: Readonly<Record<BreakpointKind, string>> = {
  source: 'breakpoint',
  function: 'function breakpoint',
  instruction: 'instruction breakpoint',
  data: 'data breakpoint',
};

const accessWord = ({ kind, before, after }: WatchedAccess): string =>
  kind === 'read' ? 'read of' : before === after ? 'write to' : 'change of';

/** Reason and description; `description` is what the editor shows in place of its own words. */
function words(
  stop: Stop,
  purpose: Purpose,
  kinds: readonly BreakpointKind[],
): { readonly reason: string; readonly description?: string } {
  switch (stop.reason) {
    case 'entry':
      return { reason: 'entry' };
    case 'step':
      return { reason: 'step' };
    case 'breakpoint':
      return { reason: BREAKPOINT_REASON[kinds[0] ?? 'source'] };
    case 'watchpoint':
      return {
        reason: 'data breakpoint',
        ...(stop.access === undefined
          ? {}
          : { description: `Paused on ${accessWord(stop.access)} ${stop.access.what}` }),
      };
    case 'pause':
      return { reason: 'pause', description: 'Paused' };
    case 'goal':
      if (purpose === 'entry') return { reason: 'entry' };
      if (purpose === 'who') return { reason: 'goto', description: 'Paused before the last access' };
      return purpose === 'step' ? { reason: 'step' } : { reason: 'goto' };
    case 'exception':
      return { reason: 'exception', description: `Paused on ${stop.exception?.title ?? 'exception'}` };
    case 'beginning':
      return { reason: 'step', description: 'At the beginning of time' };
    case 'end':
      return { reason: 'step', description: 'At the newest point of time' };
    case 'dead':
      return { reason: 'exception', description: 'The machine has come to its end' };
    case 'internal':
      return { reason: 'exception', description: 'Stepback has failed' };
  }
}

export function presentStop(stop: Stop, purpose: Purpose, kinds: readonly BreakpointKind[]): StopBody {
  const text = stop.text === '' ? (stop.exception?.detail ?? '') : stop.text;
  return {
    ...words(stop, purpose, kinds),
    ...(text === '' ? {} : { text }),
    threadId: 1,
    allThreadsStopped: true,
    ...(stop.hits.length === 0 ? {} : { hitBreakpointIds: stop.hits }),
  };
}
