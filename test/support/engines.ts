/** The ways in which guest code is executed, for tests that go over all of them. */
import { Regions } from '../../emulator/engine/compiler/regions';
import { hostFeatures } from '../../emulator/engine/wasm/features';
import type { EngineName } from '../../emulator/machines/board';

/**
 * `interpreter`: nothing is compiled. `compiled`: every block is, before it runs for the first time; `each`: and it runs
 * compiled when there is fuel for one instruction only; `looped`: compiled, as on a host without tail calls.
 */
export const ENGINE_MODES = ['interpreter', 'compiled', 'each', 'looped'] as const;
export type EngineMode = (typeof ENGINE_MODES)[number];

/** Builds what `create` builds, with machines that execute in a mode. */
export function withEngine<T>(mode: EngineMode, create: (engine: EngineName) => T): T {
  const before = { eager: Regions.eager, ...hostFeatures };
  Regions.eager = mode === 'interpreter' ? 'no' : mode === 'each' ? 'each' : 'blocks';
  hostFeatures.tailCalls = mode !== 'looped' && before.tailCalls;
  try {
    return create(mode === 'interpreter' ? 'interpreter' : 'compiler');
  } finally {
    Regions.eager = before.eager;
    hostFeatures.tailCalls = before.tailCalls;
  }
}
