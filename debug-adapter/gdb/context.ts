/** What the command families of the GDB remote stub know of their connection. */
import type { DebugTarget, RunGoal, Stop } from '../../emulator/debug/target';
import type { Reply } from './command';
import type { Points } from './points';
import type { RegisterMap } from './register-map';

export interface StubContext {
  readonly target: DebugTarget;
  readonly map: RegisterMap;
  readonly points: Points;
  /** Our name among the clients of the target. */
  readonly name: string;
  /** The client knows `swbreak` and `hwbreak` stop reasons. */
  breakReasons: boolean;
  /** What stands before the bytes of an `x` reply. */
  binaryMark: string;
  /** Packets are acknowledged until the client asks that they be not. */
  acknowledging: boolean;
  send(payload: string | Uint8Array): void;
  /** The reply to a stop; with `say` its meaning is told on the console first. */
  stopText(stop: Stop, say: boolean): Promise<string>;
  /** The present stop; a machine that runs is stopped first. */
  present(): Promise<Stop>;
  /** Runs; the stop reply follows when it stops. */
  resume(goal: RunGoal): Promise<Reply>;
  /** Waits for the stop that `act` leads to; no reply of its own tells of it. */
  stopAfter(act: () => void): Promise<Stop>;
  /** The client does not know that the machine has moved, nor who moved it. */
  wasMoved(who: string): void;
  /** The client wants the machine to end. */
  kill(): void;
}
