/** What the parts of a session know of the client and of each other. */
import type { GeneratedSources } from './generated-sources';
import type { SessionHost } from './host';
import type { Program } from './program';

/** What the client told about itself in `initialize`. */
export interface ClientTraits {
  readonly linesStartAt1: boolean;
  readonly columnsStartAt1: boolean;
  readonly progress: boolean;
  readonly invalidated: boolean;
  readonly memory: boolean;
}

/** The one CPU is one thread. */
export const THREAD_ID = 1;

/** Our name among the clients of the target. */
export const CLIENT_NAME = 'debug adapter';

/** What a run is for, which decides how its end is told. */
export type Purpose = 'step' | 'continue' | 'entry' | 'goto' | 'seek' | 'who';

/** The way to the client, as breakpoints and run control need it; the session is one. */
export interface SessionChannel {
  readonly host: SessionHost;
  readonly client: ClientTraits;
  readonly generated: GeneratedSources;
  readonly launched: Program | undefined;
  event(name: string, body?: unknown): void;
  output(text: string, category?: 'console' | 'important' | 'stdout' | 'stderr', place?: object): void;
  warn(text: string): void;
  /** The target moved: everything that the client holds of the stop before is void. */
  invalidate(): void;
  onProgram(listener: (program: Program) => void): void;
}
