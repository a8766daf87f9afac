/**
 * Regions as functions of a module of their own, which puts them into the machine's table when it is instantiated. Beside
 * them it holds the functions that make `carries` (compiler/flags) and that ask for accesses (compiler/admit).
 */
import type { Operand } from '../../ir/block';
import { REGION_SLOTS } from '../../memory/layout';
import type { RoutineFunction } from '../../ir/routine';
import { BULK_OPS, type BulkFunctions, bulkSignature, regionSignature } from '../handler-scope';
import { ROUTINE_SIGNATURE } from '../routines';
import type { LeavingFunctions } from '../leaving';
import type { PlaneFunctions } from '../plane-functions';
import { BinaryEmitter, type Emitter } from '../wasm/emitter';
import { assembleModule, type FunctionBody, type FunctionImport } from '../wasm/module';
import { admitFunction } from './admit';
import type { Agenda } from './agenda';
import { RegionEmitter } from './emit';
import type { RegionConfig, RegionPlace } from './region-scope';
import { carriesFunction } from './flags';
import { type Graph, type GraphOptions, type Target, targetsOf, type Terminator } from './graph';
import { shareChecks } from './checks';
import { dropDeadWrites, type FlagSlots, fuseConditions } from './passes';
import { structure } from './structure';
import { versionLoops } from './versions';

/** What regions call in the machine, and the table that they are found in. */
export interface RegionHost {
  readonly table: WebAssembly.Table;
  readonly leaving: LeavingFunctions;
  /** Accesses to pages of planes. */
  readonly planes: PlaneFunctions;
  /** Iterations of string instructions, many at once. */
  readonly bulk: BulkFunctions;
  readonly helper: (id: number, a: number, b: number) => number;
  /** Asked for an access that the soft TLB does not grant: whether it may go straight to memory all the same. */
  readonly admit: (address: number, what: number) => number;
  /** `RegionConfig.quick`, as functions. */
  readonly quick: readonly ((a: number, b: number) => number)[];
  /** By name, in the order of the configuration's. */
  readonly routines: ReadonlyMap<string, RoutineFunction>;
}

const IMPORTS: readonly FunctionImport[] = [
  { module: 'host', name: 'helper', signature: { parameters: ['i32', 'i32', 'i32'], results: ['i32'] } },
  { module: 'host', name: 'ask', signature: { parameters: ['i32', 'i32'], results: ['i32'] } },
  { module: 'host', name: 'planes_load', signature: { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] } },
  { module: 'host', name: 'planes_store', signature: { parameters: ['i32', 'i32', 'i32', 'i32'], results: [] } },
  { module: 'host', name: 'settle', signature: { parameters: [], results: [] } },
  { module: 'host', name: 'leave', signature: { parameters: ['i32', 'i32'], results: ['i32'] } },
  { module: 'host', name: 'look_up', signature: { parameters: [], results: ['i32'] } },
  ...BULK_OPS.map((name) => ({ module: 'host', name, signature: bulkSignature(name) })),
];
const [HELPER, ASK, PLANES_LOAD, PLANES_STORE, SETTLE, LEAVE, LOOK_UP, BULK] = [0, 1, 2, 3, 4, 5, 6, 7];
/** The quick helpers follow, the routines, then the first function of the module's own, and the regions. */
const QUICK = IMPORTS.length;
const routinesAt = ({ quick }: RegionConfig): number => QUICK + quick.length;
const carriesAt = (config: RegionConfig): number => routinesAt(config) + config.routines.length;
const importsOf = ({ quick, routines }: RegionConfig): readonly FunctionImport[] => [
  ...IMPORTS,
  ...quick.map((_, index) => ({ module: 'host', name: `quick${index}`, signature: QUICK_SIGNATURE })),
  ...routines.map(({ name }) => ({ module: 'host', name, signature: ROUTINE_SIGNATURE })),
];
const QUICK_SIGNATURE: FunctionImport['signature'] = { parameters: ['i32', 'i32'], results: ['i32'] };
/** Functions of the module itself before the regions. */
const OWN_FUNCTIONS = 2;
/** Of functions that regions call, by number. */
export const functionNames = (config: RegionConfig): readonly string[] => [
  ...importsOf(config).map(({ name }) => name),
  'carries',
  'admit',
];

/** The routine that is asked for accesses before the host is. */
const admitsAt = (config: RegionConfig): number | undefined =>
  config.admits === undefined ? undefined : routinesAt(config) + config.admits;

/**
 * The passes over a graph, in their order. `asksMemory`: accesses ask for what the soft TLB does not grant, which may withdraw
 * what it has granted.
 */
export const passes = (
  options: GraphOptions,
  flags: FlagSlots,
  asksMemory = false,
): readonly ((graph: Graph) => Graph)[] => [
  (graph) => {
    const nodes = graph.nodes.map((node) => ({ ...node, ops: fuseConditions(node.ops, flags) }));
    return { ...graph, nodes: asksMemory ? nodes : versionLoops({ ...graph, nodes }) };
  },
  (graph) => ({ ...graph, nodes: shareChecks(graph.nodes, graph.entries, !asksMemory) }),
  (graph) => dropDead(graph, options, flags),
];

function dropDead(graph: Graph, options: GraphOptions, flags: FlagSlots): Graph {
  const goesOn = (target: Target): boolean => target.kind === 'node' && graph.nodes[target.node].underWay !== 0;
  const nodes = graph.nodes.map((node) => {
    const { terminator } = node;
    const further = targetsOf(terminator).some(goesOn);
    const last = operandsOf(terminator);
    const keeps = (temp: number) =>
      further || last.some((operand) => operand.kind === 'temp' && operand.index === temp);
    return { ...node, ops: dropDeadWrites(node.ops, keeps, options, flags) };
  });
  return { ...graph, nodes };
}

/** The graph behind the passes. */
export const improveGraph = (...[graph, ...how]: [Graph, ...Parameters<typeof passes>]): Graph =>
  passes(...how).reduce((improved, pass) => pass(improved), graph);

/** Ops of a graph, as a measure of work. */
export const opsOf = ({ nodes }: Graph): number => nodes.reduce((sum, { ops }) => sum + ops.length, 0);

/** What a terminator reads. */
function operandsOf(terminator: Terminator): readonly Operand[] {
  switch (terminator.kind) {
    case 'jump':
      return [];
    case 'branch':
      return [terminator.condition];
    case 'granted': {
      const { address, span } = terminator;
      return span.offset === undefined ? [address] : [address, span.offset];
    }
    case 'indirect':
      return [terminator.target];
  }
}

/** Has the function of a region written; `index`: its number among those of its module. `take` is given it in the end. */
export function writeRegion(
  agenda: Agenda,
  graph: Graph,
  config: RegionConfig,
  place: RegionPlace,
  name: string,
  index: number,
  take: (body: FunctionBody) => void,
): void {
  const emitter = regionEmitter(agenda, new BinaryEmitter(), graph, config, place, index);
  agenda.note(opsOf(graph));
  agenda.next(
    () => emitter.emit(),
    () =>
      take({
        name,
        signature: regionSignature(config.promoted),
        locals: emitter.locals,
        code: emitter.out.out.finish(),
        localNames: emitter.localNames,
      }),
  );
}

/** What writes the function of a region to `out`. */
export function regionEmitter<E extends Emitter>(
  agenda: Agenda,
  out: E,
  graph: Graph,
  config: RegionConfig,
  place: RegionPlace,
  index = 0,
): RegionEmitter<E> {
  const shape = structure(successorsOf(graph), graph.entries, jumpingNodes(graph));
  const callees = {
    helper: HELPER,
    settle: SETTLE,
    leave: LEAVE,
    lookUp: LOOK_UP,
    admit: carriesAt(config) + 1,
    planesLoad: PLANES_LOAD,
    planesStore: PLANES_STORE,
    bulk: BULK,
    quick: QUICK,
    routines: routinesAt(config),
    carries: carriesAt(config),
    type: carriesAt(config) + OWN_FUNCTIONS + index,
  };
  return new RegionEmitter(out, graph, shape, config, place, callees, agenda);
}

/** Makes a module of regions and puts them into the table, from slot `first` on. */
export function instantiateRegions(
  regions: readonly FunctionBody[],
  first: number,
  memory: WebAssembly.Memory,
  config: RegionConfig,
  host: RegionHost,
): void {
  const pages = memory.buffer.byteLength / 0x1_0000;
  const bytes = assembleModule(
    importsOf(config),
    [carriesFunction(), admitFunction(ASK, admitsAt(config)), ...regions],
    {
      memory: { initial: pages, maximum: pages },
      table: REGION_SLOTS,
      elements: { offset: first, first: OWN_FUNCTIONS, count: regions.length },
    },
  );
  // The table takes the functions; nothing else of the instance is needed.
  void new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory, table: host.table },
    host: {
      ...host.leaving,
      ...host.planes,
      ...host.bulk,
      helper: host.helper,
      ask: host.admit,
      ...Object.fromEntries(host.quick.map((quick, index) => [`quick${index}`, quick])),
      ...Object.fromEntries(host.routines),
    },
  });
}

/** Where each node leads inside of the region. */
function successorsOf(graph: Graph): readonly (readonly number[])[] {
  return graph.nodes.map(({ terminator }) =>
    targetsOf(terminator).flatMap((target) => (target.kind === 'node' ? [target.node] : [])),
  );
}

const jumpingNodes = (graph: Graph): ReadonlySet<number> =>
  new Set(graph.nodes.filter(({ terminator }) => terminator.kind === 'indirect').map(({ id }) => id));
