/** Runs a folder of vectors, whole or a sample, against a model and the list of known differences. */
import type { CpuModelId } from '../../emulator/cpu/x86/models';
import { type Difference, differencesOf } from './differences';
import { flagsMask, formsOf, modelOf, readMetadata, readVectors, type Vector } from './format';
import { VectorMachine } from './vector-machine';
import type { EngineMode } from '../support/engines';

export interface SuiteOptions {
  /** The model to run; by default the one that the suite was taken from. */
  readonly model?: CpuModelId;
  /** Only forms that match. */
  readonly forms?: RegExp;
  /** At most so many vectors of a form, spread over the file. */
  readonly perForm?: number;
  readonly engine?: EngineMode;
}

export interface SuiteResult {
  readonly model: CpuModelId;
  passed: number;
  /** Differ as a row of the list says. */
  known: number;
  readonly failures: { readonly form: string; readonly vector: Vector; readonly differences: readonly string[] }[];
  /** Rows of the list that nothing needed; only told of whole suites. */
  readonly stale: readonly Difference[];
}

function pick(vectors: readonly Vector[], count: number): readonly Vector[] {
  if (vectors.length <= count) return vectors;
  return Array.from({ length: count }, (_, i) => vectors[Math.floor((i * vectors.length) / count)]);
}

/** @throws Error when the folder holds no vectors. */
export function runSuite(folder: string, options: SuiteOptions = {}): SuiteResult {
  const metadata = readMetadata(folder);
  const suite = modelOf(metadata);
  const model = options.model ?? suite;
  const machine = new VectorMachine(model, suite === '8086', options.engine);
  const known = differencesOf(model, suite);
  const needed = new Set<Difference>();
  const forms = formsOf(folder).filter((form) => options.forms?.test(form) ?? true);
  if (forms.length === 0) throw new Error(`${folder} holds no vectors of such a form.`);
  const result: Omit<SuiteResult, 'stale'> = { model, passed: 0, known: 0, failures: [] };
  for (const form of forms) {
    const mask = flagsMask(metadata, form);
    for (const vector of pick(readVectors(folder, form), options.perForm ?? Infinity)) {
      const differences = runOne(machine, vector, mask);
      const row = differences.length === 0 ? undefined : known.find((r) => r.forms.test(form) && r.when(vector));
      if (differences.length === 0) result.passed++;
      else if (row === undefined) result.failures.push({ form, vector, differences });
      else {
        result.known++;
        needed.add(row);
      }
    }
  }
  const isWhole = options.forms === undefined && options.perForm === undefined;
  return Object.assign(result, { stale: isWhole ? known.filter((row) => !needed.has(row)) : [] });
}

/** An internal fault is a difference too. */
function runOne(machine: VectorMachine, vector: Vector, mask: number): readonly string[] {
  try {
    return machine.run(vector, mask);
  } catch (error) {
    return [`internal fault: ${error instanceof Error ? error.message : String(error)}`];
  }
}
