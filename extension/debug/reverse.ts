/** Step Back Into, which VS Code has no button for. */
import * as vscode from 'vscode';
import type { Sessions } from './sessions';

/** The CPU's thread; a stack frame in focus says it more exactly. */
const FIRST_THREAD = 1;

interface Argument {
  readonly granularity?: 'instruction';
}

export async function stepBackInto(sessions: Sessions, argument?: Argument): Promise<void> {
  const session = sessions.active;
  if (session === undefined) return;
  const threadId = vscode.debug.activeStackItem?.threadId ?? FIRST_THREAD;
  const granularity = argument?.granularity === 'instruction' ? { granularity: 'instruction' as const } : {};
  await session.request('stepback.stepBackInto', { threadId, ...granularity });
}
