/** The names that an option takes are written in its schema, which knows no emulator: here both sides are held together. */
import { strict as assert } from 'node:assert';
import { configurationProperties } from '../../debug-adapter/protocol/options-json-schema';
import { CPU_MODELS } from '../../emulator/cpu/x86/models';
import { BOARDS } from '../../emulator/machines/registry';

describe('names that options take', () => {
  const properties = configurationProperties('launch') as Readonly<
    Record<string, { readonly enum?: readonly string[]; default?: unknown }>
  >;

  it('machine: every board', () => {
    assert.deepEqual(properties.machine?.enum?.toSorted(), BOARDS.map(({ id }) => id).toSorted());
  });

  it('cpu: every model, which is each on some board; the default is the first of its board', () => {
    assert.deepEqual(properties.cpu?.enum?.toSorted(), Object.keys(CPU_MODELS).toSorted());
    assert.deepEqual([...new Set(BOARDS.flatMap(({ cpus }) => cpus))].toSorted(), Object.keys(CPU_MODELS).toSorted());
    const board = BOARDS.find(({ id }) => id === properties.machine?.default);
    assert.equal(properties.cpu?.default, board?.cpus[0]);
  });
});
